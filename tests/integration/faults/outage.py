"""A control room, a real relay and a Notify that may be down, and a clock that the test moves through all that falls due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Row, func, select

from alerting.delivery import smtp
from alerting.delivery.providers import Providers
from alerting.delivery.sending import Sender
from alerting.ledger import outbox
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.alerts import TIMER
from alerting.ledger.tables.messages import OUTBOX
from alerting.ledger.unreachable import next_person
from alerting.service.seen import Seen
from schemas.directory import DirectoryOfficer
from tests.integration.delivery.notify_server import NotifyServer
from tests.integration.ledger.station import TERMS, Station
from tests.parts.smtp import Smtp
from tests.unit.alerting.handled import ROLES
from tests.unit.alerting.invented import MINUTE

DOWN = (503, "Exception", "Service unavailable")
ENDED = {"handed_over", "delivered", "failed", "gave_up"}


class Outage:
    """`station` has the clock. Everybody has a mailbox, and a telephone of their own."""

    def __init__(self, ledger: Ledger, relay: Smtp, notify: NotifyServer) -> None:
        self.station = Station(ledger)
        self.relay, self.notify = relay, notify
        self.seen = Seen(ledger, TERMS)
        providers = Providers(smtp=smtp.Settings("127.0.0.1", relay.port, "vigil@example.org", "none"), notify=notify.settings)
        self.sender = Sender(ledger, providers, next_person(TERMS), lambda: self.station.now, look=notify.settings)
        self.station.now += MINUTE  # a later statement stands
        self.station.states(*(self._officer(name, number) for number, name in enumerate(ROLES)))

    def _officer(self, name: str, number: int) -> DirectoryOfficer:
        stated = self.station.officer(name, ROLES[name])
        return stated.model_copy(update={"channels": stated.channels.model_copy(update={"phone": f"+447700900{number:03d}"})})

    def mail(self, *, up: bool) -> None:
        """The relay goes away, or is back."""
        (self.relay.start if up else self.relay.stop)()

    def texts(self, *, up: bool) -> None:
        """Notify answers as it does when it is down, or as always."""
        self.notify.refuse = None if up else DOWN

    def passes(self, span: timedelta) -> None:
        """Time goes by: everything that falls due is done at its instant, and the books are in order every few minutes."""
        until, audited_at = self.station.now + span, self.station.now
        while True:
            self.work()
            if self.station.now - audited_at >= 15 * MINUTE:
                assert () == self.station.books().faults
                audited_at = self.station.now
            due = min((at for at in self._due() if at is not None), default=until)
            if due > until:
                break
            self.station.now = max(self.station.now, due)
        self.station.now = until
        self.work()
        assert () == self.station.books().faults

    def work(self) -> None:
        """Everything that is due now, as the service does it."""
        self.seen.look(self.station.now)
        while self.sender.send_due() or self.sender.look_due() or sweep(self.station.ledger, self.station.now, TERMS).fired:
            pass

    def messages(self) -> list[Row[tuple[object, ...]]]:
        with self.station.ledger.read() as connection:
            return list(connection.execute(select(OUTBOX).order_by(OUTBOX.c.made_at, OUTBOX.c.message_id)))

    def told(self, alert_id: str) -> set[str]:
        """Whom a message about it has reached."""
        return {row.officer_id for row in self.messages() if row.alert_id == alert_id and row.state in {"handed_over", "delivered"}}

    def owner(self, alert_id: str) -> str:
        held = self.station.alert(alert_id).handling.owner
        assert held is not None
        return held.officer_id

    def tries(self) -> int:
        return sum(row.attempts for row in self.messages())

    def letters(self) -> list[str]:
        """The names of the letters that came."""
        return [str(letter["message-id"]).strip("<>").partition("@")[0] for letter in self.relay.messages]

    def texted(self) -> list[str]:
        """The names of the messages that Notify took."""
        return [str(one["reference"]) for one in self.notify.taken.values()]

    def _due(self) -> Iterable[datetime | None]:
        with self.station.ledger.read() as connection:
            return outbox.next_at(connection), connection.execute(select(func.min(TIMER.c.due_at))).scalar()
