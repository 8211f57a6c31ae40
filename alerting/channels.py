"""On which channel an officer is reached first, and which come after it. One table by severity.

Not how often one is tried, nor what follows when all are used up (`alerting.delivery.plan`); whether a provider for it is set
up at all is the sender's to know. Called where a message is made, and by the plan.
"""

from __future__ import annotations

from collections.abc import Mapping

from schemas.delivery import Channel
from schemas.directory import Channels
from schemas.finding import Severity

ORDER: Mapping[Severity, tuple[Channel, ...]] = {
    "critical": ("push", "sms", "email"),
    "high": ("push", "sms", "email"),
    "medium": ("email", "push", "sms"),
    "low": ("email", "push", "sms"),
}
"""The quickest first while minutes count; what may wait until tomorrow rings no telephone."""

NO_ADDRESS: tuple[Channel, ...] = ("email",)
"""Of an officer who has none: a message that fails at once and in the ledger is better than none."""


def channels(severity: Severity, stated: Channels, *, has_push: bool) -> tuple[Channel, ...]:
    """The officer's channels in the order in which they are tried; at least one. `has_push`: a browser of theirs has subscribed."""
    has = {"email": stated.email, "sms": stated.phone, "push": has_push or stated.push}
    return tuple(channel for channel in ORDER[severity] if has[channel]) or NO_ADDRESS
