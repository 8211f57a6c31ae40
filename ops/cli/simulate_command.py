"""`vigil simulate`: a realistic population of feeds in a file, with the matters that the rules should find in it beside it.

With `--check` it writes nothing, and says how the alerts of a replay compare with that truth. The people are `ops.simulate`'s.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from tqdm import tqdm

from ops.cli.arguments import EXISTING, WRITABLE, config_option, instant
from ops.simulate.check import Report, check
from ops.simulate.write import DEFAULT_STARTS_AT, write

MOST_PEOPLE = 100_000
"""Several times as many as wear a tag in England and Wales."""
MOST_DAYS = 366
"""A year, whichever. One day of a thousand people is a third of a gigabyte."""
EARLIEST_AT = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AT = datetime(2098, 1, 1, tzinfo=UTC)
"""Between them every instant of a run, an order's end too, is one that an event may have."""


def _starts(context: click.Context, parameter: click.Parameter, said: str | None) -> datetime | None:
    at = instant(context, parameter, said)
    if at is not None and not EARLIEST_AT <= at < LATEST_AT:
        raise click.BadParameter(f"{said} is out of range; expected {EARLIEST_AT:%Y-%m-%d} to before {LATEST_AT:%Y-%m-%d}")
    return at


@click.command()
@click.option("--people", type=click.IntRange(1, MOST_PEOPLE), required=True, help="How many people are managed.")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), required=True, help="How many days of their lives.")
@click.option("--seed", type=int, required=True, help="The same seed gives the same file.")
@click.option("--out", type=WRITABLE, required=True, help="Where the events go (.gz: compressed); the truth goes to FILE.truth.jsonl.")
@click.option("--starts", callback=_starts, help=f"When the run begins; else {DEFAULT_STARTS_AT:%Y-%m-%dT%H:%M:%SZ}.")
@click.option("--check", "alerts", type=EXISTING, help="Write nothing: compare these alerts of a replay with the truth of this run.")
@click.option("--json", "as_json", is_flag=True, help="Say it as one JSON object.")
@config_option
def command(
    people: int,
    days: int,
    seed: int,
    out: Path,
    starts: datetime | None,
    alerts: Path | None,
    config: Path | None,  # noqa: ARG001  every command takes --config
    *,
    as_json: bool,
) -> None:
    """Write a population of feeds with known planted matters, or check what a replay made of it."""
    if alerts is not None:
        truth = out.with_name(f"{out.name}.truth.jsonl")
        report = check(_rows(alerts), _rows(truth), person_days=float(people * days))
        click.echo(json.dumps(_said(report)) if as_json else report.text())
        return
    with tqdm(desc="simulate", unit="min", disable=None, file=sys.stderr) as bar:

        def progress(done_minutes: int, all_minutes: int) -> None:
            bar.total = all_minutes
            bar.update(done_minutes - bar.n)

        try:
            written = write(people, days, seed, out, progress, starts_at=starts or DEFAULT_STARTS_AT)
        except OSError as wrong:
            raise click.ClickException(f"{out}: {wrong.strerror}") from wrong
    if as_json:
        click.echo(
            json.dumps({"lines": written.lines, "planted": written.planted, "implied": written.implied, "truth": str(written.truth)})
        )
    else:
        click.echo(
            f"{written.lines} lines, {written.planted} matters planted, {written.implied} implied by them: {written.truth}", err=True
        )


def _rows(path: Path) -> Iterator[dict[str, object]]:
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise click.ClickException(f"{path}:{number} is no JSON object")
                yield row
    except FileNotFoundError as wrong:
        raise click.ClickException(f"{path} is not there; run `vigil simulate` without --check first") from wrong
    except (OSError, ValueError) as wrong:
        raise click.ClickException(f"{path}: {wrong}") from wrong


def _said(report: Report) -> dict[str, object]:
    return {
        "perfect": report.perfect,
        "rules": [{**score._asdict(), "recall": score.recall} for score in report.rules],
        "missed": report.missed,
        "false": report.false,
        "misdated": report.misdated,
        "person_days": report.person_days,
    }
