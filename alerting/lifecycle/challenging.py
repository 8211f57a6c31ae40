"""Challenge: whoever was told disagrees; somebody who neither closed nor confirmed answers by the clock; silence escalates.

Called by the table (`alerting.lifecycle.command_rows`).
"""

from __future__ import annotations

from typing import Literal

from msgspec.structs import replace

from alerting.lifecycle.alarming import Moment, ring, then
from alerting.lifecycle.answering import Voice, entry
from alerting.lifecycle.asking import may_not_decide, next_to_decide
from alerting.lifecycle.closing import ended, too_short
from alerting.lifecycle.commands import AnswerChallenge, RaiseChallenge
from alerting.lifecycle.handling import Against, Challenge
from alerting.lifecycle.policy import CHALLENGE_UNTIL
from alerting.lifecycle.step import Refusal, Step
from alerting.matter import RANK


def check_challenge(_: Moment, said: RaiseChallenge, __: Voice) -> Refusal | None:
    """Why, in words."""
    return too_short(said.rationale)


def is_there(moment: Moment, against: Against) -> bool:
    """Whether what is challenged has happened, and not too long ago."""
    alert, handling = moment.alert, moment.handling
    if handling.closed_at is not None and moment.at > handling.closed_at + CHALLENGE_UNTIL:
        return False
    match against:
        case "closure" | "decision":
            return handling.closure is not None
        case "withdrawal":
            return alert.status == "withdrawn"
        case "downgrade":
            return any(revision.change == "severity" for revision in alert.revisions) or RANK[alert.severity] < max(
                (RANK[severity] for severity in handling.told_severity.values()), default=0
            )
        case "inaction":
            return handling.closed_at is None


def challenge(moment: Moment, said: RaiseChallenge, voice: Voice) -> Step:
    """It is open again, with a clock. A second challenge waits beside the first."""
    handling = moment.handling
    new = Challenge(
        challenge_id=said.challenge_id,
        against=said.against,
        rationale=said.rationale.strip(),
        asks_for=said.asks_for,
        officer_id=voice.officer_id,
        role=voice.role,
        at=moment.at,
        reopened=handling.closed_at is not None,
    )
    waiting = replace(
        handling,
        challenges=(*handling.challenges, new),
        closed_at=None,
        open_since_at=moment.at if handling.closed_at is not None else handling.open_since_at,
    )
    here = moment._replace(handling=waiting)
    step = here.becoming(waiting) if handling.challenged else next_to_decide(here, f"challenged {said.challenge_id}")
    return step._replace(entries=(entry("people.challenged", voice, said),))


def challenge_shelf(moment: Moment, said: RaiseChallenge, voice: Voice) -> Step:
    """A shelf ends with a challenge: it is unanswered again, and waits for the decision."""
    step = challenge(moment, said, voice)
    return then(step, ring(moment.after(step), "unshelved", again=False))


def check_answer(moment: Moment, said: AnswerChallenge, voice: Voice) -> Refusal | None:
    """Somebody who had no part in it, with a rationale."""
    if voice.officer_id in may_not_decide(moment.handling):
        return Refusal("same_person", "You closed, confirmed or challenged it: somebody else decides")
    return too_short(said.rationale)


def waits(moment: Moment, said: AnswerChallenge) -> bool:
    """Whether that challenge waits for its answer."""
    return any(one.challenge_id == said.challenge_id and one.answered_at is None for one in moment.handling.challenges)


def uphold(moment: Moment, said: AnswerChallenge, voice: Voice) -> Step:
    """The challenge is right: it is unanswered again, and whatever else was challenged is answered with it."""
    handling = replace(
        moment.handling,
        challenges=tuple(_answer(one, said, voice, moment) if one.answered_at is None else one for one in moment.handling.challenges),
        asked_to_decide=None,
        open_since_at=moment.at,
    )
    told = moment.becoming(handling, entry("people.challenge_upheld", voice, said))
    return then(told, ring(moment.after(told), "challenge_upheld", again=True))


def reject(moment: Moment, said: AnswerChallenge, voice: Voice) -> Step:
    """The challenge is not right: all is as it was, unless another one waits."""
    handling = moment.handling
    leaves = rejected_leaving(moment, said)
    was_closed = any(one.challenge_id == said.challenge_id and one.reopened for one in handling.challenges)
    answered = replace(
        handling,
        challenges=tuple(
            _answer(one, said, voice, moment)
            if one.challenge_id == said.challenge_id
            else replace(one, reopened=one.reopened or was_closed)
            for one in handling.challenges
        ),
        asked_to_decide=None,
    )
    line = entry("people.challenge_rejected", voice, said)
    if leaves == "closed":
        return moment.becoming(ended(answered, moment.at), line)
    if leaves == "challenged":
        next_one = next_to_decide(moment._replace(handling=answered), "challenged_too")
        return next_one._replace(entries=(line,))
    return moment.becoming(answered, line)


def rejected_leaving(moment: Moment, said: AnswerChallenge) -> Literal["", "challenged", "closed", "open"]:
    """What is left once this challenge is rejected: others that wait, an alert that is closed again, or one that is open."""
    if said.upheld or not waits(moment, said):
        return ""
    waiting = [one for one in moment.handling.challenges if one.answered_at is None]
    if len(waiting) > 1:
        return "challenged"
    return "closed" if waiting[0].reopened else "open"


def _answer(one: Challenge, said: AnswerChallenge, voice: Voice, moment: Moment) -> Challenge:
    return replace(one, answered_at=moment.at, upheld=said.upheld, answered_by=voice.officer_id, answer_rationale=said.rationale.strip())
