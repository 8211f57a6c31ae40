"""The transition table, what people say: each command of console 1.5, in which states, and who may (console 2.2).

Data; `alerting.lifecycle.door` reads it. What the body must hold is checked first, by the function beside the name in CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import get_args

from alerting.lifecycle import answering, challenging, closing, handing_on, shelving
from alerting.lifecycle.alarming import Moment
from alerting.lifecycle.answering import Voice
from alerting.lifecycle.asking import may_not_decide
from alerting.lifecycle.commands import AcceptHandover, AnswerChallenge, Close, Confirm, RaiseChallenge
from alerting.lifecycle.handling import Against, Outcome
from alerting.lifecycle.outcomes import DECIDERS, EVERYBODY, OUTCOMES, POLICE_AND_PROBATION, needs_second_key
from alerting.lifecycle.row import AFRESH, ANY, NOT_CRITICAL, OPEN, STANDS, Axis, Row
from alerting.lifecycle.step import Refusal
from schemas.finding import MatterStatus

SHELVERS = POLICE_AND_PROBATION | {"control_room"}
CRITICAL = ANY - NOT_CRITICAL
LEFT: frozenset[MatterStatus] = frozenset({"closed", "withdrawn"})

said = partial(Row, "command")

ANSWERABLE: Mapping[Axis, bool] = {"closed": False, "awaiting_second_key": False, "shelved": False}
CLOSABLE: Mapping[Axis, bool] = {"closed": False, "awaiting_second_key": False, "challenged": False}
KEYED: Mapping[Axis, bool] = {"closed": False, "awaiting_second_key": True, "challenged": False}
UNANSWERED: Mapping[Axis, bool] = {"acknowledged": False, "actioned": False}


def _no_promise(moment: Moment, *_: object) -> bool:
    return moment.handling.lease is None and moment.handling.withdrawal_told_at is None


def _owner(moment: Moment, *voice: object) -> bool:
    speaker = voice[-1]
    return isinstance(speaker, Voice) and handing_on.owns(moment, speaker.officer_id)


def _of_sender(moment: Moment, offer: AcceptHandover, _: Voice) -> bool:
    return handing_on.owns(moment, offer.from_officer_id)


def _agreed(_: Moment, key: Confirm, __: Voice) -> bool:
    return key.agree


def _not_agreed(_: Moment, key: Confirm, __: Voice) -> bool:
    return not key.agree


def _another(moment: Moment, voice: Voice) -> bool:
    return moment.handling.closure is not None and moment.handling.closure.officer_id != voice.officer_id


def _may_decide(moment: Moment, voice: Voice) -> bool:
    return voice.officer_id not in may_not_decide(moment.handling)


def _has_happened(moment: Moment, challenge: RaiseChallenge, _: Voice) -> bool:
    return challenging.is_there(moment, challenge.against)


def _something_has(moment: Moment, _: Voice) -> bool:
    against: tuple[Against, ...] = get_args(Against)
    return any(challenging.is_there(moment, one) for one in against)


def _upheld(moment: Moment, answer: AnswerChallenge, _: Voice) -> bool:
    return answer.upheld and challenging.waits(moment, answer)


def _rejected_leaving(left: str) -> Callable[..., bool]:
    def so(moment: Moment, answer: AnswerChallenge, _: Voice) -> bool:
        return challenging.rejected_leaving(moment, answer) == left

    return so


def _keyed(outcome: Outcome, *, key: bool) -> Callable[..., bool]:
    def so(moment: Moment, closing_said: Close, _: Voice) -> bool:
        return closing_said.outcome == outcome and needs_second_key(outcome, moment.alert, moment.around) == key

    return so


def _close_rows() -> Iterator[Row]:
    """For each outcome: waiting for the second key; and, where it does not always need one, closed at once."""
    for outcome, kind in OUTCOMES.items():
        for key in (True, False) if kind.key != "always" else (True,):
            after: Axis = "awaiting_second_key" if key else "closed"
            yield said(
                "close",
                "people.awaiting_second_key" if key else "people.closed",
                closing.close,
                CLOSABLE,
                {"acknowledged": True, "shelved": False, after: True},
                kind.who,
                statuses=LEFT if outcome == "resolved" else STANDS,
                if_=f"`{outcome}`, with {'a second key' if key else 'no second key'} needed",
                so=_keyed(outcome, key=key),
                outcome=outcome,
            )


def _confirm_rows() -> Iterator[Row]:
    """A critical one takes a supervisor or duty inspector, any other also an officer of the case."""
    for severities, who in ((CRITICAL, DECIDERS), (NOT_CRITICAL, POLICE_AND_PROBATION)):
        closed: Mapping[Axis, bool] = {"awaiting_second_key": False, "closed": True}
        reopened: Mapping[Axis, bool] = {"awaiting_second_key": False, **UNANSWERED}
        name, by = "confirm", _another
        yield said(name, "people.closed", closing.agree, KEYED, closed, who, severities, if_="agreed", so=_agreed, offered=by)
        yield said(
            name, "people.not_confirmed", closing.disagree, KEYED, reopened, who, severities, if_="not agreed", so=_not_agreed, offered=by
        )


def _answer_challenge_rows() -> Iterator[Row]:
    name, word, effect = "answer-challenge", "people.challenge_rejected", challenging.reject
    when: Mapping[Axis, bool] = {"challenged": True}
    upheld: Mapping[Axis, bool] = {**AFRESH, "challenged": False}
    yield said(name, "people.challenge_upheld", challenging.uphold, when, upheld, DECIDERS, if_="upheld", so=_upheld, offered=_may_decide)
    leaves: tuple[tuple[str, str, Mapping[Axis, bool]], ...] = (
        ("challenged", "rejected, and another one waits", {}),
        ("closed", "rejected, and it was closed before", {"challenged": False, "closed": True, "shelved": False}),
        ("open", "rejected", {"challenged": False}),
    )
    for left, words, sets in leaves:
        yield said(name, word, effect, when, sets, DECIDERS, if_=words, so=_rejected_leaving(left), offered=_may_decide)


COMMANDS: tuple[Row, ...] = (
    said(
        "acknowledge",
        "people.acknowledged",
        answering.acknowledge,
        ANSWERABLE,
        {"acknowledged": True},
        EVERYBODY,
        if_="no promise runs, and no withdrawal waits to be seen",
        so=_no_promise,
        offered=_no_promise,
    ),
    said(
        "act",
        "people.acted",
        answering.act,
        {"closed": False, "shelved": False},
        {"acknowledged": True, "actioned": True},
        EVERYBODY,
    ),
    said("note", "people.noted", answering.note, {}, {}, EVERYBODY),
    said(
        "release",
        "people.released",
        answering.release,
        {**ANSWERABLE, "challenged": False},
        UNANSWERED,
        EVERYBODY,
        if_="by its owner",
        so=_owner,
        offered=_owner,
    ),
    said("handover", "people.handover_offered", handing_on.offer, OPEN, {}, EVERYBODY, if_="by its owner", so=_owner, offered=_owner),
    said(
        "accept-handover",
        "people.handover_accepted",
        handing_on.accept,
        OPEN,
        {},
        EVERYBODY,
        if_="the sender still owns it",
        so=_of_sender,
        offered=None,
    ),
    said("refuse-handover", "people.handover_refused", handing_on.refuse, OPEN, {}, EVERYBODY, offered=None),
    said("reassign", "people.reassigned", handing_on.reassign, {**CLOSABLE, "shelved": False}, UNANSWERED, DECIDERS),
    said("reassign", "people.reassigned", handing_on.reassign, OPEN, {}, DECIDERS, if_="only its owner changes"),
    said("escalate", "people.escalated", answering.escalate, {"closed": False, "shelved": False}, {}, EVERYBODY),
    said(
        "shelve",
        "people.shelved",
        shelving.shelve,
        {**CLOSABLE, "shelved": False},
        {"shelved": True, **UNANSWERED},
        DECIDERS,
        frozenset({"high"}),
        STANDS,
    ),
    said(
        "shelve",
        "people.shelved",
        shelving.shelve,
        {**CLOSABLE, "shelved": False},
        {"shelved": True, **UNANSWERED},
        SHELVERS,
        frozenset({"medium", "low"}),
        STANDS,
    ),
    said("unshelve", "people.unshelved", shelving.unshelve, {"shelved": True}, {"shelved": False}, SHELVERS),
    *_close_rows(),
    *_confirm_rows(),
    said(
        "challenge",
        "people.challenged",
        challenging.challenge,
        {"shelved": False},
        {"challenged": True, "closed": False},
        EVERYBODY,
        if_="what is challenged has happened, and it was closed at most 28 days ago",
        so=_has_happened,
        offered=_something_has,
    ),
    said(
        "challenge",
        "people.challenged",
        challenging.challenge_shelf,
        {"shelved": True},
        {"challenged": True, "shelved": False},
        EVERYBODY,
        if_="what is challenged has happened",
        so=_has_happened,
        offered=_something_has,
    ),
    *_answer_challenge_rows(),
)

CHECKS: Mapping[str, Callable[..., Refusal | None]] = {
    "acknowledge": answering.check_acknowledge,
    "act": answering.check_act,
    "note": answering.check_note,
    "release": answering.check_release,
    "handover": handing_on.check_offer,
    "refuse-handover": handing_on.check_refuse,
    "reassign": handing_on.check_reassign,
    "escalate": answering.check_escalate,
    "shelve": shelving.check_shelve,
    "close": closing.check_close,
    "confirm": closing.check_confirm,
    "challenge": challenging.check_challenge,
    "answer-challenge": challenging.check_answer,
}
