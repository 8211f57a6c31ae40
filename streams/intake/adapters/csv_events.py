"""CSV: one event a row, for whoever can only export a spreadsheet.

The form is ours (contract.md 4). Headings are dotted paths of the envelope: `type`, `occurred_at`, `data.latitude`,
`data.conditions.0.kind`; `person.NOMS` is short for an identifier of that type, and `person.identifiers.0.type` works too.
Comma, semicolon or tab; UTF-8.
* What a cell becomes is said by the model of the row's type, never guessed: `07700900123` stays text where text belongs.
* An empty cell is an absent field. Where a list belongs, `gps;alcohol` is a list and `[...]` or `{...}` is read as JSON.
* No `id` column: the id is a hash of the row, so the same row is the same event. No `source` column: the sender names it.
Gaps: a row cannot hold an empty text or an empty list, except as JSON.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import lru_cache

from schemas.event import Identifier
from schemas.identifiers import IDENTIFIER_TYPES
from schemas.types import TYPES
from streams.intake.adapters.form import Envelope, NotCarried, Refusal, Settings, as_json, digest
from streams.intake.adapters.json_records import document
from streams.intake.adapters.text_lines import DECIMAL, Line, text_lines

NAME = "csv"
SEPARATORS = (",", ";", "\t")
LIST_SEPARATOR = ";"
IDENTIFIERS = ("person", "identifiers")
NEEDED = ("type", "occurred_at")
FLAGS = {"true": True, "false": False}
DEEPEST_PATH = 12

Path = tuple[str, ...]
Schema = dict[str, object]


def read(raw: bytes, settings: Settings) -> Iterator[Envelope | Refusal]:
    """One event a row; a row with a wrong cell spoils only itself, a wrong heading the whole file."""
    lines = Lines(raw)
    try:
        separator, paths = _headings(next(lines, ""))
    except NotCarried as wrong:
        yield from lines.bad or [wrong.at("line 1")]
        return
    rows = csv.reader(lines, delimiter=separator, strict=True)
    row: list[str] | None = []
    count = 0
    while row is not None:
        lines.row_began_at.clear()
        try:
            row = next(rows, None)
            if row is not None:
                yield _event(paths, row, settings)
        except NotCarried as wrong:
            lines.bad.append(wrong.at(lines.row_began_at[0]))
        except csv.Error:
            reason = "a quote out of place, or a cell too long"
            if len(lines.row_began_at) > 1:
                row, reason = None, "a quote that does not end: nothing after it was read"
            lines.bad.append(NotCarried("", reason, "cells quoted as RFC 4180 says", "malformed").at(lines.row_began_at[0]))
        count += 1
        yield from lines.bad
        lines.bad.clear()
    if count == 1:
        yield NotCarried("", "headings without a row", "at least one row", "malformed").at("file")


class Lines(Iterator[str]):
    """The lines as the csv module wants them. What cannot be read is laid aside; where each line of a row stood is kept."""

    def __init__(self, raw: bytes) -> None:
        self.bad: list[Refusal] = []
        self.row_began_at: list[str] = []
        self._lines = text_lines(raw)

    def __next__(self) -> str:
        for line in self._lines:
            if isinstance(line, Line):
                self.row_began_at.append(line.where)
                return line.text + "\n"
            self.bad.append(line)
        raise StopIteration


def _headings(line: str) -> tuple[str, list[Path]]:
    separator = max(SEPARATORS, key=line.count)
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=separator, strict=True))]
    except csv.Error:
        raise NotCarried("", "headings that cannot be read", "dotted paths of the envelope", "malformed") from None
    if missing := [needed for needed in NEEDED if needed not in names]:
        raise NotCarried(f"/{missing[0]}", "no such heading", f"headings {', '.join(NEEDED)} and data.*", "malformed")
    paths = [tuple(name.split(".")) for name in names]
    for at, path in enumerate(paths):
        shadowed = any(other[: len(path)] == path for other in paths[:at] + paths[at + 1 :])
        if "" in path or shadowed or len(path) > DEEPEST_PATH:
            reason = "a heading that is empty, twice there, or above another"
            raise NotCarried(f"/{'/'.join(path)}", reason, "one heading a field", "malformed")
    return separator, paths


def _event(paths: list[Path], row: list[str], settings: Settings) -> Envelope:
    if len(row) != len(paths):
        raise NotCarried("", f"{len(row)} cells", f"{len(paths)} cells, one for each heading", "malformed")
    cells = {path: cell.strip() for path, cell in zip(paths, row, strict=True) if cell.strip()}
    type_ = cells.get(("type",), "")
    made: Envelope = {}
    identifiers: list[Identifier] = []
    for path, cell in cells.items():
        if len(path) == 2 and path[0] == "person" and path[1] in IDENTIFIER_TYPES:  # noqa: PLR2004 - person.NOMS
            identifiers.append(Identifier(path[1], cell))
        else:
            _put(made, path, _value(type_, path, cell))
    built = {name: _lists(type_, (name,), part) for name, part in made.items()}
    built.setdefault("data", {})
    if settings.source is not None:
        built.setdefault("source", settings.source)
    if "person" not in built and (identifiers or settings.identifiers):
        built["person"] = {"identifiers": as_json(identifiers or settings.identifiers)}
    return built if "id" in built else {"id": f"{NAME}-{digest(built)}", **built}


def _put(into: dict[str, object], path: Path, value: object) -> None:
    for step in path[:-1]:
        below = into.setdefault(step, {})
        if not isinstance(below, dict):
            raise NotCarried(f"/{'/'.join(path)}", "stands under a field that has a value of its own", "one heading a field")
        into = below
    into[path[-1]] = value


def _lists(type_: str, path: Path, part: object) -> object:
    """Numbered fields become a list where a list belongs, in the order of their numbers."""
    if not isinstance(part, dict):
        return part
    made = {name: _lists(type_, (*path, name), below) for name, below in part.items()}
    belongs = path == IDENTIFIERS or (path[0] == "data" and type_ in TYPES and "array" in _wanted(type_, path[1:]))
    if belongs and all(name.isdecimal() for name in made):
        return [made[name] for name in sorted(made, key=int)]
    return made


def _value(type_: str, path: Path, cell: str) -> object:
    """The cell as the model of the row's type has it. What does not fit stays text: the codec says what was expected."""
    if path[0] != "data" or type_ not in TYPES:
        return cell
    wanted = _wanted(type_, path[1:])
    if cell[0] in "[{" and wanted & {"array", "object"}:
        return document(cell)
    if "string" in wanted or not wanted:
        return cell
    if "boolean" in wanted:
        return FLAGS.get(cell.lower(), cell)
    if wanted & {"number", "integer"} and DECIMAL.fullmatch(cell):
        return int(cell) if cell.lstrip("+-").isdecimal() else float(cell)
    return [one.strip() for one in cell.split(LIST_SEPARATOR)] if "array" in wanted else cell


@lru_cache(maxsize=4096)
def _wanted(type_: str, path: Path) -> frozenset[str]:
    """The JSON types that the model takes at this path of `data`; none for a field that it does not know."""
    schema = _schema(type_)
    places = [schema]
    for step in path:
        places = [below for place in places for one in _alternatives(place, schema) for below in _below(one, step)]
    named = [one.get("type") for place in places for one in _alternatives(place, schema)]
    return frozenset(str(word) for names in named if names for word in (names if isinstance(names, list) else [names]))


@lru_cache
def _schema(type_: str) -> Schema:
    return TYPES[type_].model.model_json_schema(by_alias=True)


def _alternatives(place: Schema, root: Schema) -> list[Schema]:
    """The schema itself with references followed, or each of those that it allows."""
    if isinstance(reference := place.get("$ref"), str):
        definitions = root.get("$defs")
        found = definitions.get(reference.rpartition("/")[2]) if isinstance(definitions, dict) else None
        return _alternatives(found, root) if isinstance(found, dict) else []
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(several := place.get(word), list):
            return [one for each in several if isinstance(each, dict) for one in _alternatives(each, root)]
    return [place]


def _below(place: Schema, step: str) -> list[Schema]:
    if step.isdecimal():
        listed = [place.get("items"), *(several if isinstance(several := place.get("prefixItems"), list) else [])]
        return [one for one in listed if isinstance(one, dict)]
    properties = place.get("properties")
    found = properties.get(step) if isinstance(properties, dict) else None
    return [one for one in (found, place.get("additionalProperties")) if isinstance(one, dict)][:1]
