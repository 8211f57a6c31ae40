"""The loop that sends what the outbox holds: criticals first, each channel in a lane of its own, so that a slow one delays no other.

A try is written down before it is made and its result after it, so a kill in between repeats the messages under way, each once
and marked so. One that a second kill hits is not sent a third time: it stands in doubt, and is looked at (`look_due`). Waiting for
a retry holds up nothing: answer clocks run in the sweep. Run by the service; a test calls `send_due` and moves the clock itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import Connection, bindparam, insert, select, update

from alerting.delivery import ceilings, notify, plan, results
from alerting.delivery.addresses import Place, fingerprint, places
from alerting.delivery.message import Address, Outcome, Outgoing, Retry, Sent
from alerting.delivery.results import Back, NextPerson
from alerting.delivery.topic import Topic, follow
from alerting.ledger import outbox
from alerting.ledger.outbox import Claimed
from alerting.ledger.store import Ledger, Writing
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.messages import OUTBOX, RECEIPT_TOKEN
from alerting.ledger.upsert import upsert
from alerting.risk_order import SEVERITIES
from schemas.delivery import Channel

AT_ONCE = 8
LEASE = timedelta(minutes=2)
"""Longer than the slowest try: every channel bounds its own (`alerting.delivery.deadline`)."""
_BEGINS_WITHIN = LEASE / 2
"""Of several browsers none is begun with later: what began then could outlast the lease."""
_NO_TIME_LEFT = Retry("no_time_left")
LANES: tuple[Channel, ...] = ("push", "sms", "email", "webhook")
_LOOKS_EVERY = timedelta(seconds=1)
_LOOKS_BESIDE = timedelta(milliseconds=100)
"""How often it is looked what is due beside a try that takes long."""
_AT_MOST_EVERY = timedelta(milliseconds=50)
"""Every commit wakes every lane: a storm of them is one look."""
_TOGETHER_WITHIN = timedelta(milliseconds=20)
"""Tries that come back so soon after each other are written down together: a transaction for eight costs hardly more than for one.

But not beside a repeat: the sooner its result is written down, the less often a second kill falls in between.
"""
_PULSE_EVERY = timedelta(seconds=15)
_ANY_DUE = (
    select(OUTBOX.c.message_id)
    .where(OUTBOX.c.place_severity.in_(list(SEVERITIES.values())), OUTBOX.c.next_at <= bindparam("now"))
    .where(OUTBOX.c.channel.in_(bindparam("channels", expanding=True)), OUTBOX.c.state.in_(("queued", "sending")))
    .limit(1)
)
_TO_NUMBER = update(OUTBOX).where(OUTBOX.c.message_id == bindparam("this")).values(target=bindparam("number"))
_NEW_TOKEN = insert(RECEIPT_TOKEN)
_TEXT = select(OUTBOX.c.text).where(OUTBOX.c.message_id == bindparam("this"))
_log = structlog.get_logger("delivery")


class Door(Protocol):
    """What sends: `Providers`, or a test's own."""

    def send(self, message: Outgoing, to: Address) -> Outcome:
        """One try."""


class Job(NamedTuple):
    """A message that is to go out now, and where to. `token`: a push message's, for its receipt."""

    claimed: Claimed
    places: tuple[Place, ...]
    token: str


_Said = list[tuple[Place, Outcome]]
_UnderWay = dict[Future[_Said], Job]


_Work = Callable[[Callable[[], None]], int]
"""A lane's work, which calls what it is given while it lasts; how much there was."""


def _unsaid() -> None:
    """Nobody listens."""


def token_hash(token: str) -> bytes:
    """What the ledger keeps of a receipt's token."""
    return sha256(token.encode()).digest()


class Sender:
    """`clock` gives an aware UTC instant. `next_person`: tells whoever the policy asks next. Safe beside others on the same ledger."""

    def __init__(
        self,
        ledger: Ledger,
        door: Door,
        next_person: NextPerson,
        clock: Callable[[], datetime],
        *,
        look: notify.Settings | None = None,
        topic: Topic | None = None,
        tokens: Callable[[], str] = secrets.token_urlsafe,
        begins_within: timedelta = _BEGINS_WITHIN,
    ) -> None:
        self._ledger = ledger
        self._door = door
        self._next_person = next_person
        self._clock = clock
        self._look = look
        self._topic = topic
        self._tokens = tokens
        self._begins_within = begins_within
        self._pool = ThreadPoolExecutor(AT_ONCE * len(LANES), thread_name_prefix="send")

    def send_due(self, channels: Sequence[Channel] = LANES, stop: Event | None = None, alive: Callable[[], None] = _unsaid) -> int:
        """Everything that is due on these channels, so many at once; how many tries that was. `stop`: nothing new is begun.

        A slow try keeps its own place and no other: whatever falls due meanwhile goes out beside it. `alive` is called when tries were
        written down: a storm may keep a lane at work for longer than it may be silent.
        """
        under_way: _UnderWay = {}
        done: set[Future[_Said]] = set()
        tries = 0
        while True:
            stopping = stop is not None and stop.is_set()
            if done or (len(under_way) < AT_ONCE and not stopping and self._anything_due(channels)):
                with self._ledger.write(self._clock()) as writing:
                    for one in done:
                        results.write(writing, Back(under_way.pop(one).claimed, one.result()), self._next_person)
                    claimed = () if stopping else outbox.claim(writing, LEASE, AT_ONCE - len(under_way), channels)
                    jobs = list(self._jobs(writing, claimed))
                under_way |= {self._pool.submit(self._try, job): job for job in jobs}
                tries += len(claimed)
                if done:
                    alive()
            if not under_way:
                return tries
            done = _come_back(under_way)

    def look_due(self) -> int:
        """Messages that stand as handed over and are due to be looked at: ask Notify, and go on where proof or an answer is overdue."""
        now = self._clock()
        with self._ledger.read() as connection:
            waiting = outbox.to_look_at(connection, now, channels=plan.LOOKED_AT)
        for message_id, ref in waiting:
            with self._ledger.read() as connection:
                stored = outbox.load(connection, message_id)
            if stored is None:
                continue
            asks = self._look is not None and ref and stored.message.channel == "sms"
            said = notify.look(ref, self._look) if asks and self._look is not None else Sent()
            with self._ledger.write(self._clock()) as writing:
                if not results.said_later(writing, message_id, said, self._next_person):
                    results.look(writing, message_id, stored)
        return len(waiting)

    def run(self, stop: Event) -> None:
        """Send until told to stop: one thread a channel, and one that looks at what was handed over. Returns when all have ended."""
        works: list[tuple[str, _Work]] = [(channel, partial(self.send_due, [channel], stop)) for channel in LANES]
        works.append(("looking", lambda _: self.look_due()))
        if (topic := self._topic) is not None:
            works.append(("topic", lambda _: self._follow(topic)))
        threads = [Thread(target=self._lane, args=(name, work, stop), name=f"lane-{name}") for name, work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.close()

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()
        if self._topic is not None:
            self._topic.close()

    def _follow(self, topic: Topic) -> int:
        return follow(self._ledger, topic, self._clock())

    def _lane(self, name: str, work: _Work, stop: Event) -> None:
        woken = Event()
        unhear = self._ledger.hear(lambda _: woken.set())
        said_at: datetime | None = None

        def alive() -> None:
            nonlocal said_at
            now = self._clock()
            if said_at is None or not said_at <= now < said_at + _PULSE_EVERY:
                self._pulse(name, now)
                said_at = now

        try:
            while not stop.is_set():
                woken.clear()
                try:
                    busy = work(alive)
                    alive()
                except Exception as wrong:  # noqa: BLE001  as the ledger away: nothing was lost. A lane that ended would send nothing more
                    _log.error("lane_stopped", lane=name, error=type(wrong).__name__)
                    busy = 0
                if not busy:
                    woken.wait(_LOOKS_EVERY.total_seconds())
                    stop.wait(_AT_MOST_EVERY.total_seconds())
        finally:
            unhear()

    def _pulse(self, name: str, now: datetime) -> None:
        with self._ledger.write(now) as writing:
            upsert(writing.connection, PULSE, [{"part": f"sender.{name}", "at": now, "state": "pass", "detail": ""}])

    def _anything_due(self, channels: Sequence[Channel]) -> bool:
        """A question that takes no writer's place: most looks find nothing."""
        with self._ledger.read() as connection:
            return connection.execute(_ANY_DUE, {"now": self._clock(), "channels": list(channels)}).first() is not None

    def _jobs(self, writing: Writing, claimed: Iterable[Claimed]) -> Iterator[Job]:
        given: dict[str, list[ceilings.Before]] = {}
        for one in claimed:
            if one.lost_again:
                results.lost_again(writing, one, one.leased_until_at - LEASE)
                continue
            where = places(writing.connection, one.message, writing.now)
            if one.message.channel == "sms" and where and self._held_back(writing, one, where[0], given):
                continue
            yield Job(one, where, self._token(writing, one) if where else "")

    def _held_back(self, writing: Writing, one: Claimed, place: Place, given: dict[str, list[ceilings.Before]]) -> bool:
        """Whether the number has had as many as its network takes; then the message is bundled, or waits."""
        number = fingerprint(place.address.value)
        before = given.get(number)
        if before is None:
            before = given[number] = list(ceilings.given(writing.connection, number, writing.now, one.message_id))
        text = _text(writing.connection, one.message_id)
        at = ceilings.free_at(before, text, critical=one.message.severity == "critical", now=writing.now)
        if at is None:
            before.append(ceilings.Before(writing.now, text))
            writing.put(_TO_NUMBER, [{"this": one.message_id, "number": number}])
            return False
        speaks_for_it = ceilings.carrier(writing.connection, one)
        if speaks_for_it is not None:
            results.bundled(writing, one, speaks_for_it)
        else:
            outbox.retry(writing, one, at, "ceiling_of_the_network")
        return True

    def _token(self, writing: Writing, one: Claimed) -> str:
        if one.message.channel != "push":
            return ""
        token = self._tokens()
        writing.put(_NEW_TOKEN, [{"token_hash": token_hash(token), "message_id": one.message_id, "state": None}])
        return token

    def _try(self, job: Job) -> _Said:
        one = job.claimed
        outgoing = Outgoing(
            message_id=one.message_id,
            text=one.message.text,
            at=self._clock(),
            made_at=one.made_at,
            tried_before=one.repeat or one.attempts > 1,
            receipt_token=job.token,
        )
        until_s = monotonic() + self._begins_within.total_seconds()
        return [(place, self._one(outgoing, place.address) if monotonic() < until_s else _NO_TIME_LEFT) for place in job.places]

    def _one(self, outgoing: Outgoing, to: Address) -> Outcome:
        try:
            return self._door.send(outgoing, to)
        except Exception as wrong:  # noqa: BLE001  a fault of ours in one channel must stop neither the lane nor the message
            _log.error("channel_failed", channel=to.channel, message=outgoing.message_id, error=type(wrong).__name__)
            return Retry(f"our_fault_{type(wrong).__name__}", unsure=True)


def _text(connection: Connection, message_id: str) -> str:
    return str(connection.execute(_TEXT, {"this": message_id}).scalar())


def _come_back(under_way: _UnderWay) -> set[Future[_Said]]:
    """Tries that are over, with those that end right after the first; none where all take long."""
    done, slow = wait(under_way, timeout=_LOOKS_BESIDE.total_seconds(), return_when=FIRST_COMPLETED)
    if not done or not slow or any(job.claimed.repeat for job in under_way.values()):
        return done
    return done | wait(slow, timeout=_TOGETHER_WITHIN.total_seconds()).done
