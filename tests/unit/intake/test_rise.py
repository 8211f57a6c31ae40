"""quarantine-rising: 20 events of a source set aside in 60 minutes, and 5 % of what it sent in them; gone after an hour below."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from streams.intake.rise import CLOSES_AFTER, REACHES_BACK, WITHIN, Rise, Rises, Tally

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TAGS = "em/allied"
BAD = Tally(1, 1)


def one_a_minute(rises: Rises, minutes: int, tally: Tally = BAD, *, starts_at: datetime = NOON) -> list[Rise]:
    """A tally each minute; what opened or ended by itself or by the clock on the way."""
    found: list[Rise] = []
    for minute in range(minutes):
        at = starts_at + minute * MINUTE
        found += [*rises.reach(at), *rises.count(at, {TAGS: tally})]
    return found


def test_the_twentieth_event_set_aside_within_the_hour_opens_it() -> None:
    rises = Rises()

    assert [] == one_a_minute(rises, 19)
    assert [
        Rise(source=TAGS, began_at=NOON, seen_at=NOON + 19 * MINUTE, first_at=NOON, set_aside_events=20, sent_events=20)
    ] == one_a_minute(rises, 1, starts_at=NOON + 19 * MINUTE)


def test_twenty_in_sixty_minutes_and_a_second_are_no_rise() -> None:
    rises = Rises()
    rises.count(NOON, {TAGS: BAD})

    assert [] == rises.count(NOON + WITHIN, {TAGS: Tally(19, 19)})
    assert [] != rises.count(NOON + WITHIN, {TAGS: BAD})


def test_twenty_among_many_good_ones_are_no_rise_until_the_good_ones_are_over_an_hour_old() -> None:
    rises = Rises()
    rises.count(NOON, {TAGS: Tally(400)})

    assert [] == rises.count(NOON + 30 * MINUTE, {TAGS: Tally(20, 20)})
    assert NOON + WITHIN == rises.next_at()
    assert [NOON + WITHIN] == [rise.seen_at for rise in rises.reach(NOON + WITHIN)]


def test_exactly_five_per_cent_are_a_rise() -> None:
    rises = Rises()
    rises.count(NOON, {TAGS: Tally(380)})

    assert 1 == len(rises.count(NOON, {TAGS: Tally(20, 20)}))


def test_two_feeds_do_not_make_one_rise() -> None:
    rises = Rises()

    assert [] == rises.count(NOON, {TAGS: Tally(19, 19), "em/serco": Tally(19, 19)})


def test_it_ends_sixty_minutes_after_it_fell_below_and_not_before() -> None:
    rises = Rises()
    rises.count(NOON, {TAGS: Tally(20, 20)})
    fell_below_at = NOON + WITHIN

    assert [] == rises.reach(fell_below_at + CLOSES_AFTER - timedelta(seconds=1))
    assert {TAGS} == set(rises.open())
    assert [fell_below_at + CLOSES_AFTER] == [rise.ended_at for rise in rises.reach(fell_below_at + CLOSES_AFTER)]
    assert {} == rises.open()


def test_rising_again_within_that_hour_is_the_same_rise() -> None:
    rises = Rises()
    rises.count(NOON, {TAGS: Tally(20, 20)})
    again_at = NOON + WITHIN + 30 * MINUTE
    rises.reach(again_at)

    assert [] == rises.count(again_at, {TAGS: Tally(20, 20)})
    assert [NOON] == [rise.began_at for rise in rises.open().values()]
    assert [again_at + WITHIN + CLOSES_AFTER] == [rise.ended_at for rise in rises.reach(NOON + timedelta(days=1))]


def test_good_events_that_push_it_under_five_per_cent_start_the_hour_to_its_end() -> None:
    rises = Rises()
    rises.count(NOON, {TAGS: Tally(20, 20)})
    rises.count(NOON + MINUTE, {TAGS: Tally(1_000)})

    assert [NOON + MINUTE + CLOSES_AFTER] == [rise.ended_at for rise in rises.reach(NOON + timedelta(days=1))]


def test_it_knows_the_earliest_instant_that_what_was_set_aside_speaks_of() -> None:
    rises = Rises()
    rises.count(NOON, {TAGS: Tally(10, 10, NOON - 7 * MINUTE)})

    assert [NOON - 7 * MINUTE] == [rise.first_at for rise in rises.count(NOON + MINUTE, {TAGS: Tally(10, 10)})]


def test_a_date_from_nowhere_holds_nothing_back_from_before_the_horizon() -> None:
    long_ago = Rises().count(NOON, {TAGS: Tally(20, 20, datetime(1999, 8, 22, tzinfo=UTC))})
    ahead = Rises().count(NOON, {TAGS: Tally(20, 20, NOON + timedelta(days=9))})

    assert [NOON - REACHES_BACK] == [rise.first_at for rise in long_ago]
    assert [NOON] == [rise.first_at for rise in ahead]


def test_two_tallies_of_one_instant_are_one() -> None:
    assert Tally(5, 2, NOON) == Tally(3, 1, NOON + MINUTE).and_then(Tally(2, 1, NOON))
    assert Tally(3, 1, NOON) == Tally(2).and_then(Tally(1, 1, NOON))


arrivals = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30), st.integers(0, 60)), min_size=1, max_size=60)


def _life(said: list[tuple[int, int, int]], *, saved: bool, looks: int) -> list[Rise]:
    """Arrivals some minutes apart; between them the clock is looked at so often, and the state may be saved each time."""
    rises, at, found = Rises(), NOON, list[Rise]()
    for wait, bad, good in said:
        for look in range(1, looks + 1):
            found += rises.reach(at + wait * MINUTE * look / looks)
        at += wait * MINUTE
        rises = Rises.load(rises.dump()) if saved else rises
        found += rises.count(at, {TAGS: Tally(bad + good, bad)})
    return found + rises.reach(at + timedelta(days=1))


@given(arrivals)
def test_neither_a_restart_nor_how_often_the_clock_is_looked_at_changes_anything(said: list[tuple[int, int, int]]) -> None:
    assert _life(said, saved=False, looks=1) == _life(said, saved=True, looks=3)


@given(arrivals)
def test_every_rise_opens_once_and_ends_once(said: list[tuple[int, int, int]]) -> None:
    found = _life(said, saved=False, looks=1)

    assert [False, True] * (len(found) // 2) == [rise.ended_at is not None for rise in found]
