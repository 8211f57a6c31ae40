"""The battery of a location tag: drained evenly, charged every day, until a day on which it is not.

Straight pieces between instants, made a day at a time. Also the exact instant at which the rule `battery-forecast` begins on such a
line, worked out by the words of rules.md, so that the truth can name it. Read by `tracker` and by the stories of flat batteries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from ops.simulate.instants import HOUR_MS, MINUTE_MS, local_dates, local_ms
from ops.simulate.people import SETTLING_MS, Person
from ops.simulate.script import FOR_EVER_MS, Script, Span

CHARGE_MS = 100 * MINUTE_MS
FLAT_PERCENT = 2.0
_CHARGE_PERCENT_PER_MS = 100 / CHARGE_MS


def charge_at(person: Person, day: date) -> int:
    """When he puts it on the charger on an ordinary day."""
    return local_ms(day, person.charge_minute)


def charges(person: Person, script: Script, ends_ms: int) -> Iterator[Span]:
    """All his charges in order."""
    extra = sorted(script.extra_charges_ms)
    for day in local_dates(person.opened_ms, ends_ms):
        start_ms = charge_at(person, day)
        while extra and extra[0] < start_ms:
            first_ms = extra.pop(0)
            yield Span(first_ms, first_ms + CHARGE_MS)
        if day not in script.missed_charges and start_ms > person.opened_ms + SETTLING_MS:
            yield Span(start_ms, start_ms + CHARGE_MS)


class _Piece(NamedTuple):
    """A straight piece of the line, up to an instant."""

    to_ms: int
    from_ms: int
    percent: float
    percent_per_ms: float


def _pieces(person: Person, charges: Iterator[Span]) -> Iterator[_Piece]:
    drain_per_ms = person.drain_percent_per_hour / HOUR_MS
    percent, from_ms = 100.0, person.opened_ms
    for charge in chain(charges, (Span(FOR_EVER_MS, FOR_EVER_MS),)):
        flat_ms = from_ms + round((percent - FLAT_PERCENT) / drain_per_ms)
        yield _Piece(min(flat_ms, charge.from_ms), from_ms, percent, -drain_per_ms)
        yield _Piece(charge.from_ms, from_ms, FLAT_PERCENT, 0.0)
        percent = max(percent - drain_per_ms * (charge.from_ms - from_ms), FLAT_PERCENT)
        full_ms = charge.from_ms + round((100 - percent) / _CHARGE_PERCENT_PER_MS)
        yield _Piece(full_ms, charge.from_ms, percent, _CHARGE_PERCENT_PER_MS)
        yield _Piece(charge.to_ms, full_ms, 100.0, 0.0)
        percent, from_ms = 100.0, charge.to_ms


class Battery:
    """Follows the charge forward in time. Ask for instants that never decrease."""

    def __init__(self, person: Person, charges: Iterator[Span]) -> None:
        self._pieces = _pieces(person, charges)
        self._piece = next(self._pieces)

    def percent(self, at_ms: int) -> int:
        """The whole percent that the device reports."""
        while at_ms >= self._piece.to_ms:
            self._piece = next(self._pieces)
        _, from_ms, percent, percent_per_ms = self._piece
        return int(percent + percent_per_ms * (at_ms - from_ms))


def flat_at(person: Person, missed: date) -> int:
    """When the battery is flat if he does not charge it on that day, nor afterwards."""
    full_ms = charge_at(person, missed - timedelta(days=1)) + CHARGE_MS
    return full_ms + round((100 - FLAT_PERCENT) / person.drain_percent_per_hour * HOUR_MS)


def forecast_at(person: Person, missed: date) -> int:
    """The fix at which `battery-forecast` begins: percent / rate <= 2 h, by the first and last reading of the last 60 minutes."""
    full_ms = charge_at(person, missed - timedelta(days=1)) + CHARGE_MS
    at_ms = first_fix_at(person, full_ms + 2 * HOUR_MS)
    drain_per_ms = person.drain_percent_per_hour / HOUR_MS
    while True:
        now = int(100 - drain_per_ms * (at_ms - full_ms))
        lost = int(100 - drain_per_ms * (at_ms - HOUR_MS - full_ms)) - now
        if lost >= 3 and now <= 2 * lost:  # noqa: PLR2004 -- rules.md, battery-forecast: three points, two hours
            return at_ms
        at_ms += MINUTE_MS


def first_fix_at(person: Person, at_ms: int) -> int:
    """The first instant of his device's minute grid that is not before an instant."""
    return at_ms + (person.fix_offset_ms - at_ms) % MINUTE_MS


def last_fix_before(person: Person, at_ms: int) -> int:
    return first_fix_at(person, at_ms) - MINUTE_MS
