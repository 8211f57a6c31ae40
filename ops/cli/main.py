"""The `vigil` command: the visible list of its subcommands. Each stands in a file of its own and loads what it needs."""

from __future__ import annotations

import importlib
import sqlite3

import click

COMMANDS: dict[str, str] = {
    "run": "Run the whole system in one process on one data folder.",
    "alerts": "Write the alerts of a data folder, one a line.",
    "rejudge": "Judge one person's whole history again and show the difference.",
    "verify": "Check the books of a data folder: everything received is judged, set aside or in flight.",
    "replay": "Play event files on a virtual clock and write the alerts.",
    "keys": "Make, list and revoke the keys that feed clients send with.",
    "agreements": "Enter, list and end agreements to share intelligence.",
    "alerting": "Run the alerting service of the cluster.",
    "console": "Serve the console of the cluster.",
    "auditor": "Check the books of a ledger, again and again or once.",
    "chronology": "Write the chronology of a person: what happened, who knew, who was told.",
    "import": "Turn another system's files into canonical events.",
    "simulate": "Write a population of feeds with known planted matters.",
}
"""Name to what `vigil --help` says of it; the module `ops.cli.<name>` holds the command `command`."""


class Lazy(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"ops.cli.{cmd_name}_command")
        command: click.Command = module.command
        command.short_help = COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """The list above: asking each command for its own line would load all of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """A file that cannot be read or written, or is damaged, is a refusal in one line. A reader that has gone is click's own matter."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except OSError as wrong:
            raise click.ClickException(": ".join(str(said) for said in (wrong.filename, wrong.strerror or wrong) if said)) from wrong
        except sqlite3.DatabaseError as wrong:
            if type(wrong) not in (sqlite3.DatabaseError, sqlite3.OperationalError):
                raise  # we have asked wrongly
            raise click.ClickException(f"a file of the data folder cannot be used: {wrong}") from wrong


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Vigil: perpetrator management and breach monitoring for domestic abuse in England and Wales."""
