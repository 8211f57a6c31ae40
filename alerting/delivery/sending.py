"""The loop that sends what the outbox holds: criticals first, each channel in a lane of its own, so that a slow one delays no other.

Nor does a receiver that hangs delay those of its own lane (`alerting.delivery.room`), or one browser of an officer's the others.

A try is written down before it is made and its result after it, so a kill in between repeats the messages under way, each once
and marked so. One that a second kill hits is not sent a third time: it stands in doubt, and is looked at (`look_due`). While the
ledger is away, a lane keeps what is under way and what came of it, and writes that down when it is back. Waiting for a retry holds
up nothing: answer clocks run in the sweep. Run by the service; a test calls `send_due` and moves the clock itself.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import as_completed
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from threading import Event, Thread
from time import monotonic, sleep
from typing import Protocol

import structlog
from sqlalchemy import Connection, bindparam, insert, select, update

from alerting.delivery import ceilings, in_vain, notify, plan, results
from alerting.delivery.addresses import Place, fingerprint, places
from alerting.delivery.aside import begun
from alerting.delivery.kept import Claims
from alerting.delivery.message import OUR_FAULT, Address, Outcome, Outgoing, Retry, Sent
from alerting.delivery.results import Back, NextPerson
from alerting.delivery.room import AT_ONCE, Room
from alerting.delivery.topic import Topic, follow
from alerting.delivery.under_way import Job, UnderWay, begin, come_back
from alerting.ledger import outbox
from alerting.ledger.outbox import Claimed
from alerting.ledger.store import AWAY, Ledger, Writing
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.messages import OUTBOX, RECEIPT_TOKEN
from alerting.ledger.upsert import upsert
from alerting.risk_order import SEVERITIES
from schemas.delivery import Channel

LEASE = timedelta(minutes=2)
"""Twice as long as the slowest try, and more: every channel bounds its own (`alerting.delivery.deadline`)."""
_STOPS_WITHIN = timedelta(seconds=10)
"""What has not come back so long after the word to stop is left to its lease: whoever gave it waits a little longer, then kills."""
_ASKS_WITHIN_S = 10.0
"""A look asks so many at once, each for so long: behind it waits what needs no question."""
LANES: tuple[Channel, ...] = ("push", "sms", "email", "webhook")
_LOOKS_EVERY = timedelta(seconds=1)
_LOOKS_BESIDE = timedelta(milliseconds=100)
"""How often it is looked what is due beside a try that takes long."""
_AT_MOST_EVERY = timedelta(milliseconds=50)
"""Every commit wakes every lane: a storm of them is one look."""
_TOGETHER_WITHIN = timedelta(milliseconds=20)
"""Tries that come back so soon after each other are written down together: a transaction for eight costs hardly more than for one."""
_HANGS_AFTER_S = 0.25
"""A receiver that is quicker than that is waited for, and not passed."""
_AGAIN_AFTER_S = 0.5
"""How soon what came of a try is written down again, where the ledger took it not."""
_ROUNDS = 8
"""So often one turn looks past those that are held back: it holds up every other writer."""
_PULSE_EVERY = timedelta(seconds=15)
_ANY_DUE = (
    select(OUTBOX.c.message_id)
    .where(OUTBOX.c.place_severity.in_(list(SEVERITIES.values())), OUTBOX.c.next_at <= bindparam("now"))
    .where(OUTBOX.c.channel.in_(bindparam("channels", expanding=True)), OUTBOX.c.state.in_(("queued", "sending")), outbox.NOT_HELD)
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
        stops_within: timedelta = _STOPS_WITHIN,
    ) -> None:
        self._ledger = ledger
        self._door = door
        self._next_person = next_person
        self._clock = clock
        self._look = look
        self._topic = topic
        self._tokens = tokens
        self._stops_within = stops_within
        self.silent_after = in_vain.SILENT_AFTER
        self.thread = Thread

    def send_due(self, channels: Sequence[Channel] = LANES, stop: Event | None = None, alive: Callable[[], None] = _unsaid) -> int:
        """Everything that is due on these channels, so many at once; how many tries that was.

        `stop`: nothing new is begun, and what hangs is left to its lease, as after a kill.

        A slow try keeps its own place and no other: whatever falls due meanwhile goes out beside it. `alive` is called when tries were
        written down: a storm may keep a lane at work for longer than it may be silent. What fails is raised where nothing is under
        way or may be claimed; else it would be forgotten, and sent again.
        """
        room, silence, claims = Room(channels), in_vain.Silence(self.silent_after), Claims(LEASE / 2)
        under_way: list[UnderWay] = []
        done: list[UnderWay] = []
        tries, ends_s, failed = 0, math.inf, False
        while True:
            stopping = stop is not None and stop.is_set()
            hang_s = monotonic() - _HANGS_AFTER_S
            hanging = {receiver for one in under_way if one.since_s < hang_s for receiver in one.receivers}
            room.count((receiver for one in under_way for receiver in one.receivers), hanging)
            try:
                if claims and not stopping:
                    found = claims.found(self._ledger, self._clock)
                    under_way.extend(self._try(job) for job in found)
                    tries += len(found)
                    continue
                if not stopping:
                    self._pass(silence.receivers(under_way, monotonic()), channels)
                begins = room.left > 0 and not stopping and (bool(done) or self._anything_due(channels, room))
                if done or begins:
                    claimed = self._turn(done, channels if begins else (), room, claims, again=failed)
                    under_way.extend(self._try(job) for job in claimed if job is not None)
                    tries += len(claimed)
                    written, done = bool(done), []
                    if written:
                        alive()
                failed = False
            except Exception as wrong:
                if not under_way and not done and not claims:
                    raise
                if not failed:
                    _log.error("lane_waits", error=type(wrong).__name__, under_way=len(under_way), to_write=len(done))
                failed = True
                sleep(_AGAIN_AFTER_S)
            if stopping:
                ends_s = min(ends_s, monotonic() + self._stops_within.total_seconds())
            left = (*under_way, *done)
            if left and monotonic() >= ends_s:
                _log.warning("left_to_their_lease", messages=[one.job.claimed.message_id for one in left])
                return tries
            if not left and (stopping or not claims):
                return tries
            back = come_back(under_way, _LOOKS_BESIDE, _TOGETHER_WITHIN)
            under_way = [one for one in under_way if one not in back]
            silence.hear(back, monotonic())
            done += back

    def _pass(self, silent: Collection[str], channels: Sequence[Channel]) -> None:
        """Criticals that wait for receivers which say nothing go another way."""
        if not silent:
            return
        with self._ledger.read() as connection:
            names = in_vain.waiting(connection, self._clock(), channels, silent, self.silent_after)
        for name in names:
            self._alone(name, partial(results.waits_in_vain, message_id=name))

    def look_due(self) -> int:
        """Messages that stand as handed over and are due to be looked at: go on where proof or an answer is overdue.

        First those of which nobody need be asked; then a few of which Notify is, all at once, for it may say nothing for long.
        """
        asked: frozenset[Channel] = frozenset({"sms"}) if self._look is not None else frozenset()
        now = self._clock()
        with self._ledger.read() as connection:
            plain = outbox.to_look_at(connection, now, channels=plan.LOOKED_AT - asked)
            to_ask = outbox.to_look_at(connection, now, AT_ONCE, asked) if asked else ()
        looked = sum(self._looked(message_id, Sent()) for message_id, _ in plain)
        questions = {begun(partial(self._ask, ref)): message_id for message_id, ref in to_ask}
        return looked + sum(self._looked(questions[one], one.result()) for one in as_completed(questions))

    def _ask(self, ref: str) -> Outcome:
        if self._look is None or not ref:
            return Sent()
        try:
            return notify.look(ref, self._look._replace(whole_s=min(self._look.whole_s, _ASKS_WITHIN_S)))
        except Exception as wrong:  # noqa: BLE001  a fault of ours in one question must hold up no other
            _log.error("question_failed", error=type(wrong).__name__)
            return Retry(OUR_FAULT)

    def _looked(self, message_id: str, said: Outcome) -> bool:
        def look(writing: Writing) -> None:
            stored = outbox.load(writing.connection, message_id)
            if stored is not None and not results.said_later(writing, message_id, said, self._next_person):
                results.look(writing, message_id, stored)

        return self._alone(message_id, look)

    def run(self, stop: Event) -> None:
        """Send until told to stop: one thread a channel, and one that looks at what was handed over. Returns when all have ended."""
        works: list[tuple[str, _Work]] = [(channel, partial(self.send_due, [channel], stop)) for channel in LANES]
        works.append(("looking", lambda _: self.look_due()))
        if (topic := self._topic) is not None:
            works.append(("topic", lambda _: self._follow(topic)))
        threads = [Thread(target=self._lane, args=(name, work, stop), name=f"lane-{name}", daemon=True) for name, work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.close()

    def close(self) -> None:
        """Let go of the topic. Nothing else is held between two turns."""
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

    def _anything_due(self, channels: Sequence[Channel], room: Room) -> bool:
        """A question that takes no writer's place: most looks find nothing."""
        asked = {"now": self._clock(), "channels": list(channels), "held": sorted(room.held())}
        with self._ledger.read() as connection:
            return connection.execute(_ANY_DUE, asked).first() is not None

    def _turn(self, done: Sequence[UnderWay], channels: Sequence[Channel], room: Room, claims: Claims, *, again: bool) -> list[Job | None]:
        """Write down what has come back, and what is begun with now: in one transaction, unless one of them is a fault of ours.

        `again`: the ledger failed us before, and may have what it did not say that it has.
        """
        backs = [one.back() for one in done]

        def write(writing: Writing, back: Back) -> None:
            if not again or outbox.is_ours(writing.connection, back.claimed):
                results.write(writing, back, self._next_person)

        try:
            with self._ledger.write(self._clock()) as writing:
                for back in backs:
                    write(writing, back)
                jobs = list(self._jobs(writing, channels, room))
                claims.taken(writing.connection, jobs)
            claims.known()
            return jobs
        except AWAY:
            raise
        except Exception:
            claims.known()
            if not backs:
                raise
        for back in backs:
            self._alone(back.claimed.message_id, partial(write, back=back))
        return []

    def _alone(self, message_id: str, write: Callable[[Writing], None]) -> bool:
        """Whether it was written: a fault of ours in what one message has come to is said, and left to its lease or to the next look."""
        try:
            with self._ledger.write(self._clock()) as writing:
                write(writing)
        except AWAY:
            raise
        except Exception as wrong:  # noqa: BLE001  whatever it is: it is of this message alone
            _log.error("result_not_written", message=message_id, error=type(wrong).__name__)
            return False
        return True

    def _jobs(self, writing: Writing, channels: Sequence[Channel], room: Room) -> Iterator[Job | None]:
        """What is claimed now; None: it comes to no try. Where a receiver hangs, it is looked again for others."""
        given: dict[str, list[ceilings.Before]] = {}
        where: dict[str, tuple[Place, ...]] = {}

        def fits(one: Claimed) -> bool:
            def receivers() -> list[str]:
                found = where[one.message_id] = places(writing.connection, one.message, writing.now)
                return [place.receiver for place in found]

            return room.take(one.message.to, receivers)

        held: frozenset[str] | None = None
        for _ in range(_ROUNDS):
            if not channels or not room.left or held == room.held():
                return
            held = room.held()
            for one in outbox.claim(writing, LEASE, min(room.left, AT_ONCE), channels, held, fits):
                if one.lost_again:
                    results.lost_again(writing, one, one.leased_until_at - LEASE)
                    yield None
                    continue
                there = where[one.message_id]
                if one.message.channel == "sms" and there and self._held_back(writing, one, there[0], given):
                    yield None
                    continue
                yield Job(one, there, self._token(writing, one) if there else "", _repeat_of(writing.connection, one))

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

    def _try(self, job: Job) -> UnderWay:
        one = job.claimed
        outgoing = Outgoing(
            message_id=one.message_id,
            text=one.message.text,
            at=self._clock(),
            made_at=one.made_at,
            tried_before=one.repeat or one.attempts > 1,
            receipt_token=job.token,
            repeat_of=job.repeat_of,
        )
        return begin(job, partial(self._one, outgoing), self.thread)

    def _one(self, outgoing: Outgoing, to: Address) -> Outcome:
        try:
            return self._door.send(outgoing, to)
        except Exception as wrong:  # noqa: BLE001  a fault of ours in one channel must stop neither the lane nor the message
            _log.error("channel_failed", channel=to.channel, message=outgoing.message_id, error=type(wrong).__name__)
            return Retry(f"{OUR_FAULT}_{type(wrong).__name__}", unsure=True)


def _repeat_of(connection: Connection, one: Claimed) -> str | None:
    message = one.message
    return outbox.first_of(connection, message.after_id) if message.channel == "webhook" and message.after_id is not None else None


def _text(connection: Connection, message_id: str) -> str:
    return str(connection.execute(_TEXT, {"this": message_id}).scalar())
