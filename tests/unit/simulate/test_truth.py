"""The truth against the lines, by small oracles of our own: what was planted is there, and ordinary life is quiet."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import cos, hypot, radians

import pytest

from ops.simulate import custody
from ops.simulate.chance import stream
from ops.simulate.feeds import TAGS
from ops.simulate.instants import local_dates, local_ms, to_datetime, to_ms
from ops.simulate.life import life
from ops.simulate.people import Person
from ops.simulate.script import Script
from ops.simulate.world import World, plan
from schemas.codec import decode
from schemas.comms import CommsCall, CommsNumberBarred
from schemas.directory import DirectoryOnCall
from schemas.event import Event
from schemas.fix import Fix
from schemas.tagging import TaggingFitted, TaggingHomeUnit, TaggingRemoved

STARTS_AT = datetime(2026, 3, 23, 6, tzinfo=UTC)
TWENTY = set(
    """untagged-window strap-tamper battery-forecast charging-failure-undecided not-fitted exclusion-zone-entry curfew-absence no-contact
    reporting-missed breach-unanswered protection-gap no-named-owner contact-from-custody attempted-contact release-without-reassessment
    short-notice-release unsafe-release-address copied-assessment compounding-risk feed-silent""".split()
)
Fixes = dict[int, list[tuple[datetime, Fix]]]


def _planted(world: World, number: int, rule: str) -> list[tuple[datetime, datetime]]:
    script = world.told[number][1] if number in world.told else None
    ends_at = to_datetime(world.ends_ms)
    return [
        (to_datetime(truth.began_ms), to_datetime(truth.ended_ms) if truth.ended_ms else ends_at)
        for truth in (script.truths if script else [])
        if truth.rule == rule
    ]


@pytest.fixture(scope="session")
def fixes(events: list[Event]) -> Fixes:
    """Each person's fixes in order of occurrence; the number of the person stands in the activation."""
    found: Fixes = defaultdict(list)
    for event in events:
        if isinstance(event.data, Fix) and event.data.activation_id:
            found[int(event.data.activation_id.split("-")[1])].append((event.occurred_at, event.data))
    return {number: sorted(one, key=lambda pair: pair[0]) for number, one in found.items()}


def _metres(person: Person, fix: Fix, to: tuple[float, float]) -> float:
    north_m = (fix.latitude - to[0]) * 111_240
    return hypot(north_m, (fix.longitude - to[1]) * 111_320 * cos(radians(person.area.latitude)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_hundred_people_in_a_week_meet_every_one_of_the_twenty_rules(seed: int) -> None:
    planted = {truth.rule for truth in plan(200, 7, seed, STARTS_AT).truths() if not truth.implied}
    assert planted >= TWENTY


def test_every_truth_begins_and_ends_within_reason(world: World) -> None:
    for truth in world.truths():
        assert world.starts_ms < truth.began_ms < world.ends_ms
        assert truth.ended_ms is None or truth.ended_ms > truth.began_ms


def test_a_tagged_person_is_never_silent_for_fifteen_minutes_but_in_a_planted_window_or_an_outage(world: World, fixes: Fixes) -> None:
    outages = [(to_datetime(one.from_ms), to_datetime(one.to_ms)) for one in world.outages.all if one.source == TAGS]
    found = []
    for number, told in fixes.items():
        for (before_at, _), (after_at, _) in pairwise(told):
            if after_at - before_at >= timedelta(minutes=15) and not any(a < after_at and before_at < b for a, b in outages):
                found.append((number, before_at, after_at))
    planted = [
        (number, *window)
        for number in fixes
        for window in _planted(world, number, "untagged-window")
        if not _planted(world, number, "strap-tamper")
    ]
    assert sorted(planted) == sorted(found)


def test_no_fix_lies_in_a_forbidden_zone_but_in_a_planted_entry(world: World, fixes: Fixes) -> None:
    for number, told in fixes.items():
        person = world.person(number)
        hers = person.area.degrees(person.her.place)
        near = [at for at, fix in told if _metres(person, fix, hers) < 1.3 * person.zone_radius_m]
        entries = _planted(world, number, "exclusion-zone-entry")
        for at in near:
            assert any(began_at - timedelta(minutes=5) <= at <= ended_at for began_at, ended_at in entries)


def test_a_planted_entry_has_three_fixes_well_inside_or_goes_through_between_two(world: World, fixes: Fixes) -> None:
    entries = [(number, window) for number in fixes for window in _planted(world, number, "exclusion-zone-entry")]
    assert entries
    for number, (began_at, ended_at) in entries:
        person = world.person(number)
        hers = person.area.degrees(person.her.place)
        inside = [at for at, fix in fixes[number] if began_at <= at < ended_at and _metres(person, fix, hers) < person.zone_radius_m]
        passing = [at for at, _ in fixes[number] if began_at < at < ended_at]
        assert len(inside) >= 3 or not passing


def test_nobody_is_certainly_away_for_five_minutes_of_a_curfew_but_where_planted(world: World, fixes: Fixes) -> None:
    for number, told in fixes.items():
        person = world.person(number)
        if not person.has_curfew:
            continue
        nights = _curfews(world, person)
        absences, away_at = [], None
        for at, fix in told:
            metres = _metres(person, fix, person.area.degrees(person.home))
            certain = fix.accuracy_m is not None and fix.accuracy_m <= 100 and fix.mechanism != "lbs"
            if not certain or fix.accuracy_m is None or not any(a <= at < b for a, b in nights):
                continue
            if metres - fix.accuracy_m > 100:
                away_at = away_at or at
            elif metres + fix.accuracy_m <= 100 and away_at is not None:
                absences.append((away_at, at))
                away_at = None
        long = [one for one in absences if one[1] - one[0] >= timedelta(minutes=5)]
        planted = _planted(world, number, "curfew-absence")
        assert len(planted) == len(long)
        for (found_at, back_at), (began_at, ended_at) in zip(long, planted, strict=True):
            assert abs(found_at - began_at) <= timedelta(minutes=2)
            assert abs(back_at - ended_at) <= timedelta(minutes=2)


def _curfews(world: World, person: Person) -> list[tuple[datetime, datetime]]:
    days = list(local_dates(world.starts_ms - 86_400_000, world.ends_ms))
    starts, ends = person.curfew
    return [(to_datetime(local_ms(day, starts)), to_datetime(local_ms(next_day, ends))) for day, next_day in pairwise(days)]


def test_a_battery_runs_low_only_in_a_planted_story(world: World, fixes: Fixes) -> None:
    for number, told in fixes.items():
        lowest = min(fix.battery_percent or 0 for _, fix in told)
        assert (lowest < 12) == bool(_planted(world, number, "battery-forecast"))


def test_a_radio_tag_is_heard_at_least_every_three_and_a_half_hours_but_in_a_planted_window(world: World, events: list[Event]) -> None:
    heard: dict[str, list[datetime]] = defaultdict(list)
    for event in events:
        if isinstance(event.data, TaggingHomeUnit) and event.data.present:
            heard[event.data.device_id].append(event.occurred_at)
    assert heard
    for device_id, instants in heard.items():
        windows = _planted(world, int(device_id.split("-")[1]), "untagged-window")
        found = [(a, b) for a, b in pairwise(sorted(instants)) if b - a > timedelta(hours=3, minutes=30)]
        assert windows == found


def test_her_number_is_called_from_prison_only_where_planted(world: World, events: list[Event]) -> None:
    hers = {world.person(number).her.phone for number in range(world.people)}
    called = [event.occurred_at for event in events if isinstance(event.data, CommsCall) and event.data.number in hers]
    rules = ("contact-from-custody", "attempted-contact")
    planted = [window for number in world.told for rule in rules for window in _planted(world, number, rule)]
    assert called
    for at in called:
        assert any(began_at <= at <= ended_at for began_at, ended_at in planted)


def test_each_duty_role_of_each_area_has_somebody_on_call_at_every_instant(world: World, events: list[Event]) -> None:
    shifts: dict[tuple[str, str], list[tuple[datetime, datetime]]] = defaultdict(list)
    for event in events:
        if isinstance(event.data, DirectoryOnCall):
            shifts[event.data.role, event.data.area].append((event.data.from_, event.data.to))
    assert len(shifts) == 4 * 5
    for told in shifts.values():
        told.sort()
        assert told[0][0] <= STARTS_AT
        assert told[-1][1] >= to_datetime(world.ends_ms) + timedelta(days=7)
        assert all(before[1] == after[0] for before, after in pairwise(told))


def test_a_device_goes_to_another_person_only_after_it_was_taken_off_the_first(events: list[Event]) -> None:
    worn: dict[str, str] = {}
    wearers: dict[str, set[str]] = defaultdict(set)
    for event in sorted(events, key=lambda one: one.order):
        if isinstance(event.data, TaggingFitted):
            assert event.data.device_id not in worn
            worn[event.data.device_id] = event.data.activation_id
            wearers[event.data.device_id].add(event.identifiers[0].value)
        elif isinstance(event.data, TaggingRemoved):
            assert worn.pop(event.data.device_id) == event.data.activation_id
    assert max(len(one) for one in wearers.values()) == 2


def test_a_man_taken_into_prison_loses_his_tag_only_then_and_has_her_number_barred_within_the_hour() -> None:
    run = plan(300, 4, 2, STARTS_AT)
    ordinary = (run.person(number) for number in range(300) if number not in run.told)
    person = next(one for one in ordinary if _goes_to_prison(run, one))
    his = [decode(text) for lines in life(run.seed, person, None, run.outages, run.ends_ms) for _, text in lines]
    received_at = next(one.occurred_at for one in his if one.type == "custody.received")
    removed_at = next(one.occurred_at for one in his if isinstance(one.data, TaggingRemoved) and one.data.reason == "custody")
    barred = {one.data.number: one.occurred_at for one in his if isinstance(one.data, CommsNumberBarred)}
    assert received_at < removed_at < received_at + timedelta(hours=1)
    assert max(one.occurred_at for one in his if isinstance(one.data, Fix)) < removed_at
    assert {one.phone for one in person.protected} == set(barred)
    assert max(barred.values()) < received_at + timedelta(hours=1)


def _goes_to_prison(run: World, person: Person) -> bool:
    script = Script()
    custody.recalled(person, script, stream(run.seed, "changes", person.number), run.ends_ms)
    return script.enters_custody_ms is not None


def test_a_planted_night_out_falls_on_the_night_of_the_clock_change() -> None:
    week = plan(200, 7, 1, STARTS_AT)
    began = [to_datetime(truth.began_ms) for truth in week.truths() if truth.rule == "curfew-absence"]
    change_ms = to_ms(datetime(2026, 3, 29, 1, tzinfo=UTC))
    assert all(abs(to_ms(at) - change_ms) < 5 * 3_600_000 for at in began)
    assert began


def test_a_wearer_linked_late_is_nobody_s_until_the_courts_name_both_numbers() -> None:
    run = plan(200, 1, 5, STARTS_AT)
    late = [one for one in (run.person(number) for number in range(200)) if one.linked_late]
    assert late
    for person in late:
        assert ("EM_WEARER", person.wearer) not in person.all_identifiers
