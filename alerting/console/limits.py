"""How often each may ask (console 2.1): so many in a minute of one kind, and so many streams at once of one session.

Counts by session, or by address before anybody is known. Kept in this process alone, and emptied at a restart; several processes
count together by Redis (`alerting.console.shared_limits`). The limits hold off a machine that asks in a loop, not a person.
"""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, Protocol

from schemas.problems import Problem, later

Kind = Literal["sign_in", "way_back", "search", "list", "command"]
"""`way_back`: from the identity provider, so that one sign-in by it is not two tries."""
WITHIN = timedelta(minutes=1)
MOST: Mapping[Kind, int] = MappingProxyType({"sign_in": 10, "way_back": 10, "search": 30, "list": 120, "command": 60})
MOST_STREAMS = 5
_FORGETS_AFTER = 10_000
"""So many callers are known at most before those who have been quiet are forgotten."""


class Limits(Protocol):
    """What counts. `who`: a session's id, or an address."""

    def take(self, kind: Kind, who: str, now: datetime) -> None:
        """One more of this kind: `too_many` where that is over the limit, with the wait until it is not."""

    def opened(self, who: str) -> None:
        """One stream more: `too_many` where that is over the limit."""

    def closed(self, who: str) -> None:
        """One stream less."""


class InProcess:
    """The limits of one process. A refused try does not count: whoever waits as told is served."""

    def __init__(self, most: Mapping[Kind, int] = MOST, most_streams: int = MOST_STREAMS) -> None:
        self._most = most
        self._most_streams = most_streams
        self._taken: dict[tuple[Kind, str], deque[datetime]] = {}
        self._streams: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, kind: Kind, who: str, now: datetime) -> None:
        """See `Limits.take`."""
        with self._lock:
            if len(self._taken) > _FORGETS_AFTER:
                self._taken = {key: times for key, times in self._taken.items() if times and times[-1] > now - WITHIN}
            times = self._taken.setdefault((kind, who), deque())
            while times and not now - WITHIN < times[0] <= now:  # one that lies ahead was counted before the clock went back
                times.popleft()
            if len(times) >= self._most[kind]:
                raise too_many(times[0] + WITHIN - now)
            times.append(now)

    def opened(self, who: str) -> None:
        """See `Limits.opened`."""
        with self._lock:
            if self._streams[who] >= self._most_streams:
                raise too_many(timedelta(seconds=5))
            self._streams[who] += 1

    def closed(self, who: str) -> None:
        """See `Limits.closed`."""
        with self._lock:
            self._streams[who] -= 1
            if self._streams[who] <= 0:
                del self._streams[who]


def too_many(wait: timedelta) -> Problem:
    """The refusal, with the wait in whole seconds, at least one."""
    wait_s = max(1, math.ceil(wait.total_seconds()))
    return later("too_many", f"Too many in one minute. Nothing was done: send the same again in {wait_s} s.", wait_s)
