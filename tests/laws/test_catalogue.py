"""Laws over the whole catalogue of rules; each names every offender. What rules say: `test_wording_of_rules.py`.

Their versions and their page: `test_rule_lock.py`. What must be shown of a live rule: `tests/scenarios/`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import get_args

import msgspec
import pytest

from alerting.wording import ROLES
from schemas.types import TYPES
from streams.engine.rule import Status
from streams.engine.rulebook import AnyRule
from streams.engine.verdict import EdgeKind
from streams.publish import RULES, rules, source_of, stem, told
from streams.reference import GROUPS, HEADINGS, headings

CATALOGUE = rules()
SLUGS = [rule.slug for rule in CATALOGUE]
PLACES = {slug: place for place, slug in enumerate(SLUGS)}

PROMISED = """
untagged-window strap-tamper battery-forecast charging-failure-undecided not-fitted exclusion-zone-entry curfew-absence
no-contact reporting-missed breach-unanswered protection-gap no-named-owner
contact-from-custody attempted-contact
release-without-reassessment short-notice-release unsafe-release-address
copied-assessment compounding-risk
feed-silent
""".split()
READ_FINDINGS = """
battery-forecast exclusion-zone-approach charging-failure-undecided breach-unanswered protection-gap attempted-contact
downgraded-without-reason compounding-risk
""".split()
"""The only rules that read findings; of these, only `compounding-risk` reads another of them."""
PARTS = ["docstring", "Parameters", "Memory", "decide", "RULE"]


def naming(remedy: str, offenders: Iterable[object]) -> str:
    """What to do, and every offender on a line of its own, because pytest cuts long lists short."""
    return "\n".join([remedy, *map(str, offenders)])


def module(slug: str) -> ast.Module:
    """A rule's file, parsed."""
    return ast.parse(source_of(slug))


def docstring(slug: str) -> str:
    """What a rule's file says of itself."""
    return ast.get_docstring(module(slug)) or ""


def parts(slug: str) -> list[str]:
    """Which of the five parts a rule's file has, in its order."""
    found = ["docstring"] if docstring(slug) else []
    for node in module(slug).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.append(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
    return [name for name in found if name in PARTS]


def roles_of(rule: AnyRule) -> Iterator[str]:
    """Roles that a rule tells and that nobody can hold."""
    yield from (role for role in rule.tells if role not in ROLES or role.startswith("duty_"))


def test_every_rule_that_was_promised_is_there() -> None:
    missing = [slug for slug in PROMISED if slug not in SLUGS]

    assert [] == missing, naming("no line in streams/catalogue.py for:", missing)


def test_no_slug_stands_twice() -> None:
    twice = sorted({slug for slug in SLUGS if SLUGS.count(slug) > 1})

    assert [] == twice, naming("twice in streams/catalogue.py:", twice)


def test_each_rule_has_its_two_files_named_by_its_slug() -> None:
    wanted = {f"{stem(slug)}.{ending}" for slug in SLUGS for ending in ("py", "toml")}

    missing = sorted(name for name in wanted if not (RULES / name).exists())

    assert [] == missing, naming("a rule is two files in streams/rules/; missing:", missing)


def test_nothing_else_lies_among_the_rules() -> None:
    known = {f"{stem(slug)}.{ending}" for slug in SLUGS for ending in ("py", "toml")} | {"__init__.py", "README.md", "lock.json"}

    strays = sorted(path.name for path in RULES.iterdir() if path.is_file() and path.name not in known)

    assert [] == strays, naming("no line in streams/catalogue.py for:", strays)


def test_each_rule_has_its_five_parts_in_order() -> None:
    offenders = {slug: parts(slug) for slug in SLUGS if parts(slug) != PARTS}

    assert {} == offenders, naming(f"expected {', '.join(PARTS)}", offenders.items())


def test_each_docstring_says_the_seven_things_in_order() -> None:
    said = {slug: headings(docstring(slug)) for slug in SLUGS}
    order = {slug: [name for name, _ in found] for slug, found in said.items() if [name for name, _ in found] != list(HEADINGS)}
    empty = {slug: [name for name, text in found if not text] for slug, found in said.items() if any(not text for _, text in found)}

    assert {} == order, naming(f"expected {', '.join(HEADINGS)}", order.items())
    assert {} == empty, naming("a heading with nothing under it", empty.items())


def test_each_source_names_its_place_in_the_specification() -> None:
    wrong = {one.rule.slug: one.says.get("Source") for one in told(CATALOGUE) if one.group not in GROUPS}

    assert {} == wrong, naming("begin `Source:` with `rules.md A, <slug>`, or the page of the rules leaves it out", wrong.items())


def test_rules_read_only_what_exists() -> None:
    known = {*TYPES, *get_args(EdgeKind)}
    offenders = {rule.slug: sorted(set(rule.reads) - known) for rule in CATALOGUE if set(rule.reads) - known}

    assert {} == offenders, naming("neither an event type of schemas.types nor an edge of the engine", offenders.items())


def test_a_rule_that_reads_findings_stands_after_those_that_it_reads() -> None:
    offenders = [
        f"{rule.slug} stands before {read}"
        for rule in CATALOGUE
        for read in rule.reads_findings
        if read in PLACES and PLACES[read] >= PLACES[rule.slug]
    ]

    assert [] == offenders, naming("a wrong order passes every shuffle and judges wrongly", offenders)


def test_no_rule_reads_itself_through_others() -> None:
    try:
        list(TopologicalSorter({rule.slug: rule.reads_findings for rule in CATALOGUE}).static_order())
    except CycleError as cycle:
        pytest.fail(f"rules that read each other in a circle: {' -> '.join(cycle.args[1])}")


def test_only_eight_rules_read_findings_and_only_compounding_risk_reads_another_of_them() -> None:
    others = [rule.slug for rule in CATALOGUE if rule.reads_findings and rule.slug not in READ_FINDINGS]
    deeper = {
        rule.slug: sorted({*rule.reads_findings} & {*READ_FINDINGS})
        for rule in CATALOGUE
        if rule.slug != "compounding-risk" and {*rule.reads_findings} & {*READ_FINDINGS}
    }

    assert [] == others, naming(f"the rules that read findings are {', '.join(READ_FINDINGS)}", others)
    assert {} == deeper, naming("a rule that reads findings is read by compounding-risk alone", deeper.items())


def test_a_rule_that_names_another_declares_that_it_reads_its_findings() -> None:
    offenders = {}
    for rule in CATALOGUE:
        named = {node.value for node in ast.walk(module(rule.slug)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        hidden = sorted((named & {*SLUGS, *PROMISED}) - {rule.slug, *rule.reads_findings})
        if hidden:
            offenders[rule.slug] = hidden

    assert {} == offenders, naming("add them to `reads_findings`: what it does not read may be told to it too late", offenders.items())


def test_no_rule_imports_another() -> None:
    offenders = [
        f"{slug}: from {node.module}"
        for slug in SLUGS
        for node in ast.walk(module(slug))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streams.rules")
    ]

    assert [] == offenders, naming("what two rules need is a fact of the engine, or a finding that one of them reads", offenders)


def test_each_rule_tells_somebody_who_can_be_told() -> None:
    unknown = {rule.slug: [*roles_of(rule)] for rule in CATALOGUE if [*roles_of(rule)]}
    nobody = [rule.slug for rule in CATALOGUE if not rule.tells]

    assert {} == unknown, naming(f"roles are {', '.join(role for role in ROLES if not role.startswith('duty_'))}", unknown.items())
    assert [] == nobody, naming("tells nobody:", nobody)


def test_status_and_version_are_words_and_numbers_that_exist() -> None:
    offenders = [rule.slug for rule in CATALOGUE if rule.status not in get_args(Status) or rule.version < 1]

    assert [] == offenders, naming(f"status is one of {', '.join(get_args(Status))}; versions begin at 1", offenders)


def test_parameters_and_memory_are_frozen_values_given_by_name() -> None:
    offenders = [
        f"{slug}: {node.name}"
        for slug in SLUGS
        for node in module(slug).body
        if isinstance(node, ast.ClassDef)
        and node.name in {"Parameters", "Memory"}
        and not {"frozen", "kw_only"} <= {word.arg for word in node.keywords if ast.unparse(word.value) == "True"}
    ]

    assert [] == offenders, naming("class X(msgspec.Struct, frozen=True, kw_only=True)", offenders)


def test_a_memory_that_was_saved_is_the_memory_that_is_loaded() -> None:
    offenders = []
    for rule in CATALOGUE:
        saved = msgspec.msgpack.encode(rule.memory)
        if msgspec.msgpack.decode(saved, type=type(rule.memory)) != rule.memory:
            offenders.append(rule.slug)

    assert [] == offenders, naming("msgpack loses something of Memory:", offenders)


def test_parameters_can_be_changed_in_configuration() -> None:
    offenders = [
        rule.slug for rule in CATALOGUE if msgspec.convert(msgspec.to_builtins(rule.parameters), type(rule.parameters)) != rule.parameters
    ]

    assert [] == offenders, naming("a parameter that no TOML file can state:", offenders)
