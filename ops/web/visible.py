"""Words that others wrote, made safe to read: what would move, hide or turn round the text beside them is shown as a mark.

A name that holds a right-to-left override makes a sentence say something else on the screen, and an escape code does the same
to a terminal. Not the escaping of HTML, which the templates do. Used by the pages and by commands that name what they refused.
"""

from __future__ import annotations

from markupsafe import Markup

MARK = "\N{REPLACEMENT CHARACTER}"
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LINE_ENDS = (0x2028, 0x2029)
_MARKED = dict.fromkeys((*_CONTROLS, *_DIRECTIONS, *_LINE_ENDS), MARK)


def visible(text: str) -> str:
    """The text on one line, with a mark for each character that is no part of any word."""
    return text.translate(_MARKED)


def finalize(value: object) -> object:
    """The same for whatever a template prints; its own markup is left as it is."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
