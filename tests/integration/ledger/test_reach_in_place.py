"""What a deputy has of the gravest, and for how long: on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from alerting.ledger.reach import may
from alerting.ledger.store import Ledger
from alerting.lifecycle.handling import Handling, Owner
from alerting.rights import Right
from schemas.alert import Reason
from schemas.directory import DirectoryAbsence
from tests.integration.ledger.reached import HOUR, Town
from tests.unit.alerting.invented import NOON, officer

GRAVEST: tuple[Right, ...] = ("location.read", "address.reveal", "phone.reveal", "intelligence.read")


@pytest.fixture
def town(ledger: Ledger) -> Town:
    return Town(ledger)


def has(town: Town, officer_id: str, alert: str, hours: int = 0) -> list[Right]:
    """Which of the gravest rights they have there; the alert itself is theirs, and so is to answer it."""
    at = NOON + hours * HOUR
    who = town.actor(officer_id, at)
    with town.asking() as connection:
        assert all(may(connection, who, right, at, alert_id=alert) for right in ("alert.read", "alert.answer"))
        return [right for right in GRAVEST if may(connection, who, right, at, alert_id=alert)]


def away(officer_id: str, deputy_id: str | None = None) -> DirectoryAbsence:
    return DirectoryAbsence(officer_id=officer_id, from_=NOON - HOUR, to=NOON + HOUR, deputy_id=deputy_id)


def test_a_deputy_has_her_address_while_they_stand_in_and_their_own_roles_allow_it(town: Town) -> None:
    for officer_id, role in (("of-1", "oic"), ("of-2", "supervisor"), ("of-3", "administrator"), ("of-4", "oic"), ("of-5", "oic")):
        town.officer(officer_id, role, area="kent")
    town.said(away("of-1", "of-2"), away("of-8", "of-3"), away("of-9", "of-4"))  # of-9 is in nobody's case
    town.person(team=[("oic", "of-1", None), ("oic", "of-8", None)])
    told: list[tuple[str, str, Reason]] = [("oic", name, "deputy") for name in ("of-2", "of-3", "of-4", "of-5")]
    alert = town.alert(told=told, handling=Handling(owner=Owner(officer_id="of-5", role="oic", since_at=NOON)))

    assert [*GRAVEST] == has(town, "of-2", alert)
    assert [] == has(town, "of-2", alert, hours=1), "whoever was away is back"
    assert [] == has(town, "of-3", alert), "an administrator stands in for nobody"
    assert [] == has(town, "of-4", alert), "away is somebody who is not in the case"
    assert [*GRAVEST] == has(town, "of-5", alert), "it is theirs to answer"


def test_a_line_manager_in_a_supervisors_post_has_the_gravest_while_their_own_roles_allow_it(town: Town) -> None:
    for officer_id, role in (("of-1", "analyst"), ("of-2", "supervisor"), ("of-3", "duty_inspector")):
        town.officer(officer_id, role, area="kent")
    town.person()
    alert = town.alert(told=[("supervisor", "of-1", "named"), ("supervisor", "of-2", "named"), ("supervisor", "of-3", "escalated")])

    assert not {"address.reveal", "phone.reveal"}.intersection(has(town, "of-1", alert))
    assert {"address.reveal", "phone.reveal"} <= {*has(town, "of-2", alert)}
    assert {"address.reveal", "phone.reveal"} <= {*has(town, "of-3", alert)}


def test_a_deputy_on_a_shift_has_what_its_role_has_while_they_are_on_it(town: Town) -> None:
    town.officer("of-1", "oic", area="kent")
    town.officer("of-2", "analyst", area="kent")
    for holder, deputy_id in (("of-8", "of-1"), ("of-9", "of-2")):
        town.shift(holder, "control_room")
        town.said(away(holder, deputy_id))
    town.person()
    alert = town.alert(told=[("control_room", "of-1", "deputy"), ("control_room", "of-2", "deputy")])

    assert [*GRAVEST] == has(town, "of-1", alert)
    assert [] == has(town, "of-1", alert, hours=2)
    assert not {"address.reveal", "phone.reveal"}.intersection(has(town, "of-2", alert))


def test_a_line_manager_who_is_told_for_whoever_is_away_has_what_they_had(town: Town) -> None:
    town.officer("of-2", "supervisor", area="kent")
    town.said(officer("of-1", "of-2"), away("of-1"))
    town.person(team=[("oic", "of-1", None)], restricted=True)
    alert = town.alert(told=[("oic", "of-2", "deputy")])

    assert [*GRAVEST] == has(town, "of-2", alert)
    assert [] == has(town, "of-2", alert, hours=1)
