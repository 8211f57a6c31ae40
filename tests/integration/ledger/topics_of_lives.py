"""What streams would tell of a random life, record by record, and what a replay makes of the same: the oracle of the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from alerting.book import AlertBook
from alerting.directory import Directory, learn
from alerting.ledger.taking import Incoming
from schemas import codec, topics
from schemas.alert import Alert
from schemas.event import Event
from streams.catalogue import CATALOGUE
from streams.embedded.judge import Judge
from streams.embedded.playback import Line, Playback
from streams.embedded.told import Told
from streams.engine.journal import MemoryJournal
from streams.engine.rulebook import Rulebook
from tests.lives import START, Life, instant

LOG = "embedded-test"
DAY = timedelta(days=1)


class Lived(NamedTuple):
    """Records in order, each with the instant at which streams told it; and the alerts of a replay at the end."""

    records: tuple[tuple[datetime, Incoming], ...]
    alerts: tuple[Alert, ...]


def officers() -> Iterator[bytes]:
    """Whom a life's team consists of, and who is on call: so that people are told, and escalation has somewhere to go."""

    def said(number: int, kind: str, data: dict[str, object]) -> bytes:
        at = START - 30 * DAY + timedelta(seconds=number)
        event = {"id": f"d{number}", "source": "directory/hr", "type": kind, "occurred_at": instant(at), "received_at": instant(at)}
        return json.dumps({**event, "data": data}).encode()

    names = ("of-oic", "of-2", "of-1", "of-idva", "of-cr", "of-insp")
    for number, name in enumerate(names):
        data: dict[str, object] = {"officer_id": name, "name": f"Officer {number}", "organisation": "police", "area": "avon"}
        yield said(number, "directory.officer", {**data, "roles": ["oic"], "channels": {"email": f"{name}@example.org"}})
    spans = {"from": instant(START - 20 * DAY), "to": instant(START + 200 * DAY)}
    for number, (role, name) in enumerate((("control_room", "of-cr"), ("duty_inspector", "of-insp")), len(names)):
        for place, area in enumerate(("avon", "avon-and-somerset")):
            yield said(number * 10 + place + 100, "directory.on_call", {"role": role, "area": area, "officer_id": name, **spans})


def lived(life: Life) -> Lived:
    """The whole life, judged, and told in a replay's memory and as records."""
    judge = Judge(Rulebook(CATALOGUE), MemoryJournal())
    book, directory = AlertBook(), Directory()
    records: list[tuple[datetime, Incoming]] = []
    last_said: dict[str, bytes] = {}

    def put(topic: str, value: bytes) -> None:
        records.append((judge.clock, Incoming(LOG, 0, len(records), topic, value)))

    def tell(told: Told) -> None:
        nonlocal book
        if told.person is not None:
            view = told.person.model_dump_json().encode()
            if last_said.get(told.person.person_id) != view:
                last_said[told.person.person_id] = view
                put(topics.PEOPLE, view)
        for change in told.changes:
            put(topics.FINDINGS, change.model_dump_json().encode())
        book.apply(told.changes, told.person, directory)

    lines = (Line("life", number, raw) for number, raw in enumerate([*officers(), *life.stamped()]))
    for heard in Playback(judge).play(lines):
        if isinstance(heard, Event):
            put(topics.DIRECTORY, codec.encode(heard))
            directory = learn(directory, heard)
        else:
            for told in heard:
                tell(told)
    for told in judge.advance(life.end):
        tell(told)
    return Lived(tuple(records), book.alerts())
