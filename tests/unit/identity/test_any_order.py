"""The law of identity: the same events and decisions, in any order of arrival, give the same people, questions and routes."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.event import Event
from streams.identity.question import Decision, Verdict
from streams.identity.registry import Registry
from tests.unit.identity.story import Story, decide, final, play

WHO = st.sets(
    st.sampled_from(["NOMS:A", "NOMS:B", "CRN:X", "CRN:Y", "PNC:1", "EM_PERSON:1", "EM_PERSON:2", "CRIME_REF:f:1"]), min_size=1, max_size=3
).map(lambda said: " ".join(sorted(said)))
ONE = st.sampled_from(["NOMS:A", "NOMS:B", "CRN:X", "CRN:Y", "PNC:1", "EM_PERSON:1", "EM_PERSON:2"])
DAY = st.integers(0, 24).map(lambda half: half / 2)
DEVICE = st.sampled_from(["d1", "d2"])
ACTIVATION = st.sampled_from(["a1", "a2", "a3"])
NUMBER = st.sampled_from(["+447700900001", "+447700900002"])
STATUS = st.sampled_from(["actual", "actual", "actual", "exercise"])


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    story = Story()
    # Most lives begin with two people managed, or little of interest would happen.
    first = [story.case(draw(DAY), "f:1", "NOMS:A EM_PERSON:1"), story.case(draw(DAY), "f:2", draw(WHO))]
    events = first[: draw(st.sampled_from([2, 2, 2, 1, 0]))]
    makers = [
        lambda: story.case(draw(DAY), draw(st.sampled_from(["f:1", "f:2", "f:3"])), draw(WHO), draw(STATUS)),
        lambda: story.seen(draw(DAY), draw(WHO), draw(STATUS)),
        lambda: story.seen(draw(DAY), draw(WHO)),
        lambda: story.merged(draw(DAY), draw(ONE), draw(ONE), draw(STATUS)),
        lambda: story.split(draw(DAY), *sorted(draw(st.sets(ONE, min_size=1, max_size=2)))),
        lambda: story.fitted(draw(DAY), draw(DEVICE), draw(ACTIVATION), draw(WHO), draw(STATUS)),
        lambda: story.fitted(draw(DAY), draw(DEVICE), draw(ACTIVATION)),
        lambda: story.removed(draw(DAY), draw(DEVICE), draw(ACTIVATION)),
        lambda: story.fix(draw(DAY), draw(DEVICE), draw(st.one_of(st.just(""), WHO)), draw(st.one_of(st.none(), ACTIVATION))),
        lambda: story.fix(draw(DAY), "d1", draw(st.sampled_from(["", "", "EM_PERSON:1", "EM_PERSON:2"]))),
        lambda: story.fitted(draw(DAY), "d1", draw(ACTIVATION), draw(ONE)),
        lambda: story.protected(
            draw(DAY), draw(WHO), draw(st.sampled_from(["p1", "p2"])), draw(NUMBER), draw(st.sampled_from(["linked", "unlinked"]))
        ),
        lambda: story.call(draw(DAY), draw(WHO), draw(NUMBER), legal=draw(st.booleans())),
    ]
    for _ in range(draw(st.integers(2, 16))):
        events.append(draw(st.sampled_from(makers))())
    return events


@st.composite
def rulings(draw: st.DrawFn) -> list[Decision]:
    found = []
    for number in range(draw(st.integers(0, 3))):
        one, other = sorted(draw(st.sets(ONE, min_size=2, max_size=2)))
        verdict = draw(st.sampled_from(get_args(Verdict)))
        found.append(decide(f"q{number}", verdict, one, other, day=draw(DAY), owner=draw(st.sampled_from([None, one, other]))))
    return found


def received(things: list[Event | Decision], identity: Registry | None = None) -> Registry:
    identity = identity or Registry()
    for thing in things:
        if isinstance(thing, Decision):
            identity.answer(thing)
        else:
            identity.receive(thing)
    return identity


@settings(max_examples=120, deadline=None)
@given(lives(), rulings(), st.randoms(use_true_random=False))
def test_arrival_order_changes_nothing(events: list[Event], decisions: list[Decision], chance: random.Random) -> None:
    in_order: list[Event | Decision] = [*sorted(events, key=lambda event: event.order), *decisions]
    shuffled = [*in_order, *events[:3]]  # some come twice
    chance.shuffle(shuffled)
    assert final(received(in_order), events) == final(received(shuffled), events)


@settings(max_examples=80, deadline=None)
@given(lives(), rulings(), st.randoms(use_true_random=False))
def test_every_change_of_a_persons_history_is_reported(events: list[Event], decisions: list[Decision], chance: random.Random) -> None:
    """A shell that re-reads a person only when told to, and else only adds the event just routed, holds the right events.

    And questions that are asked for at every step are those of a identity that was never asked before.
    """
    things: list[Event | Decision] = [*events, *decisions]
    chance.shuffle(things)
    identity, stored, held = Registry(), list[tuple[str, Event]](), dict[str, set[str]]()
    for told, thing in enumerate(things, 1):
        if isinstance(thing, Decision):
            changed, routed = identity.answer(thing), None
        else:
            receipt = identity.receive(thing)
            changed, routed = receipt.changed, receipt.route
            if receipt.bucket:
                stored.append((receipt.bucket, thing))
            assert identity.route(thing) == receipt.route
        for change in changed:
            for key in change.before:
                held.pop(key)
            for key in change.after:
                held[key] = read(identity, key, stored)
        if routed is not None and routed.kind == "person" and not isinstance(thing, Decision):
            assert routed.key is not None
            held.setdefault(routed.key, set()).add(thing.id)
        assert {key: read(identity, key, stored) for key in identity.people()} == held
        assert received(things[:told]).questions() == identity.questions()


def read(identity: Registry, key: str, stored: list[tuple[str, Event]]) -> set[str]:
    slices = identity.view(key).buckets
    return {
        event.id
        for bucket, event in stored
        for part in slices
        if part.bucket == bucket
        and (part.from_at is None or part.from_at <= event.occurred_at)
        and (part.to_at is None or event.occurred_at < part.to_at)
    }


@settings(max_examples=120, deadline=None)
@given(lives(), rulings(), st.integers(0, 16), st.randoms(use_true_random=False))
def test_dumped_and_loaded_it_goes_on_as_if_nothing_happened(
    events: list[Event], decisions: list[Decision], until: int, chance: random.Random
) -> None:
    things: list[Event | Decision] = [*events, *decisions]
    chance.shuffle(things)
    straight = received(things)
    broken = received(things[until:], Registry.load(received(things[:until]).dump()))
    assert final(straight, events) == final(broken, events)


@settings(max_examples=120, deadline=None)
@given(lives(), rulings(), st.randoms(use_true_random=False))
def test_people_who_rest_after_everything_that_is_said_are_who_they_were(
    events: list[Event], decisions: list[Decision], chance: random.Random
) -> None:
    things: list[Event | Decision] = [*events, *decisions]
    chance.shuffle(things)
    awake, resting = Registry(), Registry()
    for thing in things:
        for key in resting.people():
            resting.rest(key)
        if isinstance(thing, Decision):
            assert awake.answer(thing) == resting.answer(thing)
        else:
            assert awake.receive(thing) == resting.receive(thing)
    for key in resting.people():
        resting.rest(key)
    late = max(event.occurred_at for event in events) + timedelta(days=400)
    assert awake.expire(late) == resting.expire(late)
    assert final(awake, events) == final(resting, events)
    assert final(awake, events) == final(Registry.load(resting.dump()), events)


@settings(max_examples=60, deadline=None)
@given(lives())
def test_a_person_waiting_at_the_desk_or_managed_never_expires(events: list[Event]) -> None:
    identity = play(events)
    before = {event.id: identity.route(event) for event in events}
    questions = identity.questions()
    deleted = identity.expire(max(event.occurred_at for event in events) + timedelta(days=400))
    after = {event.id: identity.route(event) for event in events}
    kept = {name for name, route in before.items() if route.kind in ("person", "desk")}
    assert {name: before[name] for name in kept} == {name: after[name] for name in kept}
    assert questions == identity.questions()
    assert not identity.expire(max(event.occurred_at for event in events) + timedelta(days=400)) or deleted
