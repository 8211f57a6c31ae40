"""One evening in Avon, told to a real ledger: a man, a woman at risk, who is in the case and who is on duty, and alerts about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerting.ledger import people, reaching
from alerting.ledger.telling import Change, tell
from schemas.finding import Change as Word
from schemas.finding import Finding, Severity
from schemas.person import Assignment, PersonView, ProtectedPersonView
from tests.integration.console.office import DAY, NOON, Browser, Office
from tests.unit.alerting.invented import a_change, a_finding

MINUTE = timedelta(minutes=1)
ROOM, OIC, IDVA, SUPERVISOR, INSPECTOR, ELSEWHERE, ANALYST, AUDITOR = (
    "of-room",
    "of-oic",
    "of-idva",
    "of-sup",
    "of-insp",
    "of-kent",
    "of-analyst",
    "of-auditor",
)
HER = "pp-1"
RATIONALE = "She has been phoned, and he is in custody now."


class Scene:
    """The office with people in it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.officer(SUPERVISOR, "supervisor", name="Sgt Ash")
        office.officer(OIC, "oic", name="DC Birch", manager=SUPERVISOR)
        office.officer(ROOM, "control_room", name="PC Rowan", manager=SUPERVISOR)
        office.officer("of-room-2", "control_room", name="PC Elm", manager=SUPERVISOR)
        office.officer(IDVA, "idva", name="Ms Hazel")
        office.officer(INSPECTOR, "duty_inspector", name="Insp Yew")
        office.officer(ELSEWHERE, "control_room", name="PC Oak", area="kent")
        office.officer(ANALYST, "analyst", name="Mr Fir")
        office.officer(AUDITOR, "auditor", name="Ms Pine")
        office.on_call("control_room", ROOM)
        office.on_call("control_room", "of-room-2")
        office.on_call("duty_inspector", INSPECTOR)
        office.on_call("control_room", ELSEWHERE, "kent")
        self.person()

    def person(
        self,
        person_id: str = "pe-1",
        *,
        team: Sequence[tuple[str, str]] = (("oic", OIC), ("idva", IDVA)),
        areas: Sequence[str] = ("avon",),
        restricted: bool = False,
        in_custody: bool = False,
        excluded: Sequence[str] = (),
    ) -> PersonView:
        """Known from now on, with his team as (role, officer)."""
        view = PersonView(
            person_id=person_id,
            label="Sam Field (A1234AA)",
            areas=tuple(areas),
            risk_level="high",
            restricted=restricted,
            in_custody=in_custody,
            excluded_officer_ids=tuple(excluded),
            team=tuple(Assignment(role=role, officer_id=who, since_at=NOON - DAY) for role, who in team),
            protected=(ProtectedPersonView(protected_person_id=HER, area=areas[0]),),
        )
        with self.office.ledger.write(self.office.now) as writing:
            reaching.say(writing, people.take(writing, [view]))
        return view

    def alert(
        self,
        subject: str = "zone-1",
        *,
        severity: Severity = "high",
        rule: str = "exclusion-zone-entry",
        person_id: str | None = "pe-1",
        areas: Sequence[str] = ("avon",),
        told: Sequence[str] = ("control_room", "oic", "idva"),
        began: datetime | None = None,
        because: str = "Sam Field (A1234AA) is inside the Bedminster zone; pp-1 is at risk.",
    ) -> str:
        """Raised now; its id."""
        at = self.office.now
        at_risk = () if person_id is None else (HER,)
        finding = a_finding(
            rule,
            subject=subject,
            severity=severity,
            person_id=person_id,
            areas=areas,
            at_risk=at_risk,
            told=told,
            began=began or at,
            because=because,
        )
        self.change(finding, "raised")
        return finding.finding_id

    def another(self, number: int, severity: Severity = "high") -> str:
        """An alert about somebody of whom there is no other, so that it stands alone in its incident."""
        person_id = f"pe-of-{number}"
        self.person(person_id)
        return self.alert(f"zone-of-{number}", person_id=person_id, severity=severity)

    def change(self, finding: Finding, word: Word) -> None:
        """What streams tells of a finding, now."""
        with self.office.ledger.write(self.office.now) as writing:
            person = None if finding.person_id is None else people.view(writing.connection, finding.person_id)
            tell(writing, [Change(a_change(finding, word, self.office.now), person)], self.office.desk.terms)

    def later(self, by: timedelta) -> datetime:
        """The clock goes on."""
        self.office.now += by
        return self.office.now

    def acknowledge(self, browser: Browser, alert_id: str, version: int, minutes: int = 20) -> int:
        """Acknowledged with a promise; the new version."""
        answer = browser.command(f"/api/v1/alerts/{alert_id}/acknowledge", self.promise(minutes), version=version)
        assert 200 == answer.status_code, answer.text
        return int(answer.headers["etag"].strip('"'))

    def promise(self, minutes: int = 20) -> dict[str, str]:
        """The body of an acknowledgement."""
        until_at = self.office.now + minutes * MINUTE
        return {"intent": "send_unit", "until_at": until_at.isoformat().replace("+00:00", "Z")}
