"""A run on disk: `FILE` with the events and `FILE.truth.jsonl` with what the rules should find in them (contract.md 4).

The only I/O of the simulator. Called by `vigil simulate`.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple, cast

from ops.simulate.instants import MINUTE_MS
from ops.simulate.world import plan

DEFAULT_STARTS_AT = datetime(2026, 3, 23, 6, tzinfo=UTC)
"""A Monday whose week ends with the night of 29 March, on which the clocks go forward."""
_LINES_A_WRITE = 4_000


class Summary(NamedTuple):
    """What was written."""

    lines: int
    planted: int
    implied: int
    truth: Path


def write(
    people: int,
    days: int,
    seed: int,
    out: Path,
    progress: Callable[[int, int], None],
    *,
    starts_at: datetime = DEFAULT_STARTS_AT,
) -> Summary:
    """Write a run; `progress` hears the simulated minutes done, and all of them. A name that ends in `.gz` is compressed."""
    world = plan(people, days, seed, starts_at)
    total_minutes = (world.ends_ms - world.starts_ms) // MINUTE_MS
    written = 0
    batch: list[bytes] = []
    with _opened(out) as file:
        for received_ms, text in world.lines():
            batch.append(text)
            if len(batch) == _LINES_A_WRITE:
                written += _put(file, batch)
                progress((received_ms - world.starts_ms) // MINUTE_MS, total_minutes)
        written += _put(file, batch)
    progress(total_minutes, total_minutes)
    truths = world.truths()
    truth = out.with_name(f"{out.name}.truth.jsonl")
    truth.write_bytes(b"".join(one.line(world.ends_ms) + b"\n" for one in truths))
    implied = sum(one.implied for one in truths)
    return Summary(written, len(truths) - implied, implied, truth)


def _put(file: IO[bytes], batch: list[bytes]) -> int:
    count = len(batch)
    batch.append(b"")
    file.write(b"\n".join(batch))
    batch.clear()
    return count


@contextmanager
def _opened(out: Path) -> Iterator[IO[bytes]]:
    """The file for writing. The time in a gzip header is left out: the same run gives the same bytes."""
    with out.open("wb") as raw:
        if out.name.endswith(".gz"):
            with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=5, mtime=0) as packed:
                yield cast("IO[bytes]", packed)
        else:
            yield raw
