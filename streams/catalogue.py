"""Every rule, in the order of judgement: the visible list. A rule that reads findings stands after those it reads."""

from __future__ import annotations

from streams.rules import feed_silent, untagged_window

CATALOGUE = (
    untagged_window.RULE,
    feed_silent.RULE,
)
