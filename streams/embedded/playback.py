"""Playing event files on a virtual clock: lines in, what the judge tells out (contract 4, `vigil replay`).

A line arrives at its `received_at`, else `published_at`, else `occurred_at`; the clock is the highest arrival so far.
A line that is set aside is handed to the caller whole and does not move the clock.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

import msgspec

from schemas import codec
from schemas.event import Event
from schemas.refusal import FieldError, Refused
from streams.embedded.judge import Judge
from streams.embedded.told import Told
from streams.intake.flags import flags
from streams.intake.legible import legible
from streams.intake.rise import Tally
from streams.intake.seen import Seen

MINUTE = timedelta(minutes=1)
"""Events that were taken are counted towards a rise no oftener."""
TOGETHER = 20_000
"""At most so many events are judged as one arrival; a file whose clock stands still must not fill the memory."""


LONGEST_BYTES = 4 * codec.MAX_EVENT_BYTES
"""What is held of one line in memory. No event is as long, so the codec refuses such a line by its beginning."""


class Damaged(Exception):
    """A packed file that cannot be unpacked to its end: no line of it can be trusted to be the last."""


class SetAside(NamedTuple):
    """One line that was not taken. `rest`: what follows `raw` in a line that is too long to hold."""

    file: str
    line: int
    code: str
    errors: tuple[FieldError, ...]
    raw: bytes
    rest: IO[bytes] | None = None


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of a file, numbered from 1. `rest`: as of `SetAside`."""

    file: str
    number: int
    raw: bytes
    rest: IO[bytes] | None = None


def lines(path: Path) -> Iterator[Line]:
    """The lines of a file, unpacked when it is packed; blank ones are skipped. `Damaged` where unpacking fails."""
    number = 0
    with gzip.open(path, "rb") if path.suffix == ".gz" or _packed(path) else path.open("rb") as stream:
        try:
            while raw := stream.readline(LONGEST_BYTES):
                number += 1
                if len(raw) == LONGEST_BYTES and not raw.endswith(b"\n"):
                    yield Line(path.name, number, raw, _rest(stream.readline))
                elif stripped := raw.strip():
                    yield Line(path.name, number, stripped)
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise Damaged(f"{path} is no whole gzip file: it cannot be unpacked after line {number}") from None


def _packed(path: Path) -> bool:
    """Whether a file is gzip by its first bytes, whatever its name. What is no file (a pipe) is read as it comes."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _rest(readline: Callable[[int], bytes]) -> IO[bytes]:
    """The rest of a line, in a file of its own that goes when nobody holds it any more."""
    kept: IO[bytes] = TemporaryFile()  # noqa: SIM115  whoever holds the line holds it
    while piece := readline(LONGEST_BYTES):
        kept.write(piece.removesuffix(b"\n"))
        if piece.endswith(b"\n"):
            break
    return kept


class Playback:
    """One run over some files."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.received = 0
        self.duplicates = 0
        self.set_aside: list[SetAside] = []
        """What was set aside since the caller last emptied it."""
        self.flagged = 0
        """Events taken with an identifier whose check letter fails."""
        self._seen = Seen()
        self._taken: dict[str, int] = {}
        """Events that each source sent and that were taken, not yet counted towards a rise."""
        self._aside: dict[str, Tally] = {}
        """And those that were set aside."""
        self._counted_at: datetime | None = None

    def play(self, source: Iterable[Line]) -> Iterator[list[Told] | Event]:
        """What the judge tells at each arrival, and directory events as they arrive."""
        clock: datetime | None = None
        waiting: list[Event] = []
        for line in source:
            event = self._read(line)
            if event is None:
                if self.set_aside:
                    yield []  # the caller takes it away: a file of nothing else must not fill the memory
                continue
            arrival = event.received_at or event.published_at or event.occurred_at
            if clock is None or arrival > clock or len(waiting) >= TOGETHER:
                if waiting and clock is not None:
                    yield self._arrive(clock, waiting)
                    waiting = []
                clock = arrival if clock is None else max(clock, arrival)
            self._count(event)  # not sooner: the arrival before it has only now been judged
            if event.type.startswith("directory."):
                yield self.judge.before(clock)  # what was due before it was told by the rota of then
                yield event
            else:
                waiting.append(event)
        if clock is not None:
            yield self._arrive(clock, waiting)

    def _arrive(self, clock: datetime, events: list[Event]) -> list[Told]:
        if self._aside or self._counted_at is None or clock - self._counted_at >= MINUTE:
            tallies = {source: Tally(count) for source, count in self._taken.items()}
            for source, tally in self._aside.items():
                tallies[source] = tallies[source].and_then(tally) if source in tallies else tally
            self.judge.rising(clock, tallies)
            self._taken, self._aside, self._counted_at = {}, {}, clock
        return self.judge.arrive(clock, events)

    def _put_aside(self, source: str, occurred_at: datetime | None) -> None:
        before, tally = self._aside.get(source), Tally(1, 1, occurred_at)
        self._aside[source] = tally if before is None else before.and_then(tally)

    def _read(self, line: Line) -> Event | None:
        self.received += 1
        try:
            event = codec.decode(line.raw)
        except Refused as refused:
            self.set_aside.append(SetAside(line.file, line.number, refused.code, refused.errors, line.raw, line.rest))
            readable = legible(line.raw)
            if readable.source is not None:
                self._put_aside(readable.source, readable.occurred_at)
            return None
        answer = self._seen.check(event)
        if answer == "unsure":
            answer = "duplicate" if self.judge.people.holds(event) else "new"
        if answer == "id_reused":
            self._put_aside(event.source, event.occurred_at)
            error = FieldError("/id", "already used for another event", "an id of its own")
            self.set_aside.append(SetAside(line.file, line.number, "id_reused", (error,), line.raw))
            return None
        if answer == "duplicate":
            self.duplicates += 1
            self._count(event)
            return None
        if flags(event):
            self.flagged += 1
        return event

    def _count(self, event: Event) -> None:
        self._taken[event.source] = self._taken.get(event.source, 0) + 1
