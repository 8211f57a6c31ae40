"""How fast a key may send: a bucket that fills with time, holds five seconds' worth, and makes no batch impossible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.embedded.pace import BURST_S, Pace


def test_without_a_rate_everything_may_come() -> None:
    assert 0 == Pace().wait_s("k", None, 10_000_000, 0.0)


def test_five_seconds_worth_may_come_at_once_and_then_it_waits() -> None:
    pace = Pace()

    assert 0 == pace.wait_s("k", 10, 50, 0.0)
    assert 1 == pace.wait_s("k", 10, 1, 0.0)
    assert 0 == pace.wait_s("k", 10, 1, 0.1)


def test_the_wait_it_names_is_enough() -> None:
    pace = Pace()
    pace.wait_s("k", 10, 50, 0.0)
    wait_s = pace.wait_s("k", 10, 33, 0.0)

    assert 4 == wait_s
    assert 0 == pace.wait_s("k", 10, 33, float(wait_s))


def test_a_batch_larger_than_the_bucket_is_taken_when_it_is_full_and_paid_for_afterwards() -> None:
    pace = Pace()

    assert 0 == pace.wait_s("k", 10, 1_000, 0.0)
    assert 96 == pace.wait_s("k", 10, 1, 0.0)


def test_one_key_does_not_slow_another() -> None:
    pace = Pace()
    pace.wait_s("k", 1, 5, 0.0)

    assert 0 == pace.wait_s("other", 1, 5, 0.0)


@given(st.floats(0.1, 1_000), st.lists(st.tuples(st.floats(0, 30), st.integers(1, 500)), max_size=40))
def test_never_more_than_the_rate_and_one_burst_beside_the_last_batch(rate: float, sends: list[tuple[float, int]]) -> None:
    pace, now_s, taken, last = Pace(), 0.0, 0, 0
    for wait_s, events in sends:
        now_s += wait_s
        if pace.wait_s("k", rate, events, now_s) == 0:
            taken, last = taken + events, events

    assert taken <= rate * now_s + max(rate * BURST_S, 1.0) + last + 1e-6
