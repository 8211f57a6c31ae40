"""Prose with a guard: decisions keep their form and their index, and every path and command that a page names exists."""

from __future__ import annotations

import re

import pytest

from tests.laws.tree import ROOT, TOPS, Source, source, sources

DECISIONS = [each for each in sources() if re.fullmatch(r"ops/decisions/\d{4}-[a-z0-9-]+\.md", each.path)]
PAGES = [source(path) for path in ("CONTRIBUTING.md", "README.md")]
TARGETS = set(re.findall(r"^([a-z][\w-]*):", source("Makefile").text, flags=re.MULTILINE))

NAMED = rf"`((?:{'|'.join(TOPS)})[./][\w./-]+)`"
"""As `tests/laws` or `tests.laws.tree.sources`: in pages, docstrings and comments alike."""


def is_there(name: str) -> bool:
    """A path from the root; or a module or package, or what stands in a module."""
    if "/" in name:
        return (ROOT / name).exists()
    place, parts = ROOT, name.split(".")
    while parts and (place / parts[0]).is_dir():
        place /= parts.pop(0)
    if not parts:
        return True
    module = place / f"{parts[0]}.py"
    return module.is_file() and all(re.search(rf"\b{part}\b", module.read_text(encoding="utf-8")) for part in parts[1:])


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
def test_every_link_of_a_page_leads_somewhere(page: Source) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.text)
    missing = sorted({path for path in links if not (ROOT / path).exists()})

    assert [] == missing, f"{page.path} links to what is not there: {', '.join(missing)}"


def test_every_path_and_module_that_anything_names_exists() -> None:
    lost = sorted({f"{each.path}: {name}" for each in sources() for name in re.findall(NAMED, each.text) if not is_there(name)})

    assert [] == lost, "name what is there now:\n" + "\n".join(lost)


@pytest.mark.parametrize("gone", ["tests/nowhere", "tests.nowhere", "tests.laws.nowhere", "tests.laws.tree.nowhere"])
def test_a_name_of_nothing_is_seen(gone: str) -> None:
    assert [gone] == re.findall(NAMED, f"see `{gone}`")
    assert not is_there(gone)


@pytest.mark.parametrize("page", PAGES, ids=[page.path for page in PAGES])
def test_every_make_target_that_a_page_names_exists(page: Source) -> None:
    unknown = sorted(set(re.findall(r"`make ([\w-]+)`", page.text)) - TARGETS)

    assert [] == unknown, f"{page.path}: no such target: {', '.join(unknown)}"
