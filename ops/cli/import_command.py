"""`vigil import --format NAME FILE...`: turns another system's files into canonical events (contract 4). Judges and keeps nothing.

The formats are `streams.intake.formats`; here are the files, the counts and the names of what was refused.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from tqdm import tqdm

from ops.cli.arguments import EXISTING, WRITABLE, apart, config_option, writing
from ops.web.visible import visible
from schemas.event import Identifier
from streams.intake.adapters.form import Refusal, Settings
from streams.intake.flags import counted, flags
from streams.intake.formats import FORMATS, OPTIONS, import_file


def _listed(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001  click's signature
    if wanted:
        width = max(map(len, FORMATS))
        for adapter in FORMATS.values():
            needs = f" (needs {', '.join(OPTIONS[need] for need in adapter.needs)})" if adapter.needs else ""
            click.echo(f"{adapter.name:{width}}  {adapter.description}{needs}")
        context.exit()


def _identifiers(_context: click.Context, _parameter: click.Parameter, said: tuple[str, ...]) -> tuple[Identifier, ...]:
    found = []
    for one in said:
        kind, colon, value = one.partition(":")
        if not (kind and colon and value):
            raise click.BadParameter(f"{one!r} is no TYPE:VALUE, as EM_WEARER:w-1")
        found.append(Identifier(kind, value))
    return tuple(found)


@click.command()
@click.argument("files", nargs=-1, required=True, type=EXISTING)
@click.option("--format", "format_name", required=True, type=click.Choice(list(FORMATS)), help="What the files are.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_listed, help="Show the formats, and end.")
@click.option("--out", type=WRITABLE, help="Where the events go, one a line; else standard output.")
@click.option("--source", help="The feed, for formats that name none.")
@click.option(
    "--identifier", "identifiers", multiple=True, callback=_identifiers, metavar="TYPE:VALUE", help="Whose it is; may be repeated."
)
@click.option("--device", help="The device, for formats that name none.")
@click.option("--json", "as_json", is_flag=True, help="Name what was refused as JSON, one object a line.")
@config_option
def command(
    files: tuple[Path, ...],
    format_name: str,
    out: Path | None,
    source: str | None,
    identifiers: tuple[Identifier, ...],
    device: str | None,
    config: Path | None,  # noqa: ARG001  every command takes --config
    *,
    as_json: bool,
) -> None:
    """Turn FILES of another system into canonical events, one a line. What cannot be carried is named on standard error."""
    apart(files, out)
    carried = refused = flagged = 0
    with writing(out) as target:
        for path in tqdm(files, desc="import", unit="file", disable=None, file=sys.stderr):
            settings = Settings(source=source, identifiers=identifiers, device_id=device, file_name=path.name)
            try:
                raw = path.read_bytes()
            except OSError as wrong:
                raise click.ClickException(f"{path}: {wrong.strerror}") from wrong
            for found in import_file(raw, format_name, settings):
                if isinstance(found, Refusal):
                    refused += 1
                    click.echo(_as_json(path, found) if as_json else _named(path, found), err=True)
                else:
                    carried += 1
                    flagged += bool(flags(found.event))
                    target.write(found.line + b"\n")
    files_read = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
    summary = f"{files_read}: {carried} events, {refused} records refused"
    if not carried and refused:
        raise click.ClickException(f"nothing could be read; {summary}")
    if flagged and not as_json:
        click.echo(counted(flagged), err=True)
    click.echo(
        json.dumps({"files": len(files), "events": carried, "refused": refused, "flagged": flagged}) if as_json else summary, err=True
    )


def _named(path: Path, refusal: Refusal) -> str:
    wrong = "; ".join(f"{error.pointer or '/'} {error.reason}, expected {error.expected}" for error in refusal.errors)
    return visible(f"{path.name}, {refusal.where}: {refusal.code}: {wrong}")


def _as_json(path: Path, refusal: Refusal) -> str:
    errors = [error._asdict() for error in refusal.errors]
    return json.dumps({"file": path.name, "where": refusal.where, "code": refusal.code, "errors": errors}, ensure_ascii=False)
