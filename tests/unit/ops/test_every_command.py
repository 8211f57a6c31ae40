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


@pytest.mark.parametrize("arguments", [("alerts",), ("verify",), ("rejudge", "NOMS:A1234AA")])
def test_a_damaged_store_is_refused_in_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for name in ("state.sqlite3", "intake.sqlite3"):
        (tmp_path / name).write_bytes(b"no database " * 1_000)
    done = CliRunner().invoke(main, [*arguments, "--data", str(tmp_path)])

    assert (1, 1) == (done.exit_code, len(done.stderr.splitlines())), done.output
    assert "file is not a database" in done.stderr
