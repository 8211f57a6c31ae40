"""What a ledger's alert says to readers outside of whom the rule told and whom the policy told."""

from __future__ import annotations

from datetime import timedelta

from alerting.ledger.alerts import written
from schemas.alert import Recipient
from tests.unit.schemas.test_findings import AT, entry_alert


def test_whom_the_policy_told_stands_as_escalated_outside_even_where_he_holds_the_post() -> None:
    of_rule = entry_alert()
    later = Recipient(officer_id="of-7", role="oic", reason="named", at=AT + timedelta(minutes=30))
    in_ledger = of_rule.model_copy(update={"recipients": (*of_rule.recipients, later)})

    outside = written(in_ledger, 1)

    assert [("of-40", "on_call"), ("of-7", "escalated")] == [(one.officer_id, one.reason) for one in outside.recipients]
    assert of_rule == outside.model_copy(update={"recipients": tuple(one for one in outside.recipients if one.reason != "escalated")})


def test_an_alert_that_the_rule_alone_told_is_written_as_it_stands() -> None:
    assert entry_alert() == written(entry_alert(), 1)
