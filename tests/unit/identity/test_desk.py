"""The desk: what looks like a managed person is asked about, a human's answer outranks every feed, and can be taken back."""

from __future__ import annotations

import pytest

from streams.identity.naming import person_id
from streams.identity.question import Verdict
from streams.identity.registry import Registry
from tests.unit.identity.story import Story, at, decide, ident, key_of, play

P1, P2 = person_id("f:1"), person_id("f:2")
HERS = "+447700900001"


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def identity(story: Story) -> Registry:
    """Two managed people, and one envelope that names both."""
    return play([story.case(0, "f:1", "NOMS:A"), story.case(0, "f:2", "CRN:X"), story.seen(1, "NOMS:A CRN:X")])


def test_same_joins_them_and_taken_back_parts_them_again(story: Story, identity: Registry) -> None:
    (merged,) = identity.answer(decide("q1", "same", "CRN:X", "NOMS:A"))
    assert ("merged", (P1,), ()) == (merged.why, merged.after, identity.questions())
    (parted,) = identity.answer(decide("q2", "taken_back", "CRN:X", "NOMS:A", day=31))
    assert ("split", tuple(sorted((P1, P2))), 1) == (parted.why, parted.after, len(identity.questions()))
    assert ["same", "taken_back"] == [entry.what for entry in identity.decisions() if entry.ref.source == "decision"]


def test_different_gives_the_events_to_the_strongest_identifier_or_to_whom_it_says(story: Story, identity: Registry) -> None:
    waiting = story.seen(2, "NOMS:A CRN:X")
    identity.receive(waiting)
    identity.answer(decide("q1", "different", "CRN:X", "NOMS:A"))
    assert (P1, ()) == (identity.route(waiting).key, identity.questions())
    identity.answer(decide("q2", "different", "CRN:X", "NOMS:A", day=31, owner="CRN:X"))
    assert P2 == identity.route(waiting).key


def test_not_managed_lets_the_events_expire(story: Story, identity: Registry) -> None:
    waiting = story.seen(2, "NOMS:A CRN:X")
    identity.receive(waiting)
    identity.answer(decide("q1", "not_managed", "CRN:X", "NOMS:A"))
    assert ("unmanaged", ()) == (identity.route(waiting).kind, identity.questions())


def test_the_same_answer_twice_changes_nothing(identity: Registry) -> None:
    answer = decide("q1", "same", "CRN:X", "NOMS:A")
    assert (1, 0) == (len(identity.answer(answer)), len(identity.answer(answer)))


def test_a_sources_merge_against_a_decision_is_refused_and_asked_again(story: Story, identity: Registry) -> None:
    identity.answer(decide("q1", "different", "CRN:X", "NOMS:A", day=30))
    merge = story.merged(40, "NOMS:A", "CRN:X")
    identity.receive(merge)
    (question,) = identity.questions()
    assert ("merge_refused", (merge.ref,), P2) == (question.reason, question.refs, key_of(identity)("CRN:X"))
    identity.answer(decide("q2", "different", "CRN:X", "NOMS:A", day=41))
    assert () == identity.questions()


def test_a_sources_split_against_a_decision_is_refused_and_asked_again(story: Story, identity: Registry) -> None:
    identity.answer(decide("q1", "same", "CRN:X", "NOMS:A", day=30))
    identity.receive(story.split(40, "CRN:X"))
    (question,) = identity.questions()
    assert ("split_refused", ident("CRN:X"), P1) == (question.reason, question.identifier, key_of(identity)("CRN:X"))
    (change,) = identity.answer(decide("q2", "different", "CRN:X", "NOMS:A", day=41))
    assert ("split", ()) == (change.why, identity.questions())


def test_a_call_by_somebody_unknown_to_a_protected_persons_number_is_asked_about(story: Story, identity: Registry) -> None:
    identity.receive(story.merged(2, "NOMS:A", "CRN:X"))
    identity.receive(story.protected(0, "NOMS:A", "pp-1", HERS))
    call = story.call(3, "PNC:77", HERS)
    assert "desk" == identity.receive(call).route.kind
    (question,) = identity.questions()
    assert ("contact", ident("PNC:77"), (P1,), at(3)) == (question.reason, question.identifier, question.person_keys, question.opened_at)
    identity.answer(decide("q", "same", "PNC:77", "NOMS:A"))
    assert (P1, ()) == (identity.route(call).key, identity.questions())


def test_the_call_is_asked_about_also_when_it_came_before_we_knew_the_number(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.call(3, "PNC:77", HERS)])
    assert () == identity.questions()
    identity.receive(story.protected(0, "NOMS:A", "pp-1", HERS))
    assert 1 == len(identity.questions())
    identity.receive(story.protected(1, "NOMS:A", "pp-1", HERS, "unlinked"))
    assert () == identity.questions()


@pytest.mark.parametrize("verdict", ["different", "not_managed"])
def test_one_answer_covers_every_later_call_of_that_person(story: Story, verdict: Verdict) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.protected(0, "NOMS:A", "pp-1", HERS), story.call(3, "PNC:77", HERS)])
    identity.answer(decide("q", verdict, "PNC:77", "NOMS:A"))
    assert ("unmanaged", ()) == (identity.receive(story.call(4, "PNC:77 CRN:9", HERS)).route.kind, identity.questions())


def test_a_legal_call_is_never_looked_into(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.protected(0, "NOMS:A", "pp-1", HERS)])
    assert ("unmanaged", ()) == (identity.receive(story.call(3, "PNC:77", HERS, legal=True)).route.kind, identity.questions())


def test_another_managed_persons_call_to_her_is_his_and_no_question(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.case(0, "f:2", "CRN:X"), story.protected(0, "NOMS:A", "pp-1", HERS)])
    assert (P2, ()) == (identity.receive(story.call(3, "CRN:X", HERS)).route.key, identity.questions())


def test_questions_are_the_same_object_while_they_are_the_same(story: Story, identity: Registry) -> None:
    before = identity.questions()
    identity.receive(story.seen(5, "PNC:5"))
    assert before is identity.questions()


def test_a_decision_on_two_needs_two(identity: Registry) -> None:
    with pytest.raises(ValueError, match="decision q: `same` needs two identifiers"):
        decide("q", "same", "CRN:X")
