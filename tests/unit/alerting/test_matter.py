"""One alert from the changes of one finding, told in the order in which the changes came."""

from datetime import timedelta

import pytest

from alerting.matter import UnknownAlert, fold, succeed
from alerting.routing import Told
from schemas.alert import Alert, Recipient, Revision
from schemas.finding import Change, FindingChange, reference
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_change, a_finding


def telling(*officers: str, unfilled: tuple[str, ...] = (), at_minute: int = 0) -> Told:
    at = NOON + at_minute * MINUTE
    return Told(tuple(Recipient(officer_id=officer_id, role="oic", reason="named", at=at) for officer_id in officers), unfilled)


NOBODY = telling()


def raised(change: FindingChange | None = None, told: Told | None = None) -> Alert:
    return fold(None, change or a_change(a_finding()), told or telling("of-1"))


def words(alert: Alert) -> list[Change]:
    return [revision.change for revision in alert.revisions]


def officers(alert: Alert) -> list[str]:
    return [recipient.officer_id for recipient in alert.recipients]


def test_a_finding_becomes_an_alert_with_its_name_its_reference_and_whom_it_told() -> None:
    finding = a_finding(because="He is inside the zone.")
    alert = raised(a_change(finding, at=NOON + 41 * timedelta(seconds=1)), telling("of-1", unfilled=("idva",)))

    assert (finding.finding_id, reference(finding.finding_id)) == (alert.alert_id, alert.reference)
    assert NOON + 41 * timedelta(seconds=1) == alert.raised_at
    assert 41 == alert.late_by_s
    assert (Revision(at=alert.raised_at, change="raised", because="He is inside the zone."),) == alert.revisions
    assert ["of-1"] == officers(alert)
    assert ("idva",) == alert.unfilled_roles


def test_what_is_known_before_it_could_be_complete_is_not_early_but_on_time() -> None:
    assert 0 == raised(a_change(a_finding(), at=NOON - MINUTE)).late_by_s


def test_a_revision_changes_what_is_said_and_never_when_we_first_knew() -> None:
    closed = a_finding(ended=NOON + HOUR, because="He left at 13:00.")
    alert = fold(raised(), a_change(closed, "closed", NOON + HOUR), NOBODY)

    assert ("closed", NOON + HOUR, "He left at 13:00.") == (alert.status, alert.ended_at, alert.because)
    assert NOON == alert.raised_at
    assert ["raised", "closed"] == words(alert)


@pytest.mark.parametrize("change", ["confirmed", "reopened"])
def test_what_alarms_again_tells_whoever_has_joined_the_team_and_each_only_once(change: Change) -> None:
    again = a_change(a_finding(because="Again."), change, NOON + HOUR)
    alert = fold(raised(told=telling("of-1", unfilled=("idva",))), again, telling("of-1", "of-2", at_minute=60))

    assert [("of-1", NOON), ("of-2", NOON + HOUR)] == [(recipient.officer_id, recipient.at) for recipient in alert.recipients]
    assert () == alert.unfilled_roles


def test_a_higher_severity_tells_new_people_and_a_lower_one_does_not() -> None:
    high = raised(a_change(a_finding(severity="high")))
    critical = fold(high, a_change(a_finding(severity="critical"), "severity", NOON + MINUTE), telling("of-2"))
    medium = fold(critical, a_change(a_finding(severity="medium"), "severity", NOON + HOUR), telling("of-3"))

    assert ["of-1", "of-2"] == officers(critical)
    assert ["of-1", "of-2"] == officers(medium)
    assert "medium" == medium.severity
    assert ["raised", "severity", "severity"] == words(medium)


@pytest.mark.parametrize("change", ["closed", "amended", "withdrawn"])
def test_the_end_or_a_correction_tells_nobody_new(change: Change) -> None:
    finding = a_finding(because="It is over.", status="withdrawn" if change == "withdrawn" else "open")

    assert ["of-1"] == officers(fold(raised(), a_change(finding, change, NOON + HOUR), telling("of-2")))


def test_a_further_fix_of_the_same_kind_is_no_revision() -> None:
    assert ["raised"] == words(fold(raised(), a_change(a_finding(), "amended", NOON + MINUTE), NOBODY))


def test_a_correction_that_can_be_seen_is_one() -> None:
    amended = fold(raised(), a_change(a_finding(because="Since 11:58."), "amended", NOON + MINUTE), NOBODY)

    assert ["raised", "amended"] == words(amended)


def test_a_change_delivered_again_changes_nothing_though_the_alert_has_gone_on() -> None:
    first = a_change(a_finding())
    confirmed = a_change(a_finding(because="Two fixes inside."), "confirmed", NOON)
    closed = a_change(a_finding(ended=NOON + HOUR, because="He left."), "closed", NOON + HOUR)
    alert = raised(first)
    for change in (confirmed, closed):
        alert = fold(alert, change, NOBODY)

    again = alert
    for change in (first, confirmed, closed):
        again = fold(again, change, telling("of-9"))
        assert alert == again


def test_an_episode_that_arrives_whole_and_is_delivered_again_stays_ended() -> None:
    first, end = a_change(a_finding()), a_change(a_finding(ended=NOON, because="He left."), "closed", NOON)
    alert = fold(raised(first), end, NOBODY)

    assert alert == fold(fold(alert, first, telling("of-9")), end, telling("of-9"))


def test_an_episode_that_ends_twice_in_one_upload_is_ended() -> None:
    end = a_change(a_finding(ended=NOON, because="He left."), "closed", NOON)
    alert = fold(raised(), end, NOBODY)
    alert = fold(alert, a_change(a_finding(because="He is back."), "reopened", NOON), NOBODY)

    assert "closed" == fold(alert, end, NOBODY).status


def test_an_old_quiet_correction_delivered_again_does_not_bring_the_old_evidence_back() -> None:
    quiet = a_change(a_finding(), "amended", NOON + MINUTE)
    alert = fold(fold(raised(), quiet, NOBODY), a_change(a_finding(because="Two fixes."), "confirmed", NOON + HOUR), NOBODY)

    assert alert == fold(alert, quiet, NOBODY)


def test_a_reminder_between_does_not_make_a_held_change_look_old() -> None:
    alert = raised()
    reminder = Revision(at=NOON + HOUR, change="reminded", because=alert.because)
    reminded = alert.model_copy(update={"revisions": (*alert.revisions, reminder)})

    held = a_change(a_finding(because="Two fixes inside."), "confirmed", NOON + MINUTE)
    assert ["raised", "reminded", "confirmed"] == words(fold(reminded, held, NOBODY))


def test_a_withdrawn_alert_whose_matter_was_true_after_all_is_reopened() -> None:
    gone = fold(raised(), a_change(a_finding(status="withdrawn", because="It was not he."), "withdrawn", NOON + HOUR), NOBODY)
    back = fold(gone, a_change(a_finding(), "raised", NOON + 2 * HOUR), telling("of-2"))

    assert ["raised", "withdrawn", "reopened"] == words(back)
    assert ["of-1", "of-2"] == officers(back)
    assert NOON == back.raised_at


def test_a_second_withdrawal_is_no_second_revision() -> None:
    gone = fold(raised(), a_change(a_finding(status="withdrawn"), "withdrawn", NOON + HOUR), NOBODY)

    assert gone.revisions == fold(gone, a_change(a_finding(status="withdrawn"), "withdrawn", NOON + 2 * HOUR), NOBODY).revisions


def test_a_withdrawal_of_what_was_never_held_here_is_refused_by_name() -> None:
    gone = a_finding(status="withdrawn")

    with pytest.raises(UnknownAlert, match=gone.finding_id):
        fold(None, a_change(gone, "withdrawn"), NOBODY)


def test_a_successor_keeps_the_reference_the_first_instant_the_people_and_the_history_without_a_new_alarm() -> None:
    first = raised()
    moved = a_finding(began=NOON - MINUTE, supersedes=[first.alert_id], because="Since 11:59.")
    successor = succeed([first], a_change(moved, "raised", NOON + HOUR), telling("of-2"))

    assert moved.finding_id == successor.alert_id
    assert (first.reference, first.raised_at) == (successor.reference, successor.raised_at)
    assert 60 == successor.late_by_s
    assert (first.alert_id,) == successor.supersedes
    assert ["raised", "amended"] == words(successor)
    assert ["of-1"] == officers(successor)


def test_a_successor_of_a_withdrawn_one_was_never_withdrawn_itself() -> None:
    first = raised()
    gone = fold(first, a_change(a_finding(status="withdrawn"), "withdrawn", NOON + HOUR), NOBODY)
    moved = a_change(a_finding(began=NOON - MINUTE, supersedes=[first.alert_id], because="Since 11:59."), "raised", NOON + HOUR)

    assert succeed([first], moved, NOBODY) == succeed([gone], moved, NOBODY)


def test_a_successor_that_is_worse_alarms_those_who_were_not_told() -> None:
    first = raised(a_change(a_finding(severity="high", provisional=True)))
    moved = a_finding(began=NOON - MINUTE, supersedes=[first.alert_id], severity="critical", ended=NOON)
    successor = succeed([first], a_change(moved, "raised", NOON + HOUR), telling("of-2"))

    assert ["raised", "amended", "confirmed", "severity", "closed"] == words(successor)
    assert ["of-1", "of-2"] == officers(successor)


def test_two_that_turn_out_to_be_one_go_on_under_the_one_that_was_known_first() -> None:
    early = raised(a_change(a_finding(began=NOON), at=NOON + 2 * HOUR), telling("of-1"))
    late = raised(a_change(a_finding(began=NOON + HOUR), at=NOON + HOUR), telling("of-2"))
    whole = a_finding(began=NOON - MINUTE, supersedes=[early.alert_id, late.alert_id])
    successor = succeed([early, late], a_change(whole, "raised", NOON + 3 * HOUR), NOBODY)

    assert (late.reference, NOON + HOUR) == (successor.reference, successor.raised_at)
    assert (early.alert_id, late.alert_id) == successor.supersedes
    assert {"of-1", "of-2"} == set(officers(successor))
