"""How fast an embedded system takes events durably, beside pydantic alone decoding the same bytes: acknowledged means synced.

    python ops/benchmarks/durable.py [--people 200] [--fixes 1000] [--batch 10000]

Prints two rows: accepted (decoded, checked against everything received before, written, synced), and accepted while one
thread judges and saves. By the clock and by CPU time: on a machine that does other things as well only the second is
comparable. Target: 60,000 events/s accepted, in batches.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ops.benchmarks.replay import pydantic_rate, workload
from ops.cli.configuration import Configuration
from ops.cli.running import Runner
from schemas import codec
from streams.embedded.acceptance import Acceptor, Client
from streams.embedded.backlog import Backlog
from streams.embedded.received import ReceivedStore

TARGET_PER_S = 60_000
CLIENT = Client("benchmark", ("*",))
Batches = list[tuple[datetime, list[bytes]]]


class Rate(NamedTuple):
    """Events a second."""

    by_clock: float
    by_cpu: float


class Fed:
    """A clock that stands where the last batch put it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def accepted(folder: Path, batches: Batches) -> Rate:
    """Nobody judges."""
    with closing(ReceivedStore(folder)) as store:
        backlog = Backlog(0, 0)
        acceptor = Acceptor(store, backlog)

        def work() -> None:
            for at, lines in batches:
                acceptor.accept(lines, CLIENT, at)

        return _timed(work, sum(len(lines) for _, lines in batches))


def judged(folder: Path, batches: Batches) -> Rate:
    """The whole of an embedded run, from the first batch until the last is judged and saved."""
    clock = Fed(batches[0][0])
    runner = Runner(folder, Configuration(), clock)
    runner.start()

    def work() -> None:
        for at, lines in batches:
            clock.at = at
            runner.acceptor.accept(lines, CLIENT, at)
        runner.drain()

    try:
        return _timed(work, sum(len(lines) for _, lines in batches))
    finally:
        runner.stop()


def _timed(work: Callable[[], None], events: int) -> Rate:
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)  # as `vigil run` has it
    began, began_cpu = time.perf_counter(), time.process_time()
    work()
    return Rate(events / (time.perf_counter() - began), events / (time.process_time() - began_cpu))


def main() -> None:
    """Run it."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--people", type=int, default=200)
    said.add_argument("--fixes", type=int, default=500)
    said.add_argument("--batch", type=int, default=10_000)
    said.add_argument("--rounds", type=int, default=3)
    given = said.parse_args()
    lines = workload(given.people, given.fixes, 0.0)
    batches = [
        (codec.decode(part[-1]).received_at or datetime.now(UTC), part)
        for part in (lines[start : start + given.batch] for start in range(0, len(lines), given.batch))
    ]
    beside = [0.0]
    for name, measure in (("accepted, synced", accepted), ("and judged, saved", judged)):
        rates = []
        for _ in range(given.rounds):
            beside.append(pydantic_rate(lines))
            folder = Path(tempfile.mkdtemp(prefix="durable-", dir=Path.cwd()))  # where the data would be: not a disk in memory
            try:
                rates.append(measure(folder, batches))
            finally:
                shutil.rmtree(folder)
        by_clock, by_cpu = max(rate.by_clock for rate in rates), max(rate.by_cpu for rate in rates)
        print(
            f"{name:20} {by_clock:10,.0f}/s by the clock {by_cpu:10,.0f}/s by CPU   "
            f"beside pydantic {max(beside):,.0f}/s: {by_cpu / max(beside):.2f}   (target {TARGET_PER_S:,}/s accepted)"
        )


if __name__ == "__main__":
    main()
