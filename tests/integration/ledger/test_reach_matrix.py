"""Every row of the permission table against four cases: their own, another's of the same area, of another area, a restricted one.

Generated: what must hold is worked out from the letter of the cell alone, by a few lines that know no SQL.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from alerting.ledger.reach import visible_alerts, visible_people
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.told import PERSON
from alerting.lifecycle.handling import Handling
from alerting.rights import ROLES, TABLE, Reach, Right, Where
from schemas.directory import OnCallRole
from tests.integration.ledger.reached import Town
from tests.unit.alerting.invented import NOON

OF_ALERTS: tuple[Right, ...] = (
    "alert.read",
    "alert.answer",
    "alert.close",
    "alert.confirm",
    "alert.challenge",
    "alert.answer_challenge",
    "alert.shelve",
    "alert.reassign",
    "location.read",
    "address.reveal",
    "phone.reveal",
    "intelligence.read",
)
OF_PEOPLE: tuple[Right, ...] = ("people.read", "location.read", "address.read", "facts.case", "people.chronology")
CASES = ("own", "same area", "other area", "restricted")
ON_DUTY: dict[str, OnCallRole] = {"control_room": "control_room", "duty_inspector": "duty_inspector"}
ON_CALL_ALONE: dict[str, OnCallRole] = {"idva": "duty_idva", "offender_manager": "duty_probation"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """One officer of each role in Avon, each in the case of one man, as far as the role is assigned to cases."""
    folder: Path = tmp_path_factory.mktemp("matrix")
    ledger = Ledger.in_folder(folder)
    ledger.upgrade()
    town = Town(ledger)
    team = [(role, f"of-{role}", "pp-1" if role == "idva" else None) for role in ROLES if role not in ON_DUTY]
    town.person("pe-own", team=team, in_custody=True)
    town.person("pe-same area", in_custody=True)
    town.person("pe-other area", areas=("kent",), protected=(("pp-1", "kent"),), in_custody=True)
    town.person("pe-restricted", restricted=True, in_custody=True)
    for case in CASES:
        areas = ("kent",) if case == "other area" else ("avon",)
        town.alert(case, person_id=f"pe-{case}", areas=areas, severity="high", handling=Handling())
    for role in ROLES:
        town.officer(f"of-{role}", role)
        if role in ON_DUTY:
            town.shift(f"of-{role}", ON_DUTY[role])
    for row, duty in ON_CALL_ALONE.items():
        town.officer(f"on-{row}")
        town.shift(f"on-{row}", duty)
    return town


def must(cell: Reach, *, assigned: bool, on_duty: bool) -> set[str]:
    """The cases that a cell reaches, of a role in Avon."""
    by_name = {"own"} if assigned and cell.where in {Where.AREAS, Where.CASES, Where.CLIENTS} else set()
    if cell.where is Where.EVERYWHERE:
        return {"own", "same area", "other area"}
    if cell.where is Where.AREAS or (on_duty and cell.where in {Where.CASES, Where.CLIENTS}):
        return {"own", "same area"}
    return by_name


def alerts(town: Town, officer_id: str, right: Right) -> set[str]:
    who = town.actor(officer_id)
    with town.asking() as connection:
        rows = connection.execute(select(ALERT.c.person_id).where(visible_alerts(who, NOON, right))).scalars()
        return {str(row).removeprefix("pe-") for row in rows}


def people(town: Town, officer_id: str, right: Right) -> set[str]:
    who = town.actor(officer_id)
    with town.asking() as connection:
        rows = connection.execute(select(PERSON.c.person_id).where(visible_people(who, NOON, right))).scalars()
        return {str(row).removeprefix("pe-") for row in rows}


@pytest.mark.parametrize(("right", "role"), list(product(OF_ALERTS, ROLES)))
def test_an_alert_is_reached_by_the_letter_of_the_cell_and_no_further(town: Town, right: Right, role: str) -> None:
    expected = must(TABLE[right][role], assigned=role not in ON_DUTY, on_duty=False)

    assert expected == alerts(town, f"of-{role}", right)


@pytest.mark.parametrize(("right", "role"), list(product(OF_PEOPLE, ROLES)))
def test_a_person_is_reached_by_the_letter_of_the_cell_and_no_further(town: Town, right: Right, role: str) -> None:
    expected = must(TABLE[right][role], assigned=role not in ON_DUTY, on_duty=False)

    assert expected == people(town, f"of-{role}", right)


@pytest.mark.parametrize(("right", "role"), list(product(OF_ALERTS, ON_CALL_ALONE)))
def test_a_duty_role_reaches_its_area_by_the_row_that_it_acts_by(town: Town, right: Right, role: str) -> None:
    expected = must(TABLE[right][role], assigned=False, on_duty=True)

    assert expected == alerts(town, f"on-{role}", right)
