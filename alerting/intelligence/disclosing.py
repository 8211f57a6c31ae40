"""One disclosure: what was to leave, to whom, why and by which law, who authorised it, and what the receiver answered. Pure.

It waits while a duty inspector must decide (code C); nothing leaves in silence. It ends when the receiver refuses it, or when it
expires. The ledger's log of them is `alerting.intelligence.log`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from alerting.intelligence.handling import RECEIPT_WITHIN, LawfulBasis

Stored = Literal["awaiting_authority", "not_authorised", "sent", "accepted", "refused"]
State = Literal["awaiting_authority", "lapsed", "not_authorised", "sent", "accepted", "refused", "expired"]
Receipt = Literal["accepted", "refused"]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a duty inspector said of it."""

    by_id: str
    at: datetime
    agree: bool
    rationale: str


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """`part_3_to_uk_gdpr`: it crosses from law enforcement to general processing. `content`: what left; nothing before it was sent."""

    disclosure_id: str
    source: str
    id: str
    report_id: str
    person_id: str
    handling_code: str
    by_id: str
    from_organisation: str
    to_organisation: str
    to_officer_id: str
    purpose: str
    lawful_basis: LawfulBasis
    agreement_id: str | None
    part_3_to_uk_gdpr: bool
    fields: tuple[str, ...]
    conditions: str | None
    asked_at: datetime
    expires_at: datetime | None
    state: Stored
    decide_by_at: datetime | None = None
    decision: Decision | None = None
    sent_at: datetime | None = None
    content: Mapping[str, object] = {}
    answered_at: datetime | None = None
    note: str | None = None

    @property
    def sealed(self) -> tuple[str, str] | None:
        """The report, by the source and id of its event, where it is of code C: for most there is none."""
        return (self.source, self.id) if self.handling_code == "C" else None

    @property
    def receipt_due_at(self) -> datetime | None:
        """When the receiver should have answered."""
        return None if self.sent_at is None else self.sent_at + RECEIPT_WITHIN

    def state_at(self, now: datetime) -> State:
        """How it stands: a clock that ran out is no state that anybody writes."""
        if self.state == "awaiting_authority" and self.decide_by_at is not None and self.decide_by_at <= now:
            return "lapsed"
        if self.state in {"sent", "accepted"} and self.expires_at is not None and self.expires_at <= now:
            return "expired"
        return self.state

    def overdue(self, now: datetime) -> bool:
        """Whether the receiver has let the time for an answer pass."""
        return self.state_at(now) == "sent" and self.receipt_due_at is not None and self.receipt_due_at <= now


def sent(disclosure: Disclosure, content: Mapping[str, object], now: datetime) -> Disclosure:
    """It leaves."""
    return replace(disclosure, state="sent", sent_at=now, content=content)


def decided(disclosure: Disclosure, decision: Decision) -> Disclosure:
    """A duty inspector has said yes, and it may be `sent`, or no."""
    return replace(disclosure, decision=decision, state=disclosure.state if decision.agree else "not_authorised")


def answered(disclosure: Disclosure, receipt: Receipt, note: str | None, now: datetime) -> Disclosure:
    """The receiver has said whether they take it."""
    return replace(disclosure, state=receipt, answered_at=now, note=note)
