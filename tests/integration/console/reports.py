"""A man about whom there are graded reports, told to a real ledger, and officers of every role who may know of some of them.

Each secret is a text of its own that stands nowhere else, so that one look at the bytes of an answer says what leaked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import httpx

from alerting.intelligence import agreements
from alerting.intelligence.agreements import Agreement
from alerting.intelligence.handling import LawfulBasis
from schemas import topics
from schemas.directory import DirectoryOfficer
from schemas.envelope import MessageStatus, PersonIdentifier
from schemas.person import Assignment, PersonView, ProtectedPersonView
from schemas.read_models import ReportView, TimelineEntry
from tests.integration.console.case import Case
from tests.integration.console.office import DAY, HOUR, NOON, Browser, Office

HE = "pe-7"
SHE, ANOTHER = "pp-1", "pp-2"
SUMMARY, FEED = "He has asked three neighbours for her street", "intel/sealed-desk"
OPEN_SUMMARY, OPEN_FEED = "He was seen near the school", "intel/open-desk"
SEALED, OPEN = "rep-sealed-1", "rep-open-1"
PROGRAMME = "Turning Point West"
IN_A_CASE = ("oic", "offender_manager", "prison_offender_manager", "idva", "programme_case_manager", "marac_coordinator")
MANAGER, NAMED = "of-manager", "of-named-oic"
WHY = "Her worker must know before Friday's session."
GIVES: Mapping[str, object] = {
    "to_organisation": PROGRAMME,
    "to_officer_id": MANAGER,
    "purpose": WHY,
    "lawful_basis": "vital_interests",
    "agreement_id": "ag-1",
    "fields": ["summary"],
}


class Reports(Case):
    """A case, and reports about another man of whom nothing else is known."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        said = DirectoryOfficer(
            officer_id=MANAGER,
            name="Mr Larch",
            organisation=PROGRAMME,
            area="avon",
            roles=("programme_case_manager",),
            line_manager_id=None,
        )
        office.state("directory.officer", said)
        self.man()

    def man(
        self,
        *,
        team: Sequence[tuple[str, str]] = (),
        area: str = "avon",
        restricted: bool = False,
        excluded: Sequence[str] = (),
        client: str | None = None,
    ) -> None:
        """Who is in his case. `client`: whom its advocates are there for, else everybody."""
        posts = tuple(
            Assignment(role=role, officer_id=who, since_at=NOON - DAY, protected_person_id=client if role == "idva" else None)
            for role, who in team
        )
        view = PersonView(
            person_id=HE,
            label="Ned Moss (A9876ZZ)",
            identifiers=(PersonIdentifier(type="NOMS", value="A9876ZZ"),),
            areas=(area,),
            risk_level="high",
            restricted=restricted,
            in_custody=True,
            team=posts,
            excluded_officer_ids=tuple(excluded),
            protected=tuple(ProtectedPersonView(protected_person_id=her, area=area) for her in (SHE, ANOTHER)),
        )
        self.view(view)

    def graded(  # noqa: PLR0913  a report has this many sides, and each test names the one it is about
        self,
        report_id: str = OPEN,
        code: str = "P",
        summary: str = OPEN_SUMMARY,
        source: str = OPEN_FEED,
        tags: Sequence[str] = ("surveillance",),
        named: Mapping[str, Sequence[str]] | None = None,
        *,
        at: datetime = NOON - HOUR,
        her: str | None = None,
        message_status: MessageStatus = "actual",
    ) -> None:
        """A report from a feed, and its event. `named`: `officer_ids`, `roles`, `organisations` of its conditions."""
        report = {
            "report_id": report_id,
            "source_evaluation": 2,
            "intelligence_assessment": "B",
            "handling_code": code,
            "handling_conditions": named,
            "protected_person_id": her,
            "tags": tuple(tags),
            "summary": summary,
        }
        its: dict[str, object] = {"person_id": HE, "source": source, "id": f"ev-{report_id}", "occurred_at": at, "received_at": at}
        its["message_status"] = message_status
        self.keep(topics.REPORTS, ReportView.model_validate({**its, "report": report}))
        said = {"report_id": report_id, "handling_code": code, "source_evaluation": 2, "intelligence_assessment": "B"}
        self.keep(topics.TIMELINE, TimelineEntry.model_validate({**its, "type": "intelligence.submitted", "said": said}))

    def sealed(self, **named: Sequence[str]) -> None:
        """The report of code C."""
        self.graded(SEALED, "C", SUMMARY, FEED, ("knows_location",), named)

    def regraded(self, report_id: str, to: str, at: datetime, source: str = OPEN_FEED) -> None:
        """Somebody has assessed it again."""
        its = {"person_id": HE, "source": source, "id": f"re-{report_id}-{to}", "occurred_at": at, "received_at": at}
        said = {"report_id": report_id, "intelligence_assessment": to}
        self.keep(topics.TIMELINE, TimelineEntry.model_validate({**its, "type": "intelligence.reassessed", "said": said}))

    def agreement(
        self, name: str = "ag-1", *, organisation: str = PROGRAMME, basis: LawfulBasis = "vital_interests", days: int = 30
    ) -> None:
        """In force since yesterday."""
        made = Agreement(agreement_id=name, organisation=organisation, lawful_basis=basis, from_at=NOON - DAY, to_at=NOON + days * DAY)
        with self.office.ledger.write(self.office.now) as writing:
            agreements.add(writing, made)

    def give(self, browser: Browser, report_id: str = OPEN, **other: object) -> httpx.Response:
        """A disclosure asked for; `other` stands in the place of what is usual."""
        said = {name: value for name, value in {**GIVES, **other}.items() if value is not None}
        return browser.command(f"/api/v1/intelligence/{report_id}/disclosures", said)


def items(browser: Browser, query: str = "") -> list[dict[str, object]]:
    """What the list shows."""
    answer = browser.get(f"/api/v1/intelligence{query}")
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def about(found: Collection[Mapping[str, object]], report_id: str) -> dict[str, object]:
    """The one line about that report."""
    (one,) = (item for item in found if item.get("report_id") == report_id)
    return dict(one)
