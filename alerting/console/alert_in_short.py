"""An alert in a few fields, as a line of a person's page or timeline shows it; the whole is `alerting.console.shown`. Pure."""

from __future__ import annotations

from alerting.ledger.alerts import Record
from alerting.lifecycle.delays import delays
from alerting.redaction import Called, Seen, sentence

JSON = dict[str, object]


def in_short(record: Record, seen: Seen) -> JSON:
    """What it is about, how it stands, and the three delays. Whoever may open a person's page may know his name."""
    alert, handling = record.alert, record.handling
    said = alert.model_dump(
        mode="json",
        include={
            "alert_id",
            "reference",
            "rule",
            "severity",
            "status",
            "message_status",
            "provisional",
            "began_at",
            "ended_at",
            "decidable_at",
            "raised_at",
            "late_by_s",
            "protected_person_ids",
            "unfilled_roles",
        },
    )
    because = sentence(alert.because, seen, Called(None, dict.fromkeys(alert.protected_person_ids)))
    owner_id = None if handling.owner is None else handling.owner.officer_id
    return {
        **said,
        "because": because,
        "state": handling.state,
        "owner_id": owner_id,
        "outcome": None if handling.closure is None else handling.closure.outcome,
        "delays": delays(alert, handling)._asdict(),
    }
