"""The relay or Notify, or both, are down for an hour of moved clock: whoever had to be told was told another way, and nothing is lost."""

from __future__ import annotations

from tests.integration.faults.outage import ENDED, Outage
from tests.unit.alerting.handled import OIC, ROWAN
from tests.unit.alerting.invented import HOUR, MINUTE, a_finding


def nothing_is_lost(outage: Outage) -> bool:
    """Every message has an end, or an instant at which it goes on."""
    return all(row.state in ENDED or row.next_at is not None for row in outage.messages())


def test_while_the_relay_is_down_what_is_urgent_is_texted_and_the_rest_is_mailed_when_it_is_back(outage: Outage) -> None:
    outage.mail(up=False)
    urgent = outage.station.tells(a_finding(subject="zone-1", severity="high"))
    other = outage.station.tells(a_finding("strap-tamper", subject="strap-1", severity="medium", told=("oic",)))
    outage.passes(MINUTE)
    assert {ROWAN, OIC} <= outage.told(urgent)
    outage.passes(59 * MINUTE)
    assert set() == outage.told(other)
    outage.mail(up=True)
    outage.passes(HOUR)

    assert {OIC} <= outage.told(other)
    assert nothing_is_lost(outage)
    letters, texts = outage.letters(), outage.texted()
    assert (len(set(letters)), len(set(texts))) == (len(letters), len(texts))
    assert outage.owner(urgent) in outage.told(urgent)


def test_while_notify_is_down_what_is_urgent_is_mailed_within_half_a_minute(outage: Outage) -> None:
    outage.texts(up=False)
    urgent = outage.station.tells(a_finding(severity="critical"))
    outage.passes(MINUTE / 2)
    assert {ROWAN, OIC} <= outage.told(urgent)
    outage.passes(HOUR)
    assert [] == outage.texted()
    outage.texts(up=True)
    outage.passes(10 * MINUTE)

    assert outage.texted()  # whoever is asked by now is texted again
    assert nothing_is_lost(outage)
    assert outage.owner(urgent) in outage.told(urgent)


def test_with_both_down_the_ladder_goes_on_and_when_they_are_back_the_owner_is_told(outage: Outage) -> None:
    outage.mail(up=False)
    outage.texts(up=False)
    urgent = outage.station.tells(a_finding(severity="high"))
    owners = set()
    for _ in range(4):
        outage.passes(15 * MINUTE)
        owners.add(outage.owner(urgent))
    assert set() == outage.told(urgent)
    assert len(owners) > 1
    assert outage.tries() < 60 * 20  # it does not spin
    outage.mail(up=True)
    outage.texts(up=True)
    outage.passes(20 * MINUTE)

    assert outage.owner(urgent) in outage.told(urgent)
    assert nothing_is_lost(outage)
