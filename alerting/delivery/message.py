"""What a channel is given and what it answers: values only. Every channel has the same form.

    send(message: Outgoing, to: Address, settings: Settings) -> Sent | Retry | Failed

A channel's settings, its code table and its failures stand in its own file. It never raises for what the other side does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from alerting.wording import MayLeave
from schemas.delivery import Channel

OUR_FAULT = "our_fault"
"""How the reason begins where the other side has said nothing, for the fault is ours."""
Reached = Literal["handed_over", "delivered"]


class Outgoing(NamedTuple):
    """One try to send one message. `message_id` is the same on each try. `at`: now; `made_at`: when the message was made.

    `tried_before`: an earlier try may have arrived; then the text is marked `(repeat)`, and a provider that knows is asked first.
    `repeat_of`: the message that this one says once more; only a webhook is told. `receipt_token`: lets the device say
    once that the message was shown, and once that it was opened; push alone carries it.
    """

    message_id: str
    text: MayLeave
    at: datetime
    made_at: datetime
    tried_before: bool = False
    receipt_token: str = ""
    repeat_of: str | None = None


class Address(NamedTuple):
    """Where to: an e-mail address, a number, a browser's subscription in JSON, a webhook's URL and its `secrets`, newest first."""

    channel: Channel
    value: str
    secrets: tuple[str, ...] = ()


class Sent(NamedTuple):
    """The other side took it. `ref`: what the provider calls it, where it says so."""

    ref: str | None = None
    state: Reached = "handed_over"


class Retry(NamedTuple):
    """Not now. `reason`: a named one, never an address. `after`: where the other side says how long; else the plan's wait.

    `unsure`: it may have arrived all the same, so the next try is a repeat.
    """

    reason: str
    after: timedelta | None = None
    unsure: bool = False


class Failed(NamedTuple):
    """Never this way. `off`: the address itself is gone, so nothing more is sent there."""

    reason: str
    off: bool = False


Outcome = Sent | Retry | Failed


class WrongSettings(Exception):
    """Whoever runs Vigil has set something for a channel that cannot be."""
