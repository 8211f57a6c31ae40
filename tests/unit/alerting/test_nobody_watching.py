"""A control room on call with no live wall: when it is said, since when it was so, and when it is over."""

from __future__ import annotations

from datetime import timedelta

from alerting.directory import Directory
from alerting.nobody_watching import Wall, changes
from alerting.routing import route
from schemas.directory import DirectoryOnCall
from schemas.finding import Finding, FindingChange
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_directory, on_call

SECOND = timedelta(seconds=1)
ON_CALL = a_directory(on_call("control_room", "of-1"), on_call("duty_inspector", "of-2"))


def judged(
    live_at: timedelta, now: timedelta, directory: Directory = ON_CALL, open_: Finding | None = None, area: str = "avon"
) -> tuple[FindingChange, ...]:
    unwatched = {} if open_ is None else {area: open_}
    return tuple(changes([Wall(area, NOON + live_at)], directory, unwatched, NOON + now, NOON - HOUR))


def test_a_minute_without_a_live_wall_is_said_at_the_sixtieth_second_and_not_before() -> None:
    assert () == judged(0 * SECOND, 59 * SECOND)

    (found,) = judged(0 * SECOND, 60 * SECOND)

    assert ("raised", NOON + MINUTE) == (found.change, found.at)
    finding = found.finding
    assert (NOON, NOON + MINUTE) == (finding.began_at, finding.decidable_at)
    assert ("critical", None, ("avon",), ("duty_inspector",)) == (finding.severity, finding.person_id, finding.areas, finding.told)
    assert ("areas", "avon") == (finding.about.kind, finding.about.id)
    assert (
        "Nobody is watching in avon: no wall of its control room has been live since 2 Mar 12:00. Alerts there are shown to nobody."
    ) == finding.because
    assert ["of-2"] == [told.officer_id for told in route(finding, None, ON_CALL, found.at).recipients]


def test_it_is_said_once_and_over_when_a_wall_is_live_again() -> None:
    (raised,) = judged(0 * SECOND, MINUTE)

    assert () == judged(0 * SECOND, HOUR, open_=raised.finding)
    (closed,) = judged(HOUR, HOUR + SECOND, open_=raised.finding)

    assert ("closed", "closed", NOON + HOUR) == (closed.change, closed.finding.status, closed.finding.ended_at)
    assert raised.finding.finding_id == closed.finding.finding_id
    assert (
        "A wall of the control room of avon is live again. Nobody was watching from 2 Mar 12:00 to 2 Mar 13:00." == closed.finding.because
    )


def test_the_next_time_is_another_finding() -> None:
    (first,) = judged(0 * SECOND, MINUTE)
    (second,) = judged(HOUR, HOUR + MINUTE)

    assert first.finding.finding_id != second.finding.finding_id


def test_an_area_that_never_started_a_shift_is_left_alone() -> None:
    assert () == tuple(changes([], ON_CALL, {}, NOON + HOUR, NOON))


def test_without_a_control_room_on_call_there_is_nobody_who_should_watch() -> None:
    assert () == judged(0 * SECOND, HOUR, a_directory(on_call("duty_inspector", "of-2")))


def test_a_room_that_comes_on_call_has_its_minute_from_the_beginning_of_its_shift() -> None:
    shift = DirectoryOnCall(role="control_room", area="avon", officer_id="of-1", from_=NOON + HOUR, to=NOON + 9 * HOUR)
    directory = a_directory(shift, on_call("duty_inspector", "of-2"))

    assert () == judged(-5 * HOUR, HOUR + 59 * SECOND, directory)
    (raised,) = judged(-5 * HOUR, HOUR + MINUTE, directory)

    assert NOON + HOUR == raised.finding.began_at


def test_over_a_handover_the_time_runs_from_when_the_wall_was_last_live() -> None:
    before = DirectoryOnCall(role="control_room", area="avon", officer_id="of-1", from_=NOON - HOUR, to=NOON + 30 * SECOND)
    after = DirectoryOnCall(role="control_room", area="avon", officer_id="of-3", from_=NOON + 30 * SECOND, to=NOON + HOUR)

    (raised,) = judged(0 * SECOND, MINUTE, a_directory(before, after))

    assert NOON == raised.finding.began_at


def test_the_wall_of_another_area_watches_for_nobody_here() -> None:
    directory = a_directory(on_call("control_room", "of-1"), on_call("control_room", "of-9", "kent"))

    found = changes([Wall("avon", NOON), Wall("kent", NOON + HOUR)], directory, {}, NOON + HOUR, NOON)

    assert [("avon",)] == [change.finding.areas for change in found]


def test_after_a_restart_of_ours_every_wall_has_its_minute_to_come_back() -> None:
    walls = [Wall("avon", NOON)]

    assert () == tuple(changes(walls, ON_CALL, {}, NOON + HOUR + 59 * SECOND, NOON + HOUR))
    (raised,) = changes(walls, ON_CALL, {}, NOON + HOUR + MINUTE, NOON + HOUR)

    assert NOON == raised.finding.began_at
