"""For whom a report exists, as the ledger answers it on both databases: by handling code, by reach, by name, and in which order."""

from __future__ import annotations

from datetime import datetime

from alerting.intelligence.reading import OF_REPORTS, Wanted, by_name, counts, reports
from alerting.ledger.reports import keep
from alerting.ledger.store import Ledger
from alerting.ledger.unreadable import unknown_to
from alerting.matter import fold
from alerting.routing import Told
from schemas.alert import Alert
from schemas.event import EvidenceRef
from schemas.read_models import ReportView
from tests.integration.ledger.reached import HOUR, Town
from tests.unit.alerting.invented import NOON, a_change, a_finding

ALL = Wanted()


def a_report(town: Town, name: str, code: str = "P", *, her: str | None = None, at: datetime = NOON, **named: tuple[str, ...]) -> None:
    said = {"report_id": name, "source_evaluation": 1, "intelligence_assessment": "A", "handling_code": code, "summary": "He asked."}
    report = {**said, "protected_person_id": her, "tags": ("planning",), "handling_conditions": named or None}
    its = {"person_id": "pe-1", "source": "intel/desk", "id": f"ev-{name}", "occurred_at": at, "received_at": at}
    with town.ledger.write(NOON) as writing:
        keep(writing, ReportView.model_validate({**its, "report": report}))


def an_alert(*rests_on: str) -> Alert:
    evidence = tuple(EvidenceRef("intel/desk", f"ev-{name}") for name in rests_on)
    return fold(None, a_change(a_finding(person_id="pe-1")), Told((), ())).model_copy(update={"evidence": evidence})


def known(town: Town, officer_id: str, wanted: Wanted = ALL) -> dict[str, bool]:
    """By name, whether it is read whole."""
    with town.asking() as connection:
        return {one.view.report.report_id: one.whole for one in reports(connection, town.actor(officer_id), wanted, None, 50)}


def test_a_report_exists_for_whom_it_may(ledger: Ledger) -> None:
    town = Town(ledger)
    oic, idva = town.officer("of-oic", "oic"), town.officer("of-idva", "idva")
    inspector, elsewhere = town.officer("of-insp"), town.officer("of-kent", "supervisor", area="kent")
    town.shift(inspector, "duty_inspector")
    town.person(team=[("oic", oic, None), ("idva", idva, "pp-1")])
    a_report(town, "rp-p")
    a_report(town, "rp-hers", her="pp-1")
    a_report(town, "rp-anothers", her="pp-2")
    a_report(town, "rp-c", "C", officer_ids=(oic,))
    open_ones = {"rp-p": True, "rp-hers": True, "rp-anothers": True}

    assert {**open_ones, "rp-c": True} == known(town, oic)
    assert {"rp-p": True, "rp-hers": True} == known(town, idva)
    assert {**open_ones, "rp-c": False} == known(town, inspector)
    assert {} == known(town, elsewhere)
    with town.asking() as connection:
        resting, on_none = an_alert("rp-c"), an_alert()
        assert {"rp-anothers", "rp-c"} == unknown_to(connection, town.actor(idva), (resting, on_none)).report_ids
        assert not unknown_to(connection, town.actor(idva), (on_none,)).report_ids  # it names none of them
        assert not unknown_to(connection, town.actor(oic), (resting,)).events
        assert by_name(connection, town.actor(idva), "rp-c") is None
        assert {"all": 3, "planning": 3} == {name: many for name, many in counts(connection, ALL).items() if many}


def test_a_report_that_comes_again_takes_its_own_place_with_its_names(ledger: Ledger) -> None:
    town = Town(ledger)
    oic = town.officer("of-oic", "oic")
    town.person(team=[("oic", oic, None)])
    a_report(town, "rp-c", "C", officer_ids=(oic,))
    a_report(town, "rp-c", "C", roles=("idva",))

    assert {} == known(town, oic)


def test_places_go_on_strictly_after_each_other(ledger: Ledger) -> None:
    town = Town(ledger)
    oic = town.officer("of-oic", "oic")
    town.person(team=[("oic", oic, None)])
    for number in range(6):
        a_report(town, f"rp-{number}", at=NOON - (number // 3) * HOUR)
    walked: list[str] = []
    after: tuple[datetime, int, str, str] | None = None
    with town.asking() as connection:
        while found := reports(connection, town.actor(oic), ALL, after, 2):
            walked += [one.view.report.report_id for one in found]
            last = found[-1].view
            after = (last.occurred_at, OF_REPORTS, last.source, last.id)

    assert [f"rp-{number}" for number in range(6)] == walked
