"""Tries under way: each place of a message in a thread of its own, so that a browser that hangs delays none of the others.

What one that hangs beyond the end was to say is left to the lease. How many there are, the lane bounds (`alerting.delivery.room`),
and a channel bounds how long each lasts. Called by `alerting.delivery.sending`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import timedelta
from functools import partial
from threading import Thread
from time import monotonic
from typing import NamedTuple

import structlog

from alerting.delivery.addresses import Place
from alerting.delivery.aside import begun
from alerting.delivery.message import OUR_FAULT, Address, Outcome, Retry
from alerting.delivery.results import Back
from alerting.ledger.outbox import Claimed

_log = structlog.get_logger("delivery")


class Job(NamedTuple):
    """A message that is to go out now, and where to. `token`: a push message's, for its receipt. `repeat_of`: see `Outgoing`."""

    claimed: Claimed
    places: tuple[Place, ...]
    token: str
    repeat_of: str | None = None


class UnderWay(NamedTuple):
    """A message whose places are being tried, all at once. `since_s`: on the clock that nobody sets."""

    job: Job
    says: tuple[Future[Outcome], ...]
    since_s: float

    @property
    def over(self) -> bool:
        """Whether each has come back."""
        return all(one.done() for one in self.says)

    @property
    def receivers(self) -> Iterator[str]:
        """Of the tries that have not come back, each as often as it is tried."""
        return (place.receiver for place, one in zip(self.job.places, self.says, strict=True) if not one.done())

    def back(self) -> Back:
        """What came of it, once it is over."""
        return Back(self.job.claimed, [(place, one.result()) for place, one in zip(self.job.places, self.says, strict=True)])


def begin(job: Job, send: Callable[[Address], Outcome], thread: type[Thread] = Thread) -> UnderWay:
    """Try all its places at once. One for which the machine has no thread comes back at once: nothing went there, and it is tried again."""
    return UnderWay(job, tuple(_begun(job, partial(send, place.address), thread) for place in job.places), monotonic())


def _begun(job: Job, work: Callable[[], Outcome], thread: type[Thread]) -> Future[Outcome]:
    try:
        return begun(work, thread)
    except Exception as wrong:  # noqa: BLE001  those beside it may be out, and must not be forgotten
        _log.error("no_thread", message=job.claimed.message_id, error=type(wrong).__name__)
        not_begun: Future[Outcome] = Future()
        not_begun.set_result(Retry(f"{OUR_FAULT}_{type(wrong).__name__}"))
        return not_begun


def come_back(under_way: Sequence[UnderWay], within: timedelta, together_within: timedelta) -> list[UnderWay]:
    """Those that are over, as soon as one is, with those that end right after it; none where all take long.

    But not beside a repeat: the sooner its result is written down, the less often a second kill falls in between.
    """
    if not any(one.over for one in under_way):
        wait(_awaited(under_way), timeout=within.total_seconds(), return_when=FIRST_COMPLETED)
    if any(one.over for one in under_way) and not any(one.job.claimed.repeat for one in under_way):
        wait(_awaited(under_way), timeout=together_within.total_seconds())
    return [one for one in under_way if one.over]


def _awaited(under_way: Sequence[UnderWay]) -> list[Future[Outcome]]:
    return [one for message in under_way for one in message.says if not one.done()]
