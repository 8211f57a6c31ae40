"""References move with the matter, and judging knows where to without asking alerting."""

from __future__ import annotations

import sqlite3

import pytest

from alerting.book import AlertBook
from alerting.directory import Directory
from schemas.finding import Change, FindingChange, MatterStatus, reference
from streams.embedded.named import SCHEMA, KeptNamed, Named
from tests.unit.alerting.invented import MINUTE, NOON, a_finding, a_person


def a_change(name: str, change: Change, minutes: int, *, status: MatterStatus = "open", supersedes: tuple[str, ...] = ()) -> FindingChange:
    finding = a_finding(subject="pp-1").model_copy(update={"finding_id": name, "status": status, "supersedes": supersedes})
    return FindingChange(at=NOON + minutes * MINUTE, change=change, finding=finding)


RAISED = a_change("al_a", "raised", 1)
MOVED = (a_change("al_a", "withdrawn", 5, status="withdrawn"), a_change("al_b", "raised", 5, supersedes=("al_a",)))
BACK = (a_change("al_b", "withdrawn", 9, status="withdrawn"), a_change("al_a", "raised", 9))


def test_a_reference_is_carried_by_whatever_finding_the_matter_is_now() -> None:
    named = Named()
    named.hear([RAISED])
    before = named.finding_of(reference("al_a"))
    named.hear(MOVED)

    assert ("al_a", "al_b") == (before, named.finding_of(reference("al_a")))
    assert named.finding_of(reference("al_b")) is None


@pytest.mark.parametrize("story", [[RAISED], [RAISED, *MOVED], [RAISED, *MOVED, *BACK]])
def test_it_gives_every_reference_to_the_finding_whose_alert_carries_it(story: list[FindingChange]) -> None:
    named, book = Named(), AlertBook()
    for change in story:
        named.hear([change])
        book.apply([change], a_person(), Directory())
    living = {alert.reference: alert.alert_id for alert in book.alerts() if alert.status != "withdrawn"}

    assert living == {said: named.finding_of(said) for said in living}
    assert living


def test_what_was_saved_is_known_after_a_restart_and_what_was_not_is_heard_again() -> None:
    file = sqlite3.connect(":memory:", isolation_level=None)
    file.executescript(SCHEMA)
    first = KeptNamed(file)
    first.hear([RAISED])
    first.save()
    first.saved()
    first.hear(MOVED)  # and killed before the next save
    second = KeptNamed(file)
    lost = second.finding_of(reference("al_a"))
    second.hear(MOVED)
    second.hear(MOVED)
    second.save()
    second.saved()

    assert ("al_a", "al_b") == (lost, KeptNamed(file).finding_of(reference("al_a")))
    assert not second.unsaved


def test_an_exercise_that_was_never_told_names_nothing() -> None:
    gone = a_change("al_x", "withdrawn", 1, status="withdrawn")
    named = Named()
    named.hear([gone])

    assert named.finding_of(reference("al_x")) is None
