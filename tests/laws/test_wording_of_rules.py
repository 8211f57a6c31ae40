"""What rules say, linted: every sentence of every evening that is played may be sent to every role and read aloud."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple, get_args

import pytest

from alerting.wording import tells_too_much
from schemas.finding import Severity
from tests.scenarios.test_evenings import as_told, told


class Said(NamedTuple):
    """Something that is said: by which rule, of what severity. A label is part of a sentence, and none itself."""

    rule: str
    severity: str
    words: str
    label: bool = False


@cache
def everything_said() -> frozenset[Said]:
    """Every sentence and label of every alert of every evening."""
    said = set()
    for _, _, evening in told():
        *_, alerts = as_told(tuple(evening["given"]))
        for alert in alerts:
            sentences = {alert.because, *(one.because for one in alert.revisions)}
            said |= {Said(alert.rule, alert.severity, words) for words in sentences}
            said.add(Said(alert.rule, alert.severity, alert.about.label, label=True))
    return frozenset(said)


FORBIDDEN = {
    "a breach is what an authority decides, or what somebody has reported": r"^(?!.*\breport).*\bbreach",
    "people are more than what they did": r"\boffenders?\b(?! manager)",
    "she is a protected person": r"\bvictims?\b",
    "that is for the person who decides": r"\b(user error|false alarm|misunderstanding)\b",
    "nothing is predicted": r"\b(will (kill|attack|reoffend)|is likely to|predict)",
    "stages are for people to assign": r"\bstage \d",
    "a value that is missing": r"(?-i:\b(None|null|nan)\b)",
    "a name out of the code": r"\b[a-z]+_[a-z_]+\b",
}


def wrong(sentence: str) -> str | None:
    """Why a sentence may not be said; None where it may."""
    return tells_too_much(sentence) or next((why for why, words in FORBIDDEN.items() if re.search(words, sentence, re.IGNORECASE)), None)


def test_no_rule_says_what_may_not_be_sent_or_said() -> None:
    offenders = sorted(f"{one.rule}: {wrong(one.words)}: {one.words}" for one in everything_said() if wrong(one.words))

    assert [] == offenders, "\n".join(offenders)


def test_every_because_is_a_whole_sentence() -> None:
    sentences = [one for one in everything_said() if not one.label]
    offenders = sorted(
        f"{one.rule}: {one.words}" for one in sentences if not re.fullmatch(r"[^\sa-z].*[^\s.,;:]\.", one.words) or "  " in one.words
    )

    assert [] == offenders, "\n".join(offenders)


def test_severities_are_the_four() -> None:
    assert set() == {one.severity for one in everything_said()} - set(get_args(Severity))


@pytest.mark.parametrize(
    ("sentence", "may"),
    [
        ("Sam Field has not been monitored since Mon 2 March 21:09: the battery is flat.", True),
        ("A breach reported on Mon 2 March 21:09 has no decision.", True),
        ("Sam Field is in breach of his bail.", False),
        ("No authority has decided on the breach that was reported on 2 Mar 10:00.", True),
        ("The offender manager of Sam Field has been told.", True),
        ("The offender called the victim.", False),
        ("Call her on 07700 900077.", False),
        ("Released to None.", False),
        ("The reason is battery_flat.", False),
    ],
)
def test_the_lint_bites_and_lets_go(sentence: str, *, may: bool) -> None:
    assert may == (wrong(sentence) is None)
