"""How much of a reason can be read."""

from __future__ import annotations

import pytest
from fastapi import Request

from alerting import reasons
from alerting.console.finding import said_reason
from schemas.problems import Problem

SHOW_NOTHING = "\u200b\u2060\u00ad\ufeff\u200e\u202e\u3164\u115f\uffa0\u2800\u034f\ufe0f\u0000"


@pytest.mark.parametrize("letter", SHOW_NOTHING, ids=lambda one: f"U+{ord(one):04X}")
def test_letters_that_show_nothing_count_for_nothing(letter: str) -> None:
    assert 0 == reasons.length(letter * 20)
    assert 2 == reasons.length(f"{letter}o{letter}k{letter}")


@pytest.mark.parametrize("said", ["She was phoned at 20:14.", "Mae'r tŷ yn ddiogel.", "وہ محفوظ ہے", "她很安全", "संपर्क हुआ", "101"])
def test_a_sentence_in_any_script_counts_as_it_stands(said: str) -> None:
    assert len(said) == reasons.length(f"  {said}\n")


def test_blanks_within_are_one_and_marks_alone_are_no_words() -> None:
    assert 3 == reasons.length("a" + " \u00a0" * 20 + "b")
    assert 0 == reasons.length("... -- !?")


@pytest.mark.parametrize("coding", ["utf-8", "latin-1"])
def test_a_reason_in_a_header_is_read_in_either_coding(coding: str) -> None:
    assert "Café Ünal" == said_reason(_sent("Café Ünal".encode(coding)))


@pytest.mark.parametrize("sent", ["", "  ", "\u200b", "\u3164" * 20])
def test_a_header_that_shows_nothing_is_no_reason(sent: str) -> None:
    with pytest.raises(Problem, match="You read this with a reason"):
        said_reason(_sent(sent.encode()))


def _sent(value: bytes) -> Request:
    return Request({"type": "http", "headers": [(b"x-reason", value)]})
