"""One man's case told whole to a real ledger: his page with her address and number, his timeline, coverage, fixes and reports.

Every secret is a text of its own that stands nowhere else, so that one look at the bytes of an answer says what leaked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel
from sqlalchemy import select

from alerting.ledger import people, reaching
from alerting.ledger.read_models import KEEPS
from alerting.ledger.tables.told import PERSON
from alerting.rights import ROLES
from schemas import topics
from schemas.directory import OnCallRole
from schemas.person import Assignment, PersonView
from schemas.read_models import (
    Coverage,
    CoverageSpan,
    CoverageState,
    FeedState,
    FeedView,
    FixBeside,
    OrderShown,
    PersonPage,
    ProtectedPersonShown,
    ReportView,
    TimelineEntry,
)
from tests.integration.console.office import AREA, DAY, HOUR, NOON, Browser, Office
from tests.integration.console.scene import Scene

HE, SHE, ANOTHER = "pe-1", "pp-1", "pp-2"
NOMS = {"type": "NOMS", "value": "A1234AA"}
ADDRESS, LONGITUDE = "51.44917", -2.61883
PHONE = "+447700900431"
HER_NAME = "Rowena Quill"
C_REPORT, P_REPORT = "rep-sealed-7", "rep-open-8"
SAFE = "Only between nine and ten"
ZONE = {"latitude": 51.44, "longitude": -2.6, "radius_m": 400.0}
ALONE: tuple[OnCallRole, ...] = ("control_room", "duty_inspector")
"""Roles held on the rota alone."""


class Case(Scene):
    """A scene whose man has a page. `officers`: one of each role, in Avon."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        for role in ROLES:
            office.officer(self.of(role), role, name=f"Officer {role}")
        for duty in ALONE:
            office.on_call(duty, self.of(duty))
        self.told_whole()

    @staticmethod
    def of(role: str) -> str:
        """The officer of that role."""
        return f"of-{role}"

    def in_role(self, role: str) -> Browser:
        """Signed in."""
        return self.office.sign_in(self.of(role))

    def told_whole(
        self,
        person_id: str = HE,
        *,
        team: Sequence[tuple[str, str]] = (),
        areas: Sequence[str] = (AREA,),
        restricted: bool = False,
        excluded: Sequence[str] = (),
        in_custody: bool = True,
    ) -> None:
        """He and all that is known of him, in place of what was told before."""
        known: dict[str, object] = {"person_id": person_id, "label": "Sam Field (A1234AA)", "areas": tuple(areas), "risk_level": "high"}
        posts = tuple(Assignment(role=role, officer_id=who, since_at=NOON - DAY) for role, who in team)
        number = "A1234AA" if person_id == HE else f"A{1000 + sum(person_id.encode())}AB"
        known |= {"identifiers": [{"type": "NOMS", "value": number}], "restricted": restricted, "team": posts}
        outline = {"in_custody": in_custody, "excluded_officer_ids": tuple(excluded)}
        hers = [{"protected_person_id": her, "area": areas[0]} for her in (SHE, ANOTHER)]
        self.view(PersonView.model_validate({**known, **outline, "protected": hers}))
        who = {"name": "Sam Field", "date_of_birth": "1988-03-04", "as_of_at": self.office.now, "sources": ("em/allied",)}
        protected = (_her(SHE), _her(ANOTHER, name=None, address=False))
        page = PersonPage.model_validate({**known, **who, "protected": protected, "orders": (_order("or-1", "co-1", ZONE),)})
        self.keep(topics.PAGES, page)
        self.event("e-1", "incident.reported", person_id=person_id, said={"incident_id": "in-1", "kind": "threat", "severity": 3})
        self.report(C_REPORT, "C", person_id=person_id)
        self.report(P_REPORT, "P", person_id=person_id)
        fix = {"person_id": person_id, "source": "em/allied", "id": "f-1", "at": NOON - HOUR, "received_at": NOON}
        place = {"latitude": 51.43911, "longitude": -2.60733, "accuracy_m": 8.0, "mechanism": "gps"}
        self.keep(topics.FIXES, FixBeside.model_validate({**fix, **place}))

    def view(self, view: PersonView) -> None:
        """He as he is told by, now."""
        with self.office.ledger.write(self.office.now) as writing:
            reaching.say(writing, people.take(writing, [view]))

    def keep(self, topic: str, record: BaseModel) -> None:
        """A record of streams, taken."""
        with self.office.ledger.write(self.office.now) as writing:
            KEEPS[topic](writing, record.model_dump_json(by_alias=True).encode())

    def event(
        self,
        name: str,
        type_: str,
        *,
        person_id: str = HE,
        said: dict[str, object] | None = None,
        at: datetime = NOON - HOUR,
        late: timedelta = timedelta(),
    ) -> None:
        """A line of his timeline."""
        times = {"occurred_at": at, "received_at": at + late}
        name = f"{person_id}-{name}"
        named = {"person_id": person_id, "source": "crime/niche", "id": name, "type": type_, "said": said or {}}
        self.keep(topics.TIMELINE, TimelineEntry.model_validate({**named, **times}))

    def report(self, report_id: str, code: str, *, person_id: str = HE, told: bool = True, to: Sequence[str] = ("of-cleared",)) -> None:
        """A graded report: its event, and (`told`) the intelligence desk's record of it."""
        whose = report_id if person_id == HE else f"{report_id}-{person_id}"
        self.event(report_id, "intelligence.submitted", person_id=person_id, said={"report_id": whose, "handling_code": code})
        graded = {
            "report_id": whose,
            "source_evaluation": 1,
            "intelligence_assessment": "A",
            "handling_code": code,
            "handling_conditions": {"officer_ids": tuple(to)},
            "summary": "Said by a neighbour.",
        }
        times = {"occurred_at": NOON - HOUR, "received_at": NOON - HOUR}
        if told:
            named = {"person_id": person_id, "source": "crime/niche", "id": f"{person_id}-{report_id}"}
            self.keep(topics.REPORTS, ReportView.model_validate({**named, **times, "report": graded}))

    def coverage(self, from_at: datetime, *told: tuple[datetime, CoverageState]) -> None:
        """States, each from an instant to the next; the last goes on."""
        ends = [*(at for at, _ in told[1:]), None]
        spans = tuple(CoverageSpan(from_at=at, to_at=to_at, state=state) for (at, state), to_at in zip(told, ends, strict=True))
        self.keep(topics.COVERAGE, Coverage(person_id=HE, as_of_at=self.office.now, from_at=from_at, spans=spans))

    def feed_silent(self, since_at: datetime | None) -> None:
        """The feed that carries his tag."""
        state: FeedState = "live" if since_at is None else "silent"
        self.keep(topics.FEEDS, FeedView(source="em/allied", as_of_at=self.office.now, state=state, silent_since_at=since_at))

    def merged(self, name: str, into: str) -> None:
        """Who was called that is another now."""
        self.view(PersonView(person_id=name, label="Sam Field", risk_level="high", gone_to=into))

    def circle_her_home(self) -> None:
        """An order whose circle is centred 30 m from where she lives."""
        page = _page(self.office)
        near = {"latitude": float(ADDRESS) + 30 / 111_320, "longitude": LONGITUDE, "radius_m": 300.0}
        order = _order("or-2", "co-2", near)
        self.keep(topics.PAGES, page.model_copy(update={"orders": (*page.orders, order)}))


def _page(office: Office) -> PersonPage:
    with office.ledger.read() as connection:
        text = connection.execute(select(PERSON.c.page).where(PERSON.c.person_id == HE)).scalar_one()
    return PersonPage.model_validate_json(text)


def _her(her: str, *, name: str | None = HER_NAME, address: bool = True) -> ProtectedPersonShown:
    place = {"address_id": "ad-1", "latitude": float(ADDRESS), "longitude": LONGITUDE, "radius_m": 100.0}
    reached = {"phones": (PHONE,), "safe_contact": {"how": SAFE, "never": ("never text",)}, "addresses": (place,)}
    known = {"protected_person_id": her, "linked_at": NOON - DAY, "relationship": "ex_partner", "area": AREA, "household_id": "hh-9"}
    return ProtectedPersonShown.model_validate({**known, "display_name": name, **(reached if address else {})})


def _order(order_id: str, condition_id: str, zone: dict[str, float]) -> OrderShown:
    condition = {"condition_id": condition_id, "kind": "exclusion_zone", "protected_person_id": SHE, "zone": zone}
    times = {"starts_at": NOON - DAY, "ends_at": NOON + 30 * DAY}
    return OrderShown.model_validate({"order_id": order_id, "kind": "dapo", **times, "conditions": (condition,)})
