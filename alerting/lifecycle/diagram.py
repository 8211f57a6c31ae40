"""The page of the lifecycle, drawn from the transition table: a diagram of each axis and every row in words.

Pure: text from data. Written by `python -m alerting.publish`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alerting.lifecycle.door import TABLE
from alerting.lifecycle.outcomes import EVERYBODY
from alerting.lifecycle.policy import SEVERITIES
from alerting.lifecycle.row import AXES, STANDS, WITHDRAWN, Axis, Kind, Row

HEAD = """# Who must know, and whether they act

Written by `python -m alerting.publish` from the transition table (`lifecycle/command_rows.py`, `matter_rows.py`, `clock_rows.py`); change
the table, not this page. What each clock is, is in `lifecycle/policy.py`; whom it asks next, in `lifecycle/escalation.py`.

The axes of an alert are separate. `handling.state` is derived: the last that holds of unanswered, acknowledged, actioned,
awaiting_second_key, challenged, shelved, closed. An axis that a row does not set stays as it was.
Everybody who answers: control room, OIC, offender managers, IDVA, programme case manager, MARAC coordinator, supervisor, duty inspector.
"""
TITLES: dict[Kind, str] = {
    "command": "What people say",
    "matter": "What the matter does",
    "clock": "What runs out",
    "system": "What follows by itself",
}
BEGINS: dict[Kind, str] = {"command": "", "matter": "matter: ", "clock": "clock: ", "system": "system: "}


def page() -> str:
    """The whole page."""
    parts = [HEAD, "## The axes\n", *(_axis(axis) for axis in AXES), *(_rows(kind) for kind in TITLES)]
    return "\n".join(parts)


def _axis(axis: Axis) -> str:
    """One diagram: what moves this axis, and from where."""
    label = axis.replace("_", " ")
    ways: dict[tuple[str, str], dict[str, None]] = {}
    for row in TABLE:
        if axis in row.sets:
            goes_to = _end(axis, holds=row.sets[axis])
            before = row.when.get(axis)
            for holds in (False, True) if before is None else (before,):
                came_from = _end(axis, holds=holds)
                if came_from != goes_to:
                    ways.setdefault((came_from, goes_to), {})[BEGINS[row.kind] + row.name.replace("_", " ")] = None
    lines = [f"    {came_from} --> {goes_to}: {', '.join(names)}" for (came_from, goes_to), names in ways.items()]
    named = [f'    state "not {label}" as {_end(axis, holds=False)}', f'    state "{label}" as {_end(axis, holds=True)}']
    start = f"    [*] --> {_end(axis, holds=False)}"
    return "\n".join([f"### {label.capitalize()}\n", "```mermaid", "stateDiagram-v2", *named, start, *lines, "```", ""])


def _end(axis: Axis, *, holds: bool) -> str:
    return axis if holds else f"not_{axis}"


def _rows(kind: Kind) -> str:
    lines = [f"## {TITLES[kind]}\n"]
    who = kind == "command"
    lines.append("| what | where | if | then | history |" + (" who |" if who else ""))
    lines.append("|---|---|---|---|---|" + ("---|" if who else ""))
    lines.extend(_line(row, who=who) for row in TABLE if row.kind == kind)
    return "\n".join([*lines, ""])


def _line(row: Row, *, who: bool) -> str:
    cells = [f"`{row.name}`", "; ".join(_where(row)) or "always", row.if_, _so(row.sets.items()), f"`{row.word}`"]
    if who:
        cells.append("everybody who answers" if row.who == EVERYBODY else ", ".join(sorted(row.who)))
    return "| " + " | ".join(cells) + " |"


def _where(row: Row) -> Iterator[str]:
    if row.when:
        yield _so(row.when.items())
    if len(row.severities) < len(SEVERITIES):
        yield " or ".join(severity for severity in SEVERITIES if severity in row.severities)
    if row.statuses != STANDS | WITHDRAWN:
        yield "matter " + " or ".join(status for status in ("open", "closed", "withdrawn") if status in row.statuses)


def _so(axes: Iterable[tuple[Axis, bool]]) -> str:
    """Axes in words, in their own order."""
    given = dict(axes)
    return ", ".join(("" if given[axis] else "not ") + axis.replace("_", " ") for axis in AXES if axis in given)
