"""Whether one name can pass for another to whoever reads it: letter case, spaces, marks, letters of other alphabets, a slash more.

For the few names that are ours alone, never for telling feeds apart: two feeds whose names look alike are two feeds. Pure. Called
by whoever decides what a client may send as.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

_ALIKE = {
    **dict.fromkeys("i1|!\u0131\u0456\u03b9\u04cf\u01c0\u2223\u0269\u026a", "l"),
    **dict.fromkeys("0\u043e\u03bf\u0585\u1d0f\u0966\u0ae6\u06f0\u0665", "o"),
    **dict.fromkeys("\u03bd\u0475\u1d20\u22c1\u2228", "v"),
    **dict.fromkeys("\u0261\u0581\u018d\u1d83", "g"),
    **dict.fromkeys("\u0441\u03f2\u1d04\u217d", "c"),
    **dict.fromkeys("\u0578\u057c\u043f\u0274\u03b7", "n"),
    **dict.fromkeys("5$\u0455\ua731\u01bd", "s"),
    **dict.fromkeys("\u0435\u212e\u04bd\u1d07\u03b5", "e"),
    **dict.fromkeys("\\\u2044\u2215\u29f8\u2571\u3033\uff0f", "/"),
}
"""What looks like a letter of a plain name; after case and compatibility forms are taken away. The letters i and l are one."""


def looks_like(name: str, ours: str) -> bool:
    """Whether a reader, or a system that tidies names, may take the one for the other."""
    return name == ours or _seen(name) == _seen(ours)


def _seen(name: str) -> str:
    """What is left to the eye."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", unquote(name)).casefold())
    letters = (_ALIKE.get(letter, letter) for letter in plain)
    kept = "".join(letter for letter in letters if letter == "/" or letter.isalnum())
    return "/".join(part for part in kept.split("/") if part)
