"""`feed.*`: what a feed says about itself. About no person."""

from __future__ import annotations

from schemas.fields import Instant, Value


class FeedHeartbeat(Value):
    """Everything that the source had received with `occurred_at` up to `complete_to` is delivered.

    What a device still holds may come later. A promise about the future is no heartbeat, and is refused.
    """

    complete_to: Instant
