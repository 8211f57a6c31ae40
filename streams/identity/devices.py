"""Who wears a device when: fittings and removals as intervals. Devices are reused between people.

A fitting holds from its instant until the removal of its activation, or the next fitting of the device on anybody. Late
fittings and removals move the intervals; nothing here depends on arrival. Used by the desk and the registry.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from schemas.event import Identifier
from streams.identity.naming import ALWAYS_TO, Device
from streams.identity.statements import Fitting, Removal


class Hold(NamedTuple):
    """A device is on the person of this fitting, from (inclusive) until (exclusive)."""

    from_at: datetime
    to_at: datetime
    fitting: Fitting


class Devices:
    """All fittings and removals heard of."""

    def __init__(self) -> None:
        self._fittings: dict[Device, list[Fitting]] = defaultdict(list)
        self._removals: dict[tuple[str, str], list[Removal]] = defaultdict(list)
        self._fitted_as: dict[tuple[str, str], list[Fitting]] = defaultdict(list)
        self._fitted_on: dict[Identifier, list[Fitting]] = defaultdict(list)
        self._holds: dict[Device, tuple[Hold, ...]] = {}

    def is_news(self, statement: Fitting | Removal) -> bool:
        """False when this event was heard already."""
        known = self._known(statement)
        return all(heard.ref != statement.ref for heard in known)

    def learn(self, statement: Fitting | Removal) -> None:
        """Takes a fitting or a removal."""
        activation = (statement.device.service, statement.activation_id)
        if isinstance(statement, Fitting):
            insort(self._fittings[statement.device], statement, key=lambda said: said.order)
            self._fitted_as[activation].append(statement)
            for identifier in statement.identifiers:
                self._fitted_on[identifier].append(statement)
        else:
            insort(self._removals[activation], statement, key=lambda said: said.order)
        self._holds.pop(statement.device, None)
        for fitting in self._fitted_as.get(activation, ()):
            self._holds.pop(fitting.device, None)  # a removal may name its device otherwise than the fitting did

    def holds(self, device: Device) -> tuple[Hold, ...]:
        """The intervals of a device in order; they do not overlap."""
        if device not in self._fittings:
            return ()
        if device not in self._holds:
            self._holds[device] = tuple(self._work_out(device))
        return self._holds[device]

    def activation(self, source: str, activation_id: str) -> tuple[Fitting, ...]:
        """The fittings that began this activation; more than one when it was sent again, or corrected."""
        known = self._fitted_as.get((source, activation_id), ())
        return tuple(sorted((fitting for fitting in known if self._counts(fitting)), key=lambda said: said.order))

    def fitted_on(self, identifier: Identifier) -> Iterator[Fitting]:
        """Every fitting on a person under this identifier."""
        return iter(self._fitted_on.get(identifier, ()))

    def fitted(self, device: Device, activation_id: str | None) -> Iterator[Fitting]:
        """Every fitting of the device, and every one that began the activation."""
        yield from self._fittings.get(device, ())
        if activation_id is not None:
            yield from self._fitted_as.get((device.service, activation_id), ())

    def statements(self) -> Iterator[Fitting | Removal]:
        """Everything heard."""
        for fittings in self._fittings.values():
            yield from fittings
        for removals in self._removals.values():
            yield from removals

    def unname(self, identifiers: set[Identifier]) -> None:
        """Forgets on whom; the fittings stay, for each ends the one before it."""
        named = {fitting.ref: fitting for identifier in identifiers for fitting in self._fitted_on.pop(identifier, ())}
        for fitting in named.values():
            nobody = msgspec.structs.replace(fitting, identifiers=())
            for known in (self._fittings[fitting.device], self._fitted_as[fitting.device.service, fitting.activation_id]):
                known[known.index(fitting)] = nobody
            self._holds.pop(fitting.device, None)

    def _known(self, statement: Fitting | Removal) -> list[Fitting] | list[Removal]:
        if isinstance(statement, Fitting):
            return self._fittings.get(statement.device, [])
        return self._removals.get((statement.device.service, statement.activation_id), [])

    def _counts(self, fitting: Fitting) -> bool:
        """An exercise may not take a device off an actual person."""
        return fitting.actual or not any(other.actual for other in self._fittings[fitting.device])

    def _work_out(self, device: Device) -> Iterator[Hold]:
        fittings = [fitting for fitting in self._fittings[device] if self._counts(fitting)]
        ends = [fitting.order[0] for fitting in fittings[1:]]
        for fitting, next_at in zip(fittings, [*ends, ALWAYS_TO], strict=True):
            removals = self._removals.get((device.service, fitting.activation_id), ())
            removed = (removal.order[0] for removal in removals if removal.order > fitting.order and (removal.actual or not fitting.actual))
            to_at = min(next_at, next(removed, ALWAYS_TO))
            if fitting.order[0] < to_at:
                yield Hold(fitting.order[0], to_at, fitting)
