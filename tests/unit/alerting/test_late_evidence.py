"""While evidence comes out of order the alert shows each turn, and whoever was told hears what it came to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerting.lifecycle.late_evidence import AT_MOST, SETTLES_AFTER
from schemas.finding import Severity
from tests.unit.alerting.handled import IDVA, OIC, ROWAN, Desk, ended, of_severity, withdrawn
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_finding

SECOND = timedelta(seconds=1)


def test_the_alert_shows_each_turn_and_nobody_hears_of_what_came_to_nothing() -> None:
    finding = of_severity("high")
    desk = Desk(finding).acknowledged(ROWAN, HOUR)

    for after, change in ((ended(finding, NOON), "closed"), (finding, "reopened"), (ended(finding, NOON), "closed"), (finding, "reopened")):
        desk.at += 10 * SECOND
        desk.tell(after, change=change, late=True)  # type: ignore[arg-type]
        assert (after.status, "acknowledged", [], "none") == (desk.alert.status, desk.state, desk.told, desk.last.alarm)
        assert ([f"matter.{change}"], False) == (desk.words, desk.last.version_rises)
    assert SETTLES_AFTER == desk.clocks()["late_evidence"]

    assert ["late_evidence"] == desk.wait(SETTLES_AFTER, only=("late_evidence",))
    assert ("acknowledged", [], ["people.told"]) == (desk.state, desk.told, desk.words)
    assert "late_evidence" not in desk.clocks()


def test_what_it_came_to_is_told_once() -> None:
    finding = of_severity("high")
    desk = Desk(finding).acknowledged(ROWAN, HOUR)
    desk.tell(ended(finding, NOON), change="closed", late=True)
    desk.tell(withdrawn(finding), change="withdrawn", late=True)
    assert ("withdrawn", "acknowledged") == (desk.alert.status, desk.state)

    desk.wait(SETTLES_AFTER, only=("late_evidence",))

    assert ("unanswered", {ROWAN, OIC, IDVA}) == (desk.state, set(desk.told))
    assert desk.last.version_rises
    assert "withdrawal" in desk.clocks()


def test_a_further_contact_that_waited_rings_when_it_has_settled() -> None:
    finding = of_severity("medium")
    desk = Desk(finding).acknowledged(ROWAN, HOUR)
    desk.tell(finding.model_copy(update={"because": "He rang twice."}), change="amended", further=True, late=True)
    desk.tell(finding.model_copy(update={"because": "He rang three times."}), change="amended")
    assert ("acknowledged", []) == (desk.state, desk.told), "what comes in order waits with what came before it"

    desk.wait(SETTLES_AFTER, only=("late_evidence",))
    assert "unanswered" == desk.state


def test_one_that_may_end_by_itself_does_when_it_has_settled() -> None:
    finding = of_severity("medium")
    desk = Desk(finding)
    desk.tell(ended(finding, NOON), change="closed", late=True)
    assert "unanswered" == desk.state

    desk.acknowledged(ROWAN)
    desk.wait(SETTLES_AFTER, only=("late_evidence",))
    desk.wait(HOUR)
    assert "closed" == desk.state


def test_it_waits_five_minutes_at_most() -> None:
    finding = of_severity("high")
    desk = Desk(finding).acknowledged(ROWAN, HOUR)
    begun_at, rung = desk.at, []
    while desk.at < begun_at + AT_MOST:
        desk.tell(finding.model_copy(update={"because": f"He was there at {desk.at}."}), change="confirmed", late=True)
        rung += desk.wait(30 * SECOND, only=("late_evidence",))

    assert (["late_evidence"], begun_at + AT_MOST) == (rung, desk.at)


@pytest.mark.parametrize(("severity", "then"), [("critical", "critical"), ("high", "critical"), ("high", "medium"), ("medium", "high")])
def test_whatever_is_critical_and_another_severity_never_wait(severity: Severity, then: Severity) -> None:
    finding = of_severity(severity, provisional=True)
    desk = Desk(finding).acknowledged(ROWAN)
    desk.at += SECOND
    after = finding.model_copy(update={"severity": then, "provisional": False})
    desk.tell(after, change="severity" if severity != then else "confirmed", late=True)

    assert "late_evidence" not in desk.clocks()
    assert desk.last.version_rises


def test_another_severity_takes_along_what_waited() -> None:
    finding = of_severity("high")
    desk = Desk(finding).acknowledged(ROWAN, HOUR)
    desk.tell(ended(finding, NOON), change="closed", late=True)
    desk.tell(ended(finding, NOON).model_copy(update={"severity": "medium"}), change="severity")

    assert desk.handling.may_end_itself, "that it has ended counts from now on"
    assert "late_evidence" not in desk.clocks()


def test_a_first_raising_is_told_at_once_and_a_moved_beginning_waits_with_what_people_made_of_it() -> None:
    finding = of_severity("high")
    desk = Desk(finding).acknowledged(ROWAN, HOUR)
    reference = desk.alert.reference
    first = a_finding(subject="pp-2", told=("oic",))
    desk.tell(first, late=True)
    assert desk.told

    desk.at += SECOND
    began = {"finding_id": "al_heir_20260302T115900Z", "began_at": NOON - MINUTE}
    heir = finding.model_copy(update={**began, "supersedes": (finding.finding_id,)})
    desk.tell(heir, late=True)
    desk.first = heir.finding_id
    assert (reference, "acknowledged", ROWAN) == (desk.alert.reference, desk.state, desk.owner)
    assert "late_evidence" in desk.clocks()
    desk.wait(SETTLES_AFTER, only=("late_evidence",))
    assert "acknowledged" == desk.state, "a moved beginning asks nobody to answer anew"
