"""`vigil agreements`: entered, listed and ended in the ledger that a console uses, and in its audit chain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from alerting.ledger.store import Ledger
from alerting.ledger.tables.books import AUDIT
from ops.cli.main import main

ENTERED = ("--organisation", "Turning Point West", "--basis", "vital_interests", "--from", "2020-01-01T00:00:00Z")
Vigil = Callable[..., Result]


@pytest.fixture
def vigil(tmp_path: Path) -> Vigil:
    ledger = Ledger.in_folder(tmp_path)
    ledger.upgrade()
    ledger.close()
    return lambda *words: CliRunner().invoke(main, ["agreements", *words, "--data", str(tmp_path)])


def test_an_agreement_is_in_force_until_it_ends_and_every_change_is_in_the_chain(vigil: Vigil, tmp_path: Path) -> None:
    added = vigil("add", "ag-1", *ENTERED, "--to", "2099-01-01T00:00:00Z")
    assert (0, True) == (added.exit_code, added.output.strip().endswith("in force")), added.output
    assert 'in_force": true' in vigil("list", "--json").output

    assert vigil("end", "ag-1").output.strip().endswith("over")

    assert 'in_force": false' in vigil("list", "--json").output
    ledger = Ledger.in_folder(tmp_path)
    with ledger.read() as connection:
        assert ["agreement.added", "agreement.ended"] == list(connection.execute(select(AUDIT.c.kind).order_by(AUDIT.c.number)).scalars())
    ledger.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "ag-2", *ENTERED, "--to", "2019-01-01T00:00:00Z"), "end before it begins"),
        (("add", "ag-1", *ENTERED, "--to", "2099-01-01T00:00:00Z"), "there is an agreement ag-1 already"),
        (("add", "ag-2", *ENTERED, "--to", "tomorrow"), "not an instant with an offset; expected RFC 3339, as 2026-11-22T20:13:17Z"),
        (("add", "ag-2", *ENTERED, "--to", "2098-12-31T23:59:60Z"), "names second 60; expected a second from 00 to 59"),
        (("add", " ", *ENTERED, "--to", "2099-01-01T00:00:00Z"), "needs a name"),
        (("end", "ag-none"), "there is no agreement ag-none"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_nothing_is_entered(vigil: Vigil, words: tuple[str, ...], said: str) -> None:
    vigil("add", "ag-1", *ENTERED, "--to", "2099-01-01T00:00:00Z")
    before = vigil("list").output

    refused = vigil(*words)

    assert refused.exit_code != 0
    assert said in refused.output
    assert before == vigil("list").output
