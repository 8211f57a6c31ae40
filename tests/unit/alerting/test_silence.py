"""When a receiver counts as one that says nothing: it is being tried for long, and nothing was heard of it meanwhile."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

from alerting.delivery.addresses import Place
from alerting.delivery.in_vain import Silence
from alerting.delivery.message import Address, Outcome, Retry, Sent
from alerting.delivery.under_way import Job, UnderWay
from alerting.ledger.outbox import Claimed, Message
from alerting.wording import may_leave

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = may_leave(
    reference="VG-7K3MQ-2XD9A", severity="critical", status="open", message_status="actual", origin="https://vigil.example.org"
)
MESSAGE = Message("al_1", "sms", "raised", "critical", TEXT, "of-12")
CLAIMED = Claimed(MESSAGE.message_id, MESSAGE, 1, repeat=False, made_at=NOON, leased_until_at=NOON)


def trying(since_s: float, said: Outcome | None = None) -> UnderWay:
    answer: Future[Outcome] = Future()
    if said is not None:
        answer.set_result(said)
    return UnderWay(Job(CLAIMED, (Place(Address("sms", "+447700900012")),), ""), (answer,), since_s)


def test_one_that_is_tried_for_long_and_says_nothing_is_silent_and_that_is_looked_at_once_in_a_while() -> None:
    silence = Silence(timedelta(seconds=10))
    assert set() == silence.receivers([trying(0)], 9)
    assert {"sms"} == silence.receivers([trying(0)], 10)
    assert set() == silence.receivers([trying(0)], 10.5)
    assert {"sms"} == silence.receivers([trying(0)], 11)


def test_one_that_answers_others_meanwhile_is_not_until_it_has_answered_nobody_for_as_long() -> None:
    silence = Silence(timedelta(seconds=10))
    silence.hear([trying(1, Sent())], 5)
    assert set() == silence.receivers([trying(0)], 14)
    assert {"sms"} == silence.receivers([trying(0)], 15)


def test_one_that_timed_out_has_said_nothing() -> None:
    silence = Silence(timedelta(seconds=10))
    silence.hear([trying(-10, Retry("push_service_away", unsure=True))], 5)
    assert {"sms"} == silence.receivers([trying(0)], 12)


def test_one_that_was_never_asked_for_the_fault_was_ours_has_said_nothing() -> None:
    silence = Silence(timedelta(seconds=10))
    silence.hear([trying(0, Retry("our_fault_RuntimeError"))], 5)
    assert {"sms"} == silence.receivers([trying(0)], 12)
