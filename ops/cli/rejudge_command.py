"""`vigil rejudge PERSON`: judges one person's whole history again and shows the difference.

Late fixes that were only kept are judged now. Beside a running `vigil run` the run does it; else this command does, and
alerting takes what came of it at the next start.
"""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click
import msgspec

from ops.cli import configuration, data_folder
from ops.cli.arguments import config_option, data_option
from ops.cli.carrying_out import CarryingOut
from schemas.requests import Rejudge
from streams.embedded.folder import Folder, FolderTaken
from streams.embedded.keeper import Keeper
from streams.embedded.publishing import Publishing
from streams.embedded.received import ReceivedReader
from streams.embedded.requests import Answer, Difference, Requests

WAITS = timedelta(seconds=60)
LOOKS_EVERY = timedelta(milliseconds=100)


@click.command()
@click.argument("person")
@data_option
@click.option("--json", "as_json", is_flag=True, help="The difference as one JSON object.")
@config_option
def command(person: str, data: Path, config: Path | None, *, as_json: bool) -> None:
    """Judge everything known of PERSON again. PERSON: a person's id, or TYPE:VALUE, as NOMS:A1234AA."""
    settings = configuration.load(config)
    with data_folder.kept(data):
        pass
    folder = Folder(data)
    try:
        folder.open()
    except FolderTaken:
        answer = _asked(data, person)
    else:
        with closing(folder):
            answer = _done_here(data, person, settings)
    if answer.refused is not None:
        raise click.ClickException(answer.refused)
    for line in _as_json(answer) if as_json else _said(answer):
        click.echo(line)


def _done_here(data: Path, person: str, settings: configuration.Configuration) -> Answer:
    with (
        closing(Keeper(data, settings.rulebook(), settings.known_feeds())) as keeper,
        closing(ReceivedReader(data)) as received,
    ):
        if keeper.outdated:
            return Answer(refused="other rules have judged this folder: vigil run judges everybody again when it starts")
        publishing = Publishing(keeper.file, keeper.judge, received)
        answer = CarryingOut(keeper.judge, publishing, lambda: None, lambda _: None).carry_out(Rejudge(person=person), keeper.judge.clock)
        publishing.look(keeper.touched(), keeper.judge.clock)
        with keeper.saving(keeper.position):
            publishing.save()
        return answer


def _asked(data: Path, person: str) -> Answer:
    with closing(Requests(data)) as requests:
        number = requests.ask(Rejudge(person=person))
        ends = time.monotonic() + WAITS.total_seconds()
        while time.monotonic() < ends:
            answer = requests.answer(number)
            if answer is not None:
                requests.take_back(number)
                return answer
            time.sleep(LOOKS_EVERY.total_seconds())
        requests.take_back(number)
    return Answer(refused=f"the vigil run that owns {data} did not answer within {WAITS.total_seconds():.0f} s; nothing was asked of it")


def _as_json(answer: Answer) -> tuple[str, ...]:
    said = {
        "person_id": answer.person_id,
        "differences": answer.differences,
        "standing_findings": answer.standing_findings,
    }
    return (msgspec.json.encode(said).decode(),)


def _said(answer: Answer) -> tuple[str, ...]:
    return tuple(map(_line, answer.differences)) or (f"No difference: {answer.standing_findings} findings stand as they stood.",)


def _line(one: Difference) -> str:
    ended = "" if one.ended_at is None else f" to {one.ended_at:%Y-%m-%d %H:%M}"
    when = f"{one.began_at:%Y-%m-%d %H:%M}{ended} UTC"
    return f"{one.change}: {one.rule}, {one.severity}, {when}, {one.finding_id}: {one.because}"
