"""What people cost an embedded system: memory of a quiet person, over a month, and time an event among many.

    python ops/benchmarks/memory.py [--quiet 12000] [--days 30] [--many 30000]

Three rows, each in a process of its own. Quiet: what the process grows by a person about whom everything is known (a case,
a team, a protected person, an order with a zone, an assessment, custody) and nothing happens; target 4 KB. Month: resident
memory by day while five tagged people report every minute; flat. Many: CPU time an event of 100 tagged people among 1,000
and among many, alternately; target 1.3 times. `--many 1000000` takes an hour.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from ops.benchmarks.replay import START, workload
from ops.cli.configuration import Configuration
from schemas import codec
from schemas.event import Event
from streams.embedded.keeper import Keeper
from streams.embedded.publishing import Publishing
from streams.embedded.received import ReceivedReader, ReceivedStore
from streams.engine.zones import compile_zone, spec_of

FEW = 1_000
EVENTS_A_SAVE = 2_000
CACHED_ZONES = 20_000
"""More than the engine keeps compiled: what is measured afterwards is people."""


class World:
    """An embedded system without the way in: what it is told is judged, turned into alerts, and saved now and then."""

    def __init__(self, folder: Path, most_living: int) -> None:
        settings = Configuration()
        self.keeper = Keeper(folder, settings.rulebook(), settings.known_feeds(), most_living)
        ReceivedStore(folder).close()
        self._publishing = Publishing(self.keeper.file, self.keeper.judge, ReceivedReader(folder))
        self._unsaved = 0

    def arrive(self, at: datetime, events: Sequence[Event]) -> None:
        """Events of one arrival."""
        self._publishing.tell(self.keeper.judge.arrive(at, events))
        self._unsaved += len(events)
        if self._unsaved >= EVENTS_A_SAVE:
            self.save()

    def save(self) -> None:
        """Everything to the disk."""
        self._publishing.look(self.keeper.touched(), self.keeper.judge.clock)
        self._publishing.outgoing.taken(2**62)  # alerting has it all: it is let go of at the next save
        with self.keeper.saving(0):
            self._publishing.save()
        self._publishing.saved()
        self._unsaved = 0


@contextmanager
def world(most_living: int = 500) -> Iterator[World]:
    """A world on this disk, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="memory-", dir=Path.cwd()))
    made = World(folder, most_living)
    try:
        yield made
    finally:
        made.keeper.close()
        shutil.rmtree(folder)


def quiet_person(number: int) -> list[Event]:
    """Everything that is known of somebody; then nothing happens."""
    noms, crn = {"type": "NOMS", "value": f"Q{number:07d}"}, {"type": "CRN", "value": f"X{number:07d}"}
    case = f"kent:q-{number}"
    her = f"pp-{number}"
    zone = {"latitude": 51 + number % 9_999 * 1e-4, "longitude": -1 - number // 9_999 * 1e-4, "radius_m": 300}
    condition = {"condition_id": "co-1", "kind": "exclusion_zone", "protected_person_id": her, "zone": zone}
    linked: dict[str, object] = {
        "protected_person_id": her,
        "relationship": "ex_partner",
        "phones": [f"+4477{number:08d}"],
        "contact_ids": [f"ct-{number}"],
    }
    assessed: dict[str, object] = {
        "assessment_id": f"ra-{number}",
        "tool": "dash",
        "level": "high",
        "occasion": "incident",
        "protected_person_id": her,
    }
    told: list[tuple[str, dict[str, object]]] = [
        ("case.opened", {"case_ref": case, "risk_level": "medium", "areas": ["kent"], "name": f"Sam Field {number}"}),
        ("case.assigned", {"role": "oic", "officer_id": f"of-{number % 500}"}),
        ("case.protected_person_linked", linked),
        ("order.made", {"order_id": f"or-{number}", "kind": "restraining_order", "starts_at": START, "conditions": [condition]}),
        ("risk.assessed", assessed),
        ("custody.received", {"prison": "HMP Bristol", "status": "sentenced"}),
    ]
    return [
        codec.decode_object(
            {
                "id": f"{number}-{place}",
                "source": f"{kind.split('.', maxsplit=1)[0]}/kent",
                "type": kind,
                "occurred_at": START + timedelta(seconds=place),
                "person": {"identifiers": [noms, crn, {"type": "CASE", "value": case}] if kind == "case.opened" else [noms, crn]},
                "data": data,
            }
        )
        for place, (kind, data) in enumerate(told)
    ]


def people(into: World, first: int, last: int, *, whole: bool = True) -> None:
    """Quiet people, 20 at a time; not `whole`: nothing but their case."""
    for start in range(first, last, 20):
        events = [event for number in range(start, min(start + 20, last)) for event in quiet_person(number)[: None if whole else 1]]
        into.arrive(START + timedelta(minutes=1), events)
    into.save()


def resident_kib() -> int:
    """Of this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4


def quiet(count: int) -> None:
    """Growth over the second half: the first fills the caches."""
    for number in range(CACHED_ZONES):
        compile_zone(spec_of({"latitude": 10 + number * 1e-4, "longitude": 1.0, "radius_m": 100}))
    with world() as one:
        people(one, 0, count // 2)
        before = resident_kib()
        people(one, count // 2, count)
        grown = resident_kib() - before
    print(f"quiet    {grown / (count - count // 2):6.2f} KB a person, of {count:,}   (target 4)")


def month(days: int) -> None:
    """Resident memory at the end of each tenth of the time."""
    lines = workload(5, days * 1440, 0.05)
    sizes = []
    with world() as one:
        for number, (at, group) in enumerate(groupby(lines, key=lambda raw: codec.decode(raw).received_at), 1):
            one.arrive(at or START, [codec.decode(raw) for raw in group])
            if number % (days * 1440 * 5 // 10) == 0:
                sizes.append(resident_kib() / 1024)
    shown = " ".join(f"{size:.0f}" for size in sizes)
    print(f"month    {shown} MB by tenths of {days} days   from the third to the last: {sizes[-1] / sizes[2]:.2f} times")


def many(count: int) -> None:
    """CPU time an event, in a small world and in a large one, alternately."""
    chunks = 6
    lines = workload(100, 200 * chunks, 0.0)
    part = len(lines) // chunks
    spent: dict[int, list[float]] = {FEW: [], count: []}
    with world() as small, world() as large:
        people(small, 0, FEW, whole=False)
        people(large, 0, count, whole=False)
        gc.collect()
        gc.freeze()
        for start in range(0, part * chunks, part):
            events = [codec.decode(raw) for raw in lines[start : start + part]]
            for size, one in random.Random(start).sample([(FEW, small), (count, large)], 2):
                began = time.process_time()
                for event in events:
                    one.arrive(event.received_at or START, (event,))
                one.save()
                spent[size].append((time.process_time() - began) / len(events))
    few_us, many_us = (1e6 * min(times[1:]) for times in spent.values())
    print(f"many     {few_us:.1f} us an event among {FEW:,}, {many_us:.1f} us among {count:,}: {many_us / few_us:.2f} times   (target 1.3)")


def main() -> None:
    """Run it."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--quiet", type=int, default=12_000)
    said.add_argument("--days", type=int, default=30)
    said.add_argument("--many", type=int, default=30_000)
    given = said.parse_args()
    parts: list[tuple[Callable[[int], None], int]] = [(quiet, given.quiet), (month, given.days), (many, given.many)]
    for part, size in parts:
        process = multiprocessing.get_context("spawn").Process(target=part, args=(size,))
        process.start()
        process.join()
        if process.exitcode != 0:
            raise SystemExit(process.exitcode)


if __name__ == "__main__":
    main()
