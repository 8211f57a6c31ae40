"""Shelving: put aside for a while with a reason, and back. Never a critical one, and never beyond the cap.

Called by the table (`alerting.lifecycle.command_rows`).
"""

from __future__ import annotations

from msgspec.structs import replace

from alerting import reasons
from alerting.lifecycle.alarming import Moment, ring, then
from alerting.lifecycle.answering import Voice, entry, in_words
from alerting.lifecycle.commands import PutOnShelf, Unshelve
from alerting.lifecycle.handling import Shelf
from alerting.lifecycle.step import Refusal, Step


def check_shelve(moment: Moment, said: PutOnShelf, _: Voice) -> Refusal | None:
    """A shelf has an end, no later than the cap, and a reason."""
    cap = moment.around.policy.of(moment.alert.severity).shelve_at_most
    if cap is None:
        return Refusal("not_shelvable", f"A {moment.alert.severity} alert is never shelved: expected somebody to answer it")
    if not reasons.length(said.reason):
        return Refusal("invalid", "A shelf has a reason: expected reason", "/reason")
    if said.until_at <= moment.at:
        return Refusal("invalid", "A shelf ends later than now: expected a later until_at", "/until_at")
    if said.until_at > moment.at + cap:
        return Refusal(
            "over_cap", f"A {moment.alert.severity} alert is shelved for at most {in_words(cap)}: expected an earlier until_at", "/until_at"
        )
    return None


def shelve(moment: Moment, said: PutOnShelf, voice: Voice) -> Step:
    """Nobody is asked until it comes back; its owner stays."""
    shelf = Shelf(officer_id=voice.officer_id, until_at=said.until_at, reason=said.reason)
    aside = replace(
        moment.handling,
        shelf=shelf,
        acknowledged_at=None,
        actioned_at=None,
        lease=None,
        alarmed_at=None,
        asked_to_answer=None,
        asked_to_close=None,
        roles_unheard=(),
    )
    return moment.becoming(aside, entry("people.shelved", voice, said))


def unshelve(moment: Moment, said: Unshelve, voice: Voice) -> Step:
    """It is back in the queue, unanswered."""
    return then(moment.becoming(moment.handling, entry("people.unshelved", voice, said)), ring(moment, "unshelved", again=True))
