"""Which feeds are expected to send heartbeats is configuration (design 4.2); by default each that has sent one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streams.engine.feeds import FeedLimits, Feeds

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = FeedLimits(tagging_limit=timedelta(minutes=5), other_limit=timedelta(minutes=60))
POSITIONS = ("tagging.position",)


def test_a_feed_that_is_expected_to_speak_is_waited_for_before_its_first_word() -> None:
    feeds = Feeds(LIMITS, heartbeats={"em/allied": True})

    assert ("em/allied",) == feeds.behind(feeds.read_by({}, POSITIONS), NOON)
    feeds.hear("em/allied", NOON, NOON)
    assert () == feeds.behind(feeds.read_by({}, POSITIONS), NOON)


def test_a_feed_that_is_not_expected_to_speak_falls_to_the_clock_whatever_it_sends() -> None:
    feeds = Feeds(LIMITS, heartbeats={"em/allied": False})
    heard = feeds.hear("em/allied", NOON, NOON)

    assert not heard.advanced
    assert () == feeds.read_by({"tagging.position": ("em/allied",)}, POSITIONS)


def test_without_configuration_a_feed_is_expected_from_its_first_heartbeat() -> None:
    feeds = Feeds(LIMITS)
    before = feeds.read_by({"tagging.position": ("em/allied",)}, POSITIONS)
    feeds.hear("em/allied", NOON, NOON - timedelta(seconds=5))

    assert () == before
    assert ("em/allied",) == feeds.read_by({"tagging.position": ("em/allied",)}, POSITIONS)
