"""What a row of the transition table is, and the axes that it speaks of.

Values only; the rows are `alerting.lifecycle.command_rows`, `alerting.lifecycle.matter_rows` and `alerting.lifecycle.clock_rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, get_args

from alerting.lifecycle.alarming import Moment
from alerting.lifecycle.handling import Handling
from alerting.lifecycle.policy import SEVERITIES
from alerting.lifecycle.step import Step
from schemas.finding import MatterStatus, Severity

Axis = Literal["acknowledged", "actioned", "awaiting_second_key", "challenged", "shelved", "closed"]
AXES: tuple[Axis, ...] = get_args(Axis)
Kind = Literal["command", "matter", "clock", "system"]

ANY: frozenset[Severity] = frozenset(SEVERITIES)
NOT_CRITICAL = ANY - {"critical"}
STANDS: frozenset[MatterStatus] = frozenset({"open", "closed"})
WITHDRAWN: frozenset[MatterStatus] = frozenset({"withdrawn"})

OPEN: Mapping[Axis, bool] = {"closed": False}
AFRESH: Mapping[Axis, bool] = {"acknowledged": False, "actioned": False, "awaiting_second_key": False, "shelved": False, "closed": False}
"""What an alarm that begins again leaves behind: nobody has answered."""


def _always(*_: object) -> bool:
    return True


class Row(NamedTuple):
    """One row. `when`: axes that must hold or not; `if_`: what else must be so, in words, and `so` the question itself."""

    kind: Kind
    name: str
    word: str
    effect: Callable[..., Step]
    when: Mapping[Axis, bool] = {}
    sets: Mapping[Axis, bool] = {}
    who: frozenset[str] = frozenset()
    severities: frozenset[Severity] = ANY
    statuses: frozenset[MatterStatus] = STANDS | WITHDRAWN
    if_: str = ""
    so: Callable[..., bool] | None = None
    outcome: str | None = None
    look_again: bool = True
    """Whether the version rises: a person must look again."""
    offered: Callable[..., bool] | None = _always
    """Whether a page offers it to a speaker now, as far as that can be known before anything is said; None: never."""

    def fits(self, moment: Moment) -> bool:
        """Whether the alert is in a state for it; `so` is asked apart, because it may need what was said."""
        holding = frozenset(axis for axis, holds in axes(moment.handling).items() if holds)
        return self.fits_in(moment.alert.severity, moment.alert.status, holding)

    def fits_in(self, severity: Severity, status: MatterStatus, holding: frozenset[Axis]) -> bool:
        """The same of any alert of which that holds."""
        return (
            severity in self.severities and status in self.statuses and all((axis in holding) == must for axis, must in self.when.items())
        )


def axes(handling: Handling) -> dict[Axis, bool]:
    """Where an alert stands on each axis."""
    return {
        "acknowledged": handling.acknowledged_at is not None,
        "actioned": handling.actioned_at is not None,
        "awaiting_second_key": handling.awaiting_second_key,
        "challenged": handling.challenged,
        "shelved": handling.shelf is not None,
        "closed": handling.closed,
    }
