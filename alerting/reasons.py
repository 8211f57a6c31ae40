"""How much of what somebody wrote can be read: a reason, a rationale, a note.

Not what is enough, and not what is kept: that is the asker's to say. Some letters show nothing (a zero-width space, a filler, a
direction mark); they are counted for nothing, so that nobody gives them as a reason. Pure; called by the lifecycle, the console
and the commands.
"""

from __future__ import annotations

from unicodedata import category

_SHOW_NOTHING = frozenset(
    {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180c", "\u180d", "\u180f", "\u2800", "\u3164", "\uffa0", "\U00016fe4"}
    | {chr(code) for span in (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for code in span}
)
"""Fillers, joiners and selectors that Unicode calls letters, marks or symbols all the same."""


def length(said: str) -> int:
    """How many characters of it are seen, several blanks together being one; 0 where none is a letter or a digit of any script."""
    seen = "".join(one for one in said if one.isspace() or _shows(one))
    return len(" ".join(seen.split())) if any(category(one)[0] in "LN" for one in seen) else 0


def _shows(one: str) -> bool:
    return category(one)[0] != "C" and one not in _SHOW_NOTHING
