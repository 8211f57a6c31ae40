"""Messages: made once, claimed with a lease, ended by a result; whoever dies in between costs at most a marked repeat."""

from __future__ import annotations

import pytest

from alerting.ledger import outbox
from alerting.ledger.outbox import Claimed, Message
from alerting.ledger.store import Ledger
from alerting.wording import MayLeave, may_leave
from schemas.finding import Severity
from tests.integration.ledger.ledgers import DAY, HOUR, MINUTE, NOON, SECOND


def text() -> MayLeave:
    return may_leave(
        reference="VG-7K3MQ-2XD9A", severity="critical", status="open", message_status="actual", origin="https://vigil.example.org"
    )


def a_message(alert_id: str = "al_1", severity: Severity = "critical", occasion: str = "raised 1", officer_id: str = "of-1") -> Message:
    return Message(alert_id, "email", occasion, severity, text(), officer_id, "oic")


def make(ledger: Ledger, *messages: Message) -> tuple[str, ...]:
    with ledger.write(NOON) as writing:
        return outbox.make(writing, messages)


def claim(ledger: Ledger, after: object = 0 * SECOND, limit: int = 50) -> tuple[Claimed, ...]:
    with ledger.write(NOON + after) as writing:  # type: ignore[operator]
        return outbox.claim(writing, MINUTE, limit)


def test_the_same_message_is_made_once(ledger: Ledger) -> None:
    assert 1 == len(make(ledger, a_message()))
    assert () == make(ledger, a_message())
    assert 2 == len(make(ledger, a_message(occasion="severity 2"), a_message(officer_id="of-2"), a_message()))
    assert 3 == len(claim(ledger))


def test_critical_ones_leave_first_and_within_those_the_oldest(ledger: Ledger) -> None:
    make(ledger, a_message("al_low", "low"), a_message("al_high", "high"))
    with ledger.write(NOON + SECOND) as writing:
        outbox.make(writing, [a_message("al_later"), a_message("al_medium", "medium")])

    assert ["al_later"] == [one.message.alert_id for one in claim(ledger, HOUR, limit=1)]
    assert ["al_high", "al_medium", "al_low"] == [one.message.alert_id for one in claim(ledger, HOUR)]


def test_who_claims_has_it_until_the_lease_ends_and_then_it_goes_out_again_marked(ledger: Ledger) -> None:
    make(ledger, a_message())
    (first,) = claim(ledger)
    assert (1, False, False) == (first.attempts, first.repeat, first.message.text.repeat)
    assert () == claim(ledger, 59 * SECOND)
    (again,) = claim(ledger, MINUTE)

    assert (first.message_id, 2, True, True) == (again.message_id, again.attempts, again.repeat, again.message.text.repeat)
    assert "(repeat)" in again.message.text.sentence
    assert [False, False, True] == [one.lost_again for one in (first, again, *claim(ledger, 2 * MINUTE))]


def test_what_may_have_arrived_twice_is_not_claimed_a_third_time_but_a_text_is_for_its_provider_is_asked_first(ledger: Ledger) -> None:
    make(ledger, a_message(), a_message(officer_id="of-2")._replace(channel="sms"))
    for minute in range(2):
        assert 2 == len(claim(ledger, minute * MINUTE))
    found = {one.message.channel: one for one in claim(ledger, 2 * MINUTE)}
    assert (True, 2, NOON + 2 * MINUTE) == (found["email"].lost_again, found["email"].attempts, found["email"].leased_until_at)
    assert (False, 3, NOON + 3 * MINUTE) == (found["sms"].lost_again, found["sms"].attempts, found["sms"].leased_until_at)
    with ledger.write(NOON + 2 * MINUTE) as writing:
        outbox.in_doubt(writing, found["email"], NOON + HOUR)
    assert ["sms"] == [one.message.channel for one in claim(ledger, HOUR)]
    with ledger.read() as connection:
        stored = outbox.load(connection, found["email"].message_id)
    assert stored is not None
    assert ("handed_over", True) == (stored.state, stored.in_doubt)


def test_a_sender_that_was_slow_and_not_dead_ends_the_doubt(ledger: Ledger) -> None:
    make(ledger, a_message())
    (slow,) = claim(ledger)
    claim(ledger, MINUTE)
    (lost,) = claim(ledger, 2 * MINUTE)
    with ledger.write(NOON + 2 * MINUTE) as writing:
        outbox.in_doubt(writing, lost, NOON + HOUR)
        outbox.handed_over(writing, slow, "ref-1")
    with ledger.read() as connection:
        stored = outbox.load(connection, slow.message_id)
    assert stored is not None
    assert ("handed_over", False, "ref-1") == (stored.state, stored.in_doubt, stored.provider_ref)


def test_a_result_that_comes_after_the_lease_was_lost_decides_nothing(ledger: Ledger) -> None:
    make(ledger, a_message())
    (late,) = claim(ledger)
    (ours,) = claim(ledger, MINUTE)
    with ledger.write(NOON + MINUTE) as writing:
        outbox.retry(writing, late, NOON + DAY, "timeout")
    with ledger.write(NOON + MINUTE) as writing:
        outbox.handed_over(writing, ours, "ref-1")

    assert () == claim(ledger, 2 * DAY)
    with ledger.read() as connection:
        assert ours.message_id == outbox.by_provider_ref(connection, "email", "ref-1")


def test_a_retry_waits_and_an_unsure_one_is_a_repeat(ledger: Ledger) -> None:
    make(ledger, a_message())
    (sent,) = claim(ledger)
    with ledger.write(NOON) as writing:
        outbox.retry(writing, sent, NOON + MINUTE, "busy")
    assert () == claim(ledger, 30 * SECOND)
    (second,) = claim(ledger, MINUTE)
    assert not second.repeat
    with ledger.write(NOON + MINUTE) as writing:
        outbox.retry(writing, second, NOON + 2 * MINUTE, "timeout", unsure=True)
    (third,) = claim(ledger, 2 * MINUTE)

    assert third.repeat
    with ledger.read() as connection:
        assert NOON + 3 * MINUTE == outbox.next_at(connection)


@pytest.mark.parametrize("said", [("delivered", "opened"), ("opened", "delivered"), ("failed", "delivered")])
def test_receipts_may_come_in_any_order_and_never_take_a_message_back(ledger: Ledger, said: tuple[str, str]) -> None:
    make(ledger, a_message())
    (sent,) = claim(ledger)
    with ledger.write(NOON) as writing:
        outbox.handed_over(writing, sent)
        news = [outbox.receipt(writing, sent.message_id, state) for state in said]  # type: ignore[arg-type]

    assert [True, said != ("opened", "delivered")] == news


def test_a_receipt_that_is_quicker_than_our_own_result_stands(ledger: Ledger) -> None:
    make(ledger, a_message())
    (sent,) = claim(ledger)
    with ledger.write(NOON) as writing:
        assert outbox.receipt(writing, sent.message_id, "delivered")
        outbox.handed_over(writing, sent, "ref-1")
        assert not outbox.receipt(writing, sent.message_id, "handed_over")
        assert outbox.receipt(writing, sent.message_id, "opened")

    with ledger.read() as connection:
        assert None is outbox.next_at(connection)


def test_a_message_given_up_is_over_and_what_takes_its_place_says_so(ledger: Ledger) -> None:
    make(ledger, a_message())
    (sent,) = claim(ledger)
    with ledger.write(NOON) as writing:
        outbox.gave_up(writing, sent, "no such mailbox")
        instead = a_message()._replace(channel="sms", after_id=sent.message_id)
        assert (instead.message_id,) == outbox.make(writing, [instead])

    assert [sent.message_id] == [one.message.after_id for one in claim(ledger)]


def test_where_nobody_tells_us_how_far_it_got_we_look_again(ledger: Ledger) -> None:
    make(ledger, a_message())
    (sent,) = claim(ledger)
    with ledger.write(NOON) as writing:
        outbox.handed_over(writing, sent, "ref-1", look_again_at=NOON + MINUTE)
    with ledger.read() as connection:
        assert () == outbox.to_look_at(connection, NOON)
        assert 1 == len(outbox.to_look_at(connection, NOON + MINUTE))
    assert () == claim(ledger, MINUTE)
