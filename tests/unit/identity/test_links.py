"""Who is who: envelopes link, sources merge and split, and nothing is joined that would make one person of two."""

from __future__ import annotations

import pytest

from streams.identity.naming import person_id
from streams.identity.registry import Registry
from tests.unit.identity.story import Story, at, ident, key_of, play

P1, P2 = person_id("f:1"), person_id("f:2")


@pytest.fixture
def story() -> Story:
    return Story()


def test_identifiers_of_one_envelope_are_one_person_over_any_number_of_steps(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.seen(1, "NOMS:A CRN:X"), story.seen(2, "CRN:X PNC:1")])
    assert [P1] * 4 == [*map(key_of(identity), ("NOMS:A", "CRN:X", "PNC:1", "CASE:f:1"))]


def test_a_crime_number_links_nobody_and_alone_it_names_nobody(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A CRIME_REF:f:9"), story.seen(1, "CRN:X CRIME_REF:f:9")])
    assert "CRN:X" == key_of(identity)("CRN:X")
    assert "unmanaged" == identity.receive(story.seen(2, "CRIME_REF:f:9")).route.kind


def test_an_envelope_that_names_two_managed_people_joins_nothing_and_waits(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.case(0, "f:2", "CRN:X")])
    receipt = identity.receive(story.seen(1, "NOMS:A CRN:X PNC:1"))
    assert "desk" == receipt.route.kind
    assert [P1, P2, "PNC:1"] == [*map(key_of(identity), ("NOMS:A", "CRN:X", "PNC:1"))]
    (first, second) = identity.questions()
    assert {"two_people"} == {first.reason, second.reason}


def test_two_cases_opened_for_people_known_to_be_one_are_one_person(story: Story) -> None:
    identity = play([story.seen(0, "NOMS:A CRN:X"), story.case(1, "f:2", "CRN:X"), story.case(2, "f:1", "NOMS:A")])
    assert ("f:2", "f:1") == identity.view(P2).case_refs
    assert (P2,) == identity.people()


def test_two_prison_numbers_are_two_people_until_the_prison_merges_them(story: Story) -> None:
    """A mistyped PNC on another prisoner's event would otherwise make his whole life this person's."""
    identity = play([story.case(0, "f:1", "NOMS:A PNC:1")])
    waiting = story.seen(1, "NOMS:B PNC:1")
    assert "desk" == identity.receive(waiting).route.kind
    assert "unmanaged" == identity.receive(story.seen(2, "NOMS:B")).route.kind
    (question,) = identity.questions()
    assert (ident("NOMS:B"), (P1,), at(1)) == (question.identifier, question.person_keys, question.opened_at)
    (change,) = identity.receive(story.merged(3, "NOMS:A", "NOMS:B")).changed
    assert ("history", (P1,)) == (change.why, change.after)
    assert ("person", ()) == (identity.route(waiting).kind, identity.questions())


def test_two_prisoners_whom_nobody_manages_are_kept_apart_in_silence(story: Story) -> None:
    identity = play([story.seen(0, "NOMS:A PNC:1"), story.seen(1, "NOMS:B PNC:1")])
    assert ("NOMS:B", ()) == (key_of(identity)("NOMS:B"), identity.questions())


def test_a_merge_joins_whatever_and_an_earlier_refusal_is_tried_again(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.case(0, "f:2", "CRN:X"), story.seen(1, "NOMS:A CRN:X PNC:1")])
    (change,) = identity.receive(story.merged(2, "NOMS:A", "CRN:X")).changed
    assert ("merged", tuple(sorted((P1, P2))), (P1,)) == (change.why, change.before, change.after)
    assert P1 == key_of(identity)("PNC:1")


def test_merged_then_split_each_leaves_with_what_it_brought(story: Story) -> None:
    identity = play(
        [
            story.case(0, "f:1", "NOMS:A EM_PERSON:1"),
            story.case(0, "f:2", "NOMS:B EM_PERSON:2"),
            story.merged(1, "NOMS:A", "NOMS:B"),
        ]
    )
    (change,) = identity.receive(story.split(2, "NOMS:B")).changed
    assert ("split", (P1,), tuple(sorted((P1, P2)))) == (change.why, change.before, change.after)
    assert [P1, P2] == [*map(key_of(identity), ("EM_PERSON:1", "EM_PERSON:2"))]


def test_a_split_that_names_both_parts_them_too(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.seen(1, "NOMS:A CRN:X"), story.split(2, "NOMS:A", "CRN:X")])
    assert [P1, "CRN:X"] == [*map(key_of(identity), ("NOMS:A", "CRN:X"))]


def test_the_sides_of_a_split_stay_apart_until_a_merge(story: Story) -> None:
    identity = play([story.case(0, "f:1", "NOMS:A"), story.seen(1, "NOMS:A CRN:X"), story.split(2, "CRN:X")])
    again = story.seen(3, "NOMS:A CRN:X")
    assert "desk" == identity.receive(again).route.kind
    identity.receive(story.merged(4, "NOMS:A", "CRN:X"))
    assert ("person", P1) == (identity.route(again).kind, identity.route(again).key)


def test_a_wall_outlasts_what_is_linked_to_either_side_later(story: Story) -> None:
    others = [story.seen(3, f"PNC:9 ASN:{number}") for number in range(6)]
    told = [story.case(0, "f:1", "NOMS:A"), story.seen(1, "NOMS:A CRN:X"), story.split(2, "CRN:X"), *others, story.seen(4, "NOMS:A PNC:9")]
    identity = play(told)
    assert "desk" == identity.receive(story.seen(5, "PNC:9 CRN:X")).route.kind


def test_of_two_refused_envelopes_that_a_merge_frees_the_earlier_one_is_tried_first(story: Story) -> None:
    cases = [story.case(0, f"f:{number}", who) for number, who in enumerate(("PNC:1", "PNC:2", "ASN:1", "ASN:2"))]
    refused = [story.seen(3, "ASN:1 ASN:2 NOMS:Y"), story.seen(4, "PNC:1 PNC:2 NOMS:X")]
    merges = [story.merged(5, "PNC:1", "ASN:1"), story.merged(6, "PNC:2", "ASN:2"), story.merged(7, "PNC:1", "PNC:2")]
    people = key_of(play([*cases, *refused, *merges]))
    assert (people("PNC:1"), "NOMS:X") == (people("NOMS:Y"), people("NOMS:X"))


def test_a_case_opened_late_starts_with_what_was_known(story: Story) -> None:
    identity = play([story.seen(0, "NOMS:A CRN:X"), story.seen(1, "CRN:X")])
    (change,) = identity.receive(story.case(2, "f:1", "NOMS:A")).changed
    assert ("opened", (), (P1,)) == (change.why, change.before, change.after)
    assert {"CRN:X NOMS:A", "CRN:X"} <= {part.bucket for part in identity.view(P1).buckets}


def test_an_earlier_case_that_arrives_later_gives_the_person_another_id(story: Story) -> None:
    identity = play([story.case(5, "f:2", "NOMS:A")])
    (change,) = identity.receive(story.case(1, "f:1", "NOMS:A")).changed
    assert ("renamed", (P2,), (P1,)) == (change.why, change.before, change.after)
    with pytest.raises(LookupError, match="expected the id of a managed person"):
        identity.view(P2)


def test_an_exercise_opens_cases_for_invented_people_and_decides_nothing_about_actual_ones(story: Story) -> None:
    identity = play(
        [
            story.case(0, "f:1", "NOMS:A"),
            story.case(0, "f:2", "NOMS:B"),
            story.merged(1, "NOMS:A", "NOMS:B", status="exercise"),
            story.case(1, "f:99", "NOMS:Z", status="exercise"),
        ]
    )
    drill = story.seen(2, "NOMS:A PNC:99", status="exercise")
    assert [P1, P2, person_id("f:99")] == [*map(key_of(identity), ("NOMS:A", "NOMS:B", "NOMS:Z"))]
    receipt = identity.receive(drill)
    assert (P1, "NOMS:A PNC:99 exercise") == (receipt.route.key, receipt.bucket)
    assert () == identity.questions()


def test_the_log_says_why_of_every_link(story: Story) -> None:
    opened, linked, merged = story.case(0, "f:1", "NOMS:A"), story.seen(1, "NOMS:A CRN:X"), story.merged(2, "NOMS:A", "NOMS:B")
    log = play([opened, linked, merged]).decisions()
    assert [("linked", opened.ref), ("opened", opened.ref), ("linked", linked.ref), ("merged", merged.ref)] == [
        (entry.what, entry.ref) for entry in log
    ]


def test_events_without_a_person_are_nobodys(story: Story) -> None:
    receipt = Registry().receive(story.tell(0, "feed.heartbeat", complete_to=at(0).isoformat()))
    assert ("nobody", "") == (receipt.route.kind, receipt.bucket)
