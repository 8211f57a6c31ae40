"""`bail.*`, `breach.*` and `alert.closed`: answering bail, and what authorities say and decide about breaches.

A breach is what an authority decides; our findings are never called so.
"""

from __future__ import annotations

from typing import Literal

from schemas.fields import Id, Instant, Text, Value, Word

Decision = Literal["enforced", "warned", "no_breach", "equipment_misunderstanding"]
ClosureOutcome = Literal["not_this_person", "safeguarded", "resolved", "duplicate"]


class BailReported(Value):
    """He reported at the police station."""

    order_id: Id
    station: Word


class BailSurrendered(Value):
    """He answered bail."""

    order_id: Id


class BailFailedToSurrender(Value):
    """He did not answer bail."""

    order_id: Id


class BailReleasedUnderInvestigation(Value):
    """Released without bail, so without conditions."""

    arrest_ref: Id


class BreachReported(Value):
    """Somebody reports a breach. `happened_at` absent: when it was reported."""

    breach_id: Id
    order_id: Id
    condition_id: Id | None = None
    reported_by: Word
    happened_at: Instant | None = None


class BreachDecided(Value):
    """An authority decides. It names an alert, else a report, else the order."""

    breach_id: Id | None = None
    alert_id: Id | None = None
    order_id: Id | None = None
    decision: Decision
    rationale: Text
    decided_by: Word
    confirmed_by: Word | None = None


class AlertClosed(Value):
    """The console closed an alert with an outcome that decides no breach."""

    alert_id: Id
    outcome: ClosureOutcome
    closed_by: Id
    confirmed_by: Id | None = None
