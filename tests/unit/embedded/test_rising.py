"""quarantine-rising in the judge: told once, and while it lasts no silence is made up from what could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from schemas.finding import FindingChange
from streams.catalogue import CATALOGUE
from streams.embedded.judge import Judge
from streams.embedded.playback import Line, Playback
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TAGS = "em/allied"
WHO = {"identifiers": [{"type": "CASE", "value": "kent:DA1"}, {"type": "EM_WEARER", "value": "w-1"}]}


class Told:
    """Plays lines, and keeps what was told of the rules that matter here."""

    def __init__(self) -> None:
        self.judge = Judge(Rulebook(CATALOGUE), MemoryJournal())
        self._playback = Playback(self.judge)
        self._written = 0

    def play(self, lines: Iterator[tuple[datetime, str, dict[str, object]]]) -> list[tuple[str, str, datetime]]:
        """What came of these: rule, change, when we knew."""
        changes: list[FindingChange] = []
        for heard in self._playback.play(self._line(*one) for one in lines):
            if isinstance(heard, list):
                changes += [change for told in heard for change in told.changes]
        return [
            (change.finding.rule, change.change, change.at)
            for change in changes
            if change.finding.rule in {"quarantine-rising", "untagged-window", "feed-silent"}
        ]

    def _line(self, at: datetime, kind: str, data: dict[str, object]) -> Line:
        self._written += 1
        event = {"id": f"e-{self._written}", "source": TAGS, "type": kind, "occurred_at": at.isoformat(), "data": data}
        return Line("evening", self._written, json.dumps(event if kind.startswith("feed") else {**event, "person": WHO}).encode())


def fitted() -> Iterator[tuple[datetime, str, dict[str, object]]]:
    condition = {"condition_id": "c-1", "kind": "tag", "modes": ["gps"]}
    yield NOON, "case.opened", {"case_ref": "kent:DA1", "risk_level": "high", "areas": ["kent"]}
    yield NOON, "order.made", {"order_id": "o-1", "kind": "court_bail", "starts_at": NOON.isoformat(), "conditions": [condition]}
    yield NOON, "tagging.fitted", {"device_id": "d-1", "activation_id": "a-1", "modes": ["gps"]}


def minutes(first: int, last: int, *, fixes: bool = True, legible: bool = True) -> Iterator[tuple[datetime, str, dict[str, object]]]:
    """A fix each half minute, as the supplier writes it, and a heartbeat each minute."""
    for minute in range(first, last):
        for half in range(2 if fixes else 0):
            at = NOON + minute * MINUTE + half * timedelta(seconds=30)
            yield (
                at,
                "tagging.position",
                {"device_id": "d-1", "latitude": 51.3 if legible else "51,3", "longitude": 0.5, "mechanism": "gps"},
            )
        at = NOON + (minute + 1) * MINUTE
        yield at, "feed.heartbeat", {"complete_to": at.isoformat()}


def test_a_silence_of_our_own_making_is_told_of_nobody() -> None:
    told = Told()
    told.play(fitted())
    told.play(minutes(0, 30))

    assert [("quarantine-rising", "raised", NOON + 39 * MINUTE)] == told.play(minutes(30, 90, legible=False))
    assert NOON + 30 * MINUTE > told.judge.feeds.known[TAGS].judged_to


def an_hour(taken: int) -> Iterator[tuple[datetime, str, dict[str, object]]]:
    """Nothing for forty minutes, then so many events that are taken, and 20 that are not."""
    yield from fitted()
    for second in range(taken - 20):
        at = NOON + 40 * MINUTE + timedelta(seconds=second)
        yield at, "tagging.position", {"device_id": "d-1", "latitude": 51.3, "longitude": 0.5, "mechanism": "gps"}
    for minute in range(60, 80):
        at = NOON + minute * MINUTE
        yield at, "feed.heartbeat", {"complete_to": at.isoformat()}
        yield at, "tagging.position", {"device_id": "d-1", "latitude": "51,3", "longitude": 0.5, "mechanism": "gps"}


def test_what_is_taken_counts_from_its_own_arrival_and_not_from_the_one_before() -> None:
    def raised(taken: int) -> bool:
        return any(rule == "quarantine-rising" for rule, _, _ in Told().play(an_hour(taken)))

    assert [True, False] == [raised(380), raised(381)]


def test_without_a_rise_the_same_silence_is_told() -> None:
    told = Told()
    told.play(fitted())
    told.play(minutes(0, 30))

    assert ["untagged-window"] == [rule for rule, _, _ in told.play(minutes(30, 90, fixes=False))]


def test_when_it_is_over_what_was_held_back_is_judged() -> None:
    told = Told()
    told.play(fitted())
    told.play(minutes(0, 30))
    told.play(minutes(30, 60, legible=False))
    over = told.play(minutes(60, 240, fixes=False))

    assert [("quarantine-rising", "closed"), ("untagged-window", "raised")] == [(rule, change) for rule, change, _ in over]
    assert over[0][2] == over[1][2]
    assert NOON + 240 * MINUTE == told.judge.feeds.known[TAGS].judged_to


def without_heartbeats(last: int) -> Iterator[tuple[datetime, str, dict[str, object]]]:
    """Every tenth minute is legible: what is set aside does not move the clock of a replay."""
    for minute in range(last):
        yield from (line for line in minutes(minute, minute + 1, legible=minute % 10 == 9) if line[1] == "tagging.position")


def test_a_feed_that_has_never_sent_a_heartbeat_rises_too() -> None:
    told = Told()
    told.play(fitted())

    assert ["raised"] == [change for rule, change, _ in told.play(without_heartbeats(30)) if rule == "quarantine-rising"]


def test_the_first_heartbeat_of_a_feed_that_is_rising_is_held_back() -> None:
    told = Told()
    told.play(fitted())
    told.play(without_heartbeats(30))
    told.play(minutes(30, 31, fixes=False))

    assert NOON > told.judge.feeds.known[TAGS].judged_to
