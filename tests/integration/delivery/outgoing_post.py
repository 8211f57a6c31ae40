"""A ledger with officers and messages, a door that records what goes out, and a clock that the test moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from alerting.delivery.message import Address, Outcome, Outgoing, Sent
from alerting.delivery.sending import LEASE, Sender
from alerting.ledger import outbox, statements
from alerting.ledger.outbox import Message
from alerting.ledger.store import Ledger, Writing
from alerting.ledger.tables.access import PULSE
from alerting.ledger.tables.alerts import ALERT, HISTORY, TOLD
from alerting.ledger.tables.messages import DELIVERY, OUTBOX, PUSH_SUBSCRIPTION, WEBHOOK
from alerting.ledger.upsert import upsert
from schemas.delivery import Channel
from schemas.directory import Channels, DirectoryOfficer
from schemas.envelope import MessageStatus
from schemas.event import Event
from schemas.finding import Severity
from schemas.types import TYPES
from tests.integration.delivery.telling import text

NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ALERT_ID = "al_1_20260302T120000Z"
ROWAN = Channels(email="rowan@example.org", phone="+447700900012")


_INVENTED = {"String": "x", "Text": "{}", "Instant": NOON, "Integer": 0, "BigInteger": 0, "Float": 0.0, "Boolean": False}


class Killed(BaseException):
    """No result of a try is ever written down."""


class Door:
    """`says` decides each answer. `sent`: everything that went out, in order."""

    def __init__(self, says: Callable[[Outgoing, Address], Outcome] = lambda _message, _to: Sent()) -> None:
        self.says = says
        self.sent: list[tuple[Outgoing, Address]] = []
        self._lock = threading.Lock()

    def send(self, message: Outgoing, to: Address) -> Outcome:
        with self._lock:
            self.sent.append((message, to))
        return self.says(message, to)

    @property
    def channels(self) -> list[Channel]:
        return [to.channel for _, to in self.sent]


class Post:
    """The ledger's post room."""

    def __init__(self, ledger: Ledger, door: Door) -> None:
        self.ledger = ledger
        self.door = door
        self.now = NOON
        self.next_told: list[tuple[str, str | None, str]] = []
        self._tokens = iter(f"token-{number}" for number in range(10_000))
        self.sender = Sender(ledger, door, self._next_person, lambda: self.now, tokens=lambda: next(self._tokens))

    def _next_person(self, _writing: Writing, message: Message, detail: str) -> None:
        self.next_told.append((message.alert_id, message.officer_id, detail))

    def officer(self, officer_id: str = "of-12", channels: Channels = ROWAN) -> None:
        said = DirectoryOfficer(
            officer_id=officer_id, name="PC Rowan", organisation="police", area="avon", roles=("oic",), channels=channels
        )
        event = Event(
            id=f"{officer_id}-{channels}",
            source="directory/hr",
            type="directory.officer",
            rank=list(TYPES).index("directory.officer"),
            occurred_at=NOON - HOUR,
            data=said,
        )
        with self.ledger.write(self.now) as writing:
            statements.state(writing, event)

    def webhook(
        self,
        webhook_id: str = "wh_1",
        secrets: str = '["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]',
        url: str = "https://hooks.example.org/",
    ) -> None:
        row = {"webhook_id": webhook_id, "officer_id": "of-9", "url": url, "secrets": secrets, "areas": "[]"}
        with self.ledger.write(self.now) as writing:
            writing.connection.execute(insert(WEBHOOK).values(**row, made_at=self.now))

    def secret(self, webhook_id: str, secret: str) -> None:
        with self.ledger.write(self.now) as writing:
            writing.connection.execute(update(WEBHOOK).where(WEBHOOK.c.webhook_id == webhook_id).values(secrets=f'["{secret}"]'))

    def browser(self, subscription_id: str, officer_id: str = "of-12") -> None:
        row = {"subscription_id": subscription_id, "officer_id": officer_id, "subscription": subscription_id, "device_label": "phone"}
        with self.ledger.write(self.now) as writing:
            writing.connection.execute(insert(PUSH_SUBSCRIPTION).values(**row, made_at=self.now))

    def message(
        self,
        occasion: str = "raised",
        channel: Channel = "sms",
        severity: Severity = "critical",
        officer_id: str | None = "of-12",
        target: str | None = None,
        message_status: MessageStatus = "actual",
    ) -> str:
        said = text(severity, message_status=message_status)
        one = Message(ALERT_ID, channel, occasion, severity, said, officer_id, "oic", target)
        with self.ledger.write(self.now) as writing:
            outbox.make(writing, [one])
        return one.message_id

    def killed(self, times: int) -> None:
        """A sender sends what is due and is killed before it can write down what came of it; so many, one after the other."""

        def dies(_message: Outgoing, _to: Address) -> Outcome:
            raise Killed

        says, self.door.says = self.door.says, dies
        for _ in range(times):
            with suppress(Killed):
                self.sender.send_due()
            self.now += LEASE
        self.door.says = says

    def alert(self, severity: str, *, acknowledged: bool = False) -> None:
        """The alert that the messages are about, as much of it as sending looks at."""
        row: dict[str, object] = {column.name: _INVENTED[type(column.type).__name__] for column in ALERT.columns if not column.nullable}
        about = {"alert_id": ALERT_ID, "severity": severity, "acknowledged": acknowledged, "closed": False}
        with self.ledger.write(self.now) as writing:
            upsert(writing.connection, ALERT, [{**row, **about}])

    def answered(self) -> None:
        """Somebody acknowledges the alert, now."""
        self.alert("critical", acknowledged=True)
        row: dict[str, object] = {column.name: _INVENTED[type(column.type).__name__] for column in HISTORY.columns if not column.nullable}
        said = {"seq": 1, "alert_id": ALERT_ID, "at": self.now, "what": "people.acknowledged", "by_id": "of-13", "result": "done"}
        with self.ledger.write(self.now) as writing:
            writing.connection.execute(insert(HISTORY).values(**{**row, **said}))

    def opened(self) -> None:
        """PC Rowan has it before them, now."""
        row = {"alert_id": ALERT_ID, "officer_id": "of-12", "role": "oic", "reason": "named", "at": NOON, "opened_at": self.now}
        with self.ledger.write(self.now) as writing:
            writing.connection.execute(insert(TOLD).values(**row))

    def passes(self, time: timedelta) -> None:
        """The clock moves on by so much, and everything that falls due is sent at its time."""
        until = self.now + time
        while True:
            self.work()
            with self.ledger.read() as connection:
                due = outbox.next_at(connection)
            if due is None or due > until:
                break
            self.now = max(self.now, due)
        self.now = until

    def work(self) -> None:
        """Everything that is due now."""
        while self.sender.send_due() or self.sender.look_due():
            pass

    def steps(self, message_id: str) -> list[tuple[str, str]]:
        """What the ledger says became of a message, step by step."""
        asked = select(DELIVERY.c.state, DELIVERY.c.detail).where(DELIVERY.c.message_id == message_id).order_by(DELIVERY.c.number)
        with self.ledger.read() as connection:
            return [(row.state, row.detail) for row in connection.execute(asked)]

    def messages(self) -> list[tuple[str, str]]:
        """Every message: its channel and how far it got."""
        with self.ledger.read() as connection:
            return [
                tuple(row)
                for row in connection.execute(select(OUTBOX.c.channel, OUTBOX.c.state).order_by(OUTBOX.c.made_at, OUTBOX.c.message_id))
            ]

    def pulses(self) -> Sequence[str]:
        with self.ledger.read() as connection:
            return connection.execute(select(PULSE.c.detail).where(PULSE.c.state != "pass")).scalars().all()
