"""The proof of the rota against an oracle that walks minute by minute, over ordinary days and both nights of clock change."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.directory import Directory, forget, learn
from alerting.rota import ClockChange, Gap, Place, clock_changes, gaps, opened, places, prove, worked
from schemas.directory import (
    DirectoryAbsence,
    DirectoryAbsenceCancelled,
    DirectoryOfficer,
    DirectoryOnCall,
    DirectoryOnCallRemoved,
    OnCallRole,
)
from schemas.event import Data, Event

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)
ROOM = Place("avon", "control_room")


def heard(said: Sequence[tuple[Data, datetime]]) -> Directory:
    directory = Directory()
    for number, (data, at) in enumerate(said):
        event = Event(id=f"d-{number}", source="directory/hr", type="directory.on_call", rank=90, occurred_at=at, data=data)
        directory = learn(directory, event)
    return directory


def shift(officer_id: str, from_at: datetime, to_at: datetime, shift_id: str | None = None, role: OnCallRole = "control_room") -> Data:
    return DirectoryOnCall(role=role, area="avon", officer_id=officer_id, from_=from_at, to=to_at, shift_id=shift_id)


def away(officer_id: str, from_at: datetime, to_at: datetime, deputy_id: str | None = None) -> Data:
    return DirectoryAbsence(officer_id=officer_id, from_=from_at, to=to_at, deputy_id=deputy_id)


def described(officer_id: str, *roles: str) -> Data:
    return DirectoryOfficer(officer_id=officer_id, name="PC Rowan", organisation="police", area="avon", roles=roles)


def directory_of(*said: Data, at: datetime = MONDAY - DAY) -> Directory:
    return heard([(data, at) for data in said])


def test_between_two_shifts_nobody_has_the_room_and_it_is_said_to_the_minute() -> None:
    directory = directory_of(
        shift("of-1", MONDAY, MONDAY + 8 * HOUR),
        shift("of-2", MONDAY + 8 * HOUR + 7 * MINUTE, MONDAY + 24 * HOUR),
        shift("of-3", MONDAY, MONDAY),
    )

    expected = Gap("avon", "control_room", MONDAY + 8 * HOUR, MONDAY + 8 * HOUR + 7 * MINUTE, ())
    assert (expected,) == gaps(directory, [ROOM], MONDAY, MONDAY + 24 * HOUR)


def test_a_shift_whose_officer_is_away_without_a_deputy_is_a_gap_and_says_who() -> None:
    directory = directory_of(shift("of-1", MONDAY, MONDAY + DAY), away("of-1", MONDAY + 2 * HOUR, MONDAY + 5 * HOUR))

    expected = Gap("avon", "control_room", MONDAY + 2 * HOUR, MONDAY + 5 * HOUR, ("of-1",))
    assert (expected,) == gaps(directory, [ROOM], MONDAY, MONDAY + DAY)


def test_a_deputy_fills_it_while_there_and_deputies_of_each_other_never_do() -> None:
    filled = (shift("of-1", MONDAY, MONDAY + DAY), away("of-1", MONDAY, MONDAY + DAY, "of-2"))

    assert () == gaps(directory_of(*filled), [ROOM], MONDAY, MONDAY + DAY)

    directory = directory_of(*filled, away("of-2", MONDAY + HOUR, MONDAY + 2 * HOUR, "of-1"))

    assert [(MONDAY + HOUR, MONDAY + 2 * HOUR)] == [(gap.from_at, gap.to_at) for gap in gaps(directory, [ROOM], MONDAY, MONDAY + DAY)]


def test_a_deputy_whose_own_roles_do_not_allow_it_fills_nothing_however_long_the_chain() -> None:
    chain = (
        shift("of-1", MONDAY, MONDAY + DAY),
        away("of-1", MONDAY, MONDAY + DAY, "of-2"),
        described("of-2", "control_room"),
        away("of-2", MONDAY + HOUR, MONDAY + 4 * HOUR, "of-3"),
        described("of-3", "analyst"),
    )
    trained = (described("of-3", "oic"), MONDAY + 2 * HOUR)

    directory = heard([*((data, MONDAY - DAY) for data in chain), trained])

    assert [(MONDAY + HOUR, MONDAY + 2 * HOUR)] == [(gap.from_at, gap.to_at) for gap in gaps(directory, [ROOM], MONDAY, MONDAY + DAY)]


def test_every_area_with_an_officer_a_case_or_a_shift_is_expected_to_have_every_duty_role() -> None:
    officer = DirectoryOfficer(officer_id="of-1", name="PC Rowan", organisation="police", area="kent", roles=("oic",))
    left = DirectoryOfficer(officer_id="of-2", name="PC Ash", organisation="police", area="devon", roles=())
    directory = directory_of(officer, left, shift("of-1", MONDAY - 40 * DAY, MONDAY - 39 * DAY), shift("of-1", MONDAY, MONDAY + DAY))

    found = places(directory, ["sussex"], MONDAY)

    assert {"avon", "kent", "sussex"} == {place.area for place in found}
    assert 3 * 4 == len(found)
    assert {"kent", "sussex"} == {place.area for place in places(directory, ["sussex"], MONDAY + 30 * DAY)}


def test_a_directory_that_knows_nothing_has_nowhere_to_look() -> None:
    assert ((), ()) == prove(Directory(), [], MONDAY, 8)[2:4]


def test_a_change_that_would_leave_a_role_without_a_name_is_found_and_old_gaps_are_not_its_fault() -> None:
    kept = shift("of-1", MONDAY + HOUR, MONDAY + 4 * HOUR, "sh-1")
    before = directory_of(kept, shift("of-2", MONDAY + 3 * HOUR, MONDAY + 6 * HOUR))
    after = heard([(kept, MONDAY - DAY), (DirectoryOnCallRemoved(shift_id="sh-1"), MONDAY - HOUR)])

    found = opened(before, learn(before, _removal("sh-1")), [ROOM], MONDAY, MONDAY + DAY)

    assert [(MONDAY + HOUR, MONDAY + 3 * HOUR)] == [(gap.from_at, gap.to_at) for gap in found]
    assert () == opened(after, after, [ROOM], MONDAY, MONDAY + DAY)


def _removal(shift_id: str) -> Event:
    said = DirectoryOnCallRemoved(shift_id=shift_id)
    return Event(id="gone", source="vigil/console", type="directory.on_call_removed", rank=90, occurred_at=MONDAY - HOUR, data=said)


def test_both_nights_of_clock_change_are_marked_and_no_other() -> None:
    year = clock_changes(datetime(2026, 1, 1, 0, 30, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

    assert (
        ClockChange(SPRING, date(2026, 3, 29), "forward", 23),
        ClockChange(AUTUMN, date(2026, 10, 25), "back", 25),
    ) == year
    assert () == clock_changes(SPRING + HOUR, AUTUMN)
    assert (AUTUMN,) == tuple(change.at for change in clock_changes(AUTUMN, AUTUMN + MINUTE))


@pytest.mark.parametrize(
    ("from_at", "to_at", "true_hours"),
    [
        (datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 6, tzinfo=UTC), 9),
        (datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 29, 5, tzinfo=UTC), 7),
        (datetime(2026, 6, 1, 21, tzinfo=UTC), datetime(2026, 6, 2, 5, tzinfo=UTC), 8),
    ],
)
def test_a_night_from_ten_to_six_is_nine_true_hours_in_october_and_seven_in_march(
    from_at: datetime, to_at: datetime, true_hours: int
) -> None:
    """It looks like eight by the clock on the wall every time."""
    assert (true_hours * HOUR, 8 * HOUR) == worked(from_at, to_at)


# Against the oracle ----------------------------------------------------------

BEGINNINGS = (MONDAY, SPRING - 3 * HOUR, AUTUMN - 3 * HOUR)
WINDOW_MIN = 6 * 60
minutes = st.integers(-120, WINDOW_MIN + 120)
names = st.sampled_from(["of-1", "of-2", "of-3"])
spells = st.tuples(minutes, st.integers(0, 240))
shifts = st.tuples(st.just("shift"), st.sampled_from(["sh-1", "sh-2", "sh-3", "sh-4"]), names, spells, st.integers(-600, 300))
absences = st.tuples(st.just("away"), st.sampled_from(["ab-1", "ab-2"]), names, spells, st.one_of(st.none(), names))
descriptions = st.tuples(st.just("known"), st.sampled_from(["analyst", "oic"]), names, spells, st.integers(-600, 300))
removals = st.tuples(st.just("gone"), st.sampled_from(["sh-1", "sh-2", "ab-1"]), names, spells, st.integers(-600, 300))


def _said(one: tuple[str, str, str, tuple[int, int], int | str | None], begin_at: datetime) -> tuple[Data, datetime]:
    kind, name, officer_id, (start, length), last = one
    from_at, to_at = begin_at + start * MINUTE, begin_at + (start + length) * MINUTE
    stated_at = begin_at + (last if isinstance(last, int) else -700) * MINUTE
    if kind == "shift":
        return shift(officer_id, from_at, to_at, name), stated_at
    if kind == "away":
        deputy_id = last if isinstance(last, str) else None
        return DirectoryAbsence(absence_id=name, officer_id=officer_id, from_=from_at, to=to_at, deputy_id=deputy_id), stated_at
    if kind == "known":
        return described(officer_id, name), stated_at
    gone: Data = DirectoryAbsenceCancelled(absence_id=name) if name.startswith("ab") else DirectoryOnCallRemoved(shift_id=name)
    return gone, stated_at


def _named(directory: Directory, at: datetime) -> bool:
    """The oracle: at one instant, whether anybody on shift is there, or their deputy, or theirs, who is no analyst."""
    for officer_id in directory.on_call("control_room", "avon", at):
        candidate: str | None = officer_id
        asked = set()
        while candidate is not None and candidate not in asked:
            asked.add(candidate)
            absence = directory.absent(candidate, at)
            if absence is None:
                known = directory.officer(candidate, at)
                if candidate == officer_id or known is None or "analyst" not in known.roles:
                    return True
                break
            candidate = absence.deputy_id
    return False


@given(st.sampled_from(BEGINNINGS), st.lists(st.one_of(shifts, absences, removals, descriptions), max_size=8))
def test_the_proof_finds_exactly_the_minutes_in_which_nobody_is_there(
    begin_at: datetime, all_said: list[tuple[str, str, str, tuple[int, int], int | str | None]]
) -> None:
    directory = heard([_said(one, begin_at) for one in all_said])
    end_at = begin_at + WINDOW_MIN * MINUTE

    found = gaps(directory, [ROOM], begin_at, end_at)

    expected = {at for at in _minutes(begin_at) if not _named(directory, at)}
    assert expected == {at for at in _minutes(begin_at) if any(gap.from_at <= at < gap.to_at for gap in found)}
    assert all(begin_at <= gap.from_at < gap.to_at <= end_at for gap in found)
    assert all(one.to_at < other.from_at for one, other in itertools.pairwise(found)), "and says each of them once"


@given(st.lists(st.one_of(shifts, absences, removals), max_size=8), st.integers(0, WINDOW_MIN))
def test_forgetting_what_is_long_past_changes_no_answer_from_then_on(
    all_said: list[tuple[str, str, str, tuple[int, int], int | str | None]], before_min: int
) -> None:
    directory = heard([_said(one, MONDAY) for one in all_said])
    before_at = MONDAY + before_min * MINUTE

    kept = forget(directory, before_at)

    for at in (at for at in _minutes(MONDAY) if at >= before_at):
        assert directory.on_call("control_room", "avon", at) == kept.on_call("control_room", "avon", at)
        for officer_id in ("of-1", "of-2", "of-3"):
            assert directory.absent(officer_id, at) == kept.absent(officer_id, at)
            assert directory.deputised(officer_id, at) == kept.deputised(officer_id, at)


def _minutes(begin_at: datetime) -> list[datetime]:
    return [begin_at + number * MINUTE for number in range(WINDOW_MIN)]


def test_what_is_long_past_is_forgotten() -> None:
    directory = directory_of(
        shift("of-1", MONDAY, MONDAY + HOUR), away("of-1", MONDAY, MONDAY + HOUR, "of-2"), shift("of-1", MONDAY, MONDAY + DAY)
    )

    kept = forget(directory, MONDAY + 2 * HOUR)

    assert (1, 0) == (len(kept.shifts.statements), len(kept.absences.statements))
    assert {("control_room", "avon"), ("of-1",)} == set(kept.shifts.places)
