"""The permission matrix as the page has it (console 2.2), typed by hand, against the one table in the code: every cell of 13 roles."""

from __future__ import annotations

import pytest

from alerting.rights import FACT_RIGHTS, NEVER, OWN, OWN_TEAM, RIGHTS, ROLES, TABLE, A, C, K, N, Reach, Right
from schemas.types import TYPES

PAGE = """
role                    | alert         | location | address | answer | close | confirm | challenge | shelve | reassign | intelligence     | audit        | rota        | send events
control_room            | A             | A3       | A4      | A      | A     | -       | A         | A      | -        | P                | own acts     | own shift   | facts
oic                     | C             | C        | C4      | C      | C     | A5      | C         | C      | -        | P; code C6       | own acts     | own absence | facts
offender_manager        | C             | C        | -       | C      | C     | A5      | C         | C      | -        | P; code C6       | own acts     | own absence | facts
prison_offender_manager | C, in custody | -        | -7      | C      | C     | A5      | C         | C      | -        | P; code C6       | own acts     | own absence | facts
idva                    | K             | words8   | K4      | K      | K     | -       | K         | -      | -        | P about K; code C6 | own acts   | own absence | facts
programme_case_manager  | C             | -        | -       | C      | C     | -       | C         | -      | -        | P; code C6       | own acts     | own absence | intelligence
marac_coordinator       | C             | -        | -       | C      | C     | -       | C         | -      | -        | P; code C6       | own acts     | own absence | facts
supervisor              | A             | A        | A4      | A      | A     | A       | A         | A      | A        | P; code C6       | own team     | A           | facts
duty_inspector          | A             | A        | A4      | A      | A     | A       | A         | A      | A        | P; code C9       | A            | A           | facts
analyst                 | N, no names   | 1 km grid | -      | -      | -     | -       | -         | -      | -        | counts           | -            | view        | -
auditor                 | N, reason     | -        | -       | -      | -     | -       | -         | -      | -        | log only         | N            | view        | -
feed_client             | -             | -        | -       | -      | -     | -       | -         | -      | -        | -                | own receipts | -           | own sources
administrator           | -             | -        | -       | -      | -     | -       | -         | -      | -        | -                | system acts  | view        | -
"""  # noqa: E501  a table of the page, as wide as it is there

COLUMNS: dict[str, Right] = {
    "alert": "alert.read",
    "location": "location.read",
    "answer": "alert.answer",
    "close": "alert.close",
    "confirm": "alert.confirm",
    "challenge": "alert.challenge",
    "shelve": "alert.shelve",
    "reassign": "alert.reassign",
}
"""Columns of one right whose cells say its reach."""
CELLS: dict[str, Reach] = {
    "-": NEVER,
    "A": A,
    "C": C,
    "K": K,
    "C, in custody": C.but("in_custody"),
    "N, no names": N.but("no_names"),
    "N, reason": N.but("with_reason"),
    "A3": A.but("alert_not_closed"),
    "A5": A.but("not_critical", "not_own_close"),
    "words8": K.but("in_words"),
    "1 km grid": N.but("grid_1_km"),
}
AUDIT: dict[str, Reach] = {
    "-": NEVER,
    "own acts": OWN,
    "own team": OWN_TEAM,
    "A": A,
    "N": N,
    "own receipts": OWN.but("receipts"),
    "system acts": N.but("system_acts"),
}
ROTA: dict[str, dict[Right, Reach]] = {
    "-": {},
    "view": {"rota.read": N},
    "own shift": {"rota.read": N, "rota.shift": OWN},
    "own absence": {"rota.read": N, "rota.absence": OWN},
    "A": {"rota.read": N, "rota.edit": A, "rota.absence": A, "rota.shift": OWN},
}
FACTS: tuple[Right, ...] = ("facts.case", "facts.assignment", "facts.risk", "facts.marac", "facts.protected_people")


def page() -> dict[str, dict[str, str]]:
    head, *lines = (tuple(cell.strip() for cell in line.split("|")) for line in PAGE.strip().splitlines())
    return {line[0]: dict(zip(head[1:], line[1:], strict=True)) for line in lines}


ROWS = page()


def test_the_page_and_the_table_have_the_same_thirteen_roles() -> None:
    assert tuple(ROWS) == ROLES
    assert len(ROLES) == 13


def test_every_right_has_a_cell_for_every_role() -> None:
    assert {right: set(ROLES) for right in RIGHTS} == {right: set(cells) for right, cells in TABLE.items()}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_reaches_as_far_as_the_page_says(column: str, role: str) -> None:
    assert CELLS[ROWS[role][column]] == TABLE[COLUMNS[column]][role]


@pytest.mark.parametrize("role", ROLES)
def test_an_address_is_masked_until_it_is_revealed_and_a_prison_sees_only_the_number_to_bar(role: str) -> None:
    said = ROWS[role]["address"]
    where = {"A4": A, "C4": C, "K4": K, "-": NEVER, "-7": NEVER}[said]
    expected = where if where == NEVER else where.but("masked")
    if role == "control_room":
        expected = expected.but("critical_or_high")

    assert expected == TABLE["address.read"][role]
    assert expected == TABLE["address.reveal"][role]
    assert (C.but("masked", "to_bar") if said == "-7" else expected) == TABLE["phone.reveal"][role]


@pytest.mark.parametrize("role", ROLES)
def test_intelligence_goes_as_far_as_the_role_reaches_and_code_c_to_those_it_names(role: str) -> None:
    said, reads = ROWS[role]["intelligence"], ROWS[role]["alert"]
    reach = {"A": A, "C": C, "C, in custody": C, "K": K}.get(reads, NEVER)
    expected = {
        "P": reach,
        "P; code C6": reach.but("code_c_if_named"),
        "P about K; code C6": K.but("code_c_if_named"),
        "P; code C9": reach.but("code_c_exists"),
        "counts": N.but("counts"),
        "log only": N.but("log_only"),
        "-": NEVER,
    }[said]

    assert expected == TABLE["intelligence.read"][role]
    assert (reach if said == "P; code C9" else NEVER) == TABLE["intelligence.authorise"][role]


@pytest.mark.parametrize("role", ROLES)
def test_audit_and_rota_are_read_and_kept_as_the_page_says(role: str) -> None:
    rights: tuple[Right, ...] = ("rota.read", "rota.edit", "rota.absence", "rota.shift")

    assert AUDIT[ROWS[role]["audit"]] == TABLE["audit.read"][role]
    assert ROTA[ROWS[role]["rota"]] == {right: TABLE[right][role] for right in rights if not TABLE[right][role].never}


@pytest.mark.parametrize("role", ROLES)
def test_facts_are_stated_by_those_who_may_and_a_programme_sends_intelligence_alone(role: str) -> None:
    said = ROWS[role]["send events"]

    assert (said == "facts") == (not TABLE["facts.case"][role].never)
    assert (said in {"facts", "intelligence"}) == (not TABLE["intelligence.submit"][role].never)
    assert (said == "own sources") == (TABLE["events.send"][role] == OWN)
    if said != "facts":
        assert {NEVER} == {TABLE[right][role] for right in FACTS}


def test_facts_of_a_kind_are_stated_by_the_roles_that_the_page_names() -> None:
    assert {"supervisor"} == _who("facts.assignment")
    assert {"oic", "offender_manager", "prison_offender_manager"} == _who("facts.risk")
    assert {"marac_coordinator"} == _who("facts.marac")
    assert {"oic", "idva"} == _who("facts.protected_people")


def test_challenges_are_answered_by_supervisor_and_duty_inspector() -> None:
    answers = TABLE["alert.answer_challenge"]
    assert {"supervisor": A, "duty_inspector": A} == {role: answers[role] for role in _who("alert.answer_challenge")}


def test_emergency_access_is_for_roles_that_work_on_cases() -> None:
    """Whoever sees everything without names, or nothing at all, has nothing that it could open."""
    assert {role for role in ROLES if ROWS[role]["answer"] != "-"} == _who("access.break_glass")


def _who(right: Right) -> set[str]:
    return {role for role, cell in TABLE[right].items() if not cell.never}


def test_what_a_person_may_state_is_a_type_of_the_contract_and_never_tagging_or_custody() -> None:
    families = {name.partition(".")[0] for name in FACT_RIGHTS}

    assert set() == FACT_RIGHTS.keys() - TYPES.keys()
    assert set() == families & {"tagging", "custody", "comms", "identity", "directory", "feed", "alert"}
    assert "breach.decided" not in FACT_RIGHTS
