"""Words that sentences share: instants, durations, people. No sentence holds an address, a phone number or a new name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from streams.engine.calendar import local_text


def when(at: datetime) -> str:
    """An instant as a control room says it: `22 Nov 20:14`, London time."""
    return local_text(at, with_day=True)


def duration(span: timedelta) -> str:
    """A span in hours and minutes: `1 h 20 min`, `3 d 4 h`, `under a minute`."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "under a minute"
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes if not days else 0, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def listed(words: Iterable[str]) -> str:
    """`pp-1`, `pp-1 and pp-2`, `pp-1, pp-2 and pp-3`."""
    *first, last = list(words) or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last


def at_risk(protected_person_ids: Iterable[str]) -> str:
    """The end of a sentence that says who is at risk: `; pp-77 is at risk`. Empty when nobody is named."""
    ids = list(protected_person_ids)
    if not ids:
        return ""
    return f"; {listed(ids)} {'is' if len(ids) == 1 else 'are'} at risk"
