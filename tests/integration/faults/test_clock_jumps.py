"""The clock jumps, three hours forward or an hour back: every clock fires once, nothing is lost, promises and sessions still end."""

from __future__ import annotations

from alerting.console import sessions
from alerting.ledger import outbox
from alerting.ledger.sweep import sweep
from tests.integration.faults.outage import Outage
from tests.integration.ledger.station import TERMS, promise
from tests.unit.alerting.handled import OIC, ROWAN, a_team
from tests.unit.alerting.invented import HOUR, MINUTE, a_finding

TOKEN = "token-of-rowan"


def begun(outage: Outage) -> tuple[str, str, str]:
    """One alert with a promise, one that nobody has answered; a message whose sender has just died; Rowan signed in. Ids of all three."""
    station = outage.station
    promised = station.tells(a_finding(subject="zone-1", severity="critical"))
    outage.work()
    station.says(ROWAN, promise(station.now, minutes=20), promised)
    unanswered = station.tells(a_finding("strap-tamper", subject="strap-1", severity="high", told=("oic",)))
    with station.ledger.write(station.now) as writing:
        (left,) = outbox.claim(writing, 2 * MINUTE)
        sessions.begin(writing, TOKEN, ROWAN, csrf="csrf", strong_at=station.now, provider=None)
    return promised, unanswered, left.message_id


def said_of(outage: Outage, message_id: str) -> list[str]:
    """Each text of that message that Notify was sent: whether it said that it is a repeat."""
    texts = [str(request.json["personalisation"]) for request in outage.notify.sends if request.json["reference"] == message_id]
    return ["(repeat)" if "(repeat)" in text else "" for text in texts]


def signed_in(outage: Outage) -> bool:
    with outage.station.ledger.read() as connection:
        return sessions.find(connection, TOKEN, outage.station.now) is not None


def test_three_hours_forward_each_clock_fires_once_and_what_was_under_way_goes_out_again_and_says_so(outage: Outage) -> None:
    promised, unanswered, left = begun(outage)
    outage.station.now += 3 * HOUR
    first = sweep(outage.station.ledger, outage.station.now, TERMS)
    second = sweep(outage.station.ledger, outage.station.now, TERMS)
    outage.work()

    assert ((), 0) == (first.broken, second.fired)
    assert 1 == outage.station.words(promised).count("people.lease_ended")
    assert 1 == outage.station.words(unanswered).count("people.escalated")
    assert "unanswered" == outage.station.alert(promised).handling.state
    assert ["(repeat)"] == said_of(outage, left)
    assert not signed_in(outage)
    assert () == outage.station.books().faults


def test_an_hour_back_nothing_fires_early_or_twice_and_what_comes_now_has_its_own_clocks(outage: Outage) -> None:
    promised, unanswered, left = begun(outage)
    before = outage.station.now
    outage.station.now -= HOUR
    assert 0 == sweep(outage.station.ledger, outage.station.now, TERMS).fired
    outage.station.knows(a_team().model_copy(update={"person_id": "pe-2"}))
    later = outage.station.tells(a_finding(subject="zone-2", person_id="pe-2", severity="critical", began=outage.station.now))
    outage.passes(2 * MINUTE)
    assert 1 == outage.station.words(later).count("people.escalated")
    assert {ROWAN, OIC} & outage.told(later)
    assert signed_in(outage)
    outage.passes(HOUR + 30 * MINUTE)

    assert before + 32 * MINUTE == outage.station.now
    assert 1 == outage.station.words(promised).count("people.lease_ended")
    assert 1 <= outage.station.words(unanswered).count("people.escalated")
    assert ["(repeat)"] == said_of(outage, left)
    assert not signed_in(outage)
