"""What people may say to an alert: one frozen value for each command of console 1.5, with its body.

Values only. Whether it is possible, who may, and what it does is `alerting.lifecycle.door`. Made by the console from a request's
body, by the ledger for the other alerts of an incident, and by tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from alerting.lifecycle.handling import Action, Against, Intent, Outcome
from schemas.case import Told


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """Who says it. `roles`: those held now, duty roles already turned into what they act as."""

    officer_id: str
    name: str | None = None
    roles: frozenset[str]


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every command is."""


class Acknowledge(Said, frozen=True, kw_only=True):
    """A lease with an intent: "I will phone her by 14:20"."""

    intent: Intent
    until_at: datetime
    intent_text: str | None = None


class Act(Said, frozen=True, kw_only=True):
    """What was done. `ref`: what it names (a breach report, an order, a release, whom conditions were shared with)."""

    action: Action
    done_at: datetime | None = None
    detail: str | None = None
    ref: str | None = None
    about: Told | None = None
    protected_person_id: str | None = None
    order_id: str | None = None


class Close(Said, frozen=True, kw_only=True):
    """The outcome, and why."""

    outcome: Outcome
    rationale: str
    duplicate_of: str | None = None
    order_id: str | None = None
    condition_id: str | None = None


class Confirm(Said, frozen=True, kw_only=True):
    """The second key."""

    agree: bool
    rationale: str


class RaiseChallenge(Said, frozen=True, kw_only=True):
    """Somebody who was told disagrees. `challenge_id` is given by the shell: whoever answers names it."""

    challenge_id: str
    against: Against
    rationale: str
    asks_for: str | None = None


class AnswerChallenge(Said, frozen=True, kw_only=True):
    """What the decider says to it."""

    challenge_id: str
    upheld: bool
    rationale: str


class PutOnShelf(Said, frozen=True, kw_only=True):
    """Put aside for a while."""

    until_at: datetime
    reason: str


class Unshelve(Said, frozen=True, kw_only=True):
    """Bring it back now."""

    reason: str | None = None


class Reassign(Said, frozen=True, kw_only=True):
    """Give it to somebody else, at once."""

    to_officer_id: str
    reason: str


class OfferHandover(Said, frozen=True, kw_only=True):
    """Offer it; the sender owns it until the offer is accepted."""

    to_officer_id: str
    note: str


class AcceptHandover(Said, frozen=True, kw_only=True):
    """Whoever was offered it takes it over, with the promise that was made. The offer itself is the ledger's row."""

    handover_id: str
    from_officer_id: str


class RefuseHandover(Said, frozen=True, kw_only=True):
    """Whoever was offered it does not take it."""

    handover_id: str
    from_officer_id: str
    reason: str


class Release(Said, frozen=True, kw_only=True):
    """I cannot do this."""

    reason: str


class Escalate(Said, frozen=True, kw_only=True):
    """The next step of the policy, now."""

    reason: str
    to_role: str | None = None


class Note(Said, frozen=True, kw_only=True):
    """For the roles told, unless narrowed."""

    text: str
    audience: tuple[str, ...] = ()


Command = (
    Acknowledge
    | Act
    | Close
    | Confirm
    | RaiseChallenge
    | AnswerChallenge
    | PutOnShelf
    | Unshelve
    | Reassign
    | OfferHandover
    | AcceptHandover
    | RefuseHandover
    | Release
    | Escalate
    | Note
)

NAMES: Mapping[type[Command], str] = {
    Acknowledge: "acknowledge",
    Act: "act",
    Close: "close",
    Confirm: "confirm",
    RaiseChallenge: "challenge",
    AnswerChallenge: "answer-challenge",
    PutOnShelf: "shelve",
    Unshelve: "unshelve",
    Reassign: "reassign",
    OfferHandover: "handover",
    AcceptHandover: "accept-handover",
    RefuseHandover: "refuse-handover",
    Release: "release",
    Escalate: "escalate",
    Note: "note",
}
"""The word of the path. The two answers to a handover have paths of their own, and are never offered as `commands[]`."""

NEED_NO_VERSION = frozenset({"note", "challenge", "escalate"})
"""Advocacy never loses a race (console 1.1)."""

FOR_THE_INCIDENT = frozenset({"acknowledge", "release", "handover"})
"""What holds for the other open alerts of the incident as well (console 1.5)."""
