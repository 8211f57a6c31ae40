"""A ledger as years of work would leave it: many areas, many people, a million alerts of which few are open. Invented.

Not a measure: `first_page.py` beside it asks it. A few alerts are told to the ledger as streams would tell them; all others are
copies of their rows about somebody else, poured in as fast as the database takes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

import msgspec
import psycopg
from sqlalchemy import Boolean, Table, delete, func, insert, select, update

from alerting.ledger import people, reports, statements
from alerting.ledger.areas import NOWHERE
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.tables.access import GRANT
from alerting.ledger.tables.alerts import ALERT, ALERT_AREA, ALERT_PROTECTED, COUNTER, HISTORY, TIMER, TOLD
from alerting.ledger.tables.messages import OUTBOX
from alerting.ledger.telling import Change, tell
from alerting.rights import ROLES
from alerting.risk_order import HANDLING, NO_CLOCK
from schemas.directory import DirectoryOfficer, DirectoryOnCall
from schemas.event import Data, Event
from schemas.finding import About, Finding, FindingChange, Severity, finding_id
from schemas.person import Assignment, PersonView, ProtectedPersonView
from schemas.read_models import ReportView
from schemas.types import TYPES

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEARS = timedelta(days=4 * 365)
TERMS = Terms("https://vigil.example.org")
LARGE, SMALL, TINY = "avon", "kent", "isles"
OTHERS = tuple(f"force-{number}" for number in range(24))
IN_CASES = ROLES[1:7]
ON_DUTY = ("control_room", "duty_inspector", "duty_idva", "duty_probation")
RULES = ("exclusion-zone-entry", "untagged-window", "curfew-absence", "contact-surge", "protection-gap")
RARE = "strap-tamper"
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
ALERTS_EACH, PEOPLE_EACH = 50, 40
AT_ONCE = 5_000
_PLACE, _HE, _SHE, _OTHER = "zz-area", "pe-0", "pp-0a", "pp-0b"
_TEAM = {f"zz-{role}": role for role in IN_CASES}
_ROOM = "zz-room"


class Copy(NamedTuple):
    """Whom a copy is about. `fate`: `open`, `closed`, `withdrawn`, ... of a copied alert."""

    number: int
    person: int
    area: str
    fate: str


def area_of(person: int) -> str:
    """Half of all are in the large area, 2 % in the small one, hardly any in the tiny one."""
    if person == 0 or person % 4_001 == 0:
        return TINY
    place = person * 7 % 100
    return LARGE if place in range(50) else SMALL if place in range(50, 52) else OTHERS[place % len(OTHERS)]


def officers() -> tuple[str, ...]:
    """Those who are to look: each role in the large, the small and the tiny area, and who is on duty there."""
    held = [f"of-{role}-{area}-0" for area in (LARGE, SMALL, TINY) for role in ROLES]
    return (*held, *(f"of-on-{role}-{area}" for area in (LARGE, SMALL) for role in ON_DUTY))


def build(ledger: Ledger, alerts: int) -> None:
    """Into an empty ledger."""
    many = max(200, alerts // ALERTS_EACH)
    _directory(ledger, many)
    for start in range(0, many, 500):
        with ledger.write(NOW) as writing:
            people.take(writing, [_person(number) for number in range(start, min(many, start + 500))])
            for number in range(start, min(many, start + 500), 7):
                reports.keep(writing, _report(number))
    _template(ledger)
    pour(ledger, alerts, many)
    with ledger.write(NOW) as writing:
        mine = {"officer_id": f"of-idva-{SMALL}-0", "kind": "break_glass", "reason": "She called.", "at": NOW - DAY, "until_at": NOW + DAY}
        writing.connection.execute(insert(GRANT), [{**mine, "grant_id": f"gr-{one}", "subject": f"pe-{one}"} for one in (3, 5, 97)])
    if ledger.engine.dialect.name == "postgresql":
        with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def _directory(ledger: Ledger, many: int) -> None:
    said: list[tuple[str, Data]] = []
    for area in (LARGE, SMALL, TINY, *OTHERS, _PLACE):
        teams = _teams(area, many)
        for role in ROLES:
            for number in range(teams if role in IN_CASES else 1):
                said += [("directory.officer", _officer(f"of-{role}-{area}-{number}", area, role))]
        for duty in ON_DUTY:
            said.append(("directory.officer", _officer(f"of-on-{duty}-{area}", area, duty)))
            shift = {"role": duty, "area": area, "officer_id": f"of-on-{duty}-{area}", "from": NOW - DAY, "to": NOW + 30 * DAY}
            said.append(("directory.on_call", DirectoryOnCall.model_validate(shift)))
    with ledger.write(NOW) as writing:
        for number, (kind, data) in enumerate(said):
            rank = TYPES[kind].rank
            event = Event(id=f"d{number}", source="directory/hr", type=kind, rank=rank, occurred_at=NOW - YEARS, data=data)
            statements.state(writing, event)


def _officer(officer_id: str, area: str, role: str) -> DirectoryOfficer:
    return DirectoryOfficer(officer_id=officer_id, name="PC Rowan", organisation="police", area=area, roles=(role,))


def _teams(area: str, many: int) -> int:
    share = {LARGE: 0.5, SMALL: 0.02, TINY: 0.0}.get(area, 0.02)
    return max(1, int(many * share) // PEOPLE_EACH)


def _post(role: str, area: str, person: int, many: int) -> str:
    return f"of-{role}-{area}-{person // 3 % _teams(area, many)}"


def _person(number: int, many: int = 20_000) -> PersonView:
    area = area_of(number)
    return PersonView(
        person_id=f"pe-{number}",
        label=f"Sam Field {number}",
        areas=(area,) if number % 11 else tuple(dict.fromkeys((area, SMALL))),
        risk_level="high" if number % 3 else "medium",
        restricted=number % 97 == 0,
        in_custody=number % 13 == 0,
        excluded_officer_ids=(f"of-oic-{area}-0", f"of-supervisor-{area}-0") if number % 53 == 0 else (),
        team=tuple(
            Assignment(
                role=role,
                officer_id=f"of-{role}-{area}-{number // 3 % max(1, int(many * 0.02) // PEOPLE_EACH)}",
                since_at=NOW - YEARS,
                protected_person_id=f"pp-{number}a" if role == "idva" and number % 5 == 0 else None,
            )
            for role in IN_CASES
            if (number + len(role)) % 2
        ),
        protected=(
            ProtectedPersonView(protected_person_id=f"pp-{number}a", area=area),
            ProtectedPersonView(protected_person_id=f"pp-{number}b", area=None if number % 3 else SMALL),
        ),
    )


def _report(number: int) -> ReportView:
    its = {"person_id": f"pe-{number}", "source": "intel/desk", "id": f"ev-{number}", "occurred_at": NOW - DAY, "received_at": NOW - DAY}
    said = {"report_id": f"rep-{number}", "source_evaluation": 2, "intelligence_assessment": "B", "tags": (), "summary": "Seen."}
    code = {"handling_code": "C", "handling_conditions": {"roles": ["oic"]}} if number % 2 else {"handling_code": "P"}
    return ReportView.model_validate({**its, "report": {**said, **code}})


def _template(ledger: Ledger) -> None:
    """Alerts about nobody, as streams would tell them: one of each rule and severity, and what the system says of itself."""
    view = PersonView(
        person_id=_HE,
        label="Sam Field 0",
        areas=(_PLACE,),
        risk_level="high",
        team=tuple(Assignment(role=role, officer_id=who, since_at=NOW - DAY) for who, role in _TEAM.items()),
        protected=tuple(ProtectedPersonView(protected_person_id=her, area=_PLACE) for her in (_SHE, _OTHER)),
    )
    found = [_finding(rule, severity, f"{rule} {severity}") for rule in RULES for severity in SEVERITIES]
    found += [_finding(RARE, "high", "rare"), _finding("feed-silent", "high", "system", him=False)]
    with ledger.write(NOW) as writing:
        for finding in found:
            change = FindingChange(at=finding.began_at, change="raised", finding=finding)
            tell(writing, [Change(change, view if finding.person_id else None)], TERMS)


def _finding(rule: str, severity: Severity, subject: str, *, him: bool = True) -> Finding:
    about = (
        About(kind="case", id=f"case {subject}", label="the case of Sam Field 0") if him else About(kind="feed", id="em/acme", label="EM")
    )
    return Finding(
        finding_id=finding_id(rule, f"template {subject}", NOW),
        rule=rule,
        rule_version=1,
        subject=f"template {subject}",
        about=about,
        person_id=_HE if him else None,
        areas=(_PLACE,),
        severity=severity,
        began_at=NOW,
        decidable_at=NOW,
        because=f"Sam Field 0 was seen where {_SHE} lives." if him else "The feed is silent.",
        protected_person_ids=() if not him else (_SHE, _OTHER) if severity in {"high", "low"} else (_SHE,),
        told=("control_room", "oic", "idva", "offender_manager"),
    )


_BESIDE = (ALERT_AREA, ALERT_PROTECTED, TOLD, HISTORY)
_OF_OPEN = (TIMER, OUTBOX)
_Row = dict[str, object]


def pour(ledger: Ledger, alerts: int, many: int) -> None:
    """The copies, and the originals gone."""
    with ledger.read() as connection:
        rows = {table: [row._asdict() for row in connection.execute(select(table))] for table in (ALERT, *_BESIDE, *_OF_OPEN)}
    originals = rows.pop(ALERT)
    rare, system = (next(one for one in originals if one["rule"] == rule) for rule in (RARE, "feed-silent"))
    usual = [one for one in originals if one not in (rare, system)]
    of = {
        str(one["alert_id"]): {table: [row for row in found if row["alert_id"] == one["alert_id"]] for table, found in rows.items()}
        for one in originals
    }
    with ledger.engine.begin() as connection:
        for table in (ALERT, *_BESIDE, *_OF_OPEN):
            connection.execute(delete(table))
    numbers = iter(range(alerts))
    while batch := list(islice(numbers, AT_ONCE)):
        made: dict[Table, list[_Row]] = {table: [] for table in (ALERT, *_BESIDE, *_OF_OPEN)}
        for number in batch:
            original = (
                rare if _is_one(number, 9_973) else system if _is_one(number, 2_003) else usual[(number * 7 + number // 50) % len(usual)]
            )
            copy = Copy(number, (number * 31 + number // 17) % many, "", _fate(number))
            copy = copy._replace(area=area_of(copy.person))
            for table, row in _copied(original, of[str(original["alert_id"])], copy, many):
                made[table].append(row)
        _into(ledger, made)
    with ledger.engine.begin() as connection:
        last = connection.execute(select(func.max(HISTORY.c.seq))).scalar_one()
        connection.execute(update(COUNTER).values(seq=last))


def _fate(number: int) -> str:
    """One in a hundred is open."""
    if _is_one(number, 100):
        return ("unanswered", "acknowledged", "shelved", "awaiting")[number // 100 % 4]
    return "withdrawn" if _is_one(number, 1_009) else "exercise" if _is_one(number, 5_003) else "closed"


def _is_one(number: int, of: int) -> bool:
    """One of so many, and not the first."""
    return number % of == of // 3


def _copied(original: _Row, beside: Mapping[Table, Sequence[_Row]], copy: Copy, many: int) -> Iterator[tuple[Table, _Row]]:
    """The rows of one alert."""
    system = original["person_id"] is None
    names = {
        str(original["alert_id"]): f"al_{copy.number:016x}_20260302T120000Z",
        str(original["incident_id"]): f"in_{copy.number // 2 if _is_one(copy.number, 10) else copy.number:016x}_x",
        str(original["reference"]): f"VG-{copy.number:09d}"[:8] + f"-{copy.number % 100_000:05d}",
        _HE: f"pe-{copy.person}",
        _SHE: f"pp-{copy.person}a",
        _OTHER: f"pp-{copy.person}b",
        _PLACE: copy.area,
        **{who: _post(role, copy.area, copy.person, many) for who, role in _TEAM.items()},
        **{f"of-on-{duty}-{_PLACE}": f"of-on-{duty}-{copy.area}" for duty in ON_DUTY},
    }
    pattern = _pattern(tuple(names))

    def said(row: _Row) -> _Row:
        return {name: pattern.sub(lambda found: names[found[0]], value) if isinstance(value, str) else value for name, value in row.items()}

    raised_at = NOW - (copy.number + 1) * (YEARS / 1_000_000)
    alert = said(original) | {"raised_at": raised_at, "changed_at": raised_at + timedelta(hours=1), "seq": 4 * copy.number + 1}
    alert |= {"late_by_s": 90.0 if _is_one(copy.number, 3_001) else 0.0}
    alert |= {"only_area": NOWHERE} if system and copy.number % 2 else {}
    alert |= _as(copy, alert)
    yield ALERT, alert
    for table in _BESIDE if alert["closed"] else (*_BESIDE, *_OF_OPEN):
        for place, row in enumerate(beside[table][:2] if table is HISTORY else beside[table]):
            made = said(row)
            if table is ALERT_AREA and system and copy.number % 2:
                continue
            if table is HISTORY:
                by = f"of-control_room-{copy.area}-0" if place and copy.number % 30 == 0 else None
                made |= {"seq": 4 * copy.number + place, "at": raised_at, "by_id": by}
            if table is OUTBOX:
                made["message_id"] = f"{copy.number}-{place}"
            if table is TOLD and copy.number % 20 == 0:
                made["opened_at"] = raised_at
            if table is TOLD:
                made["over_at"] = alert["changed_at"] if alert["closed"] else None
            yield table, made


def _as(copy: Copy, alert: _Row) -> _Row:
    """The axes of its fate, and the handling that says the same."""
    handling = msgspec.json.decode(str(alert["handling"]))
    said: _Row = {}
    owner = _post("oic", copy.area, copy.person, 20_000)
    lease = {"officer_id": owner, "intent": "send_unit", "intent_text": f"For pe-{copy.person}.", "since_at": NOW, "until_at": NOW + DAY}
    closure = {
        "outcome": "safeguarded",
        "rationale": "She is safe.",
        "officer_id": owner,
        "role": "oic",
        "at": NOW,
        "needs_second_key": True,
    }
    match copy.fate:
        case "unanswered":
            pass
        case "acknowledged":
            handling |= {"acknowledged_at": NOW, "owner": {"officer_id": owner, "role": "oic", "since_at": NOW}, "lease": lease}
            said |= {
                "acknowledged": True,
                "owner_id": owner,
                "place_group": HANDLING["acknowledged"],
                "place_owned": True,
                "unfilled": False,
            }
        case "shelved":
            handling |= {"shelf": {"officer_id": owner, "until_at": NOW + DAY, "reason": "It is known."}}
            said |= {"shelved": True, "place_group": HANDLING["shelved"]}
        case "awaiting":
            handling |= {"closure": closure, "awaiting_second_key": True}
            said |= {"awaiting_second_key": True, "place_group": HANDLING["awaiting_second_key"]}
        case _:
            handling |= {"acknowledged_at": NOW, "closed_at": NOW, "owner": None, "closure": closure | {"needs_second_key": False}}
            said |= {"acknowledged": True, "closed": True, "owner_id": None, "next_due_at": None, "place_due_at": NO_CLOCK, "living": False}
            said |= {"place_group": HANDLING["closed"], "place_owned": False, "status": "closed", "unfilled": False}
            alert["alert"] = str(alert["alert"]).replace('"status":"open"', '"status":"closed"', 1)
    if copy.fate == "withdrawn":
        said["status"] = "withdrawn"
        alert["alert"] = str(alert["alert"]).replace('"status":"closed"', '"status":"withdrawn"', 1)
    if copy.fate == "exercise":
        said["message_status"] = "exercise"
    return {**said, "alert": alert["alert"], "handling": msgspec.json.encode(handling).decode()}


_patterns: dict[tuple[str, ...], re.Pattern[str]] = {}


def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    if names not in _patterns:
        _patterns[names] = re.compile("|".join(rf"{re.escape(name)}(?![0-9])" for name in sorted(names, key=len, reverse=True)))
    return _patterns[names]


def _into(ledger: Ledger, made: Mapping[Table, Sequence[_Row]]) -> None:
    """PostgreSQL copies, which is many times as fast."""
    with ledger.engine.begin() as connection:
        for table, rows in ((table, rows) for table, rows in made.items() if rows):
            if ledger.engine.dialect.name == "sqlite":
                connection.execute(insert(table), rows)
                continue
            raw = connection.connection.driver_connection
            if not isinstance(raw, psycopg.Connection):
                raise TypeError(f"{type(raw).__name__}, expected a connection of psycopg")
            columns = [column.name for column in table.columns]
            said = ", ".join(f'"{name}"' for name in columns)
            with raw.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({said}) FROM STDIN') as copying:
                for row in _plain(table, rows):
                    copying.write_row(row)


def _plain(table: Table, rows: Iterable[_Row]) -> Iterator[list[object]]:
    """As the database has them, not as the ledger reads them."""
    kinds = [(column.name, isinstance(column.type, Boolean)) for column in table.columns]
    for row in rows:
        yield [
            bool(row[name]) if is_bool and row[name] is not None else _ticks(value) if isinstance(value := row[name], datetime) else value
            for name, is_bool in kinds
        ]


def _ticks(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
