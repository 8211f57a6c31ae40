"""The forms of a chronology: nothing that somebody wrote is a formula in a spreadsheet, or steers the terminal it is printed on."""

from __future__ import annotations

import pytest

from alerting.chronology import Chronology, Line, as_csv, as_html
from tests.unit.alerting.invented import NOON


def told(text: str) -> Chronology:
    line = Line(NOON, NOON, "person", "noted", text, by="of-1", role="oic")
    return Chronology("pe-1", "Sam \x1b]0;Field\x07", NOON, None, None, (line,), (), {"of-1": "PC \x1b[2JRowan"})


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", " =1+1", "\t=1", "\n=1", "\r=1", "\uff1d1+1", "\uff0b1"])
def test_no_text_is_a_formula_in_a_spreadsheet(text: str) -> None:
    cell = as_csv(told(text)).decode().partition("oic,")[2].strip('"')

    assert cell.startswith(("'", "\N{REPLACEMENT CHARACTER}")), cell


def test_nothing_that_was_written_steers_a_terminal() -> None:
    said = told("\x1b[2J\x9b31m\x08all is well\nreally\r\x00")

    for form in (as_csv(said), as_html(said)):
        text = form.decode().replace("\r\n", "\n")
        assert not [character for character in text if character != "\n" and (character < " " or "\x7f" <= character <= "\x9f")]
        assert "all is well\nreally" in text


def test_nothing_that_was_written_turns_round_the_words_beside_it() -> None:
    for form in (as_csv(told("no contact \u202edewolla\u202c \u2066x\u2069")), as_html(told("\u2028\u202b"))):
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029") & set(form.decode())
