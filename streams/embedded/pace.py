"""How fast each feed client may send: a token bucket a key (console.md 2.1). Events are the tokens. Holds no clock.

A batch that is larger than the whole bucket is taken when the bucket is full and paid for afterwards, so that no batch is
impossible. Called by the HTTP intake.
"""

from __future__ import annotations

import math
from typing import NamedTuple

BURST_S = 5
"""The bucket holds what comes in so many seconds."""


class _Bucket(NamedTuple):
    tokens: float
    filled_s: float


class Pace:
    """The buckets of all keys. `now_s`: seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def wait_s(self, key_id: str, rate_events_s: float | None, events: int, now_s: float) -> int:
        """0 when so many events may come now, and they are counted; else in how many whole seconds to try again."""
        if rate_events_s is None:
            return 0
        burst = max(rate_events_s * BURST_S, 1.0)
        before = self._buckets.get(key_id, _Bucket(burst, now_s))
        tokens = min(burst, before.tokens + (now_s - before.filled_s) * rate_events_s)
        wanted = min(float(events), burst)
        if tokens < wanted:
            self._buckets[key_id] = _Bucket(tokens, now_s)
            return math.ceil((wanted - tokens) / rate_events_s)
        self._buckets[key_id] = _Bucket(tokens - events, now_s)
        return 0
