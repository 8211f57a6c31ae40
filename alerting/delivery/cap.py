"""An alert as a message of the Common Alerting Protocol, version 1.2, for systems that take nothing else. XML out; nothing is read.

A restricted message says what may leave and no more: the headline is that sentence, and who it concerns stays with us. `Alert`
where it is the first word about the matter, `Update` where it is not, `Cancel` where the matter never was.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from alerting.wording import may_leave
from schemas.alert import Alert

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
SENDER = "vigil"
RESTRICTION = "Officers and services who hold the case"
_STATUS: Mapping[str, str] = {"actual": "Actual", "exercise": "Exercise", "test": "Test"}
_SEVERITY: Mapping[str, str] = {"critical": "Extreme", "high": "Severe", "medium": "Moderate", "low": "Minor"}
_URGENCY: Mapping[str, str] = {"critical": "Immediate", "high": "Expected", "medium": "Expected", "low": "Future"}


def cap(alert: Alert, origin: str) -> bytes:
    """The document. `origin`: where the link leads. The same alert gives the same bytes."""
    text = may_leave(
        reference=alert.reference, severity=alert.severity, status=alert.status, message_status=alert.message_status, origin=origin
    )
    register_namespace("", NAMESPACE)
    first, last = alert.revisions[0], alert.revisions[-1]
    kind = "Cancel" if alert.status == "withdrawn" else "Alert" if len(alert.revisions) == 1 else "Update"
    root = Element(f"{{{NAMESPACE}}}alert")
    _say(root, "identifier", f"{alert.reference}.{len(alert.revisions)}")
    _say(root, "sender", SENDER)
    _say(root, "sent", _instant(last.at))
    _say(root, "status", _STATUS[alert.message_status])
    _say(root, "msgType", kind)
    _say(root, "scope", "Restricted")
    _say(root, "restriction", RESTRICTION)
    if kind != "Alert":  # which messages it takes the place of: the one before is enough, as each names its own
        before = alert.revisions[-2] if len(alert.revisions) > 1 else first
        _say(root, "references", f"{SENDER},{alert.reference}.{max(1, len(alert.revisions) - 1)},{_instant(before.at)}")
    info = SubElement(root, f"{{{NAMESPACE}}}info")
    _say(info, "language", "en-GB")
    _say(info, "category", "Safety")
    _say(info, "event", "Alert")
    _say(info, "responseType", "Assess")
    _say(info, "urgency", "Past" if alert.status != "open" else _URGENCY[alert.severity])
    _say(info, "severity", _SEVERITY[alert.severity])
    _say(info, "certainty", "Unlikely" if alert.status == "withdrawn" else "Likely" if alert.provisional else "Observed")
    _say(info, "headline", text.sentence)
    _say(info, "web", text.link)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{NAMESPACE}}}{name}").text = text


def _instant(at: datetime) -> str:
    """CAP wants whole seconds and an offset in figures; its schema refuses a `Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")
