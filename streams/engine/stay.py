"""A time that is over: inside, or with a tag on. What coverage is shown from (`streams.engine.coverage`); no rule reads it."""

from __future__ import annotations

from datetime import datetime

import msgspec

MOST_STAYS = 64
"""So many of the latest are remembered of each person."""


class Stay(msgspec.Struct, frozen=True, gc=False):
    """From when to when."""

    from_at: datetime
    to_at: datetime
