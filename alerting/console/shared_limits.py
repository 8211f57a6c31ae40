"""The limits of all consoles together (console 2.1), by Redis; while it is away each process counts for itself.

Nothing here is the only copy of anything: Redis emptied, everybody has the whole of their minute again. A console that was killed
holds nobody's streams for long: each says again that its own are open. Used by `vigil console` where it is given a Redis.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from redis import Redis
from redis.exceptions import RedisError

from alerting.console.limits import MOST, MOST_STREAMS, WITHIN, InProcess, Kind, too_many

ANSWERS_WITHIN = timedelta(milliseconds=500)
ASKS_AGAIN_AFTER = timedelta(seconds=5)
"""So long Redis is not asked after it has not answered: a limit must not cost what it protects."""
HELD_FOR = timedelta(seconds=30)
SAYS_SO_EVERY = timedelta(seconds=10)
_MS = timedelta(milliseconds=1)
_TAKE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('%.0f', tonumber(ARGV[3]) + 5000), '+inf')
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return math.floor(tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]))
end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 0
"""
"""One more under a key: 0. Where there are as many, the score of the oldest. What has the score of ARGV[1] or less is over.

So is what lies more than 5 s beyond one that is said now: it was counted before the clock went back.
"""
_log = structlog.get_logger("limits")


class Shared:
    """See `alerting.console.limits.Limits`."""

    def __init__(
        self, redis_url: str, most: Mapping[Kind, int] = MOST, most_streams: int = MOST_STREAMS, *, held_for: timedelta = HELD_FOR
    ) -> None:
        seconds = ANSWERS_WITHIN.total_seconds()
        self._redis = Redis.from_url(redis_url, socket_timeout=seconds, socket_connect_timeout=seconds, decode_responses=True)
        self._script = self._redis.register_script(_TAKE)
        self._here = InProcess(most, most_streams)
        self._most, self._most_streams, self._held_for = most, most_streams, held_for
        self._away_until_s = 0.0
        self._streams: dict[str, list[str]] = {}
        """Whose streams are open in this process, each with its name in Redis."""
        self._over: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._woken, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._say_so, name="limits", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """What this process holds is over."""
        with self._lock:
            self._over += [(who, name) for who, names in self._streams.items() for name in names]
            self._streams.clear()
            self._closing = True
        self._woken.set()
        self._thread.join(2 * ANSWERS_WITHIN.total_seconds() + 1)
        self._redis.close()

    def take(self, kind: Kind, who: str, now: datetime) -> None:
        """See `Limits.take`. A refused try does not count."""
        at_ms = int(now.timestamp() * 1000)
        within_ms = WITHIN // _MS
        oldest_ms = self._ask(_key(kind, who), at_ms - within_ms, self._most[kind], at_ms, within_ms)
        if oldest_ms is None:
            self._here.take(kind, who, now)
        elif oldest_ms:
            raise too_many((oldest_ms + within_ms - at_ms) * _MS)

    def opened(self, who: str) -> None:
        """See `Limits.opened`. Blocks for a moment: not for an event loop."""
        now_ms, held_ms = int(time.time() * 1000), self._held_for // _MS
        name = secrets.token_hex(8)
        found = self._ask(_key("stream", who), now_ms, self._most_streams, now_ms + held_ms, held_ms, name)
        with self._lock:
            mine = self._streams.setdefault(who, [])
            if found or (found is None and len(mine) >= self._most_streams):
                if not mine:
                    del self._streams[who]
                raise too_many(timedelta(seconds=5))
            mine.append(name)

    def closed(self, who: str) -> None:
        """See `Limits.closed`. It is said to Redis soon, so that an event loop may say this."""
        with self._lock:
            mine = self._streams.get(who)
            if not mine:
                return
            self._over.append((who, mine.pop()))
            if not mine:
                del self._streams[who]
        self._woken.set()

    def _say_so(self) -> None:
        """What is open here is still open, and what was closed is over."""
        while not self._closing:
            self._woken.wait(min(SAYS_SO_EVERY, self._held_for / 3).total_seconds())
            self._woken.clear()
            with self._lock:
                over, self._over = self._over, []
                open_ = {who: list(names) for who, names in self._streams.items()}
            if time.monotonic() < self._away_until_s:
                continue  # what is not said again is over by itself
            until_ms = int(time.time() * 1000) + self._held_for // _MS
            try:
                with self._redis.pipeline(transaction=False) as said:
                    for who, name in over:
                        said.zrem(_key("stream", who), name)
                    for who, names in open_.items():
                        said.zadd(_key("stream", who), dict.fromkeys(names, until_ms))
                        said.pexpire(_key("stream", who), self._held_for)
                    said.execute()
            except RedisError:
                self._away()

    def _ask(self, key: str, over_ms: int, most: int, score_ms: int, lasts_ms: int, name: str | None = None) -> int | None:
        """0: it was taken; the score of the oldest where there are as many; None: nobody answers."""
        if time.monotonic() < self._away_until_s:
            return None
        try:
            return int(self._script(keys=[key], args=[over_ms, most, score_ms, name or secrets.token_hex(8), lasts_ms]))
        except RedisError:
            self._away()
            return None

    def _away(self) -> None:
        self._away_until_s = time.monotonic() + ASKS_AGAIN_AFTER.total_seconds()
        _log.warning("redis_away", now="each process counts for itself")


def _key(kind: str, who: str) -> str:
    """No address and no session stands in Redis."""
    return f"vigil:limit:{kind}:{hashlib.blake2b(who.encode(), digest_size=16).hexdigest()}"
