"""`vigil replay FILE...`: plays event files in file order on a virtual clock and writes the alerts. Deterministic."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import click
from tqdm import tqdm

from ops.cli import configuration
from ops.cli.arguments import EXISTING, WRITABLE, apart, config_option, instant, writing
from ops.cli.aside import Aside
from ops.cli.spool import Spool
from ops.cli.world import World
from schemas.alert import Alert, alert_line
from streams.embedded.judge import Judge
from streams.embedded.keeper import Keeper
from streams.embedded.playback import Damaged, Line, Playback, lines
from streams.engine.feeds import Feeds
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from streams.intake.flags import counted

SETTLES = timedelta(hours=6)
"""How often, on the virtual clock, alerts that are over for good leave the memory."""
TIDIES = 200_000
"""How often, in lines, a long replay writes to its store."""
SHORT_BYTES = 512 * 1024 * 1024
"""Files of this size together are replayed in memory."""
UNPACKS = 12
"""About how much longer a packed file is when it is unpacked."""
MOST_LIVING = 20_000


@click.command()
@click.argument("files", nargs=-1, required=True, type=EXISTING)
@click.option("--out", type=WRITABLE, help="Where the alerts go, one JSON object a line; else standard output.")
@click.option("--until", callback=instant, help="Let the clock come to this instant at the end.")
@click.option("--rules", default="", help="Only these rules, by slug with commas between, and what they read.")
@click.option("--set-aside", "set_aside_file", type=WRITABLE, help="Keep what could not be read here, whole.")
@config_option
def command(
    files: tuple[Path, ...], out: Path | None, until: datetime | None, rules: str, set_aside_file: Path | None, config: Path | None
) -> None:
    """Play event FILES (JSON lines, .gz too) in file order on a virtual clock and write the alerts."""
    gc.set_threshold(100_000, 20, 50)  # what is kept is nearly all immutable and never in a circle
    settings = configuration.load(config)
    rulebook = settings.rulebook(tuple(slug.strip() for slug in rules.split(",") if slug.strip()))
    apart(files, out, set_aside_file)
    with (
        closing(Spool()) as spool,
        writing(out) as target,
        closing(Aside(set_aside_file)) as aside,
        _judging(files, rulebook, settings.known_feeds()) as (judge, tidy),
    ):
        world = World(judge, hand_back=spool.take)
        playback = Playback(judge)
        tidied_at = 0
        settled_at: datetime | None = None
        for heard in playback.play(_progress(files)):
            if not isinstance(heard, list):
                world.learn(heard)
            elif heard:
                for _ in world.tell(heard):
                    pass
            if playback.set_aside:
                aside.take(playback.set_aside)
            settled_at = settled_at or judge.clock
            if judge.clock - settled_at >= SETTLES:
                spool.put(world.settle())
                settled_at = judge.clock
            if playback.received - tidied_at >= TIDIES:
                tidy()
                tidied_at = playback.received
        aside.take(playback.set_aside)
        if until is not None:
            for _ in world.tell(judge.advance(until)):
                pass
        _write(world, spool, target)
    aside.name_rest()
    if playback.flagged:
        click.echo(counted(playback.flagged), err=True)
    held = f", {world.judge.held} ahead of the clock" if world.judge.held else ""
    click.echo(
        f"{playback.received} lines: {playback.received - playback.duplicates - aside.count} judged, "
        f"{playback.duplicates} duplicate, {aside.count} set aside{held}",
        err=True,
    )


@contextmanager
def _judging(files: tuple[Path, ...], rulebook: Rulebook, feeds: Feeds) -> Iterator[tuple[Judge, Callable[[], None]]]:
    """A judge with a journal in memory; for long files one with the store of `vigil run`, in a folder that goes with the run.

    The second value is called now and then: it writes what is new and lets go of people who are quiet.
    """
    if sum(path.stat().st_size * (UNPACKS if path.suffix == ".gz" else 1) for path in files) <= SHORT_BYTES:
        yield Judge(rulebook, MemoryJournal(), feeds), lambda: None
        return
    with TemporaryDirectory(prefix="vigil-replay-") as folder, closing(Keeper(Path(folder), rulebook, feeds, MOST_LIVING)) as keeper:

        def tidy() -> None:
            with keeper.saving(0):
                pass

        yield keeper.judge, tidy


def _progress(files: tuple[Path, ...]) -> Iterator[Line]:
    """Every line of the files in order, with a bar on a terminal."""
    total = sum(path.stat().st_size for path in files if path.suffix != ".gz")
    with tqdm(total=total or None, unit="B", unit_scale=True, desc="replay", disable=None, file=sys.stderr) as bar:
        for path in files:
            try:
                for line in lines(path):
                    bar.update(len(line.raw) + 1 if line.rest is None else len(line.raw) + line.rest.tell() + 1)
                    yield line
            except Damaged as wrong:
                raise click.ClickException(str(wrong)) from wrong


def _write(world: World, spool: Spool, target: IO[bytes]) -> None:
    living = {alert.alert_id: alert for alert in world.book.alerts()}
    places = sorted([*spool.places(), *((alert.began_at, alert.alert_id) for alert in living.values())])
    for _, alert_id in places:
        alert: Alert = living[alert_id] if alert_id in living else spool.alert(alert_id)
        target.write(alert_line(world.written(alert)) + b"\n")
