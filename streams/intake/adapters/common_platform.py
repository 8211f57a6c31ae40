"""Common Platform "hearing resulted": what a criminal court decided about bail and orders, bare or wrapped for a queue.

Source: the fixtures of hmcts/cpp-context-results, hmpps-electronic-monitoring-create-an-order-api and hmpps-person-record
(reference/uk-feeds.md 4.2 and 4.3); contract.md 5 decides what a bail status means. One hearing gives, for each defendant,
one event for each order that a result makes, varies or ends, and an unconfirmed release where bail opens the cell door.
* An order has no number of its own: its id is its kind, the case and the defendant, so a variation finds it.
* Conditions are sentences; `condition_text` finds their kind and keeps the words. Bail repeats them all. A variation of
  another order lists only what is new, while ours replaces the whole list: an `other` condition says so.
* Dates that cannot be (an end before its start) stay as they came; the engine reports them, and nothing is dropped.
* A status of `P` (bail once something is done first) and `C` is custody: no release. His reception is the prison's to tell.
* A hearing shared again is a new event, because its `sharedTime` is; the same message twice is the same event.
Gaps: what an earlier hearing decided is not in the message, so custody before the first hearing is the police's `C`, and
later only a named establishment. A large hearing kept in S3 is refused. Results of Libra courts are another format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from schemas.event import Identifier
from streams.intake.adapters.condition_text import Condition, condition, conditions, listed, tag, tag_modes
from streams.intake.adapters.form import Envelope, NotCarried, Refusal, Settings, envelope
from streams.intake.adapters.json_records import Record, document, each_carried, rows_at, text_at, value_at
from streams.intake.adapters.outside_time import LONDON, end_of_day, instant, later, rfc3339

NAME = "common-platform"
SOURCE = "court/common-platform"

Action = Literal["made", "varied", "ended"]

KIND_BY_RESULT = {  # judicialResultTypeId
    "db5e6d5a-337f-4a68-b060-35a644c913ef": "dapo",
    "90f87813-e738-4c21-b122-5ebe93bb575f": "dapo",  # varied
    "418b3aa7-65ab-4a4a-bab9-2f96b698118c": "community_order",
    "8b1cff00-a456-40da-9ce4-f11c20959084": "suspended_sentence_order",
    "5679e5b7-0ca8-4d2a-ba80-7a50025fb589": "suspended_sentence_order",
    "56e808c5-cd8f-4882-b8e2-c2f615e09c11": "cbo",
    "f917ba0c-1faf-4945-83a8-50be9049f9b4": "court_bail",  # REMCB remitted for sentence on conditional bail
    "35430208-3705-44ce-b5d5-153c0337f6ab": "court_bail",  # CCSIB committed in custody with bail direction
    "f666fd58-36c5-493f-aa11-89714faee6e6": "court_bail",  # RILAB care with bail direction
    "e26940b7-2534-42f2-9c44-c70072bf6ad2": "court_bail",  # RIB remanded in custody with bail direction
    "3a529001-2f43-45ba-a0a8-d3ced7e9e7ad": "court_bail",  # RC remanded on conditional bail
    "90d8268d-cc6a-4a09-bdb3-ddf8ea8ef2f9": "court_bail",  # RCBV variation of bail conditions
    "062373fb-ada8-49a1-b7de-659426ba6b88": "court_bail",  # CCIIB sent in custody with bail direction
    "b318ca35-8b6a-41e5-a674-879ac9a05cc2": "court_bail",  # CCIC sent on conditional bail
    "6266e4d8-a030-4ee7-be5c-9f5624f162e5": "court_bail",  # RCCCB remitted on conditional bail
    "52c3a7dc-3ec2-4d42-b808-24d69d645afe": "court_bail",  # BAILREVC bail reviewed
}
KIND_BY_CODE = {  # cjsCode
    **dict.fromkeys(("3047", "3081", "3260", "3263"), "restraining_order"),
    **dict.fromkeys(("1177", "1178"), "cbo"),
    **dict.fromkeys(("1115", "1134", "1508"), "suspended_sentence_order"),
    **dict.fromkeys(("4011", "4015", "4017", "4027", "4031", "4046", "4529", "4530", "4533", "4548"), "court_bail"),
    **dict.fromkeys(("4559", "4561", "4572", "4574", "4587", "4596"), "court_bail"),
    "1116": "community_order",
    "3306": "interim_spo",
    "3307": "spo",
    "3326": "dapo",
    "4597": "police_bail",
}
KIND_BY_LABEL = (  # where neither id nor code is known
    ("restraining order", "restraining_order"),
    ("domestic abuse protection order", "dapo"),
    ("interim stalking protection order", "interim_spo"),
    ("stalking protection order", "spo"),
    ("criminal behaviour order", "cbo"),
    ("non-molestation order", "non_molestation_order"),
    ("occupation order", "occupation_order"),
    ("community order", "community_order"),
    ("suspended sentence order", "suspended_sentence_order"),
    ("conditional bail", "court_bail"),
)
ACTION_BY_CODE: dict[str, Action] = {
    "1030": "varied",
    "1508": "varied",
    "4572": "varied",
    "4574": "varied",
    "4597": "varied",
    "1029": "ended",
    "4596": "ended",
}
VARIED_LABEL, ENDED_LABEL = re.compile(r"\bvar(y|ied|iation)\b", re.IGNORECASE), re.compile(r"\b(revoked|discharged)\b", re.IGNORECASE)

REQUIREMENTS = {  # judicialResultTypeId or cjsCode of a result that stands under an order: kind of condition
    "d54c3093-6b9b-4b61-80cf-a0bf4ed5d2e8": "alcohol_abstinence",
    "091cd45b-4312-476e-a122-18cc02fd1699": "exclusion_zone",
    "9b216a08-4df8-41c2-a947-66506cd1e1b5": "inclusion_zone",
    "06b4c31d-1b3d-4850-b64c-4cad870b3a25": "curfew",
    "4b72c78e-7571-4dd1-b719-5186e3a2cf80": "curfew",
    "45ea2d9f-ddd8-4c39-9585-780746ee6a8d": "tag",
    "3105": "curfew",
    "3106": "exclusion_zone",
    "3146": "alcohol_abstinence",
    "3148": "tag",
}
REQUIRED_UNDER = ("community_order", "suspended_sentence_order")
BAIL = ("court_bail", "police_bail")

NO_CONDITION = (
    "Next hearing",
    "Notification of electronic monitoring",
    "Bail conditions",
    "Requirements (",
    "Prohibitions (",
    "The new and amended",
)
"""Prompts without a type that lay nothing down: headings, and messages to the contractor."""
MOST_BAIL_CHARACTERS = 100_000
END_PROMPTS = ("endDate", "until", "theEndDateOfTheOrderHasNotBeenChangedAndTheRequirementsMustBeCompliedWithBy")
DURATION_PROMPTS = ("durationOfOrder",)

AT_LIBERTY = ("B", "U")
IN_CUSTODY = "C"
FIRST_HEARING = "First hearing"


class Party(NamedTuple):
    """One defendant of a hearing, with everything the court decided about him."""

    pointer: str
    case: str
    person: Record
    identifiers: tuple[Identifier, ...]
    results: tuple[Record, ...]


class Hearing(NamedTuple):
    """What all events of one hearing share."""

    at: datetime
    sat_at: tuple[datetime, ...]
    shared_at: datetime | None
    court: str | None
    is_first: bool
    source: str


def read(raw: bytes, settings: Settings) -> Iterator[Envelope | Refusal]:
    """The events of each hearing; a refusal for each defendant about whom nothing can be carried."""
    return each_carried(raw, lambda where, record: _heard(where, _body(record), settings))


def _heard(where: str, body: Record, settings: Settings) -> Iterator[Envelope | Refusal]:
    hearing, parties = _hearing(body, settings), _parties(body, settings)
    for party in parties:
        try:
            yield from _events(hearing, party)
        except NotCarried as wrong:
            yield wrong.at(where if len(parties) == 1 else f"{where}, {party.pointer}")


def _body(record: Record) -> Record:
    message = record.get("Message")
    body = document(message) if isinstance(message, str) else record
    if isinstance(body, list):
        raise NotCarried("/Message", "the hearing itself lies in S3", "the hearing in the message", "malformed")
    if not isinstance(body, dict) or not isinstance(body.get("hearing"), dict):
        raise NotCarried("/hearing", "missing", "the hearing that was resulted")
    return body


def _hearing(body: Record, settings: Settings) -> Hearing:
    days = [text_at(day, "sittingDay") for day in rows_at(body, "hearing", "hearingDays")]
    sat_at = tuple(at for day in days if day and (at := instant(day)))
    shared = text_at(body, "sharedTime") or text_at(body, "hearing", "sharedTime")
    shared_at = instant(shared) if shared else None
    if shared and shared_at is None:
        raise NotCarried("/sharedTime", "not an instant", "an instant such as 2025-02-21T15:24:51.777Z")
    at = shared_at or next(iter(sat_at), None)
    if at is None:
        raise NotCarried("/hearing/hearingDays/0/sittingDay", "neither this nor sharedTime is an instant", "when the court sat")
    described = text_at(body, "hearing", "type", "description")
    return Hearing(
        at=at,
        sat_at=sat_at,
        shared_at=shared_at,
        court=text_at(body, "hearing", "courtCentre", "name"),
        is_first=described is None or described == FIRST_HEARING,
        source=settings.source or SOURCE,
    )


def _parties(body: Record, settings: Settings) -> list[Party]:
    parties: list[Party] = []
    for at_case, case in enumerate(rows_at(body, "hearing", "prosecutionCases")):
        number = text_at(case, "prosecutionCaseIdentifier", "caseURN") or text_at(case, "id")
        for at_one, one in enumerate(rows_at(case, "defendants")):
            results = [found for of in (one, *rows_at(one, "offences")) for found in rows_at(of, "judicialResults")]
            pointer = f"/hearing/prosecutionCases/{at_case}/defendants/{at_one}"
            parties.append(_party(pointer, number, one, text_at(one, "id"), results, settings))
    for at_application, application in enumerate(rows_at(body, "hearing", "courtApplications")):
        subject = value_at(application, "subject", "masterDefendant")
        pointer = f"/hearing/courtApplications/{at_application}"
        number, results = text_at(application, "applicationReference"), rows_at(application, "judicialResults")
        parties.append(_party(pointer, number, subject if isinstance(subject, dict) else {}, None, results, settings))
    if not parties:
        raise NotCarried("/hearing/prosecutionCases", "no defendant", "at least one case with a defendant")
    return parties


def _party(pointer: str, case: str | None, one: Record, own: str | None, results: list[Record], settings: Settings) -> Party:
    named = (
        ("MASTER_DEFENDANT_ID", text_at(one, "masterDefendantId")),
        ("DEFENDANT_ID", own),
        ("PNC", text_at(one, "pncId")),
        ("CRO", text_at(one, "croNumber")),
        ("ASN", text_at(one, "personDefendant", "arrestSummonsNumber")),
    )
    identifiers = tuple(Identifier(kind, value) for kind, value in named if value) or settings.identifiers
    held = tuple(one for one in results if text_at(one, "isDeleted") != "true")
    return Party(pointer, case or "", one, identifiers, held)


def _events(hearing: Hearing, party: Party) -> Iterator[Envelope]:
    if not party.identifiers:
        raise NotCarried(f"{party.pointer}/masterDefendantId", "missing", "an id of the defendant")
    decided: dict[tuple[str, Action], list[Record]] = {}
    for result in party.results:
        kind, action = _kind(result), _action(result)
        if kind is None and action != "made" and _key(result, "cjsCode") in ACTION_BY_CODE:
            raise NotCarried(f"{party.pointer}/offences", "an order is varied or ended, but not which", "a known judicialResultTypeId")
        if kind is not None:
            decided.setdefault((kind, action), []).append(result)
    released = _is_released(hearing, party, decided)
    if not decided and not released:
        raise NotCarried(f"{party.pointer}/offences", "no result makes, varies or ends an order, or bails him", "a result with an order")
    for (kind, action), results in decided.items():
        yield _made(f"order.{action}", _order(kind, action, results, hearing, party), hearing, party)
    if released:
        yield _made("custody.released", {"release_kind": "bail", "confirmed": False}, hearing, party)


def _made(type_: str, data: dict[str, object], hearing: Hearing, party: Party) -> Envelope:
    return envelope(
        prefix="court",
        source=hearing.source,
        type=type_,
        occurred_at=hearing.at,
        published_at=hearing.shared_at,
        identifiers=party.identifiers,
        data=data,
    )


def _key(result: Record, field: str) -> str:
    return text_at(result, field) or ""


def _kind(result: Record) -> str | None:
    label = _key(result, "label").lower()
    by_label = next((kind for words, kind in KIND_BY_LABEL if words in label), None)
    return KIND_BY_RESULT.get(_key(result, "judicialResultTypeId")) or KIND_BY_CODE.get(_key(result, "cjsCode")) or by_label


def _action(result: Record) -> Action:
    label, code = _key(result, "label"), _key(result, "cjsCode")
    if code in ACTION_BY_CODE:
        return ACTION_BY_CODE[code]
    if VARIED_LABEL.search(label):  # before ended: of "varied or discharged" the order may still stand
        return "varied"
    return "ended" if ENDED_LABEL.search(label) else "made"


def _ordered_at(result: Record, hearing: Hearing) -> datetime:
    """When the court laid it down: as it sat on that day, else as the day began."""
    day_at = instant(_key(result, "orderedDate"))
    if day_at is None:
        return min(hearing.at, *hearing.sat_at) if hearing.sat_at else hearing.at
    day = day_at.astimezone(LONDON).date()
    sat_at = next((at for at in hearing.sat_at if at.astimezone(LONDON).date() == day), day_at)
    return min(sat_at, hearing.at) if hearing.at.astimezone(LONDON).date() == day else sat_at


def _is_released(hearing: Hearing, party: Party, decided: dict[tuple[str, Action], list[Record]]) -> bool:
    """Whether bail lets him out now: he was in custody, and this is no mere variation."""
    status = text_at(party.person, "personDefendant", "bailStatus", "code")
    before = text_at(party.person, "personDefendant", "policeBailStatus", "code")
    held = text_at(party.person, "personDefendant", "custodialEstablishment", "name")
    was_inside = held is not None or (hearing.is_first and before == IN_CUSTODY)
    return was_inside and status in AT_LIBERTY and bool(party.results) and not any((kind, "varied") in decided for kind in BAIL)


def _order(kind: str, action: Action, results: list[Record], hearing: Hearing, party: Party) -> dict[str, object]:
    data: dict[str, object] = {"order_id": f"{kind}:{party.case}:{party.identifiers[0].value}"}
    if action == "ended":
        return data | {"reason": next((label for one in results if (label := text_at(one, "label"))), "ended by the court")}
    found = [laid for one in results for laid in _conditions(one)]
    if kind in BAIL:
        found = found or _spoken_bail(party)
    elif kind in REQUIRED_UNDER:
        found = _requirements(party) + found
    if action == "varied" and kind not in BAIL:
        found.append(condition("other", "Varied by the court. Only new and amended conditions were sent: see the order as it was made."))
    next_at = next((at for one in results if (at := _next_hearing(one))), None)
    ends_at = next_at if kind in BAIL else next((at for one in results if (at := _end(one, hearing))), None)
    if action == "made":
        data |= {"kind": kind, "starts_at": rfc3339(min(_ordered_at(one, hearing) for one in results))}
    if ends_at is not None:
        data["ends_at"] = rfc3339(ends_at)
    if action == "made" and hearing.court:
        data["made_by"] = hearing.court
    if action == "made" and kind in BAIL and next_at is not None:
        data["surrender_at"] = rfc3339(next_at)
    return data | {"conditions": listed(found) or [condition("other", _key(one, "resultText")) for one in results[:1]]}


def _conditions(result: Record) -> list[Condition]:
    """What a result's own prompts lay down, else what its text does."""
    found: list[Condition] = []
    for prompt in rows_at(result, "judicialResultPrompts"):
        label, value = text_at(prompt, "label") or "", text_at(prompt, "value") or ""
        if text_at(prompt, "type") is None and label and not label.startswith(NO_CONDITION):
            found += conditions(f"{label}. {value}" if value else label)
    if found or _kind(result) in BAIL:
        return found
    said = [one for sentence in re.split(r"(?<=\.)\s|[\n;]", _key(result, "resultText")) for one in conditions(sentence)]
    return [one for one in said if one["kind"] != "other"]


def _spoken_bail(party: Party) -> list[Condition]:
    """The bail conditions as the one string in which the court also sends them."""
    spoken = text_at(party.person, "personDefendant", "bailConditions") or ""
    if len(spoken) > MOST_BAIL_CHARACTERS:
        expected = f"at most {MOST_BAIL_CHARACTERS} characters"
        raise NotCarried(f"{party.pointer}/personDefendant/bailConditions", "too long", expected, "too_large")
    return [one for sentence in spoken.split(";") if sentence.strip() for one in conditions(sentence)]


def _requirements(party: Party) -> list[Condition]:
    found: list[Condition] = []
    for result in party.results:
        kind = REQUIREMENTS.get(_key(result, "judicialResultTypeId")) or REQUIREMENTS.get(_key(result, "cjsCode"))
        text = _key(result, "resultText") or _key(result, "label")
        if kind == "tag":
            found.append(tag(tag_modes(text) or {"gps"}, text))
        elif kind is not None:
            found.append(condition(kind, text))
    return found


def _next_hearing(result: Record) -> datetime | None:
    for prompt in rows_at(result, "judicialResultPrompts"):
        if (text_at(prompt, "label") or "").startswith("Next hearing"):
            said = dict(line.partition(":")[::2] for line in (text_at(prompt, "value") or "").split("\n"))
            if at := instant(f"{said.get('Date of hearing', '').strip()} {said.get('Time of hearing', '00:00').strip()}"):
                return at
    listed_for = text_at(result, "nextHearing", "listedStartDateTime")
    return instant(listed_for) if listed_for else None


def _end(result: Record, hearing: Hearing) -> datetime | None:
    """Through its last day: a date alone is the whole of that day."""
    said = {text_at(prompt, "promptReference"): text_at(prompt, "value") or "" for prompt in rows_at(result, "judicialResultPrompts")}
    dated = [text_at(result, "durationElement", "durationEndDate") or "", *(said.get(one, "") for one in END_PROMPTS)]
    end_at = next((at for one in dated if (at := end_of_day(one))), None)
    return end_at or next((at for one in DURATION_PROMPTS if (at := later(_ordered_at(result, hearing), said.get(one, "")))), None)
