"""What is to happen to one person beyond ordinary life: a story's facts, walks, silences and truths.

A script is filled while the run is planned and only read afterwards. For most people it is empty, and an empty one is made when
their life begins. On its `story_days` nothing else happens: no ordinary errands, no wild fixes, no device that holds its fixes back,
so that what the rules find is the story and nothing but the story.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ops.simulate.geography import Place
from ops.simulate.lines import Fact
from ops.simulate.truth import Truth

FOR_EVER_MS = 1 << 60


class Span(NamedTuple):
    """From one instant up to, not including, another."""

    from_ms: int
    to_ms: int


class Waypoint(NamedTuple):
    """Where he is at an instant; between two he moves straight and evenly."""

    at_ms: int
    place: Place


class Outing(NamedTuple):
    """Away from home: begins and ends there."""

    waypoints: tuple[Waypoint, ...]

    @property
    def leaves_ms(self) -> int:
        return self.waypoints[0].at_ms

    @property
    def returns_ms(self) -> int:
        return self.waypoints[-1].at_ms


class Worn(NamedTuple):
    """From an instant on he wears this device in this activation."""

    from_ms: int
    device_id: str
    activation_id: str


@dataclass(slots=True)
class Script:
    """See the module. `order_ends_ms`, `risk_level` and the like replace what ordinary life would have."""

    facts: list[Fact] = field(default_factory=list)
    truths: list[Truth] = field(default_factory=list)
    outings: list[Outing] = field(default_factory=list)
    story_days: set[date] = field(default_factory=set)
    dark: list[Span] = field(default_factory=list)
    """No position and no home unit: flat, silent, removed or not fitted."""
    worn: list[Worn] = field(default_factory=list)
    missed_charges: set[date] = field(default_factory=set)
    extra_charges_ms: list[int] = field(default_factory=list)
    missed_reports: set[date] = field(default_factory=set)
    order_ends_ms: int | None = None
    fitted: bool = True
    """Whether the tag is fitted when the case opens."""
    fitted_on_release: bool = False
    """Whether he, in custody at first, wears a location tag later."""
    assessed_after_reception: bool = True
    enters_custody_ms: int | None = None
    """When he, at large at first, is taken into prison."""
    leaves_custody_ms: int = FOR_EVER_MS

    def is_dark(self, at_ms: int) -> bool:
        return any(span.from_ms <= at_ms < span.to_ms for span in self.dark)

    def silence(self, from_ms: int, to_ms: int = FOR_EVER_MS) -> None:
        """No proof of life in the span."""
        self.dark.append(Span(from_ms, to_ms))

    def worn_at(self, at_ms: int, first: Worn) -> Worn:
        """The device and activation at an instant."""
        worn = sorted([first, *self.worn])
        return worn[max(bisect_right([one.from_ms for one in worn], at_ms) - 1, 0)]

    def quiet(self, days: Iterable[date]) -> None:
        """Nothing but the story on these London dates."""
        self.story_days.update(days)
