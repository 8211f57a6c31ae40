"""What is live and can be rebuilt: the number of the last change, and who is looking now. In this process, and by Redis between several.

Nothing here is the only copy of anything: Redis emptied or away, the numbers are polled from the ledger each second, and who looks
says so again with the next beat. Used by the stream; `vigil alerting` starts one too, so that its commits wake the consoles.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from alerting.ledger.store import Ledger

if TYPE_CHECKING:
    from redis import Redis

HERE_FOR = timedelta(seconds=15)
"""Three beats: who has not said for so long that they look has gone."""
_CHANNEL = "vigil:seq"
_VIEWERS = "vigil:viewer:"
_ANSWERS_WITHIN = timedelta(seconds=1)
_LOOKS_EVERY = timedelta(seconds=1)
_log = structlog.get_logger("live")


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a stream open. `purpose`: a wall can sound, any other page cannot."""

    officer_id: str
    purpose: str
    areas: tuple[str, ...] = ()


class Live:
    """Wakes whoever waits for a number. `away`: Redis is set up and does not answer, which costs at most a second."""

    def __init__(self, ledger: Ledger, redis_url: str | None = None) -> None:
        self.away = False
        self.closing = False
        self._ledger = ledger
        self._number = 0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = threading.Lock()
        self._spoken = threading.Event()
        self._to_say = 0
        self._viewers: dict[str, tuple[Viewer, datetime]] = {}
        self._redis: Redis | None = None
        self._wrong: tuple[type[Exception], ...] = (OSError,)
        """What says that Redis does not answer, or answers what is none of ours."""
        if redis_url is not None:
            self._redis, self._wrong = _redis(redis_url)
        self._stop_hearing = ledger.hear(self._say)
        works = (self._follow,) if self._redis is None else (self._follow, self._listen, self._publish)
        self._threads = [threading.Thread(target=work, name=f"live{work.__name__}", daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    async def beyond(self, number: int, within: timedelta) -> int:
        """The last number, as soon as it is beyond `number`, the time is over, or this closes."""
        woken = asyncio.Event()
        waiter = (asyncio.get_running_loop(), woken)
        with self._lock:
            if self._number > number or self.closing:
                return self._number
            self._waiting.add(waiter)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), within.total_seconds())
        finally:
            with self._lock:
                self._waiting.discard(waiter)
        return self._number

    def close(self) -> None:
        """Let every stream say goodbye: called before the server waits for its last answers. Blocks for a second or two."""
        if self.closing:
            return
        self.closing = True
        self._stop_hearing()
        self._spoken.set()
        self._wake()
        for thread in self._threads:
            thread.join(2 * (_LOOKS_EVERY + _ANSWERS_WITHIN).total_seconds())
        if self._redis is not None:
            self._redis.close()

    def here(self, stream_id: str, viewer: Viewer, now: datetime) -> None:
        """Somebody looks, and will have gone unless this is said again. Blocks for a moment: not for an event loop."""
        with self._lock:
            self._viewers[stream_id] = (viewer, now + HERE_FOR)
        self._ask(lambda redis: redis.set(_VIEWERS + stream_id, msgspec.json.encode(viewer), px=HERE_FOR))

    def gone(self, stream_id: str) -> None:
        """Somebody has closed the page; in Redis it is over by itself, so that an event loop may say this."""
        with self._lock:
            self._viewers.pop(stream_id, None)

    def viewers(self, now: datetime) -> tuple[Viewer, ...]:
        """Who looks now: here, and where Redis knows of them in other processes too."""
        with self._lock:
            self._viewers = {name: said for name, said in self._viewers.items() if now < said[1] <= now + HERE_FOR}
            found = {stream_id: viewer for stream_id, (viewer, _) in self._viewers.items()}
        for stream_id, text in self._elsewhere():
            with suppress(msgspec.DecodeError):  # nobody of ours
                found.setdefault(stream_id, msgspec.json.decode(text, type=Viewer))
        return tuple(found[stream_id] for stream_id in sorted(found))

    def _follow(self) -> None:
        """The ledger itself: at once after a commit in this process, and each second for those of others."""
        while not self.closing:
            try:
                self._heard(self._ledger.changed(self._number, _LOOKS_EVERY))
            except SQLAlchemyError as wrong:  # the database is away: streams stay open and beat, and this looks again
                _log.warning("ledger_away", error=type(wrong).__name__)
                time.sleep(_LOOKS_EVERY.total_seconds())

    def _listen(self) -> None:
        """What other processes publish."""
        while not self.closing and self._redis is not None:
            try:
                with self._redis.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
                    channel.subscribe(_CHANNEL)
                    while not self.closing:
                        self._redis.ping()
                        self._found(answers=True)
                        said = channel.get_message(timeout=_LOOKS_EVERY.total_seconds())
                        if said is not None:
                            self._heard(self._ledger.seq())  # the message wakes; what it says could be anybody's
            except SQLAlchemyError as wrong:
                _log.warning("ledger_away", error=type(wrong).__name__)
                time.sleep(_LOOKS_EVERY.total_seconds())
            except self._wrong:
                self._found(answers=False)
                time.sleep(_LOOKS_EVERY.total_seconds())

    def _publish(self) -> None:
        """What this process has committed: the last number alone, however many there were."""
        while not self.closing:
            self._spoken.wait()
            self._spoken.clear()
            self._ask(lambda redis: redis.publish(_CHANNEL, self._to_say))

    def _say(self, number: int) -> None:
        """Called on the writer's thread, which must not wait for Redis."""
        self._to_say = number
        self._spoken.set()

    def _heard(self, number: int) -> None:
        with self._lock:
            if number <= self._number:
                return
            self._number = number
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        for loop, woken in waiting:
            with suppress(RuntimeError):  # its loop has ended, and nobody waits there any more
                loop.call_soon_threadsafe(woken.set)

    def _elsewhere(self) -> Iterator[tuple[str, str]]:
        if self._redis is None or self.away:
            return
        try:
            for key in self._redis.scan_iter(f"{_VIEWERS}*", count=1_000):
                text = self._redis.get(key)
                if text is not None:
                    yield str(key).removeprefix(_VIEWERS), str(text)
        except self._wrong:
            self._found(answers=False)

    def _ask(self, question: Callable[[Redis], object]) -> None:
        """One word to Redis. Away, it is not waited for a second time: `_listen` finds out when it is back."""
        if self._redis is None or self.away:
            return
        try:
            question(self._redis)
        except self._wrong:
            self._found(answers=False)

    def _found(self, *, answers: bool) -> None:
        if self.away == answers:
            self.away = not answers
            _log.info("redis_back") if answers else _log.warning("redis_away")


def _redis(url: str) -> tuple[Redis, tuple[type[Exception], ...]]:
    from redis import Redis  # noqa: PLC0415  it costs a start a second where there is none
    from redis.exceptions import RedisError  # noqa: PLC0415  as above

    seconds = _ANSWERS_WITHIN.total_seconds()
    return Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds, decode_responses=True), (
        RedisError,
        UnicodeDecodeError,
    )
