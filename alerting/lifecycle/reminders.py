"""Reminder marks: when a matter that goes on alarms again (rules.md A: 30 min, 2 h, 12 h, 24 h of an untagged window).

They count from the beginning of the matter; where it was raised late, as if it had begun as much later (design 4.8).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerting.lifecycle.handling import Handling
from alerting.lifecycle.policy import REMINDERS
from schemas.alert import Alert


def next_at(alert: Alert, handling: Handling) -> datetime | None:
    """The next mark of a matter that goes on."""
    marks = REMINDERS.get(alert.rule, ())
    if alert.status != "open" or handling.reminders_sent >= len(marks):
        return None
    return _from_at(alert) + marks[handling.reminders_sent]


def passed(alert: Alert, handling: Handling, at: datetime) -> int:
    """How many marks lie behind, when one is kept at that instant: after an outage several are kept as one."""
    behind = sum(1 for mark in REMINDERS.get(alert.rule, ()) if _from_at(alert) + mark <= at)
    return max(behind, handling.reminders_sent + 1)


def _from_at(alert: Alert) -> datetime:
    return alert.began_at + timedelta(seconds=alert.late_by_s)
