"""A process that takes records into a ledger and sweeps, and kills itself before the n-th statement, begin or commit.

    python tests/integration/ledger/killed_taker.py URL RECORDS DIES_AT

RECORDS: a line of JSON each. It goes on from where the ledger stands, whoever died before; DIES_AT 0: it lives to the end.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import Connection, event

from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.taking import Incoming, position, take

TERMS = Terms("https://vigil.example.org")
AT_ONCE = 15


class Told(msgspec.Struct, frozen=True):
    """One record, and when streams told it."""

    at: datetime
    log: str
    partition: int
    number: int
    topic: str
    value: str

    def record(self) -> Incoming:
        """As it is taken."""
        return Incoming(self.log, self.partition, self.number, self.topic, self.value.encode())


class Fuse:
    """Counts what reaches the database, and ends the process as a power cut would."""

    def __init__(self, dies_at: int) -> None:
        self._left = dies_at

    def burn(self, *_: object, **__: object) -> None:
        """One step nearer."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def run(ledger: Ledger, told: Sequence[Told]) -> None:
    """Batches as the numbers cut them, and after each whatever has run out by then: the same, whoever died in between."""
    log = told[0].log
    with ledger.write(told[0].at):
        pass  # what the one who died had sent to PostgreSQL may still be carried out: stand in line behind it
    with ledger.read() as connection:
        last = position(connection, log)
    taken = 0 if last is None else last + 1
    if taken:
        _sweep(ledger, told[taken - 1].at)
    for start in range(taken, len(told), AT_ONCE):
        batch = told[start : start + AT_ONCE]
        take(ledger, [one.record() for one in batch], batch[-1].at, TERMS)
        _sweep(ledger, batch[-1].at)


def _sweep(ledger: Ledger, now: datetime) -> None:
    broken = sweep(ledger, now, TERMS).broken
    if broken:
        raise SystemExit(f"broken: {', '.join(broken)}")


def salt(seq: int) -> bytes:
    """The same in every life."""
    return hashlib.sha256(b"salt of %d" % seq).digest()[:16]


def main(url: str, records: str, dies_at: str) -> None:
    """Run it."""
    ledger = Ledger(url, salt)
    ledger.upgrade()
    fuse = Fuse(int(dies_at))

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def _said(*_: object) -> None:
        fuse.burn()

    @event.listens_for(ledger.engine, "commit")
    def _committed(_: Connection) -> None:
        fuse.burn()

    @event.listens_for(ledger.engine, "begin")
    def _begun(_: Connection) -> None:
        fuse.burn()

    run(ledger, [msgspec.json.decode(line, type=Told) for line in Path(records).read_bytes().splitlines()])


if __name__ == "__main__":
    main(*sys.argv[1:])
