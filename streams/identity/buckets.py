"""One bucket of the journal: all events that said the same about whose they are, and when there were any.

Of the events it keeps only runs: a first event and a last instant, with no silence longer than `LONGEST_SILENCE` between. That is
enough to tell whether any event stands in an interval that opens or moves later, costs nothing for a tag that reports every
minute, and does not depend on arrival. (It errs where an interval shorter than that silence lies wholly inside a run: then a
slice without events, or a question about a device that changed hands twice within a day.) Used by the desk and the registry.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from schemas.event import Identifier, Order
from streams.identity.desk_values import Stretch
from streams.identity.naming import ALWAYS_FROM, ALWAYS_TO, Device, strength
from streams.identity.receipt import BucketSlice, Receipt, Route

LONGEST_SILENCE = timedelta(days=1)


Said = tuple[tuple[Identifier, ...], str | None, str | None, str | None, str]
"""What the fast path looks up: identifiers as sent, and for a tagging event its source, device and activation; the status."""
NO_CONTACT: Mapping[str, Order] = MappingProxyType({})
NOBODY = Receipt(Route("nobody"), "")


class Run(msgspec.Struct):
    """Events without a long silence between them."""

    first: Order
    last_at: datetime


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Run]).decode


class Bucket:
    """What its events said, when they were, and (kept until something changes) whose they are."""

    __slots__ = (
        "_runs",
        "activation_id",
        "actual",
        "contacted",
        "device",
        "identifiers",
        "key",
        "last_at",
        "receipt",
        "said",
        "stretches",
        "until_at",
    )

    def __init__(
        self, key: str, identifiers: tuple[Identifier, ...], device: Device | None, activation_id: str | None, *, actual: bool
    ) -> None:
        self.key = key
        self.identifiers = tuple(sorted(identifiers, key=strength))
        """The linking ones, the strongest first."""
        self.device = device
        self.activation_id = activation_id
        self.actual = actual
        self._runs: list[Run] | bytes = []
        self.contacted: Mapping[str, Order] = NO_CONTACT
        """Numbers, contacts and addresses that its events went to, and the first event that did."""
        self.said: tuple[Said, ...] = ()
        """Under what the registry's fast path finds it."""
        self.stretches: tuple[Stretch, ...] | None = None
        """Whose it is over all time; None: to be worked out again."""
        # The registry's fast path: an event after `last_at` and before `until_at` has this receipt.
        self.last_at = ALWAYS_FROM
        self.until_at = ALWAYS_FROM
        self.receipt = NOBODY

    def see(self, order: Order) -> None:
        """An event of this bucket, anywhere in time."""
        runs = self.runs
        place = bisect_left(runs, order, key=lambda run: run.first)
        runs.insert(place, Run(order, order[0]))
        for left in (place, place - 1):
            if 0 <= left < len(runs) - 1 and self._near(runs[left], runs[left + 1]):
                runs[left].last_at = max(runs[left].last_at, runs.pop(left + 1).last_at)
        self.last_at = runs[-1].last_at

    @property
    def runs(self) -> list[Run]:
        """The runs, up to date, to be added to: a bucket at rest wakes."""
        self._runs = self.seen()
        return self._runs

    @runs.setter
    def runs(self, runs: list[Run]) -> None:
        self._runs, self.last_at = runs, runs[-1].last_at

    def seen(self) -> list[Run]:
        """The runs, up to date, to be looked at."""
        if isinstance(self._runs, bytes):
            return _unpack(self._runs)
        if self._runs:
            self._runs[-1].last_at = self.last_at  # the fast path moves only this
        return self._runs

    @property
    def resting(self) -> bool:
        """Whether it rests: all of it is somebody's who is managed, and nothing comes."""
        return isinstance(self._runs, bytes)

    def rest(self) -> None:
        """Keep it small until something comes."""
        self.stale()
        self._runs = _pack(self.runs)

    def seen_in(self, from_at: datetime, to_at: datetime) -> Iterator[Run]:
        """The runs that reach into an interval."""
        return (run for run in self.seen() if run.first[0] < to_at and run.last_at >= from_at)

    def part(self, from_at: datetime, to_at: datetime) -> BucketSlice:
        """A stretch of it, as the shell reads it."""
        return BucketSlice(self.key, None if from_at == ALWAYS_FROM else from_at, None if to_at == ALWAYS_TO else to_at)

    def clipped(self, part: BucketSlice) -> BucketSlice:
        """The slice without the bounds beyond which there is no event."""
        runs = self.seen()
        from_at = None if part.from_at is None or part.from_at <= runs[0].first[0] else part.from_at
        to_at = None if part.to_at is None or part.to_at > runs[-1].last_at else part.to_at
        return BucketSlice(self.key, from_at, to_at)

    def expect(self, receipt: Receipt, to_at: datetime) -> None:
        """The same receipt for what follows its last event, until `to_at` or until a silence could begin a new run."""
        self.receipt = receipt
        self.until_at = to_at if self.device is None else min(to_at, self.last_at + LONGEST_SILENCE)

    def stale(self) -> None:
        """Forget whose it is."""
        self._runs = self.runs
        self.stretches = None
        self.until_at = ALWAYS_FROM
        self.receipt = NOBODY

    def contact(self, reached_by: str, order: Order) -> None:
        """An event of it went there, the first that did."""
        self.contacted = {**self.contacted, reached_by: order}

    def _near(self, run: Run, later: Run) -> bool:
        # Without a device it is one person's, or nobody's, for all time: one run will do.
        return self.device is None or later.first[0] - run.last_at <= LONGEST_SILENCE
