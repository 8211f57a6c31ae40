"""Devices are reused between people: whose a tagging event is hangs on who wore the device at its instant."""

from __future__ import annotations

import pytest

from schemas.event import Event
from streams.identity.naming import person_id
from streams.identity.registry import Registry
from tests.unit.identity.story import Story, at, decide, ident, play

P1, P2 = person_id("f:1"), person_id("f:2")


@pytest.fixture
def story() -> Story:
    return Story()


def two_people(story: Story) -> list[Event]:
    return [story.case(0, "f:1", "NOMS:A"), story.case(0, "f:2", "NOMS:B")]


def test_fixes_without_a_person_are_the_wearers_of_their_instant(story: Story) -> None:
    identity = play(
        [*two_people(story), story.fitted(1, "d", "a1", "NOMS:A"), story.removed(3, "d", "a1"), story.fitted(4, "d", "a2", "NOMS:B")]
    )
    routes = [identity.receive(story.fix(day, "d")).route for day in (0.5, 1, 2.9, 3, 4, 2)]
    assert [None, P1, P1, None, P2, P1] == [route.key for route in routes]
    assert [(None, at(3)), (at(4), None)] == [
        (part.from_at and None, part.to_at) if key == P1 else (part.from_at, part.to_at)
        for key in (P1, P2)
        for part in identity.view(key).buckets
        if part.bucket == "device:em:d"
    ]


def test_the_next_fitting_ends_the_one_before_it_when_no_removal_came(story: Story) -> None:
    identity = play([*two_people(story), story.fitted(1, "d", "a1", "NOMS:A"), story.fitted(4, "d", "a2", "NOMS:B")])
    assert [P1, P2] == [identity.receive(story.fix(day, "d")).route.key for day in (3.9, 4)]


def test_late_fixes_of_the_wearer_before_are_still_his(story: Story) -> None:
    identity = play([*two_people(story), story.fitted(1, "d", "a1", "NOMS:A"), story.fitted(4, "d", "a2", "NOMS:B"), story.fix(5, "d")])
    assert P1 == identity.receive(story.fix(2, "d")).route.key


def test_an_activation_outlasts_its_interval(story: Story) -> None:
    """The device says which activation it reports; a clock that runs late may stamp it after the next fitting."""
    identity = play([*two_people(story), story.fitted(1, "d", "a1", "NOMS:A"), story.fitted(4, "d", "a2", "NOMS:B")])
    assert P1 == identity.receive(story.fix(4.1, "d", activation="a1")).route.key


def test_an_activation_corrected_to_another_person_falls_back_to_the_instants(story: Story) -> None:
    identity = play([*two_people(story), story.fitted(1, "d", "a1", "NOMS:A"), story.fitted(2, "d", "a1", "NOMS:B")])
    assert [P1, P2] == [identity.receive(story.fix(day, "d", activation="a1")).route.key for day in (1.5, 2.5)]


def test_a_fitting_that_arrives_after_its_fixes_gives_them_to_the_wearer_and_says_so(story: Story) -> None:
    early = story.fix(2, "d")
    identity = play([*two_people(story), early])
    assert "unmanaged" == identity.route(early).kind
    (change,) = identity.receive(story.fitted(1, "d", "a1", "NOMS:A")).changed
    assert ("history", (P1,)) == (change.why, change.after)
    assert P1 == identity.route(early).key


def test_a_fitting_before_any_fix_changes_nobodys_history(story: Story) -> None:
    identity = play([*two_people(story), story.fitted(0, "d", "a0", "NOMS:B"), story.fix(0.5, "d")])
    assert () == identity.receive(story.fitted(5, "d", "a1", "NOMS:A")).changed


def test_a_device_never_fitted_in_our_sight_is_no_reason_to_refuse(story: Story) -> None:
    identity = play(two_people(story))
    assert P1 == identity.receive(story.fix(1, "d", "NOMS:A")).route.key
    assert ("unmanaged", ()) == (identity.receive(story.fix(1, "other")).route.kind, identity.questions())


def test_one_supplier_fits_what_another_reports(story: Story) -> None:
    identity = play([*two_people(story), story.fitted(1, "d", "a1", "NOMS:A")])
    assert P1 == identity.receive(story.fix(2, "d", source="em/other")).route.key


def test_envelope_and_device_in_conflict_are_nobodys_until_answered(story: Story) -> None:
    fitted, fix = story.fitted(1, "d", "a1", "NOMS:B"), story.fix(2, "d", "NOMS:A")
    identity = play([*two_people(story), fitted, fix])
    (question,) = identity.questions()
    assert ("desk", "device") == (identity.route(fix).kind, question.reason)
    assert (ident("NOMS:A"), ident("NOMS:B"), {fitted.ref, fix.ref}, at(2)) == (
        question.identifier,
        question.against,
        set(question.refs),
        question.opened_at,
    )
    assert P1 == identity.receive(story.fix(2, "d2", "NOMS:A")).route.key  # his other events go on
    (change,) = identity.answer(decide("q", "different", "NOMS:A", "NOMS:B"))
    assert ((P1,), P1, ()) == (change.after, identity.route(fix).key, identity.questions())
    identity.answer(decide("q2", "different", "NOMS:A", "NOMS:B", day=31, owner="NOMS:B"))
    assert P2 == identity.route(fix).key


def test_the_question_begins_with_the_first_event_that_waits_whenever_that_one_came(story: Story) -> None:
    twin, earlier = story.fix(2, "d", "NOMS:A"), story.fix(1.5, "d", "NOMS:A")
    first_asked = story.fix(2, "d", "NOMS:A")
    fitted = story.fitted(1, "d", "a1", "NOMS:B")
    identity = play([*two_people(story), fitted, first_asked])
    assert (at(2), {fitted.ref, first_asked.ref}) == (identity.questions()[0].opened_at, set(identity.questions()[0].refs))
    identity.receive(twin)  # of one instant, the first by source and id
    assert {fitted.ref, twin.ref} == set(identity.questions()[0].refs)
    identity.receive(earlier)
    assert (at(1.5), {fitted.ref, earlier.ref}) == (identity.questions()[0].opened_at, set(identity.questions()[0].refs))


def test_a_conflict_that_a_late_fitting_brings_takes_the_fixes_out_of_judgement(story: Story) -> None:
    fix = story.fix(2, "d", "NOMS:A")
    identity = play([*two_people(story), fix])
    (change,) = identity.receive(story.fitted(1, "d", "a1", "NOMS:B")).changed
    assert ("history", (P1,), "desk") == (change.why, change.after, identity.route(fix).kind)


def test_somebody_unknown_with_a_managed_persons_device_is_asked_about(story: Story) -> None:
    fix = story.fix(2, "d", "EM_PERSON:77")
    identity = play([*two_people(story), story.fitted(1, "d", "a1", "NOMS:A"), fix])
    (question,) = identity.questions()
    assert ("desk", ident("EM_PERSON:77"), (P1,)) == (identity.route(fix).kind, question.identifier, question.person_keys)
    identity.answer(decide("q", "same", "EM_PERSON:77", "NOMS:A"))
    assert (P1, ()) == (identity.route(fix).key, identity.questions())


def test_a_device_back_on_the_same_person_after_another_one_raises_no_question(story: Story) -> None:
    worn = [story.fitted(1, "d", "a1", "NOMS:A"), story.fitted(5, "d", "a2", "NOMS:B"), story.fitted(9, "d", "a3", "NOMS:A")]
    identity = play([*two_people(story), *worn, *(story.fix(day, "d", "NOMS:A") for day in (1, 2, 3, 10, 11))])
    assert () == identity.questions()


def test_a_fitting_told_late_into_a_long_silence_raises_no_question(story: Story) -> None:
    identity = play([*two_people(story), *(story.fix(day, "d", "NOMS:A") for day in (1, 1.1, 1.2, 10, 10.1))])
    play([story.fitted(5, "d", "a2", "NOMS:B"), story.removed(9, "d", "a2")], identity)
    assert () == identity.questions()


def test_a_removal_counts_for_its_activation_alone_and_only_after_the_fitting(story: Story) -> None:
    worn = [story.removed(1, "d", "a1"), story.fitted(2, "d", "a1", "NOMS:A"), story.removed(4, "d", "a0"), story.fix(5, "d")]
    identity = play([*two_people(story), *worn])
    assert P1 == identity.route(worn[-1]).key
    (change,) = identity.receive(story.removed(4.5, "mistyped", "a1")).changed
    assert ((P1,), "unmanaged") == (change.after, identity.route(worn[-1]).kind)


def test_an_exercise_takes_no_device_off_an_actual_person(story: Story) -> None:
    identity = play([*two_people(story), story.fitted(1, "d", "a1", "NOMS:A"), story.fitted(2, "d", "a2", "NOMS:Z", status="exercise")])
    assert P1 == identity.receive(story.fix(3, "d")).route.key


def test_a_known_event_type_that_carries_no_device_is_never_one(story: Story) -> None:
    identity = Registry()
    assert "NOMS:A" == identity.receive(story.tell(0, "life.trigger", "NOMS:A", kind="divorce", device_id="d")).bucket
