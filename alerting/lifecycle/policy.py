"""How long people have: the clocks of console 1.5 by severity, and what a force sets for itself.

Data and its reading from the configuration (`[areas.<area>.policy.<severity>]`, durations as `PT15M`). Not who is asked
next (`alerting.lifecycle.escalation`) and not which clocks an alert has now (`alerting.lifecycle.due`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import get_args

import msgspec

from alerting.lifecycle.working_days import next_working_day
from schemas.finding import Severity

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

CHALLENGE_UNTIL = timedelta(days=28)
"""How long after its closing an alert may be challenged."""

REMINDERS: Mapping[str, tuple[timedelta, ...]] = {"untagged-window": (30 * MINUTE, 2 * HOUR, 12 * HOUR, 24 * HOUR)}
"""How long a matter has gone on when it alarms again, by rule (rules.md A)."""

NOBODY_KNOWN = 5 * MINUTE
"""How often the directory is asked again while an alert has nobody at all."""


class UnknownPolicy(ValueError):
    """A configuration that sets no clock of ours, or one that could not run."""


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of one severity. An answer is due after `answer_within`, or on the next working day at a local time.

    `shelve_at_most` None: never.
    """

    answer_within: timedelta | None = None
    answer_on_working_day_at: time | None = None
    lease_at_most: timedelta
    close_within: timedelta
    second_key_within: timedelta
    challenge_within: timedelta
    shelve_at_most: timedelta | None

    def answer_by(self, since_at: datetime) -> datetime:
        """When whoever was asked at an instant must have answered."""
        if self.answer_on_working_day_at is not None:
            return next_working_day(since_at, self.answer_on_working_day_at)
        if self.answer_within is None:
            raise UnknownPolicy("no clock for an answer: expected answer_within or answer_on_working_day_at")
        return since_at + self.answer_within


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """All clocks of an area."""

    clocks: Mapping[Severity, Clocks]

    def of(self, severity: Severity) -> Clocks:
        """Those of a severity."""
        return self.clocks[severity]


DEFAULT = Policy(
    clocks={
        "critical": Clocks(
            answer_within=2 * MINUTE,
            lease_at_most=30 * MINUTE,
            close_within=4 * HOUR,
            second_key_within=HOUR,
            challenge_within=HOUR,
            shelve_at_most=None,
        ),
        "high": Clocks(
            answer_within=15 * MINUTE,
            lease_at_most=4 * HOUR,
            close_within=24 * HOUR,
            second_key_within=4 * HOUR,
            challenge_within=4 * HOUR,
            shelve_at_most=HOUR,
        ),
        "medium": Clocks(
            answer_within=4 * HOUR,
            lease_at_most=24 * HOUR,
            close_within=7 * DAY,
            second_key_within=24 * HOUR,
            challenge_within=24 * HOUR,
            shelve_at_most=8 * HOUR,
        ),
        "low": Clocks(
            answer_on_working_day_at=time(17),
            lease_at_most=7 * DAY,
            close_within=14 * DAY,
            second_key_within=24 * HOUR,
            challenge_within=24 * HOUR,
            shelve_at_most=24 * HOUR,
        ),
    }
)


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of every area. A force that sets nothing has the default."""

    by_area: Mapping[str, Policy] = {}

    def of(self, area: str | None) -> Policy:
        """Those of an alert whose case lies first in that area."""
        return self.by_area.get(area or "", DEFAULT)


def policies(by_area: Mapping[str, Mapping[str, Mapping[str, object]]]) -> Policies:
    """What the configuration says, area by area: `{"avon": {"high": {"answer_within": "PT10M"}}}`."""
    return Policies(
        by_area={
            area: Policy(clocks={**DEFAULT.clocks, **{_severity(name, area): _changed(name, said, area) for name, said in stated.items()}})
            for area, stated in by_area.items()
            if stated
        }
    )


def _severity(name: str, area: str) -> Severity:
    for severity in SEVERITIES:
        if name == severity:
            return severity
    raise UnknownPolicy(f"policy of area {area}: {name!r} is no severity; expected one of {', '.join(SEVERITIES)}")


def _changed(name: str, said: Mapping[str, object], area: str) -> Clocks:
    """The default with what is said in its place. The two ways to say when an answer is due exclude each other."""
    where = f"policy of area {area}, {name}"
    default = msgspec.to_builtins(DEFAULT.of(_severity(name, area)))
    if unknown := sorted(set(said) - set(Clocks.__struct_fields__)):
        raise UnknownPolicy(f"{where}: no clock {', '.join(unknown)}; expected some of {', '.join(Clocks.__struct_fields__)}")
    if {"answer_within", "answer_on_working_day_at"} <= set(said):
        raise UnknownPolicy(f"{where}: an answer is due after answer_within or at answer_on_working_day_at; expected one of the two")
    for one, other in (("answer_within", "answer_on_working_day_at"), ("answer_on_working_day_at", "answer_within")):
        if one in said:
            default[other] = None
    if name == "critical" and "shelve_at_most" in said:
        raise UnknownPolicy(f"{where}: a critical alert is never shelved; expected no shelve_at_most")
    try:
        clocks = msgspec.convert({**default, **said}, Clocks)
    except msgspec.ValidationError as wrong:
        raise UnknownPolicy(f"{where}: {wrong}; expected durations as PT15M, a local time as 17:00:00") from wrong
    for field in said:
        value = getattr(clocks, field)
        if isinstance(value, timedelta) and value <= timedelta():
            raise UnknownPolicy(f"{where}: {field} is {value}; expected a time longer than 0")
    return clocks
