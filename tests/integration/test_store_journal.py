"""The journal in a file is the journal in memory: whatever is appended, kept waiting, released and forgotten, saved at any time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from schemas import codec
from streams.embedded.sqlite_file import open_writer
from streams.embedded.sqlite_journal import SCHEMA, SqliteJournal, stored_events
from streams.engine.journal import CHUNK, MemoryJournal, Slice
from streams.engine.state import NOWHERE, Place
from streams.engine.timeline import place_of
from tests.integration.embedded import NOON, fix

BUCKETS = ("NOMS:A1234AA", "NOMS:B1234BB device:em/allied:d-1")


@contextmanager
def journal(folder: Path) -> Iterator[SqliteJournal]:
    with closing(open_writer(folder / "state.sqlite3", SCHEMA)) as file:
        yield SqliteJournal(file)


def save(kept: SqliteJournal, *, fails: bool = False) -> None:
    kept._file.execute("BEGIN")
    kept.save()
    if fails:
        kept._file.execute("ROLLBACK")
    else:
        kept._file.execute("COMMIT")
        kept.saved()


@pytest.mark.parametrize("seed", range(4))
def test_it_reads_what_the_one_in_memory_reads_after_any_history(tmp_path: Path, seed: int) -> None:
    chance, memory, number = Random(seed), MemoryJournal(), 0
    with journal(tmp_path) as kept:
        for _ in range(120):
            bucket, what = chance.choice(BUCKETS), chance.randrange(10)
            events = [
                codec.decode(fix(number + n, NOON + timedelta(minutes=chance.randrange(2000)))) for n in range(chance.randrange(1, 40))
            ]
            if what < 5:
                number += len(events)
                memory.append(bucket, events)
                kept.append(bucket, events)
            elif what == 5:
                number += len(events)
                memory.wait(bucket, events)
                kept.wait(bucket, events)
            elif what == 6:
                memory.release(bucket)
                kept.release(bucket)
            elif what == 7 and chance.random() < 0.3:
                part = Slice(bucket, None, NOON + timedelta(minutes=chance.randrange(600)))
                memory.forget(part)
                kept.forget(part)
            else:
                save(kept, fails=chance.random() < 0.3)
            after: Place = NOWHERE if chance.random() < 0.5 else place_of(events[0])
            slices = [Slice(one, NOON if chance.random() < 0.3 else None) for one in BUCKETS]
            assert memory.read(slices, after) == kept.read(slices, after)
            assert all(memory.holds(one, events[0]) == kept.holds(one, events[0]) for one in BUCKETS)


def test_fixes_that_come_one_by_one_end_up_in_chunks_of_an_hour(tmp_path: Path) -> None:
    events = [codec.decode(fix(number, NOON + timedelta(minutes=number))) for number in range(3 * CHUNK)]
    with journal(tmp_path) as kept:
        for event in events:
            kept.append(BUCKETS[0], [event])
            save(kept)
        chunks = kept._file.execute("SELECT events, length(packed) FROM chunk ORDER BY number").fetchall()

        assert [CHUNK] * 3 == [count for count, _ in chunks]
        assert sum(size for _, size in chunks) / len(events) < 40, "bytes a fix"
        assert events == sorted(stored_events(kept._file), key=place_of) == kept.read([Slice(BUCKETS[0])])
