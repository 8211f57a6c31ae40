"""What follows a try: again, another channel, the next person, or nothing more. Pure; the sending loop does as it says.

Escalation is another clock and never waits for this: while a message is tried again, the answer clock goes on. The waits are
short where minutes count. A channel that took a message and cannot show that it arrived does not stop the next one. Where the
senders of a message died twice, it may have arrived twice: it counts as taken and unproven, so it is not sent a third time, and
what is said later (`in_doubt`) is said because nobody has answered, by a message of its own. A relay that never says whether it took
it is no kill: the next channel is tried at once, and on the last one the tries go on, for an officer who may have been told is not
passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alerting.delivery.message import Failed, Outcome, Retry, Sent
from schemas.delivery import Channel
from schemas.finding import Severity

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

QUICK = (5 * SECOND, 20 * SECOND)
"""A critical's: a channel that is away gives way to the next within half a minute."""
WAITS: Mapping[Channel, tuple[timedelta, ...]] = {
    "push": (5 * SECOND, 30 * SECOND, 2 * MINUTE),
    "sms": (5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE),
    "email": (5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR),
    "webhook": (5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR),
}
"""Between the tries of one channel. The topic is none of them: it follows the ledger (`alerting.delivery.topic`)."""

PROOF_WITHIN: Mapping[Severity, timedelta] = {"critical": MINUTE, "high": 5 * MINUTE}
"""How long such a message may stand as handed over, with nobody saying that it arrived, before the next channel is tried too."""
ANSWER_WITHIN: Mapping[Severity, timedelta] = {**PROOF_WITHIN, "medium": HOUR, "low": 6 * HOUR}
"""How long a message that may have arrived twice is given to be answered, before whoever it was for is told otherwise."""
PROVES: frozenset[Channel] = frozenset({"push", "sms"})
"""Channels that can say that a message arrived: for the others handed over is as good as it gets."""
LOOKED_AT: frozenset[Channel] = frozenset(WAITS)
"""A message on any of them may stand in doubt."""
LOOKS: tuple[timedelta, ...] = (5 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR)
"""When Notify is asked what became of a message, by its age, where no receipt came; it tries for up to 72 hours."""


class Again(NamedTuple):
    """The same channel at that instant."""

    at: datetime
    detail: str


class Done(NamedTuple):
    """The other side has it. `look_at`: when to see whether it arrived; None: there is nothing to see."""

    look_at: datetime | None


class Elsewhere(NamedTuple):
    """This channel is used up: the next one of the same officer."""

    channel: Channel
    detail: str


class NextPerson(NamedTuple):
    """The officer cannot be reached at all: whoever the policy asks next is told now."""

    detail: str


class GivenUp(NamedTuple):
    """Nobody in particular was to be told (a webhook): it ends here, and that is shown."""

    detail: str


Next = Again | Done | Elsewhere | NextPerson | GivenUp


class Tried(NamedTuple):
    """One try that has come back. `attempts` counts it. `order`: the officer's channels as they are tried; empty: it is no officer's.

    `repeat`: a try before it may have arrived.
    """

    channel: Channel
    severity: Severity
    attempts: int
    order: Sequence[Channel]
    made_at: datetime
    at: datetime
    repeat: bool = False


def after(tried: Tried, outcome: Outcome) -> Next:
    """What follows."""
    match outcome:
        case Sent(state="delivered"):
            return Done(None)
        case Sent():
            return Done(look_at(tried.channel, tried.severity, tried.at, tried.at))
        case Failed():
            return _given_up(tried, outcome.reason)
        case Retry():
            waits = _waits(tried)
            if tried.attempts > len(waits) or (outcome.unsure and tried.repeat and following(tried.channel, tried.order) is not None):
                return _given_up(tried, outcome.reason)
            wait = waits[tried.attempts - 1]
            # A provider that asks for more patience than a critical has gets none: another channel is quicker.
            if outcome.after is not None and outcome.after > wait:
                if tried.severity == "critical" and following(tried.channel, tried.order) is not None:
                    return _given_up(tried, outcome.reason)
                wait = outcome.after
            return Again(tried.at + wait, outcome.reason)


def lost_again(tried: Tried, tried_at: datetime, *, actual: bool) -> Done:
    """What follows where its senders died twice. `tried_at`: when the second one began. What is only a test or an exercise ends.

    The next channel is due once proof is. Where it would be the same one again, whoever may have it twice is first given the whole
    time to answer; a webhook, where nobody answers, the time until another try would be due.
    """
    if not actual:
        return Done(None)
    waits = _waits(tried)
    within = waits[min(tried.attempts, len(waits)) - 1] if tried.channel == "webhook" else ANSWER_WITHIN[tried.severity]
    since_at = tried.at if following(tried.channel, tried.order) is None else tried_at
    return Done(max(tried.at, since_at + within))


def in_doubt(channel: Channel, order: Sequence[Channel]) -> Channel:
    """Where it is said, by a message of its own, to whoever may have it twice and has not answered: the next channel, else this one."""
    return following(channel, order) or channel


def look_at(channel: Channel, severity: Severity, handed_over_at: datetime, now: datetime) -> datetime | None:
    """When to see next whether a message that was handed over has arrived."""
    if channel not in PROVES:
        return None
    first = PROOF_WITHIN.get(severity)
    ages = (*((first,) if first is not None else ()), *(LOOKS if channel == "sms" else ()))
    return next((handed_over_at + age for age in sorted(ages) if handed_over_at + age > now), None)


def unproven(channel: Channel, severity: Severity, handed_over_at: datetime, order: Sequence[Channel], now: datetime) -> Channel | None:
    """The next channel to try as well, because nobody has said in time that this message arrived; None: none, or not yet."""
    within = PROOF_WITHIN.get(severity)
    if channel not in PROVES or within is None or now < handed_over_at + within:
        return None
    return following(channel, order)


def following(channel: Channel, order: Sequence[Channel]) -> Channel | None:
    """The channel after this one; of one that the officer no longer has, the first."""
    if channel not in order:
        return order[0] if order else None
    place = order.index(channel) + 1
    return order[place] if place < len(order) else None


def _waits(tried: Tried) -> tuple[timedelta, ...]:
    return QUICK if tried.severity == "critical" and tried.channel != "webhook" else WAITS.get(tried.channel, ())


def _given_up(tried: Tried, detail: str) -> Next:
    if not tried.order:
        return GivenUp(detail)
    instead = following(tried.channel, tried.order)
    return NextPerson(detail) if instead is None else Elsewhere(instead, detail)
