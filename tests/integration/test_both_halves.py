"""Both halves of an embedded run: what judging publishes stands in the ledger, and what people state and ask comes back into judging."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Table, select

from alerting.console.desk import Settings
from alerting.ledger import facts, requests
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.books import READING
from alerting.ledger.tables.told import COVERAGE, FEED, FIX, PERSON, RULE, SET_ASIDE, TIMELINE
from alerting.service.works import STOPS_WITHIN
from ops.cli.alerting_here import AlertingHere
from ops.cli.configuration import Configuration
from ops.cli.main import main
from ops.cli.running import Runner
from schemas.read_models import PersonPage, SetAsideView
from schemas.requests import Redrive, Retire
from streams.embedded.acceptance import Client
from streams.embedded.keys import KeyStore
from tests.integration.embedded import NOON, PATIENCE_S, Standing, feed, fix, taken

MINUTE = timedelta(minutes=1)
ALL = Client("all", ("*",))
HOME = {"address_id": "ad-1", "latitude": 51.46, "longitude": -2.6, "radius_m": 100.0}
TOLD: list[tuple[str, dict[str, object]]] = [
    ("case.opened", {"case_ref": "kent:1", "risk_level": "high", "areas": ["kent"], "name": "Sam Field", "date_of_birth": "1990-02-03"}),
    (
        "case.protected_person_linked",
        {"protected_person_id": "pp-1", "relationship": "ex_partner", "addresses": [HOME], "phones": ["07700 900123"], "display_name": "A"},
    ),
    (
        "order.made",
        {
            "order_id": "or-1",
            "kind": "court_bail",
            "starts_at": NOON.isoformat(),
            "conditions": [
                {"condition_id": "t", "kind": "tag", "modes": ["gps"]},
                {"condition_id": "z", "kind": "exclusion_zone", "zone": {"latitude": 51.46, "longitude": -2.6, "radius_m": 250}},
            ],
        },
    ),
    ("tagging.fitted", {"device_id": "d-1", "activation_id": "a-1", "modes": ["gps"]}),
]


class Both:
    """One run."""

    def __init__(self, folder: Path, stops_within: timedelta) -> None:
        self.clock = Standing()
        self.folder = folder
        self.runner = Runner(folder, Configuration(), self.clock)
        policies, console = Configuration().policies(), Settings("http://127.0.0.1:8080")
        self.alerting = AlertingHere(folder, policies, self.clock.now, console, {}, stops_within=stops_within)

    def feed(self, minutes: float, *lines: bytes) -> None:
        feed(self.runner, self.clock, [(NOON + minutes * MINUTE, list(lines))])
        taken(self.runner, self.alerting)

    def rows(self, table: Table) -> list[dict[str, object]]:
        with self.alerting.ledger.read() as connection:
            return [row._asdict() for row in connection.execute(select(table))]

    def until(self, holds: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < ends, f"not in time: {self.alerting.failing()} {self.runner.failed}"
            time.sleep(0.02)


@contextmanager
def both(folder: Path, stops_within: timedelta = STOPS_WITHIN) -> Iterator[Both]:
    made = Both(folder, stops_within)
    made.runner.start()
    made.alerting.start(made.runner)
    try:
        yield made
    finally:
        made.alerting.rest()
        made.runner.stop()
        made.alerting.stop()


def said(kind: str, data: dict[str, object], name: str | None = None, minutes: float = 0) -> bytes:
    source = "em/allied" if kind.startswith("tagging") else "case/kent"
    person = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]}
    at = (NOON + minutes * MINUTE).isoformat()
    return json.dumps({"id": name or kind, "source": source, "type": kind, "occurred_at": at, "person": person, "data": data}).encode()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Both]:
    with both(tmp_path) as made:
        made.feed(1, *(said(kind, data) for kind, data in TOLD))
        made.feed(10, *(fix(minute, NOON + minute * MINUTE, latitude=51.40) for minute in range(2, 10)))
        made.feed(12, *(fix(minute, NOON + minute * MINUTE, latitude=51.46) for minute in (10, 11)))
        yield made


def test_what_pages_show_of_a_person_stands_in_the_ledger_and_no_position_that_no_finding_rests_on(run: Both) -> None:
    (person,) = run.rows(PERSON)
    page = PersonPage.model_validate_json(str(person["page"]))
    fixes = {str(row["id"]) for row in run.rows(FIX)}

    assert ("sam field", "1990-02-03", "high") == (person["name_folded"], person["date_of_birth"], person["risk_level"])
    assert [("+447700900123",)] == [one.phones for one in page.protected]
    assert ["tag", "exclusion_zone"] == [one.kind for order in page.orders for one in order.conditions]
    assert {kind for kind, _ in TOLD} == {row["type"] for row in run.rows(TIMELINE)}
    assert "51.46" not in "".join(str(row["entry"]) for row in run.rows(TIMELINE))
    assert {"p-10", "p-11"} <= fixes
    assert "monitored" in {row["state"] for row in run.rows(COVERAGE)}
    assert {"case/kent", "em/allied"} == {row["source"] for row in run.rows(FEED)}
    assert len(run.rows(RULE)) > len(TOLD)


def test_what_is_told_again_after_a_restart_is_nothing_new(run: Both, tmp_path: Path) -> None:
    before = run.runner.outgoing.written_to
    run.alerting.rest()
    run.runner.stop()
    run.alerting.stop()
    with both(tmp_path) as again:
        again.clock.at = run.clock.at
        again.feed(13, fix(12, NOON + 12 * MINUTE, latitude=51.46))
        new = again.runner.outgoing.written_to - before
        assert 1 == len(again.rows(PERSON))

    assert new < 8  # the finding, its position, the feeds: no page and no timeline


def test_a_fact_that_somebody_states_goes_through_intake_and_the_rules_see_it(run: Both) -> None:
    (alert,) = [row for row in run.rows(ALERT) if row["rule"] == "exclusion-zone-entry"]
    stated = facts.Stated(
        id="f-1",
        type="case.closed",
        occurred_at=run.clock.at,
        data={"case_ref": "kent:1", "reason": "moved away"},
        identifiers=PersonPage.model_validate_json(str(run.rows(PERSON)[0]["page"])).identifiers,
    )
    with run.alerting.ledger.write(run.clock.at) as writing:
        facts.state(writing, stated)

    def ended() -> bool:
        return any(row["alert_id"] == alert["alert_id"] and row["status"] == "closed" for row in run.rows(ALERT))

    run.until(ended)
    assert ("vigil/console", "f-1") in {(row["source"], row["id"]) for row in run.rows(TIMELINE)}


def test_a_line_that_was_set_aside_is_sent_again_and_another_is_retired(run: Both) -> None:
    with_key = Client("supplier", ("em/*",))
    store = KeyStore(run.folder)
    store.add("supplier", ("em/*",), NOON)
    store.close()
    bad = fix(99).replace(b'"latitude": 51.45', b'"latitude": 151.45')
    run.runner.acceptor.accept([bad, b"{"], with_key, run.clock.at)
    run.until(lambda: len(run.rows(SET_ASIDE)) == 2)
    with run.alerting.ledger.write(run.clock.at) as writing:
        requests.ask(writing, Redrive(quarantine_ids=("qn_1",)), "of-1")
        requests.ask(writing, Retire(quarantine_id="qn_2"), "of-1")
        requests.ask(writing, Redrive(quarantine_ids=("qn_77",)), "of-1")

    def states() -> dict[object, object]:
        return {row["quarantine_id"]: row["state"] for row in run.rows(SET_ASIDE)}

    run.until(lambda: states() == {"qn_1": "sent_again", "qn_2": "retired"})
    shown = [SetAsideView.model_validate_json(str(row["view"])) for row in run.rows(SET_ASIDE)]
    assert all("151.45" not in one.masked and "A1234AA" not in one.masked for one in shown)


def test_the_chronology_says_what_happened_who_was_told_and_that_it_was_made(run: Both, tmp_path: Path) -> None:
    run.alerting.rest()
    run.runner.stop()
    run.alerting.stop()
    made = {
        form: CliRunner().invoke(main, ["chronology", "NOMS:A1234AA", "--data", str(tmp_path), "--format", form])
        for form in ("json", "csv", "html")
    }
    whole = json.loads(made["json"].stdout)
    nobody = CliRunner().invoke(main, ["chronology", "NOMS:A9999AA", "--data", str(tmp_path)])
    verified = CliRunner().invoke(main, ["verify", "--data", str(tmp_path)])

    assert [0, 0, 0] == [one.exit_code for one in made.values()]
    assert {"case.opened", "order.made", "raised"} <= {line["what"] for line in whole["lines"]}
    assert {"happened_to_known_s", "known_to_acknowledged_s", "acknowledged_to_acted_s"} == set(whole["alerts"][0]["delays"])
    assert len(whole["lines"]) + 1 == len(made["csv"].stdout.splitlines())
    assert "Chronology of Sam Field (A1234AA)" in made["html"].stdout
    assert (1, True) == (nobody.exit_code, "nobody who is managed is NOMS:A9999AA" in nobody.output)
    assert (0, True) == (verified.exit_code, "The books are in order." in verified.output), verified.output
    with both(tmp_path) as again:
        assert ["disclosure"] * 3 == [row["kind"] for row in again.rows(READING)]


def test_parts_that_hang_are_waited_for_so_long_and_no_longer_all_together(tmp_path: Path) -> None:
    with both(tmp_path, timedelta(seconds=1)) as made:
        made.feed(1, *(said(kind, data) for kind, data in TOLD))
        with made.alerting.ledger.write(made.clock.now()):  # everybody else who writes stands behind it
            feed(made.runner, made.clock, [(NOON + 10 * MINUTE, [fix(9, NOON + 9 * MINUTE, latitude=51.40)])])
            made.until(lambda: made.alerting.behind > 0)
            began_s = time.monotonic()
            made.alerting.rest()
            made.runner.stop()
            made.alerting.stop()
            took_s = time.monotonic() - began_s
        assert made.alerting.behind > 0
        assert took_s < 8
