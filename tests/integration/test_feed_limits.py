"""How long a feed may say nothing is set in one place, and every rule goes by it: in a replay, in a run, and after a restart."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ops.cli.configuration import Configuration, FeedSettings
from ops.cli.world import World
from schemas.alert import Alert, alert_line
from streams.embedded.judge import Judge
from streams.embedded.kept_feeds import hear_again
from streams.embedded.playback import Line, Playback
from streams.embedded.received import Received
from streams.engine.feeds import Outage
from streams.engine.journal import MemoryJournal
from tests.integration.embedded import NOON, PATIENCE_S, Standing, alerts, feed, fix, running

MINUTE = timedelta(minutes=1)
AS_RULED = Configuration()
PATIENT = Configuration(parameters={"feed-silent": {"tagging_limit": "PT20M"}})
OUT_FROM, OUT_TO = 5, 15
"""Minutes after noon: the feed says nothing between, ten minutes."""
LONG = [*range(OUT_FROM + 1), *range(OUT_TO, 2 * 4_400, 2)]
"""Minutes of so many heartbeats that a feed forgets the first of them."""


def minute(number: int) -> datetime:
    return NOON + number * MINUTE


def said(kind: str, number: int, source: str, data: dict[str, object], *, whose: bool = True) -> bytes:
    at = minute(number).isoformat()
    event = {"id": f"{kind}-{number}", "source": source, "type": kind, "occurred_at": at, "received_at": at, "data": data}
    return json.dumps(event | ({"person": {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]}} if whose else {})).encode()


def an_outage(until: int = 31) -> Iterator[tuple[int, bytes]]:
    """A tag that is heard until the feed goes out, and never again; the feed comes back ten minutes later. Each line with its minute."""
    order: dict[str, object] = {
        "order_id": "or-1",
        "kind": "court_bail",
        "starts_at": NOON.isoformat(),
        "conditions": [{"condition_id": "t", "kind": "tag", "modes": ["gps"]}],
    }
    yield 0, said("case.opened", 0, "case/kent", {"case_ref": "kent:1", "risk_level": "high", "areas": ["kent"]})
    yield 0, said("order.made", 0, "case/kent", order)
    yield 0, said("tagging.fitted", 0, "em/allied", {"device_id": "d-1", "activation_id": "a-1", "modes": ["gps"]})
    for number in range(until):
        if number <= OUT_FROM:
            yield number, json.dumps(json.loads(fix(number, minute(number))) | {"received_at": minute(number).isoformat()}).encode()
        if number <= OUT_FROM or number >= OUT_TO:
            yield number, said("feed.heartbeat", number, "em/allied", {"complete_to": minute(number).isoformat()}, whose=False)


def batches(until: int = 31) -> list[tuple[datetime, list[bytes]]]:
    found: dict[int, list[bytes]] = {}
    for number, line in an_outage(until):
        found.setdefault(number, []).append(line)
    return [(minute(number), lines) for number, lines in found.items()]


def minutes_of(found: list[Alert], rule: str) -> list[int]:
    """When alerts of a rule could be known, in minutes after noon."""
    return [int((alert.decidable_at - NOON) / MINUTE) for alert in found if alert.rule == rule and alert.status != "withdrawn"]


def played(configuration: Configuration, only: tuple[str, ...] = ()) -> list[Alert]:
    world = World(Judge(configuration.rulebook(only), MemoryJournal(), configuration.known_feeds()))
    for heard in Playback(world.judge).play(Line("story", number, line) for number, (_, line) in enumerate(an_outage(), 1)):
        assert isinstance(heard, list)
        list(world.tell(heard))
    return list(world.book.alerts())


@pytest.mark.parametrize(("configuration", "silent", "window"), [(AS_RULED, [10], [30]), (PATIENT, [], [20])])
def test_a_changed_limit_moves_the_alert_about_the_feed_and_what_counts_as_an_outage_for_everybody(
    tmp_path: Path, configuration: Configuration, silent: list[int], window: list[int]
) -> None:
    clock = Standing()
    with running(tmp_path, clock, configuration) as runner:
        feed(runner, clock, batches())
    ran, told = alerts(tmp_path), played(configuration)

    assert (silent, window) == (minutes_of(told, "feed-silent"), minutes_of(told, "untagged-window"))
    assert [alert_line(alert) for alert in told] == [alert_line(alert) for alert in ran]


def test_a_replay_of_one_rule_alone_goes_by_the_same_limit() -> None:
    assert [20] == minutes_of(played(PATIENT, ("untagged-window",)), "untagged-window")


def test_a_limit_that_is_changed_between_two_runs_holds_for_the_past_too(tmp_path: Path) -> None:
    clock = Standing()
    with running(tmp_path, clock, PATIENT) as runner:
        feed(runner, clock, batches())
    told = [minutes_of(alerts(tmp_path), "untagged-window")]
    for configuration in (AS_RULED, PATIENT):
        with running(tmp_path, clock, configuration):
            pass
        told.append(minutes_of(alerts(tmp_path), "untagged-window"))

    assert [[20], [30], [20]] == told


def test_an_outage_that_is_forgotten_is_found_again_in_what_was_received() -> None:
    beats = [said("feed.heartbeat", number, "em/allied", {"complete_to": minute(number).isoformat()}, whose=False) for number in LONG]
    kept = [Received(1, NOON, beats, {})]
    patient, as_ruled = PATIENT.known_feeds(), AS_RULED.known_feeds()
    for number in LONG:
        patient.hear("em/allied", minute(number), minute(number))
    long_ago = patient.known["em/allied"]
    as_ruled.known["em/allied"] = long_ago
    hear_again(as_ruled, kept, minute(LONG[-1]))

    assert ((), True) == (long_ago.outages, len(long_ago.beats) < len(LONG))
    assert (Outage(minute(OUT_FROM), minute(OUT_TO)),) == as_ruled.known["em/allied"].outages


def test_a_limit_that_is_lengthened_while_a_feed_says_nothing_is_waited_for(tmp_path: Path) -> None:
    clock = Standing()
    with running(tmp_path, clock, AS_RULED) as runner:
        feed(runner, clock, batches(OUT_FROM + 1))
    clock.at = minute(OUT_FROM + 19)
    with running(tmp_path, clock, PATIENT) as runner:
        wait_for(lambda: runner.counters().clock_at >= clock.at)
    before = minutes_of(alerts(tmp_path), "feed-silent")
    clock.at = minute(OUT_FROM + 20)
    with running(tmp_path, clock, PATIENT):
        wait_for(lambda: any(alert.status == "open" for alert in alerts(tmp_path)))

    assert ([], [OUT_FROM + 20]) == (before, minutes_of(alerts(tmp_path), "feed-silent"))


def test_a_feed_whose_heartbeats_count_no_more_holds_nothing_back_after_the_restart(tmp_path: Path) -> None:
    clock = Standing()
    unheard = Configuration(feeds={"em/allied": FeedSettings(heartbeats=False)})
    with running(tmp_path, clock) as runner:
        feed(runner, clock, batches(OUT_FROM + 1))
    clock.at = minute(OUT_FROM + 60)
    with running(tmp_path, clock, unheard):
        wait_for(lambda: any(alert.status == "open" for alert in alerts(tmp_path)))

    assert ({"untagged-window"}, []) == ({alert.rule for alert in alerts(tmp_path)}, minutes_of(alerts(tmp_path), "feed-silent"))


def wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.05)
