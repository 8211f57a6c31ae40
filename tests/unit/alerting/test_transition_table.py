"""The table is the truth: the page is drawn from it, and it agrees with the permission matrix.

Each effect is held to its row by `Desk`, in every test that uses one.
"""

from __future__ import annotations

import pytest

from alerting.lifecycle.commands import NAMES
from alerting.lifecycle.diagram import page
from alerting.lifecycle.door import RANKS, TABLE
from alerting.lifecycle.outcomes import EVERYBODY, OUTCOMES
from alerting.lifecycle.row import AXES, Row
from alerting.publish import PAGE
from alerting.rights import ROLES, cell
from alerting.risk_order import SEVERITIES


def test_the_page_is_the_one_that_the_table_gives() -> None:
    assert page() == PAGE.read_text(encoding="utf-8"), "run `python -m alerting.publish` and commit what it writes"


def test_every_command_has_a_row_and_every_row_of_a_command_is_one() -> None:
    assert set(NAMES.values()) == {row.name for row in TABLE if row.kind == "command"}


def test_every_axis_is_set_and_taken_back_by_some_row() -> None:
    for axis in AXES:
        assert {True, False} == {row.sets[axis] for row in TABLE if axis in row.sets}, axis


RIGHT_OF = {
    "acknowledge": "alert.answer",
    "act": "alert.answer",
    "note": "alert.answer",
    "release": "alert.answer",
    "handover": "alert.answer",
    "escalate": "alert.answer",
    "close": "alert.close",
    "confirm": "alert.confirm",
    "challenge": "alert.challenge",
    "answer-challenge": "alert.answer_challenge",
    "shelve": "alert.shelve",
    "reassign": "alert.reassign",
}


@pytest.mark.parametrize("name", RIGHT_OF)
def test_whoever_the_table_lets_has_the_right_and_the_reverse(name: str) -> None:
    may = frozenset[str]().union(*(row.who for row in TABLE if row.name == name))
    having = {role for role in ROLES if not cell(RIGHT_OF[name], role).never}  # type: ignore[arg-type]  # rights of the table above
    assert having == may


@pytest.mark.parametrize("row", [row for row in TABLE if row.kind == "command"], ids=lambda row: f"{row.name} {row.if_}")
def test_a_row_names_only_roles_that_somebody_can_speak_in(row: Row) -> None:
    assert row.who <= set(RANKS) == EVERYBODY


def test_all_rows_of_one_command_and_severity_are_open_to_the_same_so_nobody_speaks_in_a_role_that_may_less() -> None:
    commands = [row for row in TABLE if row.kind == "command"]
    for severity in SEVERITIES:
        for name, outcome in {(row.name, row.outcome) for row in commands}:
            who = {row.who for row in commands if (row.name, row.outcome) == (name, outcome) and severity in row.severities}
            assert len(who) <= 1, (name, outcome, severity)


def test_no_outcome_of_the_console_is_missing() -> None:
    said = "enforced warned no_breach equipment_misunderstanding not_this_person safeguarded resolved duplicate"
    assert said.split() == list(OUTCOMES)
