"""The CAP 1.2 document of an alert: what the schema asks for, in its order, and nothing that may not leave."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from alerting.delivery.cap import cap
from alerting.matter import fold
from alerting.routing import Told
from schemas.alert import Alert, Recipient, Revision
from schemas.envelope import MessageStatus
from schemas.finding import MatterStatus, Severity
from tests.unit.alerting.invented import NOON, a_change, a_finding

IN_CAP = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}
ORIGIN = "https://vigil.example.org"
ALERT_ORDER = [
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "source",
    "scope",
    "restriction",
    "addresses",
    "code",
    "note",
    "references",
]
ALERT_ORDER += ["incidents", "info"]
INFO_ORDER = ["language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode", "effective"]
INFO_ORDER += [
    "onset",
    "expires",
    "senderName",
    "headline",
    "description",
    "instruction",
    "web",
    "contact",
    "parameter",
    "resource",
    "area",
]
WORDS = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
    "category": {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"},
    "responseType": {"Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
PLAIN = re.compile(r"[^\s,<&]+")
"""An identifier and a sender hold no space, comma, < or &: the standard's own words."""


def an_alert() -> Alert:
    to = Recipient(officer_id="of-12", role="oic", reason="named", at=NOON)
    return fold(None, a_change(a_finding(because="Sam Field has been inside the zone since 12:00.")), Told((to,), ()))


def document(alert: Alert) -> Element:
    return fromstring(cap(alert, ORIGIN))


def said(root: Element, name: str) -> str | None:
    return root.findtext(f".//cap:{name}", None, IN_CAP)


def local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def revised(alert: Alert, status: MatterStatus) -> Alert:
    change = {"open": "severity", "closed": "closed", "withdrawn": "withdrawn"}[status]
    more = Revision.model_validate({"at": NOON + timedelta(minutes=41), "change": change, "because": alert.because})
    return alert.model_copy(update={"status": status, "revisions": (*alert.revisions, more)})


@pytest.mark.parametrize("severity", ["critical", "high", "medium", "low"])
@pytest.mark.parametrize("status", ["open", "closed", "withdrawn"])
@pytest.mark.parametrize("message_status", ["actual", "exercise", "test"])
def test_every_document_is_as_the_schema_asks(severity: Severity, status: MatterStatus, message_status: MessageStatus) -> None:
    alert = an_alert().model_copy(update={"severity": severity, "message_status": message_status})
    for version in (alert, revised(alert, status)):
        root = document(version)
        info = root.find("cap:info", IN_CAP)
        assert "alert" == local(root)
        assert info is not None
        for element, order in ((root, ALERT_ORDER), (info, INFO_ORDER)):
            names = [local(child) for child in element]
            assert sorted(names, key=order.index) == names
        for name, words in WORDS.items():
            assert said(root, name) in words
        for name in ("identifier", "sender"):
            assert PLAIN.fullmatch(said(root, name) or "")
        assert INSTANT.fullmatch(said(root, "sent") or "")
        assert said(root, "restriction")  # needed where the scope is Restricted


def test_the_status_is_that_of_the_alert() -> None:
    statuses: tuple[MessageStatus, ...] = ("actual", "exercise", "test")
    alerts = [an_alert().model_copy(update={"message_status": status}) for status in statuses]
    assert ["Actual", "Exercise", "Test"] == [said(document(alert), "status") for alert in alerts]


def test_an_update_names_the_message_before_it_and_a_withdrawal_cancels() -> None:
    alert = an_alert()
    first, second = document(alert), document(revised(alert, "open"))
    assert ("Alert", None) == (said(first, "msgType"), said(first, "references"))
    assert f"{said(first, 'sender')},{said(first, 'identifier')},{said(first, 'sent')}" == said(second, "references")
    assert "Update" == said(second, "msgType")
    assert "Cancel" == said(document(revised(alert, "withdrawn")), "msgType")


def test_nothing_stands_in_it_that_may_not_leave() -> None:
    alert = an_alert()
    written = cap(alert, ORIGIN).decode()
    for secret in (
        alert.because,
        alert.rule,
        alert.person_id or "?",
        alert.about.label,
        alert.incident_id,
        *alert.areas,
        *alert.protected_person_ids,
    ):
        assert secret not in written
    for recipient in alert.recipients:
        assert recipient.officer_id not in written


def test_the_same_alert_gives_the_same_bytes() -> None:
    assert cap(an_alert(), ORIGIN) == cap(an_alert(), ORIGIN)
