"""What people decide about what was received, all the way to the rules: what is sent again, who somebody is, and who was not meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerting.ledger import commanding, requests
from alerting.ledger.alerts import load
from alerting.ledger.steps import Terms
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import EXCLUDED, PERSON, QUESTION, SET_ASIDE
from alerting.lifecycle.commands import Close, Command, Confirm, Speaker
from schemas.envelope import PersonIdentifier
from schemas.read_models import IdentityVerdict, QuestionView
from schemas.refusal import FieldError
from schemas.requests import AnswerQuestion, Redrive
from streams.embedded.acceptance import Client, Unread
from tests.integration.embedded import NOON, fix
from tests.integration.test_both_halves import TOLD, Both, both

MINUTE = timedelta(minutes=1)
HIM, CASE = ("NOMS", "A1234AA"), ("CASE", "kent:1")
WHY = "Both fingerprints were compared at Bridewell."
SHEET = b"""\
id,type,occurred_at,person.NOMS,data.device_id,data.activation_id,data.state
s-1,tagging.strap,2026-03-02T12:11:00Z,A1234AA,d-1,a-1,tampered
"""


def said(kind: str, data: dict[str, object], name: str, *whom: tuple[str, str], minutes: float = 0) -> bytes:
    source = "em/allied" if kind.startswith("tagging") else "case/kent"
    person = {"identifiers": [{"type": type_, "value": value} for type_, value in whom]}
    at = (NOON + minutes * MINUTE).isoformat()
    return json.dumps({"id": name, "source": source, "type": kind, "occurred_at": at, "person": person, "data": data}).encode()


def strap(name: str, *whom: tuple[str, str]) -> bytes:
    return said("tagging.strap", {"device_id": "d-1", "activation_id": "a-1", "state": "tampered"}, name, *whom, minutes=11)


def of_rule(run: Both, rule: str) -> list[str]:
    """The matters that the rule has found, by their state."""
    return [str(row["status"]) for row in run.rows(ALERT) if row["rule"] == rule]


def question(run: Both, after: int = 0) -> QuestionView:
    run.until(lambda: len(run.rows(QUESTION)) > after)
    (row,) = [row for row in run.rows(QUESTION) if row["state"] == "open"]
    return QuestionView.model_validate_json(str(row["view"]))


def answer(run: Both, asked: QuestionView, verdict: IdentityVerdict, owner: tuple[str, str] | None = None) -> None:
    request = AnswerQuestion(
        answer_id="an_1",
        question_id=asked.question_id,
        verdict=verdict,
        identifier=asked.identifier,
        against=asked.against,
        owner=None if owner is None else PersonIdentifier(type=owner[0], value=owner[1]),
        rationale=WHY,
        answered_by="of-1",
        answered_at=run.clock.at,
    )
    with run.alerting.ledger.write(run.clock.at) as writing:
        requests.ask(writing, request, "of-1")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Both]:
    """A man with a case and a tag, who has entered a zone; what the tag sends names his number and not the case."""
    with both(tmp_path) as made:
        made.feed(1, *(said(kind, data, kind, HIM) for kind, data in TOLD))
        made.feed(10, *(fix(minute, NOON + minute * MINUTE, latitude=51.40) for minute in range(2, 10)))
        made.feed(12, *(fix(minute, NOON + minute * MINUTE, latitude=51.46) for minute in (10, 11)))
        yield made


def test_a_message_in_a_format_of_its_own_that_is_sent_again_is_judged(run: Both) -> None:
    """It came when its adapter could not read it yet; now it can. The bytes are those that came."""
    unread = Unread(SHEET, "unknown_type", (FieldError("/type", "unknown type", "a type of the contract"),), "em/allied", format="csv")
    run.runner.acceptor.accept([unread], Client("supplier", ("em/*",)), run.clock.at)
    run.until(lambda: len(run.rows(SET_ASIDE)) == 1)
    assert [] == of_rule(run, "strap-tamper")

    with run.alerting.ledger.write(run.clock.at) as writing:
        requests.ask(writing, Redrive(quarantine_ids=("qn_1",)), "of-1")

    run.until(lambda: of_rule(run, "strap-tamper") == ["open"])
    assert ["accepted"] == [row["state"] for row in run.rows(SET_ASIDE)]


def test_what_waited_at_the_identity_desk_is_judged_as_soon_as_somebody_answers(run: Both) -> None:
    """An event names two managed people: it is nobody's until an officer says whose it is."""
    second = ("NOMS", "A9999AA")
    opened: dict[str, object] = {"case_ref": "kent:2", "risk_level": "high", "areas": ["kent"]}
    run.feed(13, said("case.opened", opened, "second", second), strap("both", HIM, second))
    asked = question(run)
    assert ("two_people", []) == (asked.reason, of_rule(run, "strap-tamper"))

    answer(run, asked, "different", owner=HIM)

    run.until(lambda: of_rule(run, "strap-tamper") == ["open"])
    assert ["open"] == of_rule(run, "exclusion-zone-entry")


def test_the_walls_of_two_stand_around_the_one_that_they_are(run: Both) -> None:
    """Whoever was kept from either is kept from him, and he is restricted if either was."""
    second = ("NOMS", "A9999AA")
    opened: dict[str, object] = {"case_ref": "kent:2", "risk_level": "high", "areas": ["kent"], "restricted": True}
    barred = [said("case.access_excluded", {"officer_id": f"of-{who[1]}", "reason": "brother"}, who[1], who) for who in (HIM, second)]
    run.feed(13, said("case.opened", opened, "second", second), *barred, strap("both", HIM, second))

    def walls() -> set[tuple[object, frozenset[object]]]:
        by_whom = [(row["person_id"], row["officer_id"]) for row in run.rows(EXCLUDED)]
        people = run.rows(PERSON)
        return {(one["restricted"], frozenset(who for whom, who in by_whom if whom == one["person_id"])) for one in people}

    assert {(False, frozenset({"of-A1234AA"})), (True, frozenset({"of-A9999AA"}))} == walls()
    answer(run, question(run), "same")
    run.until(lambda: any(row["gone_to"] for row in run.rows(PERSON)))
    run.until(lambda: walls() == {(True, frozenset({"of-A1234AA", "of-A9999AA"}))})


def close_as_about_somebody_else(run: Both, rule: str) -> None:
    """The officer in the case says so, and a supervisor agrees."""
    terms = Terms("https://vigil.example.org")
    (alert_id,) = [str(row["alert_id"]) for row in run.rows(ALERT) if row["rule"] == rule]

    def say(officer_id: str, role: str, command: Command) -> None:
        with run.alerting.ledger.write(run.clock.at) as writing:
            record = load(writing.connection, alert_id)
            assert record is not None
            speaker = Speaker(officer_id=officer_id, name=None, roles=frozenset({role}))
            spoken = commanding.say(writing, alert_id, command, speaker, record.version, terms)
        assert None is spoken.refusal

    say("of-1", "oic", Close(outcome="not_this_person", rationale=WHY))
    say("of-2", "supervisor", Confirm(agree=True, rationale=WHY))


def test_an_alert_that_two_officers_close_as_about_somebody_else_is_asked_of_the_desk_under_the_name_that_its_evidence_bears(
    run: Both,
) -> None:
    """The tag's service knew him by a number of its own, mistakenly: what came under it is not his, and everything else stays so."""
    number = ("EM_WEARER", "w-77")
    run.feed(13, said("tagging.strap", {"device_id": "d-1", "activation_id": "a-1", "state": "restored"}, "both", HIM, number, minutes=9))
    run.feed(14, strap("cut", number))
    assert ["open"] == of_rule(run, "strap-tamper")
    close_as_about_somebody_else(run, "strap-tamper")
    asked = question(run)
    assert ("not_this_person", number, CASE, [("em/allied", "cut")]) == (
        asked.reason,
        asked.identifier,
        asked.against,
        list(asked.evidence),
    )

    answer(run, asked, "different", owner=number)

    run.until(lambda: of_rule(run, "strap-tamper") == ["withdrawn"])
    assert ["open"] == of_rule(run, "exclusion-zone-entry")
    close_as_about_somebody_else(run, "exclusion-zone-entry")
    asked = question(run, after=1)
    assert (HIM, CASE) == (asked.identifier, asked.against)
