"""A name that could be taken for one of ours is not let in as another."""

from __future__ import annotations

import pytest

from streams.embedded.acceptance import CONSOLE, Client
from streams.intake.lookalikes import looks_like

ALIKE = {
    "case": "Vigil/Console",
    "capitals": "VIGIL/CONSOLE",
    "a space before": " vigil/console",
    "a space after": "vigil/console ",
    "a space within": "vigil / console",
    "no-break space": "vigil\u00a0/console",
    "zero width": "vigil\u200b/con\u200dsole",
    "direction": "\u202avigil/console\u202c",
    "soft hyphen": "vigil/con\u00adsole",
    "a trailing slash": "vigil/console/",
    "slashes": "//vigil//console",
    "backslash": "vigil\\console",
    "fraction slash": "vigil\u2044console",
    "full width": "\uff56\uff49\uff47\uff49\uff4c\uff0f\uff43\uff4f\uff4e\uff53\uff4f\uff4c\uff45",
    "mathematical": "\U0001d42f\U0001d422\U0001d420\U0001d422\U0001d425/console",
    "Cyrillic o": "vigil/c\u043ensole",
    "Cyrillic c, o, s, e": "vigil/\u0441\u043en\u0455\u043el\u0435",
    "Greek o": "vigil/cons\u03bfle",
    "dotless i": "v\u0131gil/console",
    "a one": "vig1l/conso1e",
    "a nought": "vigil/c0nsole",
    "an accent": "v\u00edgil/cons\u00f4le",
    "a combining mark": "vigil/conso\u0301le",
    "percent": "vigil%2Fconsole",
    "a full stop": "vigil/console.",
    "capital I for l": "vigiI/consoIe",
}


@pytest.mark.parametrize("name", ALIKE.values(), ids=ALIKE)
def test_what_looks_like_the_console_is_nobodys_to_send_as(name: str) -> None:
    assert looks_like(name, CONSOLE)
    assert not Client("a feed", ("*",)).may_send(name)
    assert not Client("the console itself", ("*",), inside=True).may_send(name)


def test_the_console_sends_as_itself() -> None:
    assert Client("console", (CONSOLE,), inside=True).may_send(CONSOLE)
    assert not Client("a feed", (CONSOLE,)).may_send(CONSOLE)


@pytest.mark.parametrize("name", ["em/allied", "vigil/demo", "vigil/console-2", "vigil", "console", "vigilconsole", "a-vigil/console"])
def test_other_names_are_other_names(name: str) -> None:
    assert not looks_like(name, CONSOLE)
    assert Client("a feed", ("*",)).may_send(name)
