"""The directory as a sergeant would check it: who is away, who is on, who answers to whom, and when we knew."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from alerting.directory import Directory, learn
from schemas.directory import (
    DirectoryAbsence,
    DirectoryAbsenceCancelled,
    DirectoryOfficer,
    DirectoryOnCall,
    DirectoryOnCallRemoved,
)
from schemas.event import Data, Event
from schemas.feed import FeedHeartbeat

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def stated(data: Data, at: datetime = MONDAY, name: str | None = None, message_status: str = "actual") -> Event:
    return Event(
        id=name or f"{type(data).__name__}-{at:%d%H%M}",
        source="directory/hr",
        type="directory.officer",
        rank=90,
        occurred_at=at,
        data=data,
        message_status=message_status,
    )


def heard(*events: Event) -> Directory:
    directory = Directory()
    for event in events:
        directory = learn(directory, event)
    return directory


def officer(manager: str | None) -> DirectoryOfficer:
    return DirectoryOfficer(officer_id="of-1", name="PC Rowan", organisation="police", area="avon", roles=("oic",), line_manager_id=manager)


def away(deputy: str | None = None, *, hours: int = 8, absence_id: str | None = "ab-1") -> DirectoryAbsence:
    return DirectoryAbsence(absence_id=absence_id, officer_id="of-1", from_=MONDAY, to=MONDAY + hours * HOUR, deputy_id=deputy)


def shift(officer_id: str, *, area: str = "avon", start: int = 0, hours: int = 8, shift_id: str | None = None) -> DirectoryOnCall:
    begin = MONDAY + start * HOUR
    return DirectoryOnCall(role="control_room", area=area, officer_id=officer_id, from_=begin, to=begin + hours * HOUR, shift_id=shift_id)


def test_an_officer_nobody_described_has_no_line_manager() -> None:
    directory = heard()

    assert None is directory.officer("of-1", MONDAY)
    assert None is directory.line_manager("of-1", MONDAY)


def test_the_latest_statement_in_event_time_stands_whichever_came_first() -> None:
    first, second = stated(officer("of-8")), stated(officer("of-9"), MONDAY + HOUR)

    for order in permutations([first, second]):
        directory = heard(*order)
        assert "of-8" == directory.line_manager("of-1", MONDAY)
        assert "of-9" == directory.line_manager("of-1", MONDAY + HOUR)


def test_hearing_a_statement_twice_changes_nothing() -> None:
    event = stated(away("of-2"))
    once = heard(event)

    assert once == learn(once, event)


def test_an_absence_begins_at_its_first_instant_and_is_over_at_its_last() -> None:
    directory = heard(stated(away("of-2", hours=8)))

    assert directory.absent("of-1", MONDAY) is not None
    assert directory.absent("of-1", MONDAY + 8 * HOUR - timedelta(seconds=1)) is not None
    assert None is directory.absent("of-1", MONDAY + 8 * HOUR)


def test_of_two_absences_at_once_the_one_with_a_deputy_counts() -> None:
    leave = stated(away("of-2", absence_id="leave"), name="a")
    course = stated(away(None, absence_id="course"), name="b")

    for order in permutations([leave, course]):
        absence = heard(*order).absent("of-1", MONDAY)
        assert absence is not None
        assert "of-2" == absence.deputy_id


def test_a_cancelled_absence_does_not_count_from_the_cancelling_on_even_when_the_cancelling_came_first() -> None:
    absence = stated(away("of-2"))
    cancelled = stated(DirectoryAbsenceCancelled(absence_id="ab-1"), MONDAY + HOUR)

    for order in permutations([absence, cancelled]):
        directory = heard(*order)
        assert directory.absent("of-1", MONDAY) is not None
        assert None is directory.absent("of-1", MONDAY + HOUR)


def test_an_absence_without_a_name_is_cancelled_by_the_id_of_its_event() -> None:
    absence = stated(away(absence_id=None), name="hr-17")
    cancelled = stated(DirectoryAbsenceCancelled(absence_id="hr-17"), MONDAY + HOUR)

    assert None is heard(absence, cancelled).absent("of-1", MONDAY + HOUR)


def test_a_shift_covers_its_area_and_role_only() -> None:
    directory = heard(stated(shift("of-3"), name="s1"), stated(shift("of-4", area="gwent"), name="s2"))

    assert ("of-3",) == directory.on_call("control_room", "avon", MONDAY)
    assert ("of-4",) == directory.on_call("control_room", "gwent", MONDAY)
    assert () == directory.on_call("duty_inspector", "avon", MONDAY)
    assert {"of-3", "of-4"} == set(directory.on_call("control_room", None, MONDAY))


def test_at_the_change_of_shift_the_next_one_is_on_and_the_last_one_off() -> None:
    directory = heard(stated(shift("of-3", hours=8), name="early"), stated(shift("of-4", start=8), name="late"))

    assert ("of-4",) == directory.on_call("control_room", "avon", MONDAY + 8 * HOUR)


def test_a_shift_given_to_somebody_else_in_another_area_leaves_the_first() -> None:
    given = stated(shift("of-3", shift_id="sh-1"))
    swapped = stated(shift("of-4", area="gwent", shift_id="sh-1"), MONDAY + HOUR)

    for order in permutations([given, swapped]):
        directory = heard(*order)
        assert () == directory.on_call("control_room", "avon", MONDAY + HOUR)
        assert ("of-4",) == directory.on_call("control_room", "gwent", MONDAY + HOUR)


def test_a_removed_shift_has_nobody() -> None:
    directory = heard(stated(shift("of-3", shift_id="sh-1")), stated(DirectoryOnCallRemoved(shift_id="sh-1"), MONDAY + HOUR))

    assert () == directory.on_call("control_room", "avon", MONDAY + HOUR)


def test_an_exercise_sends_nobody_on_leave() -> None:
    assert Directory() == heard(stated(away("of-2"), message_status="exercise"))


def test_an_event_of_another_kind_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"directory/hr hb-1 .*expected a directory"):
        learn(Directory(), stated(FeedHeartbeat(complete_to=MONDAY), name="hb-1"))
