"""Identifiers of a person: their types, canonical forms and check letters (PNC, CRO and ASN carry one).

A failed check letter flags an identifier and never drops an event: real court records often fail it. Nothing here decides
who somebody is (`streams.identity` does). Called by the codec and by the identity desk.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

from schemas.event import Identifier

IdentifierType = Literal[
    "NOMS",
    "CRN",
    "PNC",
    "CRO",
    "ASN",
    "DEFENDANT_ID",
    "MASTER_DEFENDANT_ID",
    "EM_WEARER",
    "EM_PERSON",
    "CUSTODY_RECORD",
    "CRIME_REF",
    "CASE",
]
IDENTIFIER_TYPES: tuple[str, ...] = get_args(IdentifierType)
FORCE_LOCAL = frozenset({"CUSTODY_RECORD", "CRIME_REF", "CASE"})
"""Numbers that are unique only within a force, so their value is `force:value`."""
CHECKED = frozenset({"PNC", "CRO", "ASN"})

_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
_CENTURY_PIVOT = 50
"""Short years below it are 20yy, others 19yy. Fixed, where the source code asks the clock: the same number must stay the same."""
_PNC = re.compile(r"(\d{2}|\d{4})/(\d{1,7})([A-Z])", re.ASCII)
_PNC_WITHOUT_SLASH = (re.compile(r"(\d{2})(\d{1,7})([A-Z])", re.ASCII), re.compile(r"((?:19|20)\d{2})(\d{1,7})([A-Z])", re.ASCII))
_CRO = re.compile(r"(\d{1,6})/(\d{2})([A-Z])", re.ASCII)
_CRO_SF = re.compile(r"SF(\d{2})/(\d{1,6})([A-Z])", re.ASCII)
_ASN = re.compile(r"(\d{2})([0-9A-Z]?)([0-9A-Z]{2})([0-9A-Z]{2})([0-9A-Z]{2})(\d{11})([A-Z])", re.ASCII)
_ASN_DISPLAY = re.compile(r"(\d{2})/([0-9A-Z]?)([0-9A-Z]{2})([0-9A-Z]{2})/([0-9A-Z]{2})/(\d{1,11})([A-Z])", re.ASCII)


def canonical(identifier: Identifier) -> Identifier:
    """The one form of the same number, e.g. PNC `08/545166t` and `2008/0545166T`. What cannot be read stays as it is."""
    read = _READERS.get(identifier.type)
    if read is None:
        return identifier
    form, _ = read(_tidy(identifier.value))
    return identifier if form is None else Identifier(identifier.type, form)


def check_failed(identifier: Identifier) -> bool:
    """True when a PNC, CRO or ASN is not of its form or its letter does not fit; other types carry no check."""
    read = _READERS.get(identifier.type)
    return read is not None and not read(_tidy(identifier.value))[1]


def _tidy(value: str) -> str:
    return "".join(value.split()).upper()


def _fits(digits: str, letter: str) -> bool:
    return _LETTERS[int(digits) % len(_LETTERS)] == letter


def _read_pnc(value: str) -> tuple[str | None, bool]:
    if found := _PNC.fullmatch(value):
        return _pnc(*found.groups())
    # Without its slash `200854T` may be 2020/0000854 or 2008/0000054: the letter decides, else the short year.
    readings = [_pnc(*found.groups()) for form in _PNC_WITHOUT_SLASH if (found := form.fullmatch(value))]
    return next((reading for reading in readings if reading[1]), readings[0] if readings else (None, False))


def _pnc(year: str, serial: str, letter: str) -> tuple[str, bool]:
    padded, short_year = serial.zfill(7), year[-2:]
    if year == short_year:
        year = f"{20 if int(year) < _CENTURY_PIVOT else 19}{year}"
    return f"{year}/{padded}{letter}", _fits(short_year + padded, letter)


def _read_cro(value: str) -> tuple[str | None, bool]:
    if found := _CRO_SF.fullmatch(value):
        year, serial, letter = found.groups()
        serial = serial.lstrip("0") or "0"
        return f"SF{year}/{serial}{letter}", _fits(year + serial, letter)
    if found := _CRO.fullmatch(value):
        serial, year, letter = found.groups()
        padded = serial.zfill(6)
        return f"{padded}/{year}{letter}", _fits(year + padded, letter)
    return None, False


def _read_asn(value: str) -> tuple[str | None, bool]:
    found = _ASN.fullmatch(value) or _ASN_DISPLAY.fullmatch(value)
    if not found:
        return None, False
    year, top, force, unit, system, serial, letter = found.groups()
    padded = serial.zfill(11)
    counted = "".join(part for part in (force, system) if part.isdigit()) + year + padded  # the unit is not in the sum
    return f"{year}{top}{force}{unit}{system}{padded}{letter}", _fits(counted, letter)


_READERS = {"PNC": _read_pnc, "CRO": _read_cro, "ASN": _read_asn}
