"""Any life of an alert, with a model that knows only the promises: whatever is said, told or waited, they hold.

The model keeps its own small state (open, answered, who closed it) from the console's page, and never looks into the table.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from alerting.directory import Directory
from alerting.lifecycle.commands import (
    AcceptHandover,
    Acknowledge,
    Act,
    AnswerChallenge,
    Close,
    Command,
    Confirm,
    Escalate,
    Note,
    OfferHandover,
    PutOnShelf,
    RaiseChallenge,
    Reassign,
    Release,
    Unshelve,
)
from alerting.lifecycle.handling import Action, Against, Outcome
from alerting.lifecycle.outcomes import OUTCOMES
from alerting.lifecycle.step import Refusal
from alerting.matter import RANK
from alerting.on_duty import on_duty
from schemas.finding import Change, Finding, Severity
from tests.unit.alerting.handled import INSPECTOR, OIC, ROLES, SUPERVISOR, WHY, Desk, a_station, ended, of_severity, withdrawn
from tests.unit.alerting.invented import DAY, HOUR, MINUTE

OFFICERS = st.sampled_from(sorted(ROLES))
DECIDING = st.sampled_from([OIC, SUPERVISOR, "of-8", INSPECTOR])
SEVERITIES = st.sampled_from(["critical", "high", "medium", "low"])
WAITS = st.sampled_from([timedelta(seconds=1), MINUTE, 3 * MINUTE, 20 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY, 9 * DAY])


class AnyLife(RuleBasedStateMachine):
    """One alert, with a second one of its incident that comes and goes."""

    desk: Desk
    finding: Finding
    challenges: int
    offered: tuple[str, str] | None

    @initialize(
        severity=SEVERITIES,
        station=st.sampled_from(["everybody", "nobody"]),
        rule_=st.sampled_from(["exclusion-zone-entry", "untagged-window"]),
    )
    def raised(self, severity: Severity, station: str, rule_: str) -> None:
        self.finding = of_severity(severity, rule=rule_)
        self.desk = Desk(self.finding, directory=a_station() if station == "everybody" else Directory())
        self.challenges = 0
        self.offered = None

    # What people say

    def said(self, officer_id: str, command: Command) -> None:
        desk = self.desk
        alert, handling = desk.alert, desk.handling
        duplicate_of = command.duplicate_of if isinstance(command, Close) else None
        answer = desk.say(officer_id, command, duplicate_of=duplicate_of)
        if isinstance(answer, Refusal):
            assert alert is desk.alert
            assert handling is desk.handling
            return
        name = answer.entries[0].what
        assert name.startswith("people."), answer
        assert answer.version_rises
        assert answer.entries[0].by_id == officer_id

    @rule(officer=OFFICERS, span=WAITS)
    def acknowledges(self, officer: str, span: timedelta) -> None:
        self.said(officer, Acknowledge(intent="send_unit", until_at=self.desk.at + span))

    @rule(officer=OFFICERS, action=st.sampled_from(["unit_sent", "no_reply", "team_told"]))
    def acts(self, officer: str, action: Action) -> None:
        self.said(officer, Act(action=action))

    @rule(officer=DECIDING, outcome=st.sampled_from(sorted(OUTCOMES)), rationale=st.sampled_from([WHY, WHY, WHY, "ok"]))
    def closes(self, officer: str, outcome: Outcome, rationale: str) -> None:
        self.said(officer, Close(outcome=outcome, rationale=rationale))

    @precondition(lambda self: self.desk.handling.awaiting_second_key)
    @rule(officer=DECIDING, agree=st.booleans())
    def confirms(self, officer: str, agree: bool) -> None:
        self.said(officer, Confirm(agree=agree, rationale=WHY))

    @rule(officer=OFFICERS, against=st.sampled_from(["closure", "decision", "withdrawal", "downgrade", "inaction"]))
    def challenges_it(self, officer: str, against: Against) -> None:
        self.challenges += 1
        self.said(officer, RaiseChallenge(challenge_id=f"ch-{self.challenges}", against=against, rationale=WHY))

    @precondition(lambda self: self.desk.handling.challenged)
    @rule(officer=DECIDING, upheld=st.booleans(), back=st.integers(0, 2))
    def answers_challenge(self, officer: str, upheld: bool, back: int) -> None:
        self.said(officer, AnswerChallenge(challenge_id=f"ch-{self.challenges - back}", upheld=upheld, rationale=WHY))

    @rule(officer=OFFICERS, span=WAITS)
    def shelves(self, officer: str, span: timedelta) -> None:
        self.said(officer, PutOnShelf(until_at=self.desk.at + span, reason="The supplier is repairing it."))

    @precondition(lambda self: self.desk.handling.shelf is not None)
    @rule(officer=OFFICERS)
    def unshelves(self, officer: str) -> None:
        self.said(officer, Unshelve())

    @rule(officer=DECIDING, to=OFFICERS)
    def reassigns(self, officer: str, to: str) -> None:
        self.said(officer, Reassign(to_officer_id=to, reason="She knows the family."))

    @precondition(lambda self: self.desk.owner is not None)
    @rule(to=OFFICERS)
    def offers(self, to: str) -> None:
        officer = self.desk.owner or ""
        before = self.desk.owner
        self.said(officer, OfferHandover(to_officer_id=to, note="Unit 21 is on its way."))
        assert before == self.desk.owner, "the sender owns it until it is accepted"
        self.offered = (officer, to)

    @precondition(lambda self: getattr(self, "offered", None) is not None)
    @rule()
    def accepts(self) -> None:
        assert self.offered is not None
        sender, to = self.offered
        had = self.desk.owner
        self.said(to, AcceptHandover(handover_id="ho-1", from_officer_id=sender))
        assert self.desk.owner in {had, to}

    @precondition(lambda self: self.desk.owner is not None)
    @rule()
    def releases(self) -> None:
        officer = self.desk.owner or ""
        self.said(officer, Release(reason="I am on another call."))

    @rule(officer=OFFICERS, to_role=st.sampled_from([None, "supervisor", "duty_inspector"]))
    def escalates(self, officer: str, to_role: str | None) -> None:
        self.said(officer, Escalate(reason="He has been seen with a knife before.", to_role=to_role))

    @rule(officer=OFFICERS)
    def notes(self, officer: str) -> None:
        before = self.desk.state
        self.said(officer, Note(text="The neighbour has called twice."))
        assert before == self.desk.state or self.finding.status == "withdrawn", "only whoever was last to see a withdrawal ends it"

    @rule(officer=OFFICERS)
    def opens(self, officer: str) -> None:
        self.desk.opens(officer)

    # What the matter does

    def told(self, change: Change, **fields: object) -> None:
        self.finding = self.finding.model_copy(update=fields)
        self.desk.at += timedelta(seconds=1)
        self.desk.tell(self.finding, change=change)

    @rule(severity=SEVERITIES)
    def changes_severity(self, severity: Severity) -> None:
        before, was = self.desk.alert.severity, self.desk.handling
        self.told("severity", severity=severity)
        if RANK[severity] > RANK[before] and self.finding.status != "withdrawn" and not was.challenged:
            assert "unanswered" == self.desk.state

    @precondition(lambda self: self.finding.status == "open")
    @rule()
    def matter_ends(self) -> None:
        self.told("closed", status="closed", ended_at=ended(self.finding, self.desk.at).ended_at)

    @precondition(lambda self: self.finding.status == "closed")
    @rule()
    def matter_begins_again(self) -> None:
        self.told("reopened", status="open", ended_at=None)
        assert not self.desk.handling.closed, "a reopened matter reopens the alert"

    @precondition(lambda self: self.finding.status != "withdrawn")
    @rule()
    def is_withdrawn(self) -> None:
        self.told("withdrawn", status=withdrawn(self.finding).status)

    @precondition(lambda self: self.finding.status == "withdrawn")
    @rule()
    def stands_again(self) -> None:
        self.told("raised", status="open", ended_at=None)
        assert not self.desk.handling.closed

    @precondition(lambda self: self.finding.status != "withdrawn")
    @rule()
    def one_more_contact(self) -> None:
        self.desk.at += timedelta(seconds=1)
        self.desk.tell(self.finding, change="amended", further=True)
        assert not self.desk.handling.closed

    @rule()
    def one_more_fix(self) -> None:
        before, version = self.desk.handling, len(self.desk.steps)
        self.desk.at += timedelta(seconds=1)
        self.desk.tell(self.finding, change="amended")
        assert before == self.desk.handling, "a further fix asks nothing of anybody"
        assert not any(step.version_rises or step.tellings for step in self.desk.steps[version:])

    # Time, and who is there

    @rule(span=WAITS)
    def waits(self, span: timedelta) -> None:
        self.desk.wait(span)

    @rule(span=WAITS)
    def the_service_was_down(self, span: timedelta) -> None:
        """Time passes and nothing fires; then everything that has run out does."""
        self.desk.at += span
        self.desk.wait(timedelta())

    @rule()
    def somebody_comes(self) -> None:
        self.desk.directory = a_station()
        self.desk.wait(timedelta())

    # The promises

    @invariant()
    def one_owner_on_duty_or_nobody_and_said_so(self) -> None:
        if not hasattr(self, "desk") or self.desk.handling.closed:
            return
        desk, owner = self.desk, self.desk.handling.owner
        if owner is None:
            assert any(one.what == "owner" for one in desk.due()), "with no owner somebody is looked for"
        elif not on_duty(desk.directory, owner.officer_id, owner.role, desk.at, grace=True):
            assert any(one.what == "owner" and one.at <= desk.at for one in desk.due()), "an owner off duty is replaced at the next sweep"

    @invariant()
    def every_open_alert_has_a_clock(self) -> None:
        if hasattr(self, "desk") and not self.desk.handling.closed:
            assert [one for one in self.desk.due() if one.what not in {"owner", "reminder"}], self.desk.handling

    @invariant()
    def an_unanswered_alert_asks_somebody(self) -> None:
        if not hasattr(self, "desk") or self.desk.state != "unanswered" or self.desk.handling.withdrawal_told_at is not None:
            return
        assert self.desk.handling.asked_to_answer is not None
        assert self.desk.handling.alarmed_at is not None

    @invariant()
    def a_critical_one_is_never_shelved(self) -> None:
        if hasattr(self, "desk") and self.desk.alert.severity == "critical":
            assert self.desk.handling.shelf is None

    @invariant()
    def closed_only_with_outcome_rationale_and_key(self) -> None:
        if not hasattr(self, "desk") or not self.desk.handling.closed:
            return
        desk, closure = self.desk, self.desk.handling.closure
        if closure is None:
            assert "withdrawn" == desk.alert.status, "nothing but a withdrawal that everybody saw leaves without an outcome"
            return
        assert len(closure.rationale) >= 20
        if closure.outcome == "ended_itself":
            return
        assert closure.officer_id is not None
        if closure.needs_second_key:
            assert closure.confirmed_by is not None
            assert closure.confirmed_by != closure.officer_id

    @invariant()
    def a_promise_is_never_longer_than_the_cap(self) -> None:
        lease = self.desk.handling.lease if hasattr(self, "desk") else None
        if lease is not None and lease.since_at == self.desk.handling.acknowledged_at and self.desk.at == lease.since_at:
            assert lease.until_at - lease.since_at <= self.desk.policy.of(self.desk.alert.severity).lease_at_most


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
