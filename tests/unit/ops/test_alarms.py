"""Alarms and dashboards speak only of numbers that exist, and every alarm has a page that says what to do first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import Metric

from streams.embedded.metrics import Gauges, Metrics

OPS = Path(__file__).parents[3] / "ops"
RULES = [rule for group in yaml.safe_load((OPS / "alarms.yml").read_text())["groups"] for rule in group["rules"]]
PANELS = json.loads((OPS / "dashboards" / "vigil.json").read_text())["panels"]
RUNBOOKS = sorted(path.name for path in (OPS / "runbooks").glob("vigil-*.md"))


def families() -> list[Metric]:
    return list(Metrics(lambda: Gauges(0, 0, 0, {}, {}, ready=True)).registry.collect())


def names() -> set[str]:
    """Every name that a query may use."""
    found: set[str] = set()
    for family in families():
        match family.type:
            case "counter":
                found.add(f"{family.name}_total")
            case "histogram":
                found.update(f"{family.name}_{end}" for end in ("bucket", "sum", "count"))
            case _:
                found.add(family.name)
    return found


@pytest.mark.parametrize("query", [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]])
def test_a_query_names_only_what_is_counted(query: str) -> None:
    asked = set(re.findall(r"\bvigil_\w+", query))

    assert asked or "up{" in query
    assert set() == asked - names()


def test_every_number_stands_on_the_dashboard() -> None:
    asked = {name for panel in PANELS for target in panel["targets"] for name in re.findall(r"\bvigil_\w+", target["expr"])}
    unseen = {name for name in names() if not name.endswith(("_sum", "_count"))} - asked

    assert set() == unseen


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alarm_names_its_page_and_how_grave_it_is(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in {"critical", "high", "medium"}
    assert (OPS.parent / rule["annotations"]["runbook"]).exists()
    assert rule["annotations"]["summary"].endswith(".")


def test_every_page_has_its_alarm_and_begins_with_what_to_do() -> None:
    assert RUNBOOKS == sorted(Path(rule["annotations"]["runbook"]).name for rule in RULES)
    assert [] == [name for name in RUNBOOKS if "\n## First\n" not in (OPS / "runbooks" / name).read_text()]


def test_no_label_could_name_a_person() -> None:
    metrics = Metrics(lambda: Gauges(1, 1, 1, {("untagged-window", "high"): 2}, {"em/allied": 3.0}, ready=True, parts={"sweep": False}))
    metrics.not_durable.inc()
    metrics.answered("GET", "/alerts/{name}", 200, 0.1)
    labels = {label for family in metrics.registry.collect() for sample in family.samples for label in sample.labels}

    assert {"rule", "severity", "feed", "method", "route", "status", "le", "part"} == labels
