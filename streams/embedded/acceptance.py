"""Acceptance: lines of a feed client in, one result a line out, durable before it is said (console.md 1.3).

Decodes or sets aside, checks that the source is the client's, drops what is known by (`source`, `id`), stamps
`received_at` so that it only ever grows, and keeps everything of a batch or nothing. Called by the HTTP intake, and by
whatever else takes events into this process; hands accepted events to the judging thread. Judges nobody.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, get_args

from msgspec.structs import replace

from schemas import codec
from schemas.event import Event
from schemas.refusal import MOST_ERRORS, FieldError, Refused
from streams.embedded.backlog import Arrival, Backlog
from streams.embedded.known_ids import KnownIds, Named, named
from streams.embedded.received import Aside, ReceivedStore
from streams.intake.flags import Flag, flags
from streams.intake.legible import legible
from streams.intake.lookalikes import looks_like
from streams.intake.rise import Tally

Outcome = Literal["accepted", "duplicate", "set_aside", "refused"]
TICK = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CONSOLE = "vigil/console"
"""The source of every fact that a person states in the console; an officer's name stands behind it."""
EVERY_TYPE = ("*",)
_NOT_YOURS = FieldError("/source", "not yours", "a source that the key is for")
_TYPE_NOT_YOURS = FieldError("/type", "not yours", "a type that the key is for")
_REUSED = FieldError("/id", "already used for another event", "an id of its own")


class NotDurable(Exception):
    """Nothing of the batch was kept: send all of it again (503 `not_durable`)."""


class Client(NamedTuple):
    """Who sends. `sources`, `types`: globs of what it may send, as `em/*`. `inside`: a part of this very process, never a key."""

    name: str
    sources: tuple[str, ...]
    types: tuple[str, ...] = EVERY_TYPE
    inside: bool = False

    def may_send(self, source: str) -> bool:
        """Whether the source is this client's. What people state in the console is the console's to say, whatever a glob takes in.

        So is what could be taken for it.
        """
        if looks_like(source, CONSOLE) and not (self.inside and source == CONSOLE):
            return False
        return any(fnmatchcase(source, glob) for glob in self.sources)

    def may_send_type(self, event_type: str) -> bool:
        """Whether the type is this client's."""
        return self.types == EVERY_TYPE or any(fnmatchcase(event_type, glob) for glob in self.types)


class Unread(NamedTuple):
    """What the caller could not turn into a line: set aside whole, with its reason (`too_large`, an adapter's refusal).

    `format`: the outside format of a message; all that share it in one batch are records of one message, which is kept once.
    """

    raw: bytes
    code: str
    errors: tuple[FieldError, ...]
    source: str | None = None
    format: str | None = None


class Result(NamedTuple):
    """What became of one line, counted from 1. `source` and `id` as far as they could be read."""

    line: int
    result: Outcome
    source: str | None = None
    id: str | None = None
    code: str | None = None
    errors: tuple[FieldError, ...] = ()
    quarantine_id: str | None = None
    flagged: tuple[Flag, ...] = ()
    """Of an accepted event: what is odd about it."""


class Receipt(NamedTuple):
    """What became of a batch: one result a line, in order."""

    receipt: str
    received_at: datetime
    results: tuple[Result, ...]

    def counts(self) -> dict[Outcome, int]:
        """How many lines fared how."""
        found: dict[Outcome, int] = {"accepted": 0, "duplicate": 0, "set_aside": 0, "refused": 0}
        for one in self.results:
            found[one.result] += 1
        return found


class Taken(NamedTuple):
    """A line that is an event, and the client's to send."""

    line: int
    raw: bytes
    event: Event
    named: Named


class _Batch:
    """Lines on their way: decoded by the caller's thread, written by whichever thread has the pen."""

    __slots__ = ("client", "failed", "lines", "message", "proposed_at", "receipt", "results", "taken")

    def __init__(self, client: Client, proposed_at: datetime) -> None:
        self.client = client
        self.proposed_at = proposed_at
        self.results: list[Result | Aside] = []
        """An `Aside` stands for a result that gets its number when it is written."""
        self.taken: list[Taken] = []
        self.message: int | None = None
        """Under which number the message was set aside of which these are records."""
        self.receipt: Receipt | None = None
        self.failed: Exception | None = None


class Acceptor:
    """The one way in. Any thread may call it; batches that come together share one commit."""

    def __init__(self, store: ReceivedStore, backlog: Backlog, known: KnownIds | None = None) -> None:
        self._store = store
        self._backlog = backlog
        self._known = known or KnownIds(store)
        self._last_at = store.last_at() or datetime.min.replace(tzinfo=UTC)
        self._pen = threading.Lock()
        self._queue: deque[_Batch] = deque()
        self.lines: dict[str, int] = dict.fromkeys((*get_args(Outcome), "not_durable"), 0)
        """Lines since the start, by outcome; for the metrics."""

    def accept(self, lines: Sequence[bytes | Unread], client: Client, received_at: datetime) -> Receipt:
        """One result a line, in order; what is accepted or set aside is on the disk. Else `NotDurable`, and nothing is.

        `received_at` is the caller's clock; the stamp that the batch gets is later than every one before it.
        """
        batch = _Batch(client, received_at)
        self._read(batch, lines)
        self._queue.append(batch)
        with self._pen:
            if batch.receipt is None and batch.failed is None:  # else whoever had the pen wrote it too
                group = [self._queue.popleft() for _ in range(len(self._queue))]
                self._write(group)
        if batch.receipt is None:
            raise NotDurable("the batch could not be kept; send all of it again") from batch.failed
        return batch.receipt

    def promise(self, at: datetime) -> int:
        """From now on every stamp is later than `at`. The last batch before: with those up to it judged, the clock may come to `at`."""
        with self._pen:
            self._last_at = max(self._last_at, at)
            return self._backlog.last_seq

    def check(self, lines: Sequence[bytes | Unread], client: Client) -> tuple[Result, ...]:
        """What `accept` would say of the form of each line. Keeps nothing."""
        batch = _Batch(client, self._last_at)
        self._read(batch, lines)
        return tuple(
            Result(one.line, "set_aside", one.source, one.id, one.code, one.errors) if isinstance(one, Aside) else one
            for one in batch.results
        )

    def _read(self, batch: _Batch, lines: Sequence[bytes | Unread]) -> None:
        yours: dict[str, bool] = {}
        may_send, results, taken = batch.client.may_send, batch.results, batch.taken
        may_send_type = None if batch.client.types == EVERY_TYPE else batch.client.may_send_type
        for number, raw in enumerate(lines, 1):
            if isinstance(raw, Unread):
                results.append(Aside(number, raw.code, raw.errors, raw.raw, raw.source, format=raw.format))
                continue
            try:
                event = codec.decode(raw)
            except Refused as wrong:
                results.append(_unreadable(number, raw, wrong, batch.client))
                continue
            source = event.source
            allowed = yours.get(source)
            if allowed is None:
                allowed = yours[source] = may_send(source)
            if not allowed:
                results.append(Result(number, "refused", source, event.id, "source_not_yours", (_NOT_YOURS,)))
            elif may_send_type is not None and not may_send_type(event.type):
                results.append(Result(number, "refused", source, event.id, "not_allowed", (_TYPE_NOT_YOURS,)))
            else:
                results.append(Result(number, "accepted", source, event.id, flagged=flags(event)))
                taken.append(Taken(number, raw, event, named(event)))

    def _write(self, group: list[_Batch]) -> None:
        arrivals: list[Arrival] = []
        receipts: list[Receipt] = []
        last_at = self._last_at
        try:
            self._known.make_room()
            with self._store.transaction():
                for batch in group:
                    last_at = max(batch.proposed_at, last_at + TICK)
                    receipts.append(self._settle(batch, last_at, arrivals))
        except Exception as wrong:  # noqa: BLE001  of whatever kind: what is not on the disk must not be known, or it is lost
            self._known.undo()
            for batch in group:
                batch.failed = wrong
                self.lines["not_durable"] += len(batch.results)
            return
        self._last_at = last_at
        self._known.done(arrivals[-1].seq if arrivals else 0)
        self._backlog.put(arrivals)
        for batch, receipt in zip(group, receipts, strict=True):
            for outcome, count in receipt.counts().items():
                self.lines[outcome] += count
            batch.receipt = receipt

    def _settle(self, batch: _Batch, at: datetime, arrivals: list[Arrival]) -> Receipt:
        """One batch into the transaction under way."""
        results = batch.results
        lines: list[bytes] = []
        events: list[Event] = []
        for one in batch.taken:
            answer = self._known.check(one.named)
            if answer == "new":
                lines.append(one.raw)
                events.append(replace(one.event, received_at=at))
            elif answer == "duplicate":
                results[one.line - 1] = Result(one.line, "duplicate", one.event.source, one.event.id)
            else:
                results[one.line - 1] = Aside(
                    one.line, "id_reused", (_REUSED,), one.raw, one.event.source, one.event.id, one.event.occurred_at
                )
        said = tuple([self._said(one, at, batch) for one in results])
        if lines or any(one.result == "set_aside" for one in said):
            sent = _sent(results)
            arrivals.append(Arrival(self._store.keep(at, lines, sent), at, tuple(events), sent))
        return Receipt(_receipt_name(at), at, said)

    def _said(self, one: Result | Aside, at: datetime, batch: _Batch) -> Result:
        if isinstance(one, Result):
            return one
        if one.format is None:
            number = self._store.set_aside(at, batch.client.name, one)
        else:
            if batch.message is None:
                errors = [error for other in batch.results if isinstance(other, Aside) and other.format for error in other.errors]
                batch.message = self._store.set_aside(at, batch.client.name, one._replace(errors=tuple(errors[:MOST_ERRORS])))
            number = batch.message
        return Result(one.line, "set_aside", one.source, one.id, one.code, one.errors, f"qn_{number}")


def _unreadable(number: int, raw: bytes, wrong: Refused, client: Client) -> Result | Aside:
    """A line that is no event: set aside, unless it says that it is of a source or a type that is not the client's."""
    said = legible(raw)
    if said.source is not None and not client.may_send(said.source):
        return Result(number, "refused", said.source, said.id, "source_not_yours", (_NOT_YOURS,))
    if said.type is not None and not client.may_send_type(said.type):
        return Result(number, "refused", said.source, said.id, "not_allowed", (_TYPE_NOT_YOURS,))
    return Aside(number, wrong.code, wrong.errors, raw, said.source, said.id, said.occurred_at)


def _sent(results: Iterable[Result | Aside]) -> dict[str, Tally]:
    """What each source sent, as `quarantine-rising` counts it; what is not the client's to send does not count."""
    taken: dict[str, int] = {}
    aside: dict[str, Tally] = {}
    for one in results:
        source = one.source
        if source is None:
            continue
        if isinstance(one, Aside):
            tally = Tally(1, 1, one.occurred_at)
            aside[source] = aside[source].and_then(tally) if source in aside else tally
        elif one.result != "refused":
            taken[source] = taken.get(source, 0) + 1
    return {source: Tally(taken.get(source, 0)).and_then(aside.get(source, Tally(0))) for source in {**taken, **aside}}


def _receipt_name(at: datetime) -> str:
    """Of a batch's own stamp, which no other has."""
    number = (at - _EPOCH) // TICK
    letters = ""
    while number:
        number, letter = divmod(number, 32)
        letters = _LETTERS[letter] + letters
    return f"rc_{letters}"
