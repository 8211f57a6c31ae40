"""Whom a lane has room for: a receiver that hangs keeps its own places and no other."""

from __future__ import annotations

from alerting.delivery.room import AT_ONCE, MOST, Room


def test_a_service_that_hangs_fills_no_lane_with_those_who_have_a_browser_elsewhere() -> None:
    room, both = Room(["push"]), ("dead.example.org", "live.example.org")
    for number in range(MOST - 1):
        assert room.take(f"of-{number}", lambda: both)
        room.count([both[0]] * (number + 1), [both[0]])  # the live one has answered at once
    assert room.left
    room.count([both[0]] * MOST, [both[0]])
    assert not room.left  # there is an end to all things


def test_a_service_of_its_own_has_so_many_places_and_the_next_one_passes_those_who_wait_for_it() -> None:
    room = Room(["push"])
    for number in range(AT_ONCE):
        assert room.take(f"of-{number}", lambda: ("dead.example.org",))
    room.count(["dead.example.org"] * AT_ONCE, ["dead.example.org"])
    assert not room.take("of-waits", lambda: ("dead.example.org",))
    assert room.take("of-next", lambda: ("live.example.org",))
