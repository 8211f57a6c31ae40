"""Nobody is reached: the lifecycle tells the next person, at once, and once for each while an alarm lasts. With the real table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select, update

from alerting.auditor import audit
from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent
from alerting.delivery.sending import Sender
from alerting.ledger import alerts, outbox, statements
from alerting.ledger.outbox import Message
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.sweep import sweep
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.messages import OUTBOX, WEBHOOK
from alerting.ledger.telling import Change, tell
from alerting.ledger.undelivered import look, webhooks_alone
from alerting.ledger.unreachable import next_person
from schemas.directory import Channels, DirectoryOfficer
from schemas.event import Data, Event
from schemas.finding import Finding
from schemas.types import TYPES
from tests.integration.delivery.outgoing_post import HOUR, MINUTE, NOON, SECOND, Door
from tests.integration.delivery.telling import text
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

    def message(self, officer_id: str, number: int) -> None:
        """Another message to an officer, of an alert that there is."""
        with self.ledger.write(self.now) as writing:
            alert_id = str(writing.connection.execute(select(ALERT.c.alert_id).limit(1)).scalar())
            outbox.make(writing, [Message(alert_id, "email", f"again {number}", "critical", text("critical"), officer_id, "oic")])

    def webhook(self, webhook_id: str) -> None:
        row = {"webhook_id": webhook_id, "officer_id": "of-9", "url": "https://hooks.example.org/", "secrets": "[]", "areas": "[]"}
        with self.ledger.write(self.now) as writing:
            writing.connection.execute(insert(WEBHOOK).values(**row, made_at=self.now))

    def alert(self, told: tuple[str, ...] = ("oic",)) -> str:
        finding = a_finding(told=told, severity="critical")
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


class TestNotDelivered:
    """Whoever is not reached by any address is no secret: it is an alert of its own, one an area, told to who can ring them."""

    def open_(self, night: Night) -> list[Finding]:
        with night.ledger.read() as connection:
            said = connection.execute(select(ALERT.c.finding).where(ALERT.c.rule == "not-delivered").order_by(ALERT.c.raised_at)).scalars()
            return [Finding.model_validate_json(one) for one in said]

    def test_an_officer_whose_addresses_have_all_failed_is_named_to_the_duty_inspector(self, night: Night, door: Door) -> None:
        door.says = reaching("of-manager", "of-inspector").says
        night.alert()
        night.send()

        (finding,) = self.open_(night)
        assert ("high", ("avon",), ("officer of-oic",)) == (finding.severity, finding.areas, finding.grounds)
        said = "Messages to of-oic do not arrive: every address has failed, first at 12:00 on 2 Mar. Tell them another way."
        assert said == finding.because
        assert "of-inspector" in night.told()
        assert audit(night.ledger.url, night.now).clean

    def test_also_one_who_was_told_and_not_asked(self, night: Night, door: Door) -> None:
        night.state("directory.on_call", on_call("control_room", "of-room"))
        night.state("directory.officer", night._officer("of-room", None))
        door.says = reaching("of-room", "of-manager", "of-inspector").says
        night.alert(told=("control_room", "oic"))
        night.send()

        assert [("officer of-oic",)] == [one.grounds for one in self.open_(night)]

    def test_of_several_there_is_one_alarm_an_area_and_it_ends_when_the_last_is_reached_again(self, night: Night, door: Door) -> None:
        door.says = reaching("of-inspector").says
        night.alert()
        night.send()
        assert [("officer of-manager", "officer of-oic")] == [tuple(sorted(one.grounds)) for one in self.open_(night)]

        assert 0 == look(night.ledger, night.now, TERMS)
        for number, name in enumerate(("of-oic", "of-manager"), 1):
            night.now += MINUTE
            door.says = reaching("of-inspector", *("of-oic", "of-manager")[:number]).says
            night.message(name, number)
            night.send()
            assert 1 == look(night.ledger, night.now, TERMS)
        (finding,) = self.open_(night)
        assert ("closed", night.now) == (finding.status, finding.ended_at)
        assert 0 == look(night.ledger, night.now, TERMS)

    def test_a_webhook_that_has_taken_nothing_for_a_day_and_one_that_was_turned_off(self, night: Night, door: Door) -> None:
        night.webhook("wh_1")
        door.says = lambda _message, to: Retry("http_500") if to.channel == "webhook" else Sent()
        night.alert()
        for wait in (0, 5, 30, 120, 600, 3_600, 21_600, 86_400):
            night.now += wait * SECOND
            night.send()
        (finding,) = self.open_(night)
        assert (("webhook wh_1",), "open") == (finding.grounds, finding.status)
        assert "Messages to the webhook wh_1 do not arrive" in finding.because

        with night.ledger.write(night.now) as writing:
            writing.connection.execute(update(WEBHOOK).values(off_at=night.now, off_because="http_410"))
        assert 1 == look(night.ledger, night.now, TERMS)
        assert ["closed"] == [one.status for one in self.open_(night)]

    def test_without_a_provider_officers_are_told_by_the_console_and_it_is_no_news_that_none_is_reached(
        self, night: Night, door: Door
    ) -> None:
        with night.ledger.write(night.now) as writing:
            webhooks_alone(TERMS)(writing, Message("al_1", "email", "raised", "high", text("high"), "of-oic", "oic"), "not_set_up")

        assert [] == self.open_(night)

    def test_an_exercise_says_so_of_itself(self, night: Night) -> None:
        with night.ledger.write(night.now) as writing:
            said = text("high", message_status="exercise")
            next_person(TERMS)(writing, Message("al_1", "email", "raised", "high", said, "of-oic", "oic"), "smtp_550")

        assert [] == self.open_(night)
