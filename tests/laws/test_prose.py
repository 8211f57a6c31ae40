"""Prose with a guard: decisions keep their form and their index, and every path and command that a page names exists."""

from __future__ import annotations

import re

import pytest

from tests.laws.tree import ROOT, TOPS, Source, source, sources

DECISIONS = [each for each in sources() if re.fullmatch(r"ops/decisions/\d{4}-[a-z0-9-]+\.md", each.path)]
PAGES = [source(path) for path in ("CONTRIBUTING.md", "README.md")]
TARGETS = set(re.findall(r"^([a-z][\w-]*):", source("Makefile").text, flags=re.MULTILINE))


def number(decision: Source) -> str:
    """The decision's number, four digits."""
    return decision.path.split("/")[-1][:4]


@pytest.mark.parametrize("decision", DECISIONS, ids=[each.path.split("/")[-1] for each in DECISIONS])
def test_a_decision_says_context_choice_and_consequence(decision: Source) -> None:
    headings = re.findall(r"^## (.+)$", decision.text, flags=re.MULTILINE)

    assert re.match(rf"# {number(decision)} \S", decision.text), f"begin it with `# {number(decision)} ` and its claim"
    assert ["Context", "Choice", "Consequence"] == headings


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [number(each) for each in DECISIONS]
    twice = sorted({each for each in numbers if numbers.count(each) > 1})

    assert [] == twice, f"give the later one the next free number: {', '.join(twice)}"


def test_the_index_lists_each_decision_by_its_title() -> None:
    lines = [f"* [{each.text.splitlines()[0].removeprefix('# ')}]({each.path.split('/')[-1]})" for each in DECISIONS]
    listed = [line for line in source("ops/decisions/README.md").text.splitlines() if line.startswith("* [")]

    assert lines == listed, "ops/decisions/README.md lists every decision, in order, as `* [0001 Title](file)`"


def test_nothing_else_lies_among_the_decisions() -> None:
    strays = [
        each.path
        for each in sources()
        if each.path.startswith("ops/decisions/") and each not in DECISIONS and not each.path.endswith("/README.md")
    ]

    assert [] == strays, "a decision's file is named 0007-what-was-chosen.md"


@pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
def test_every_path_that_a_page_names_exists(page: Source) -> None:
    quoted = re.findall(rf"`((?:{'|'.join(TOPS)})/[\w./-]*)`", page.text) + re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.text)
    missing = sorted({path for path in quoted if not (ROOT / path).exists()})

    assert [] == missing, f"{page.path} names what is not there: {', '.join(missing)}"


@pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
def test_every_make_target_that_a_page_names_exists(page: Source) -> None:
    unknown = sorted(set(re.findall(r"`make ([\w-]+)`", page.text)) - TARGETS)

    assert [] == unknown, f"{page.path}: no such target: {', '.join(unknown)}"
