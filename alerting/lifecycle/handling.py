"""What people have made of one alert: separate axes, never one state (design 8, as in OPC UA alarms and conditions).

Values only. What may happen to them is the table in `alerting.lifecycle.door`; when something is due is `alerting.lifecycle.due`.
`status` of an alert is the matter; this is the people. They move apart: he left the zone, yet nobody has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from schemas.finding import MatterStatus, Severity

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
    """Somebody who was told disagrees; a decider who neither closed nor confirmed must answer by the clock.

    `reopened`: it was closed when they said so, and is closed again if the challenge is rejected.
    """

    challenge_id: str
    against: Against
    rationale: str
    asks_for: str | None = None
    officer_id: str
    role: str
    at: datetime
    reopened: bool = False
    answered_at: datetime | None = None
    upheld: bool | None = None
    answered_by: str | None = None
    answer_rationale: str | None = None


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the policy asks now, at which of its steps, and since when their clock runs. No officer: nobody is known anywhere yet."""

    officer_id: str | None
    role: str | None
    step: int
    since_at: datetime


class RoleAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A role that was told of a critical or high alert, and none of whom has opened it yet: its own clock, whoever answered."""

    role: str
    step: int
    since_at: datetime


class LateEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence comes out of order: what it changes waits untold until it settles.

    `revisions`: how many of the alert's people know of, and `status`: the alert's as they know it. `further`: as in `matter`.
    """

    since_at: datetime
    until_at: datetime
    revisions: int
    status: MatterStatus
    further: bool = False


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that people have made of an alert so far. The empty value: not yet told to anybody.

    `open_since_at`: raised or reopened then; the close-by clock counts from it. `alarmed_at`: when the alarm began that nobody
    has answered; None while it is answered. `held_until_at`: nobody is told before (design 4.8: its cause was raised late).
    The four `asked_to_...`: whom the policy asks now to answer, to close, to agree as the second key, to decide a challenge.
    `owner_sought_at`: when the directory was last asked for somebody, and knew nobody. `may_end_itself`: the matter has ended
    while people knew of it. `told_severity`: the highest severity that each officer was alarmed with. `opened`: who has opened
    it since it last alarmed, and when. `late_evidence`: what waits untold.
    `unseen_withdrawal`: who was told, and has not yet seen that it is withdrawn.
    """

    owner: Owner | None = None
    lease: Lease | None = None
    shelf: Shelf | None = None
    closure: Closure | None = None
    challenges: tuple[Challenge, ...] = ()
    acknowledged_at: datetime | None = None
    first_acknowledged_at: datetime | None = None
    actioned_at: datetime | None = None
    first_acted_at: datetime | None = None
    closed_at: datetime | None = None
    open_since_at: datetime | None = None
    alarmed_at: datetime | None = None
    held_until_at: datetime | None = None
    asked_to_answer: Ask | None = None
    asked_to_close: Ask | None = None
    asked_to_confirm: Ask | None = None
    asked_to_decide: Ask | None = None
    owner_sought_at: datetime | None = None
    may_end_itself: bool = False
    roles_unheard: tuple[RoleAsk, ...] = ()
    reminders_sent: int = 0
    told_severity: Mapping[str, Severity] = {}
    opened: Mapping[str, datetime] = {}
    unseen_withdrawal: tuple[str, ...] = ()
    withdrawal_told_at: datetime | None = None
    withdrawal_step: int = 0
    late_evidence: LateEvidence | None = None

    @property
    def challenge(self) -> Challenge | None:
        """The challenge that waits for its answer, whoever made it first; else the last one."""
        waiting = (one for one in self.challenges if one.answered_at is None)
        return next(waiting, self.challenges[-1] if self.challenges else None)

    @property
    def awaiting_second_key(self) -> bool:
        """Whether somebody has closed it and a second officer has not agreed yet."""
        return self.closure is not None and self.closure.needs_second_key and self.closure.confirmed_by is None

    @property
    def challenged(self) -> bool:
        """Whether a challenge waits for its answer."""
        return any(one.answered_at is None for one in self.challenges)

    @property
    def closed(self) -> bool:
        """Whether a person, and where it needs one a second, has closed it, or it ended by itself."""
        return self.closed_at is not None

    @property
    def overdue_since_at(self) -> datetime | None:
        """Since when a clock has run out with nobody having done what it asks; None while every clock still runs."""
        waits = (
            (self.asked_to_answer, self.alarmed_at),
            (self.asked_to_confirm, None if self.closure is None else self.closure.at),
            (self.asked_to_decide, None if self.challenge is None else self.challenge.at),
        )
        run_out = [ask.since_at for ask, from_at in waits if ask is not None and from_at is not None and ask.since_at > from_at]
        if self.asked_to_close is not None:
            run_out.append(self.asked_to_close.since_at)
        return min(run_out, default=None)

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
