"""The table of event types is the contract's, in its order, and no type is without its model and its example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas import publish
from schemas.fields import Value
from schemas.types import NEEDS_PERSON, RANKS, TYPES

# The contract page stands beside the repository while the project is built, and is not part of it.
CONTRACT = Path(__file__).parents[4] / "shared" / "contract.md"
EXAMPLES = publish.HERE / "examples"


def types_of_the_contract(page: str) -> list[str]:
    """The type names of section 2 as the page lists them; `/ `_updated`` is short for the family's name before it."""
    section = page[page.index("## 2.") : page.index("## 3.")]
    families = "case|identity|order|bail|breach|alert|tagging|comms|custody|risk|marac|incident|life|intelligence|programme|directory|feed"
    named: list[str] = []
    for line in section.splitlines():
        cell = line.split("|")[1] if line.startswith("|") else re.sub(r"`: .*?\. ", "` ", line)
        if line.startswith("| `tagging.home_unit`"):
            cell = line  # its row explains a second type in the second cell
        for name in re.findall(rf"`((?:{families})\.[a-z_]+|_[a-z]+)`", cell):
            whole = f"case.protected_person{name}" if name.startswith("_") else name
            if whole not in named:
                named.append(whole)
    return named


@pytest.mark.skipif(not CONTRACT.exists(), reason="the contract page is not part of the repository and is not beside it here")
def test_the_types_are_those_of_the_contract_in_its_order() -> None:
    assert types_of_the_contract(CONTRACT.read_text(encoding="utf-8")) == list(TYPES)


def test_the_rank_of_a_type_is_its_place() -> None:
    assert list(range(len(TYPES))) == [known.rank for known in TYPES.values()]
    assert RANKS == {name: known.rank for name, known in TYPES.items()}


@pytest.mark.parametrize("name", TYPES)
def test_a_model_is_named_as_its_type(name: str) -> None:
    expected = "".join(part.capitalize() for part in re.split(r"[._]", name))
    assert expected == TYPES[name].model.__name__
    assert issubclass(TYPES[name].model, Value)


def test_each_type_has_one_example_and_no_example_is_of_nothing() -> None:
    assert set(TYPES) == {path.stem for path in EXAMPLES.iterdir()}


def test_officers_and_heartbeats_are_about_no_person() -> None:
    about_nobody = [name for name, known in TYPES.items() if not known.about_person]
    assert ["directory", "feed"] == sorted({name.split(".")[0] for name in about_nobody})
    assert not NEEDS_PERSON & set(about_nobody)
