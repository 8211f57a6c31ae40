"""Every evening beside every rule is played: as told, in any order of arrival, and with a restart in the middle.

The runner judges only alerts of the rule whose file tells the evening. A `then` line is a time and what happens at it:
`21:04 critical to control_room, oic` (raised; roles told or unfilled), `... provisional`, `... since 20:49` (began),
`21:42 ends` (`ended_at`), `21:10 confirmed`, `22:49 severity critical`, `21:50 withdrawn`; or `nothing`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random

import pytest

from ops.cli.world import World
from schemas.alert import Alert
from streams.catalogue import CATALOGUE
from streams.embedded.judge import Judge
from streams.embedded.playback import Line, Playback
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.engine.snapshot import Snapshots
from tests.scenarios.phrases import TIME, Evening, at

RULES = Path(__file__).parents[2] / "streams" / "rules"
SHOWS = {"fires", "silent", "clears", "late", "restart", "feed silent"}
SLUGS = [rule.slug for rule in CATALOGUE]


Told = tuple[str, int, dict[str, list[str]]]
"""The slug, the number in its file, and the evening."""


def told() -> list[Told]:
    """What the files beside the rules of the catalogue tell."""
    found: list[Told] = []
    for slug in SLUGS:
        path = RULES / f"{slug.replace('-', '_')}.toml"
        if path.exists():
            evenings = tomllib.loads(path.read_text(encoding="utf-8"))["evening"]
            found.extend((slug, number, evening) for number, evening in enumerate(evenings, 1))
    return found


def names(evenings: list[Told]) -> list[str]:
    return [f"{slug}-{number}" for slug, number, _ in evenings]


EVENINGS = told()
WHATEVER_THE_ORDER = [evening for evening in EVENINGS if evening[0] != "feed-silent"]
"""Of all rules but the one that is about arrival itself (rules.md, word 15)."""


def alerts(lines: list[bytes], until: datetime, *, restarts: bool = False) -> list[Alert]:
    """Every alert of a playing, by beginning."""
    lines_a_restart = max(7, len(lines) // 30)
    rulebook = Rulebook(CATALOGUE)
    world = World(Judge(rulebook, MemoryJournal()))
    playback, snapshots = Playback(world.judge), Snapshots(rulebook)

    def source() -> Iterator[Line]:
        for number, raw in enumerate(lines, 1):
            yield Line("evening", number, raw)
            if restarts and number % lines_a_restart == 0:
                logs = world.judge.people.logs.living
                logs.update({lane: snapshots.load(snapshots.save(log)) for lane, log in logs.items()})

    for heard in playback.play(source()):
        if isinstance(heard, list):
            list(world.tell(heard))
        else:
            world.learn(heard)
    wrong = [(one.errors, one.raw) for one in playback.set_aside]
    assert not wrong
    list(world.tell(world.judge.advance(until)))
    return list(world.book.alerts())


@cache
def as_told(given: tuple[str, ...]) -> tuple[list[bytes], datetime, list[Alert]]:
    """The lines of an evening, its end, and its alerts when everything arrives as told."""
    reader = Evening()
    lines = reader.read(list(given))
    assert reader.until is not None
    return lines, reader.until, alerts(lines, reader.until)


def happened(found: list[Alert]) -> list[str]:
    """What happened to the alerts of one rule, in the words of `then`, in order of time."""
    said: list[tuple[datetime, int, str]] = []
    for number, alert in enumerate(found):
        roles = {one.role for one in alert.recipients} | {*alert.unfilled_roles}
        for revision in alert.revisions:
            if revision.change == "raised":
                words = f"raised since {alert.began_at:%m-%dT%H:%M:%S} to {sorted(roles)}"
                said.append((revision.at, number, words))
            elif revision.change not in {"closed", "amended"}:
                said.append((revision.at, number, revision.change))
        if alert.ended_at is not None and alert.status == "closed":
            said.append((alert.ended_at, number, "ends"))
        said.append((alert.began_at, number, f"finally {alert.severity}{' provisional' if alert.provisional else ''} {alert.status}"))
    return [f"{when:%m-%dT%H:%M:%S} #{number} {words}" for when, number, words in sorted(said)]


def holds(line: str, found: list[Alert]) -> bool:
    """Whether one `then` line is true of some alert."""
    split = re.match(rf"{TIME} ", line)
    assert split is not None, f"{line!r} is no line of `then`"
    when, what = at(line[: split.end()].strip()), line[split.end() :]
    if what == "ends":
        return any(alert.ended_at == when for alert in found)
    if what in {"withdrawn", "confirmed", "reopened"}:
        return any(one.at == when and one.change == what for alert in found for one in alert.revisions)
    if what.startswith("severity "):
        return any(one.at == when and one.change == "severity" for alert in found for one in alert.revisions)
    raised = re.fullmatch(rf"(critical|high|medium|low)(?: (provisional))?(?: since ({TIME}))?(?: to ([a-z_, ]+))?", what)
    assert raised is not None, f"{line!r}: {what!r} is nothing that can happen"
    began = at(raised.group(3)) if raised.group(3) else None
    roles = {role.strip() for role in (raised.group(8) or "").split(",") if role.strip()}
    return any(
        alert.raised_at == when
        and (began is None or alert.began_at == began)
        and (not roles or roles <= {one.role for one in alert.recipients} | {*alert.unfilled_roles})
        for alert in found
    )


@pytest.mark.parametrize(("slug", "number", "evening"), EVENINGS, ids=names(EVENINGS))
def test_the_evening_comes_out_as_told(slug: str, number: int, evening: dict[str, list[str]]) -> None:
    found = [alert for alert in as_told(tuple(evening["given"]))[-1] if alert.rule == slug]

    if evening["then"] == ["nothing"]:
        assert [] == [one for one in happened(found) if found]
        return
    raised = sum(1 for line in evening["then"] if re.match(rf"{TIME} (critical|high|medium|low)", line))
    assert [] == [line for line in evening["then"] if not holds(line, found)], "\n".join(["not so; what happened:", *happened(found)])
    assert raised == len(found), "\n".join([f"{raised} alerts told, {len(found)} raised:", *happened(found)])


@pytest.mark.parametrize(("slug", "number", "evening"), WHATEVER_THE_ORDER, ids=names(WHATEVER_THE_ORDER))
def test_the_evening_is_the_same_in_any_order_and_with_restarts(slug: str, number: int, evening: dict[str, list[str]]) -> None:
    lines, until, told_in_order = as_told(tuple(evening["given"]))
    expected = _final(told_in_order, slug)
    mixed = lines[:]
    Random(number).shuffle(mixed)

    assert expected == _final(alerts(lines, until, restarts=True), slug)
    assert expected == _final(alerts(mixed, until), slug)


def _final(found: list[Alert], slug: str) -> list[object]:
    """What must not depend on arrival (design 4.1)."""
    return [
        alert.model_dump(
            mode="json",
            exclude={"supersedes", "reference", "raised_at", "late_by_s", "revisions", "recipients", "unfilled_roles"},
        )
        for alert in found
        if alert.rule == slug and alert.status != "withdrawn"
    ]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_live_rule_shows_that_it_fires_is_silent_and_clears(slug: str) -> None:
    shown = {word.strip() for name, _, evening in EVENINGS if name == slug for word in str(evening["shows"]).split(",")}

    assert set() == {"fires", "silent", "clears"} - shown
    assert set() == shown - SHOWS
