"""Which alerts are one thing to act on: each row of the incident table, its key, its margin, and no order of arrival."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.grouping import ROWS, Row, incident_id, incidents
from schemas.finding import Finding
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_finding

SECOND = timedelta(seconds=1)


def together(*findings: Finding) -> bool:
    """Whether all are one incident, in whatever order they come."""
    answers = [incidents(order) for order in permutations(findings)]
    assert all(answers[0] == answer for answer in answers)
    return 1 == len(set(answers[0].values()))


def of_row(row: Row, number: int, began: datetime, ended: datetime | None) -> Finding:
    rule = sorted(row.rules)[number]
    return a_finding(rule, subject=f"s-{number}", began=began, ended=ended, release_id="re-1", about="case")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_in_each_row_the_margin_is_reached_exactly_and_one_second_more_is_too_far(row: Row) -> None:
    first = of_row(row, 0, NOON - HOUR, NOON)

    assert together(first, of_row(row, 1, NOON + row.margin, None))
    assert not together(first, of_row(row, 1, NOON + row.margin + SECOND, None))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_in_each_row_what_still_goes_on_joins_what_begins_much_later(row: Row) -> None:
    assert together(of_row(row, 0, NOON, None), of_row(row, 1, NOON + 90 * DAY, None))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_in_each_row_one_that_bridges_two_makes_them_all_one(row: Row) -> None:
    early = of_row(row, 0, NOON, NOON)
    bridge = of_row(row, 1, NOON + row.margin, NOON + row.margin)
    late = of_row(row, 2, NOON + 2 * row.margin, NOON + 2 * row.margin)

    assert not together(early, late)
    assert together(early, bridge, late)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_in_each_row_an_exercise_never_joins_what_is_actual(row: Row) -> None:
    actual = of_row(row, 0, NOON, None)
    exercise = a_finding(sorted(row.rules)[1], release_id="re-1", message_status="exercise")

    assert not together(actual, exercise)


def test_releases_join_only_of_the_same_release() -> None:
    planned = a_finding("release-not-told", release_id="re-1")

    assert together(planned, a_finding("unsafe-release-address", release_id="re-1"))
    assert not together(planned, a_finding("unsafe-release-address", release_id="re-2"))
    assert not together(a_finding("residence", release_id=None), a_finding("not-fitted", release_id=None))


def test_of_several_protected_people_sharing_one_is_enough() -> None:
    both = a_finding("attempted-contact", at_risk=["pp-1", "pp-2"])
    first = a_finding("unscreened-contact", at_risk=["pp-1"])
    second = a_finding("location-known", at_risk=["pp-2"])

    assert not together(first, second)
    assert together(first, both, second)


def test_alerts_of_different_rows_stay_apart() -> None:
    assert not together(a_finding("strap-tamper"), a_finding("exclusion-zone-entry"))


def test_a_rule_of_no_row_stays_alone() -> None:
    assert not together(a_finding("alcohol-positive"), a_finding("alcohol-positive", subject="or-2"))


def test_all_absences_of_a_night_are_one_however_far_apart() -> None:
    night = "cn-1 2026-03-02"
    early = a_finding("curfew-absence", subject=night, about="curfew_night", began=NOON, ended=NOON + 5 * MINUTE)
    late = a_finding("curfew-absence", subject=night, about="curfew_night", began=NOON + 9 * HOUR, ended=NOON + 10 * HOUR)
    next_night = a_finding("curfew-absence", subject="cn-1 2026-03-03", about="curfew_night", began=NOON + DAY)

    exercise = a_finding("curfew-absence", subject=night, about="curfew_night", began=NOON, message_status="exercise")

    assert together(early, late)
    assert not together(early, late, next_night)
    assert not together(early, exercise)


def test_no_contact_goes_with_the_movement_where_there_is_one_else_with_the_contact() -> None:
    contact = a_finding("no-contact", began=NOON)
    flagged = a_finding("flagged-communication", subject="fl-1", began=NOON + HOUR)
    entry = a_finding("exclusion-zone-entry", began=NOON - 30 * MINUTE, ended=NOON - 10 * MINUTE)

    assert together(contact, flagged)
    with_movement = incidents([contact, flagged, entry])
    assert with_movement[entry.finding_id] == with_movement[contact.finding_id] != with_movement[flagged.finding_id]


def test_an_unanswered_breach_joins_its_finding_wherever_that_stands() -> None:
    strap = a_finding("strap-tamper", began=NOON, ended=NOON + MINUTE)
    window = a_finding("untagged-window", began=NOON - MINUTE)
    unanswered = a_finding("breach-unanswered", began=NOON + 9 * DAY, joins=strap.finding_id)

    assert together(window, strap, unanswered)
    assert incident_id([window]) == incidents([unanswered, strap, window])[unanswered.finding_id]


def test_what_joins_something_that_joins_something_ends_up_with_it() -> None:
    strap = a_finding("strap-tamper")
    unanswered = a_finding("breach-unanswered", began=NOON + HOUR, joins=strap.finding_id)
    pattern = a_finding("compounding-risk", began=NOON - DAY, joins=unanswered.finding_id)

    assert together(strap, unanswered, pattern)


def test_what_joins_the_unknown_the_withdrawn_or_itself_stays_alone() -> None:
    gone = a_finding("strap-tamper", status="withdrawn")
    joining = a_finding("breach-unanswered", joins=gone.finding_id)
    lost = a_finding("breach-unanswered", subject="fi-2", joins="al_unknown")
    round_and_round = a_finding("breach-unanswered", subject="fi-3")
    circle = round_and_round.model_copy(update={"joins": round_and_round.finding_id})

    assert {finding.finding_id: incident_id([finding]) for finding in (gone, joining, lost, circle)} == incidents(
        [gone, joining, lost, circle]
    )


def test_a_withdrawn_alert_keeps_an_incident_of_its_own_and_bridges_nothing() -> None:
    early = a_finding("strap-tamper", began=NOON, ended=NOON)
    bridge = a_finding("short-gaps", began=NOON + 30 * MINUTE, ended=NOON + 30 * MINUTE)
    late = a_finding("untagged-window", began=NOON + HOUR)
    gone = bridge.model_copy(update={"status": "withdrawn"})

    assert together(early, bridge, late)
    assert 3 == len(set(incidents([early, gone, late]).values()))


def test_an_incident_is_named_after_its_earliest_member() -> None:
    later, earlier = a_finding("strap-tamper", began=NOON), a_finding("short-gaps", began=NOON - MINUTE)

    assert {earlier.finding_id.replace("al_", "in_")} == set(incidents([later, earlier]).values())


RULES = sorted({rule for row in ROWS for rule in row.rules})


@st.composite
def lives(draw: st.DrawFn) -> list[Finding]:
    """A few days of one person's findings, close enough to meet and far enough to miss."""
    findings: list[Finding] = []
    for number in range(draw(st.integers(2, 9))):
        began = NOON + draw(st.integers(0, 12 * 24)) * 30 * MINUTE
        halves = draw(st.one_of(st.none(), st.integers(0, 48)))
        ended = None if halves is None else began + halves * 30 * MINUTE
        rule = draw(st.sampled_from(RULES))
        finding = a_finding(
            rule,
            subject=f"s-{number}" if rule != "curfew-absence" else f"cn-1 {began:%Y-%m-%d}",
            about="curfew_night" if rule == "curfew-absence" else "case",
            began=began,
            ended=ended,
            status="withdrawn" if draw(st.integers(0, 9)) == 0 else None,
            at_risk=draw(st.lists(st.sampled_from(["pp-1", "pp-2", "pp-3"]), max_size=2, unique=True)),
            release_id=draw(st.sampled_from([None, "re-1", "re-2"])),
            joins=draw(st.sampled_from([None, None, None, *(known.finding_id for known in findings)])),
        )
        findings.append(finding)
    return list({finding.finding_id: finding for finding in findings}.values())


def plainly(findings: Sequence[Finding]) -> dict[str, str]:
    """The same table read slowly: compare every pair, then everybody with whoever they reach."""
    named = {finding.finding_id: incident_id([finding]) for finding in findings}
    free = [finding for finding in findings if finding.status != "withdrawn" and finding.joins is None]
    for row in ROWS:
        groups = [{finding.finding_id} for finding in free if finding.rule in row.rules]
        by_id = {finding.finding_id: finding for finding in free}
        merged = True
        while merged:
            merged = False
            for one in groups:
                for other in groups:
                    if one is not other and any(meet(by_id[a], by_id[b], row) for a in one for b in other):
                        one.update(other)
                        groups.remove(other)
                        merged = True
                        break
                if merged:
                    break
        for group in groups:
            if len(group) > 1:
                members = [by_id[name] for name in group]
                named |= dict.fromkeys(group, incident_id(members))
                free = [finding for finding in free if finding.finding_id not in group]
    by_id = {finding.finding_id: finding for finding in findings}
    for finding in findings:
        end = finding
        while finding.status != "withdrawn" and end.joins is not None and by_id[end.joins].status != "withdrawn":
            end = by_id[end.joins]
        named[finding.finding_id] = named[end.finding_id]
    return named


def meet(one: Finding, other: Finding, row: Row) -> bool:
    if one.about.kind == other.about.kind == "curfew_night" and one.about.id == other.about.id:
        return True
    near = began(other) - ended(one) <= row.margin and began(one) - ended(other) <= row.margin
    return near and bool(set(row.key(one)) & set(row.key(other)))


def began(finding: Finding) -> datetime:
    return finding.began_at


def ended(finding: Finding) -> datetime:
    return finding.ended_at or NOON + 1000 * DAY


@settings(max_examples=120, deadline=None)
@given(life=lives(), data=st.data())
def test_whatever_the_order_of_arrival_the_incidents_are_those_of_the_table_read_slowly(life: list[Finding], data: st.DataObject) -> None:
    shuffled: Iterable[Finding] = data.draw(st.permutations(life))

    assert plainly(life) == incidents(shuffled)
