"""Nobody is reached: the lifecycle tells the next person, at once, and once for each while an alarm lasts. With the real table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent
from alerting.delivery.sending import Sender
from alerting.ledger import alerts, statements
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.messages import OUTBOX
from alerting.ledger.telling import Change, tell
from alerting.ledger.unreachable import next_person
from schemas.directory import Channels, DirectoryOfficer
from schemas.event import Data, Event
from schemas.types import TYPES
from tests.integration.delivery.outgoing_post import HOUR, MINUTE, NOON, SECOND, Door
from tests.unit.alerting.invented import a_change, a_finding, a_person, assigned, on_call

TERMS = Terms("https://vigil.example.org")


class Night:
    """An alert of the OIC's, their manager, and a duty inspector; a door that decides who can be reached."""

    def __init__(self, ledger: Ledger, door: Door) -> None:
        self.ledger, self.door, self.now, self._said = ledger, door, NOON, 0
        self.sender = Sender(ledger, door, next_person(TERMS), lambda: self.now)
        for officer_id, manager in (("of-oic", "of-manager"), ("of-manager", None), ("of-inspector", None)):
            self.state("directory.officer", self._officer(officer_id, manager))
        self.state("directory.on_call", on_call("duty_inspector", "of-inspector"))

    def _officer(self, officer_id: str, manager: str | None) -> DirectoryOfficer:
        channels = Channels(email=f"{officer_id}@example.org")
        return DirectoryOfficer(
            officer_id=officer_id, name="A", organisation="police", area="avon", roles=("oic",), line_manager_id=manager, channels=channels
        )

    def state(self, type_: str, said: Data) -> None:
        self._said += 1
        event = Event(id=f"d-{self._said}", source="directory/hr", type=type_, rank=TYPES[type_].rank, occurred_at=NOON - HOUR, data=said)
        with self.ledger.write(self.now) as writing:
            statements.state(writing, event)

    def alert(self) -> str:
        finding = a_finding(told=("oic",), severity="critical")
        with self.ledger.write(self.now) as writing:
            tell(writing, [Change(a_change(finding), a_person(assigned("oic", "of-oic")))], TERMS)
        return finding.finding_id

    def send(self) -> None:
        for _ in range(200):
            if not self.sender.send_due():
                return
        raise AssertionError("it sends and sends: whoever cannot be reached is passed over again and again")

    def passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += SECOND
            self.send()
            sweep(self.ledger, self.now, TERMS)

    def told(self) -> list[str]:
        """To whom messages were made, in order; each once."""
        with self.ledger.read() as connection:
            made = connection.execute(select(OUTBOX.c.officer_id).order_by(OUTBOX.c.made_at)).scalars().all()
        return list(dict.fromkeys(name for name in made if name))

    def owner(self, alert_id: str) -> str | None:
        with self.ledger.read() as connection:
            record = alerts.load(connection, alert_id)
        assert record is not None
        return None if record.handling.owner is None else record.handling.owner.officer_id


@pytest.fixture
def night(ledger: Ledger, door: Door) -> Iterator[Night]:
    made = Night(ledger, door)
    yield made
    made.sender.close()


def only(*reached: str) -> dict[str, Outcome]:
    return {f"{officer_id}@example.org": Sent() for officer_id in reached}


def reaching(*reached: str) -> Door:
    return Door(lambda _message, to: only(*reached).get(to.value, Failed("smtp_550")))


def test_whoever_cannot_be_reached_is_passed_over_at_once_and_the_next_owns_it(night: Night, door: Door) -> None:
    door.says = reaching("of-inspector").says
    alert_id = night.alert()
    night.send()
    assert {"of-oic", "of-manager", "of-inspector"} == set(night.told())
    assert "of-inspector" == night.owner(alert_id)


def test_with_every_provider_away_it_does_not_spin_and_the_clocks_go_on(night: Night, door: Door) -> None:
    door.says = lambda _message, _to: Failed("not_set_up")
    night.alert()
    night.send()  # and comes to an end
    before = len(door.sent)
    assert 12 >= before
    night.passes(6 * 60 // 2)
    assert len(door.sent) > before  # the answer clock has asked somebody again
    assert 40 >= len(door.sent)


def test_while_a_provider_is_tried_again_the_answer_clock_runs(night: Night, door: Door) -> None:
    """A slow relay: the first try of each message says nothing for long. Nobody waits for it."""
    tries: list[str] = []

    def slow(message: Outgoing, to: Address) -> Outcome:
        tries.append(to.value)
        return Retry("smtp_421", after=HOUR)

    door.says = slow
    alert_id = night.alert()
    night.passes(int((2 * MINUTE).total_seconds()) + 2)
    assert "of-oic" != night.owner(alert_id)
    assert 2 <= len(set(tries))
