"""The chronology of one person, for a near-miss or a domestic homicide review: what happened, who knew, who was told, and the delays.

Values and their three forms (JSON, a page, CSV). Pure: it is put together in `alerting.ledger.chronology`, and whoever shows it
logs that as a disclosure first. Called by `vigil chronology` and by the console.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from alerting.lifecycle.delays import Delays
from alerting.lifecycle.working_days import LONDON
from alerting.local_time import clock, day
from schemas.fields import instant_text

Kind = Literal["event", "alert", "person", "told", "opened", "delivery"]
KINDS: dict[Kind, str] = {
    "event": "Happened",
    "alert": "Alert",
    "person": "Done",
    "told": "Told",
    "opened": "Read",
    "delivery": "Message",
}
COLUMNS = ("at", "known_at", "late_by_s", "kind", "what", "reference", "by", "role", "text", "source", "message_status")
_FORMULA = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
"""How a formula begins, also in the wide letters that some spreadsheets take for the others. No text is in it but one letter."""
_STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Line(NamedTuple):
    """One thing. `at`: when it happened; `known_at`: when it was known here; `by`: an officer's id; `source`: of an event its feed."""

    at: datetime
    known_at: datetime
    kind: Kind
    what: str
    text: str
    reference: str | None = None
    by: str | None = None
    role: str | None = None
    source: str | None = None
    message_status: str = "actual"

    @property
    def late_by_s(self) -> int:
        """How long after it happened it was known."""
        return max(0, int((self.known_at - self.at).total_seconds()))


class Delayed(NamedTuple):
    """One alert and its three delays."""

    alert_id: str
    reference: str
    rule: str
    severity: str
    because: str
    delays: Delays


class Chronology(NamedTuple):
    """Everything about one person between two instants, in the order in which it happened."""

    person_id: str
    label: str
    made_at: datetime
    from_at: datetime | None
    to_at: datetime | None
    lines: tuple[Line, ...]
    alerts: tuple[Delayed, ...]
    names: dict[str, str]
    """Officers' names by id, as they were called last."""


def as_json(said: Chronology) -> bytes:
    """As one object."""
    return msgspec.json.encode(
        {
            "person_id": said.person_id,
            "label": said.label,
            "made_at": instant_text(said.made_at),
            "from_at": None if said.from_at is None else instant_text(said.from_at),
            "to_at": None if said.to_at is None else instant_text(said.to_at),
            "lines": [dict(zip(COLUMNS, _cells(line), strict=True)) for line in said.lines],
            "alerts": [{**one._asdict(), "delays": one.delays._asdict()} for one in said.alerts],
            "officers": said.names,
        }
    )


def as_csv(said: Chronology) -> bytes:
    """A line a thing. A text that a spreadsheet would take for a formula is kept from being one."""
    out = _Written()
    write = csv.writer(out)
    write.writerow(COLUMNS)
    write.writerows([[_harmless(cell) for cell in _cells(line)] for line in said.lines])
    return "".join(out).encode()


class _Written(list[str]):
    """What the CSV writer wants of a file."""

    def write(self, text: str) -> None:
        """One piece."""
        self.append(text)


def as_html(said: Chronology) -> bytes:
    """One page that needs nothing else, for a screen and for paper."""
    span = " to ".join(_when(at) if at is not None else word for at, word in ((said.from_at, "the beginning"), (said.to_at, "now")))
    head = f"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Chronology of {_e(said.label)}</title><style>
body {{ font: 14px Arial, sans-serif; margin: 2em; }} table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid #bbb; }}
thead {{ display: table-header-group; }} .late {{ font-weight: bold; }}
</style></head><body>
<p>OFFICIAL-SENSITIVE</p>
<h1>Chronology of {_e(said.label)}</h1>
<p>{_e(span)}. Made {_e(_when(said.made_at))}. Times are those of London.</p>
"""
    return (head + "".join(_delays(said)) + "".join(_table(said)) + "</body></html>\n").encode()


def _delays(said: Chronology) -> Iterator[str]:
    yield "<h2>Alerts and their three delays</h2>\n"
    if not said.alerts:
        yield "<p>No alert in this time.</p>\n"
        return
    yield "<table><thead><tr><th>Alert</th><th>What</th><th>Happened to known</th><th>Known to acknowledged</th>"
    yield "<th>Acknowledged to acted</th></tr></thead><tbody>\n"
    for one in said.alerts:
        cells = (f"{one.reference}, {one.severity}", one.because, *map(_span, one.delays))
        yield f"<tr>{''.join(f'<td>{_e(cell)}</td>' for cell in cells)}</tr>\n"
    yield "</tbody></table>\n"


def _table(said: Chronology) -> Iterator[str]:
    yield "<h2>What happened, who knew, who was told</h2>\n"
    yield "<table><thead><tr><th>When</th><th>Known</th><th></th><th>What</th><th>Who</th></tr></thead><tbody>\n"
    for line in said.lines:
        late = f'<span class="late">{_e(_span(line.late_by_s))} later</span>' if line.late_by_s >= 60 else ""  # noqa: PLR2004  a minute
        who = ", ".join(part for part in (said.names.get(line.by or "", line.by or ""), (line.role or "").replace("_", " ")) if part)
        what = " ".join(part for part in (line.reference or "", line.what, line.text) if part)
        mark = "" if line.message_status == "actual" else f" {line.message_status.upper()}"
        cells = (_e(_when(line.at)), late, _e(KINDS[line.kind] + mark), _e(what), _e(who or line.source or ""))
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"
    yield "</tbody></table>\n"


def _cells(line: Line) -> tuple[str | int, ...]:
    return (
        instant_text(line.at),
        instant_text(line.known_at),
        line.late_by_s,
        line.kind,
        line.what,
        line.reference or "",
        line.by or "",
        line.role or "",
        line.text,
        line.source or "",
        line.message_status,
    )


def _harmless(cell: str | int) -> str | int:
    if not isinstance(cell, str):
        return cell
    said = _plain(cell)
    return f"'{said}" if said.lstrip()[:1] in _FORMULA or said[:1] in {"\t", "\n"} else said


def _plain(text: str) -> str:
    """Without what would steer the terminal that it is shown on, or turn round the words beside it."""
    return _STEERS.sub("\N{REPLACEMENT CHARACTER}", text)


def _when(at: datetime) -> str:
    return f"{day(at)} {at.astimezone(LONDON).year} {clock(at)}"


def _span(seconds: int | None) -> str:
    if seconds is None:
        return "not yet"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{rest} s"


def _e(text: str) -> str:
    return html.escape(_plain(text))
