"""What holds for every command of `vigil`, whatever it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ops.cli.main import COMMANDS, main


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and every command within one, by name."""
    for name in COMMANDS:
        found = main.get_command(click.Context(main), name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from ((f"{name} {inner}", command) for inner, command in found.commands.items())
        else:
            yield name, found


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda said: said if isinstance(said, str) else "")
def test_it_takes_a_configuration_and_says_what_it_does(name: str, command: click.Command) -> None:
    assert "config" in {parameter.name for parameter in command.params}, name
    assert command.help, name


ADDRESSES = {
    "mysql://vigil:secret@db.example.org/vigil": "a database of the kind mysql, expected postgresql://",
    "postgresql://vigil:se@secret@db.example.org/vigil": "no address of a database, expected postgresql://",
    "postgresql://vigil:secret@db.example.org:port/vigil": "no address of a database, expected postgresql://",
    "secret": "no address of a database, expected postgresql://",
}


@pytest.mark.parametrize(("address", "said"), ADDRESSES.items(), ids=["another kind", "an @ in a password", "no port", "nonsense"])
def test_an_address_of_no_database_of_ours_is_said_in_one_line_without_its_password(address: str, said: str) -> None:
    told = [name.split() for name, command in commands() if "database" in {parameter.name for parameter in command.params}]
    others = {"add": ["Allied", "--source", "em/allied"], "revoke": ["Allied"], "chronology": ["pe-1"]}
    asked: list[tuple[list[str], dict[str, str]]] = [
        ([*words, *others.get(words[-1], []), "--database", address], {}) for words in told if words[0] != "agreements"
    ]
    asked.append((["auditor", "--once"], {"VIGIL_DATABASE_URL": address}))
    assert 7 == len(asked)
    for arguments, environment in asked:
        done = CliRunner().invoke(main, arguments, env=environment)
        assert (1, 1) == (done.exit_code, len(done.stderr.splitlines())), (arguments, done.output)
        assert said in done.stderr
        assert "secret" not in done.stderr


@pytest.mark.parametrize("arguments", [("alerts",), ("verify",), ("rejudge", "NOMS:A1234AA")])
def test_a_damaged_store_is_refused_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for name in ("state.sqlite3", "intake.sqlite3"):
        (tmp_path / name).write_bytes(b"no database " * 1_000)
    done = CliRunner().invoke(main, [*arguments, "--data", str(tmp_path)])

    assert (1, 1) == (done.exit_code, len(done.stderr.splitlines())), done.output
    assert "file is not a database" in done.stderr


def test_a_chronology_is_made_with_a_reason_that_can_be_read() -> None:
    done = CliRunner().invoke(main, ["chronology", "pe-1", "--reason", " \u200b"])

    assert (2, True) == (done.exit_code, "nothing that can be read" in done.stderr), done.output
