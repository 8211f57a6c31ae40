"""CONTRIBUTING teaches the words of an evening: its example is played, and every phrase that it lists is one that is understood."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.laws.tree import source
from tests.scenarios.phrases import SCENE, TIME, Evening
from tests.scenarios.test_evenings import alerts, holds

PAGE = source("CONTRIBUTING.md").text
EXAMPLE = tomllib.loads(re.sub(r"^ {3}", "", PAGE.partition("```toml\n")[2].partition("   ```")[0], flags=re.MULTILINE))
WORDS = PAGE.partition("### The words of an evening\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| [^|]+ \| (`.+`) \|$", WORDS, flags=re.MULTILINE)
GIVEN = [phrase for row in ROWS for phrase in re.findall(r"`([^`]+)`", row)]
SCENES = [phrase for phrase in GIVEN if not re.match(TIME, phrase)]
EVENTS = [phrase for phrase in GIVEN if re.match(TIME, phrase)]
THEN = [phrase for phrase in re.findall(r"`([^`]+)`", WORDS.rpartition("A line of `then`")[2]) if re.match(TIME, phrase)]


def test_the_example_comes_out_as_told() -> None:
    (evening,) = EXAMPLE["evening"]
    reader = Evening()
    lines = reader.read(evening["given"])
    assert reader.until is not None
    found = [alert for alert in alerts(lines, reader.until) if alert.rule == "strap-tamper"]

    assert [] == [line for line in evening["then"] if not holds(line, found)]


@pytest.mark.parametrize("phrase", GIVEN)
def test_every_phrase_of_the_page_is_understood(phrase: str) -> None:
    assert Evening().read([phrase])


@pytest.mark.parametrize("phrase", THEN)
def test_every_outcome_of_the_page_is_understood(phrase: str) -> None:
    assert not holds(phrase, [])


def test_every_scene_that_is_understood_is_on_the_page() -> None:
    missing = [pattern for pattern, _ in SCENE if not any(re.fullmatch(pattern, phrase) for phrase in SCENES)]

    assert [] == missing, "\n".join(["give an example of each in CONTRIBUTING.md, under The words of an evening:", *missing])


def test_the_page_shows_scenes_events_and_outcomes() -> None:
    assert SCENES
    assert EVENTS
    assert THEN
