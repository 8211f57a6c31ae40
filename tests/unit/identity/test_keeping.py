"""What is kept: 28 days of people whom nobody manages, everything of the managed, and a saved form that comes back whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.identity.naming import person_id
from streams.identity.receipt import BucketSlice
from streams.identity.registry import Registry, Settings
from tests.unit.identity.story import Story, at, decide, final, key_of, play

P1 = person_id("f:1")


@pytest.fixture
def story() -> Story:
    return Story()


def test_unmanaged_events_go_after_28_days_and_the_links_with_the_last_of_them(story: Story) -> None:
    identity = play([story.seen(0, "PNC:1 CRN:X"), story.seen(1, "CRN:X")])
    assert () == identity.expire(at(28))
    assert (BucketSlice("CRN:X PNC:1", None, at(0.5)),) == identity.expire(at(28.5))
    assert "CRN:X" == key_of(identity)("PNC:1")
    identity.expire(at(30))
    assert (None, None) == (key_of(identity)("PNC:1"), key_of(identity)("CRN:X"))


def test_a_bucket_in_use_loses_its_old_events_only(story: Story) -> None:
    identity = play([story.seen(0, "CRN:X"), story.seen(40, "CRN:X")])
    assert (BucketSlice("CRN:X", None, at(13)),) == identity.expire(at(41))
    assert "CRN:X" == key_of(identity)("CRN:X")


def test_a_device_that_was_a_managed_persons_loses_only_what_was_not_his(story: Story) -> None:
    fixes = [story.fix(day, "d") for day in (0, 2, 4)]
    identity = play([story.case(0, "f:1", "NOMS:A"), story.fitted(1, "d", "a1", "NOMS:A"), story.removed(3, "d", "a1"), *fixes])
    assert (BucketSlice("device:em:d", None, at(1)), BucketSlice("device:em:d", at(3), None)) == tuple(
        part if part.to_at != at(60) - timedelta(days=28) else BucketSlice(part.bucket, part.from_at) for part in identity.expire(at(60))
    )
    assert P1 == identity.route(fixes[1]).key


def test_a_forgotten_wearer_still_ends_the_fitting_before_his(story: Story) -> None:
    identity = play(
        [story.case(0, "f:1", "NOMS:A"), story.fitted(1, "d", "a1", "NOMS:A"), story.fitted(2, "d", "a2", "CRN:X"), story.fix(3, "d")]
    )
    identity.expire(at(60))
    assert (None, "unmanaged") == (key_of(identity)("CRN:X"), identity.receive(story.fix(61, "d")).route.kind)


def test_how_long_is_a_setting(story: Story) -> None:
    identity = play([story.seen(0, "CRN:X")], Registry(Settings(keep_unmanaged=timedelta(days=2))))
    assert 1 == len(identity.expire(at(3)))


def test_a_saved_registry_comes_back_whole(story: Story) -> None:
    events = [
        story.case(0, "f:1", "NOMS:A"),
        story.case(0, "f:2", "CRN:X"),
        story.seen(1, "NOMS:A CRN:X"),
        story.merged(2, "NOMS:A", "PNC:1"),
        story.split(3, "PNC:1"),
        story.fitted(1, "d", "a1", "NOMS:A"),
        story.fix(2, "d"),
        story.removed(5, "d", "a1"),
        story.protected(0, "NOMS:A", "pp-1", "+447700900001"),
        story.call(1, "PNC:77", "+447700900001"),
    ]
    identity = play(events)
    identity.answer(decide("q", "different", "CRN:X", "NOMS:A"))
    again = Registry.load(identity.dump())
    assert final(identity, events) == final(again, events)
    assert identity.dump() == Registry.load(identity.dump()).dump()


def test_bytes_that_are_no_registry_are_refused_with_one_clear_error() -> None:
    with pytest.raises(ValueError, match="not a saved identity registry of form 1"):
        Registry.load(b"\x93nonsense")
