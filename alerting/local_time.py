"""Instants as people in London read them, in a sentence: never in the machine's zone or language. Pure."""

from __future__ import annotations

from datetime import datetime

from alerting.lifecycle.working_days import LONDON

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def clock(at: datetime) -> str:
    """The time in London, `20:12`; in the hour that comes twice, with which of the two: `01:30 BST`, `01:30 GMT`."""
    local = at.astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M} {local.tzname()}" if twice else f"{local:%H:%M}"


def day(at: datetime) -> str:
    """The day in London, `2 Mar`."""
    local = at.astimezone(LONDON)
    return f"{local.day} {_MONTHS[local.month - 1]}"
