"""What people have made of one alert: separate axes, never one state (design 8, as in OPC UA alarms and conditions).

Values only. What may happen to them is the table in `alerting.lifecycle`; when something is due is `alerting.due`.
`status` of an alert is the matter; this is the people. They move apart: he left the zone, yet nobody has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

State = Literal["unanswered", "acknowledged", "actioned", "awaiting_second_key", "challenged", "shelved", "closed"]
"""What is shown and filtered by; derived from the axes, never stored. In this order the last that holds counts."""

Intent = Literal[
    "phone_protected_person",
    "send_unit",
    "contact_person",
    "contact_supplier",
    "contact_prison",
    "contact_team",
    "assess_risk",
    "arrange_safety",
    "check_record",
    "other",
]
Action = Literal[
    "phoned_protected_person",
    "no_reply",
    "told_protected_person",
    "phone_replaced",
    "breach_reported",
    "conditions_shared",
    "unit_sent",
    "person_contacted",
    "arrested",
    "recall_requested",
    "supplier_contacted",
    "number_bar_requested",
    "team_told",
    "safety_arranged",
    "other",
]
Outcome = Literal[
    "enforced",
    "warned",
    "no_breach",
    "equipment_misunderstanding",
    "not_this_person",
    "safeguarded",
    "resolved",
    "duplicate",
    "ended_itself",
]
Against = Literal["closure", "decision", "downgrade", "withdrawal", "inaction"]


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """The one named person who has the alert now, and as what."""

    officer_id: str
    role: str
    since_at: datetime


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """An acknowledgement: a promise with an end. `until_at`: when the alarm comes back unless the promise is kept."""

    officer_id: str
    intent: Intent
    intent_text: str | None = None
    since_at: datetime
    until_at: datetime


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """Put aside until an instant, by whom and why. Never a critical one."""

    officer_id: str
    until_at: datetime
    reason: str


class Closure(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody closed it, and the second key where one is needed. `confirmed_by`: only once the second officer agreed."""

    outcome: Outcome
    rationale: str
    officer_id: str | None
    role: str | None
    at: datetime
    needs_second_key: bool
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    confirm_rationale: str | None = None
    duplicate_of: str | None = None
    order_id: str | None = None
    condition_id: str | None = None


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was told disagrees; a decider who neither closed nor confirmed must answer by the clock."""

    challenge_id: str
    against: Against
    rationale: str
    asks_for: str | None = None
    officer_id: str
    role: str
    at: datetime
    decider_id: str | None = None
    answered_at: datetime | None = None
    upheld: bool | None = None
    answered_by: str | None = None
    answer_rationale: str | None = None


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """An officer who is to answer now: told, in which role, at which step of the policy, since when their clock runs."""

    officer_id: str
    role: str
    step: int
    since_at: datetime


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that people have made of an alert so far. The empty value: just raised, nobody told.

    `steps_taken`: how far the escalation policy has gone since the alarm last began (it goes round, and never ends).
    `alarmed_at`: when the alarm that is unanswered began; None while it is answered. `told_severity`: the highest severity
    that each officer was alarmed with, so that they are alarmed again only when it rises. `opened`: when an officer first
    opened the alert, after it last alarmed. `unseen_withdrawal`: who was told, and has not yet seen that it is withdrawn.
    """

    owner: Owner | None = None
    lease: Lease | None = None
    shelf: Shelf | None = None
    closure: Closure | None = None
    challenge: Challenge | None = None
    acknowledged_at: datetime | None = None
    first_acknowledged_at: datetime | None = None
    actioned_at: datetime | None = None
    first_acted_at: datetime | None = None
    closed_at: datetime | None = None
    alarmed_at: datetime | None = None
    overdue_since_at: datetime | None = None
    """Since when a clock has run out with nobody having done what it asks; None while every clock still runs."""
    asked: tuple[Ask, ...] = ()
    steps_taken: int = 0
    reminders_sent: int = 0
    told_severity: Mapping[str, str] = {}
    opened: Mapping[str, datetime] = {}
    unseen_withdrawal: tuple[str, ...] = ()

    @property
    def awaiting_second_key(self) -> bool:
        """Whether somebody has closed it and a second officer has not agreed yet."""
        return self.closure is not None and self.closure.needs_second_key and self.closure.confirmed_by is None

    @property
    def challenged(self) -> bool:
        """Whether a challenge waits for its answer."""
        return self.challenge is not None and self.challenge.answered_at is None

    @property
    def closed(self) -> bool:
        """Whether a person, and where it needs one a second, has closed it, or it ended by itself."""
        return self.closed_at is not None

    @property
    def state(self) -> State:
        """The one word for it (console 1.4): the last of these that holds."""
        holds: tuple[tuple[State, bool], ...] = (
            ("acknowledged", self.acknowledged_at is not None),
            ("actioned", self.actioned_at is not None),
            ("awaiting_second_key", self.awaiting_second_key),
            ("challenged", self.challenged),
            ("shelved", self.shelf is not None),
            ("closed", self.closed),
        )
        return next((name for name, so in reversed(holds) if so), "unanswered")


NOBODY_YET = Handling()
