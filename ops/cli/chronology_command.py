"""`vigil chronology PERSON`: the near-miss or review chronology. That it is made stands in the log before a byte is written."""

from __future__ import annotations

import getpass
import uuid
from datetime import datetime
from pathlib import Path

import click

from alerting import reasons
from alerting.chronology import as_csv, as_html, as_json
from alerting.ledger import readings
from alerting.ledger.chronology import chronology, person_named
from ops.cli import cluster
from ops.cli.arguments import EXISTING, WRITABLE, data_option, instant, writing
from ops.cli.ledgers import database_option, opened

FORMS = {"json": as_json, "html": as_html, "csv": as_csv}


def _reason(_context: click.Context, _parameter: click.Parameter, said: str) -> str:
    if not reasons.length(said):
        raise click.BadParameter("nothing that can be read; expected words, as 'Near miss of 3 March'")
    return said


@click.command()
@click.argument("person")
@data_option
@database_option
@click.option("--format", "form", type=click.Choice(list(FORMS)), default="html", show_default=True)
@click.option("--from", "from_at", callback=instant, metavar="INSTANT", help="Not before this instant, as 2026-11-22T00:00:00Z.")
@click.option("--to", "to_at", callback=instant, metavar="INSTANT", help="Before this instant.")
@click.option("--reason", callback=_reason, default="review", show_default=True, help="Why, for the log of disclosures.")
@click.option("--out", type=WRITABLE, help="Where it goes; else standard output.")
@click.option("--config", type=EXISTING, expose_value=False, help="Taken as by every command; nothing of it is read here.")
def command(
    person: str,
    data: Path,
    database: str | None,
    form: str,
    from_at: datetime | None,
    to_at: datetime | None,
    reason: str,
    out: Path | None,
) -> None:
    """Write what happened to PERSON, who knew, who was told, and the three delays. PERSON: an id, or TYPE:VALUE, as NOMS:A1234AA."""
    now = cluster.now()
    with opened(data, database) as ledger:
        with ledger.read() as connection:
            person_id = person_named(connection, person)
            if person_id is None:
                raise click.ClickException(
                    f"nobody who is managed is {person}: expected a person's id, as pe_1f0c..., or TYPE:VALUE, as NOMS:A1234AA"
                )
            said = chronology(connection, person_id, now, from_at, to_at)
        with writing(out) as target:
            with ledger.write(now) as transaction:
                readings.write(transaction, _disclosure(person_id, reason, form))
            target.write(FORMS[form](said))
    click.echo(f"{len(said.lines)} lines, {len(said.alerts)} alerts. It is in the log of disclosures that you made it.", err=True)


def _disclosure(person_id: str, reason: str, form: str) -> readings.Reading:
    return readings.Reading(
        kind="disclosure",
        officer_id=f"operator:{getpass.getuser()}",
        role="operator",
        purpose="chronology",
        reason=reason,
        subject_ids=(person_id,),
        fields=("chronology",),
        route=f"vigil chronology --format {form}",
        request_id=f"cli_{uuid.uuid4().hex}",
    )
