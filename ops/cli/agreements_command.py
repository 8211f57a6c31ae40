"""`vigil agreements add ID --organisation NAME --basis BASIS --from --to`, `list`, `end`: with whom intelligence may be shared.

Sharing with a programme needs an agreement in force. They stand in the ledger, valid at once for every process of it, and each
change stands in its audit chain. None is taken away: a disclosure names the one that it rests on.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click

from alerting.intelligence import agreements
from alerting.intelligence.agreements import Agreement, WrongAgreement
from alerting.intelligence.handling import LawfulBasis
from ops.cli.arguments import config_option, data_option, instant
from ops.cli.ledgers import database_option, opened
from schemas.fields import instant_text

BASES: dict[str, LawfulBasis] = {basis: basis for basis in get_args(LawfulBasis)}


@click.group()
def command() -> None:
    """Enter, list and end information sharing agreements."""


@command.command()
@click.argument("agreement_id")
@click.option("--organisation", required=True, help="With whom, as the directory names them.")
@click.option("--basis", required=True, type=click.Choice(list(BASES)), help="The lawful basis that it was made on.")
@click.option("--from", "from_at", callback=instant, help="In force from this instant on, as 2027-01-01T00:00:00Z; else from now on.")
@click.option("--to", "to_at", required=True, callback=instant, help="And before this one.")
@data_option
@database_option
@config_option
def add(
    agreement_id: str,
    organisation: str,
    basis: str,
    from_at: datetime | None,
    to_at: datetime,
    data: Path,
    database: str | None,
    config: Path | None,  # noqa: ARG001  every command takes --config
) -> None:
    """Enter the agreement AGREEMENT_ID."""
    name, whom, now = agreement_id.strip(), organisation.strip(), datetime.now(UTC)
    if not name.isprintable() or not whom.isprintable() or not name or not whom:
        raise click.UsageError("an agreement needs a name, and an organisation, that can be read")
    entered = Agreement(agreement_id=name, organisation=whom, lawful_basis=BASES[basis], from_at=from_at or now, to_at=to_at)
    try:
        with opened(data, database) as ledger, ledger.write(now) as writing:
            agreements.add(writing, entered)
    except WrongAgreement as wrong:
        raise click.ClickException(f"agreement {name}: {wrong}") from wrong
    click.echo(_line(entered, now))


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@data_option
@database_option
@config_option
def list_(data: Path, database: str | None, config: Path | None, *, as_json: bool) -> None:  # noqa: ARG001  every command takes --config
    """Show every agreement there ever was."""
    with opened(data, database) as ledger, ledger.read() as connection:
        known = tuple(agreements.every(connection))
    now = datetime.now(UTC)
    for one in known:
        click.echo(json.dumps({**_said(one), "in_force": one.in_force(now)}) if as_json else _line(one, now))
    if not known and not as_json:
        click.echo("No agreement yet; `vigil agreements add` enters one.", err=True)


@command.command()
@click.argument("agreement_id")
@data_option
@database_option
@config_option
def end(agreement_id: str, data: Path, database: str | None, config: Path | None) -> None:  # noqa: ARG001  every command takes --config
    """End the agreement AGREEMENT_ID now: nothing more is shared under it."""
    now = datetime.now(UTC)
    try:
        with opened(data, database) as ledger, ledger.write(now) as writing:
            ended = agreements.end(writing, agreement_id)
    except WrongAgreement as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(_line(ended, now))


def _said(one: Agreement) -> dict[str, str]:
    return {
        "agreement_id": one.agreement_id,
        "organisation": one.organisation,
        "lawful_basis": one.lawful_basis,
        "from_at": instant_text(one.from_at),
        "to_at": instant_text(one.to_at),
    }


def _line(one: Agreement, now: datetime) -> str:
    state = "in force" if one.in_force(now) else "over" if one.to_at <= now else "to come"
    return f"{one.agreement_id}  {one.organisation}  {one.lawful_basis}  {instant_text(one.from_at)} to {instant_text(one.to_at)}  {state}"
