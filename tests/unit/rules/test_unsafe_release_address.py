"""Unsafe release address: how near is too near, whose address counts when, and what makes it safe, judged for real."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from streams.engine.zones import distance_m
from streams.rules import unsafe_release_address
from tests.unit.rules.duties import Story
from tests.unit.rules.telling import at

HERS = (51.4700, -2.6000)
ZONE = {"condition_id": "zo-1", "kind": "exclusion_zone", "protected_person_id": "pp-77"}


def place(metres: float, *, radius_m: float = 10, of: tuple[float, float] = HERS) -> dict[str, float]:
    """So far north of her."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if distance_m(*of, of[0] + middle, of[1]) < metres else (low, middle)
    return {"latitude": of[0] + high, "longitude": of[1], "radius_m": radius_m}


SAFE = place(30_000)


def inside(*, radius_m: float = 30, valid: Mapping[str, str] | None = None) -> Story:
    """In custody; she lives at one address."""
    tale = Story(unsafe_release_address.RULE)
    live(tale, "00:00", radius_m=radius_m, valid=valid)
    tale.received("08:00")
    return tale


def live(
    tale: Story, when: str, *, where: Mapping[str, float] | None = None, radius_m: float = 30, valid: Mapping[str, str] | None = None
) -> None:
    home: dict[str, object] = {"address_id": "ad-1", "latitude": HERS[0], "longitude": HERS[1], "radius_m": radius_m, **(where or {})}
    span = {key: at(one) for key, one in (valid or {}).items()}
    tale.tell(when, "case.protected_person_updated", protected_person_id="pp-77", addresses=[{**home, **span}])


def plan(tale: Story, when: str, release_at: str, address: dict[str, float] | None = None, kind: str = "planned", **more: object) -> None:
    said = {"release_at": at(release_at), "release_kind": "end_of_custody", "release_id": "re-1", "address": address, **more}
    tale.tell(when, f"custody.release_{kind}", arrives=None, source=None, **said)


def release(tale: Story, when: str, address: dict[str, float] | None = None, **more: object) -> None:
    said = {"release_kind": "end_of_custody", "confirmed": True, "release_id": "re-1", "address": address, **more}
    tale.tell(when, "custody.released", arrives=None, source=None, **said)


def zone(tale: Story, when: str = "09:00", **more: str) -> None:
    circle = {"latitude": HERS[0] + 0.2, "longitude": HERS[1], "radius_m": 500}
    tale.order(when, {**ZONE, "zone": circle}, **more)


IN_ZONE = place(10, of=(HERS[0] + 0.2, HERS[1]))


def test_within_1_km_of_her_it_is_critical_at_once_and_her_address_is_not_said() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", place(400))
    found = tale.play("10:00 +1d").only()

    assert at("09:00 +1d") == found.began_at == found.decidable_at
    assert ("critical", ("near_her",), ("offender_manager", "idva", "oic")) == (found.severity, found.grounds, found.told)
    assert ("release", "re-1", "re-1", ("pp-77",)) == (found.about.kind, found.about.id, found.release_id, found.protected_person_ids)
    assert (
        "Sam Field (A1234AA) is to be released on 22 Mar 09:00 to an address within 1 km of an address of pp-77; "
        "he needs another address before he leaves; pp-77 is at risk."
    ) == found.because
    assert not {"51.", "2.6", "ad-1"} & {part for part in ("51.", "2.6", "ad-1") if part in found.because}


@pytest.mark.parametrize(("metres", "fires"), [(999.9, True), (1000.1, False)])
def test_the_distance_is_from_point_to_point(metres: float, fires: bool) -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", place(metres, radius_m=100))

    assert fires is bool(tale.play("10:00 +1d").found())


def test_her_own_address_is_said_to_be_hers_also_when_it_is_only_roughly_known() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", place(20))
    assert ("her_address",) == tale.play("10:00 +1d").only().grounds

    tale = inside(radius_m=3000)
    plan(tale, "09:00 +1d", "09:00 +20d", place(2500))
    assert ("her_address",) == tale.play("10:00 +1d").only().grounds


@pytest.mark.parametrize(
    ("valid", "fires"),
    [({"to": "09:00 +20d"}, False), ({"to": "09:01 +20d"}, True), ({"from": "09:00 +20d"}, True), ({"from": "09:01 +20d"}, False)],
)
def test_her_address_counts_when_it_is_valid_at_the_release(valid: dict[str, str], fires: bool) -> None:
    tale = inside(valid=valid)
    plan(tale, "09:00 +1d", "09:00 +20d", place(400))

    assert fires is bool(tale.play("10:00 +1d").found())


def test_in_an_exclusion_zone_it_is_critical_and_names_the_order() -> None:
    tale = inside()
    zone(tale)
    plan(tale, "09:00 +1d", "09:00 +20d", IN_ZONE)
    found = tale.play("10:00 +1d").only()

    assert ("critical", ("in_zone",), "or-1", "zo-1") == (found.severity, found.grounds, found.order_id, found.condition_id)
    assert "to an address in the exclusion zone of order or-1; he needs another" in found.because


@pytest.mark.parametrize(("metres", "fires"), [(509.0, True), (511.0, False)])
def test_an_address_is_in_a_zone_where_its_circle_is(metres: float, fires: bool) -> None:
    tale = inside()
    zone(tale)
    plan(tale, "09:00 +1d", "09:00 +20d", place(metres, of=(HERS[0] + 0.2, HERS[1])))

    assert fires is bool(tale.play("10:00 +1d").found())


@pytest.mark.parametrize(
    ("order", "fires"),
    [
        ({"ends": "09:00 +20d"}, False),
        ({"ends": "09:01 +20d"}, True),
        ({"starts": "23:00 +20d"}, True),
        ({"starts": "00:00 +21d"}, False),
    ],
)
def test_a_zone_counts_when_its_order_is_in_force_at_the_release_or_begins_that_day(order: dict[str, str], fires: bool) -> None:
    tale = inside()
    zone(tale, **order)
    plan(tale, "09:00 +1d", "09:00 +20d", IN_ZONE)

    assert fires is bool(tale.play("10:00 +1d").found())


def test_a_zone_made_after_the_plan_raises_it_then() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", IN_ZONE)
    zone(tale, "12:00 +3d")

    assert at("12:00 +3d") == tale.play("13:00 +3d").only().began_at


def test_she_moves_near_it_and_it_is_raised_then_and_away_and_it_ends() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", SAFE)
    live(tale, "12:00 +2d", where=SAFE)
    assert at("12:00 +2d") == tale.play("13:00 +2d").only().began_at

    live(tale, "12:00 +3d")
    assert at("12:00 +3d") == tale.play("13:00 +3d").only().ended_at


def test_without_an_address_it_is_high_72_h_before() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d")
    assert [] == tale.play("08:59:59 +17d").found()
    found = tale.play("09:00 +17d").only()

    assert ("high", ("no_address",)) == (found.severity, found.grounds)
    assert at("09:00 +17d") == found.began_at == found.decidable_at
    assert "is to be released on 22 Mar 09:00 with no address to go to; he needs an address before he leaves; pp-77" in found.because


def test_known_late_without_an_address_it_is_raised_at_once() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +2d")

    assert ("high", at("09:00 +1d")) == (tale.play("09:00 +1d").only().severity, tale.only().began_at)


def test_unplanned_without_an_address_it_is_raised_at_the_release() -> None:
    tale = inside()
    release(tale, "11:00 +1d", release_id=None, release_kind="bail")
    found = tale.play("11:00 +1d").only()

    assert ("high", at("11:00 +1d"), found.subject) == (found.severity, found.began_at, found.release_id)
    assert "was released on 3 Mar 11:00 with no address to go to; he needs an address now" in found.because


def test_grounds_join_in_one_finding() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +3d")
    plan(tale, "12:00 +1d", "09:00 +3d", place(400), "changed")
    found = tale.play("13:00 +1d").only()

    assert ("critical", at("09:00 +1d"), ("near_her",)) == (found.severity, found.began_at, found.grounds)


def test_a_safe_address_ends_it() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", place(400))
    plan(tale, "12:00 +2d", "09:00 +20d", SAFE, "changed")
    found = tale.play("09:00 +18d").only()

    assert at("12:00 +2d") == found.ended_at
    assert "Over on 4 Mar 12:00: the address is safe." in found.because


def test_an_address_far_from_her_and_her_zones_is_silent() -> None:
    tale = inside()
    zone(tale)
    plan(tale, "09:00 +1d", "09:00 +20d", SAFE)
    release(tale, "09:00 +20d")

    assert [] == tale.play("10:00 +20d").found()


def test_put_off_beyond_72_h_the_missing_address_is_not_due() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +3d")
    plan(tale, "12:00 +1d", "09:00 +20d", kind="changed")
    first, second = tale.play("09:00 +17d").found()

    assert (at("12:00 +1d"), at("09:00 +17d")) == (first.ended_at, second.began_at)


def test_cancelled_or_back_in_custody_it_is_over() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", place(400))
    tale.tell("12:00 +1d", "custody.release_cancelled", release_id="re-1")
    assert at("12:00 +1d") == tale.play("13:00 +1d").only().ended_at

    tale = inside()
    release(tale, "11:00 +1d", place(400))
    tale.received("11:00 +5d")
    assert at("11:00 +5d") == tale.play("12:00 +5d").only().ended_at


def test_released_to_her_without_a_plan_it_is_critical_and_a_safe_address_recorded_later_ends_it() -> None:
    tale = inside()
    release(tale, "11:00 +1d", place(20))
    tale.tell("12:00 +1d", "case.address_recorded", address=place(500), how="given")
    found = tale.play("13:00 +1d").only()
    assert (True, ("near_her",)) == (found.open, found.grounds)

    tale.tell("14:00 +1d", "case.address_recorded", address=SAFE, how="found")
    assert at("14:00 +1d") == tale.play("15:00 +1d").only().ended_at


def test_after_a_release_to_a_safe_address_nothing_new_is_raised() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +5d", SAFE)
    release(tale, "09:00 +5d")
    live(tale, "12:00 +6d", where=SAFE)
    tale.tell("12:00 +7d", "case.address_recorded", address=place(10), how="found")

    assert [] == tale.play("13:00 +7d").found()


def test_a_temporary_release_is_judged_like_the_others() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +5d", place(400), release_kind="temporary")

    assert "critical" == tale.play("10:00 +1d").only().severity


def test_a_release_that_never_was_withdraws_what_it_alone_gave() -> None:
    tale = inside()
    release(tale, "11:00 +1d", place(400), confirmed=False)
    assert tale.play("11:10 +1d").only().provisional
    tale.received("11:30 +1d")

    assert [] == tale.play("12:00 +1d").found()
    assert 1 == len(tale.found(withdrawn=True))


def test_what_a_release_that_never_was_had_ended_goes_on() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d", place(400))
    release(tale, "11:00 +2d", SAFE, confirmed=False)
    assert not tale.play("11:10 +2d").only().open
    tale.received("11:30 +2d")
    found = tale.play("12:00 +2d").only()

    assert (at("09:00 +1d"), True) == (found.began_at, found.open)
    assert "is to be released on 22 Mar 09:00 to an address within 1 km" in found.because


def test_while_the_custody_feed_is_silent_a_missing_address_does_not_fire() -> None:
    tale = inside()
    tale.beats("custody/avon", "09:00", "12:00 +1d", timedelta(minutes=30))
    plan(tale, "09:00 +1d", "09:00 +5d")
    assert [] == tale.play("12:00 +2d").found()
    tale.beats("custody/avon", "13:00 +2d", "13:00 +2d", timedelta(minutes=30))

    assert at("09:00 +2d") == tale.play("13:00 +2d").only().began_at


def test_late_evidence_gives_the_same_matters() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +4d")
    zone(tale, "10:00 +1d")
    plan(tale, "12:00 +1d", "09:00 +4d", IN_ZONE, "changed")
    release(tale, "11:00 +2d", SAFE, confirmed=False)
    tale.received("11:30 +2d")
    live(tale, "09:00 +3d", where=SAFE)
    plan(tale, "12:00 +3d", "09:00 +4d", SAFE, "changed")
    release(tale, "09:00 +4d")
    tale.tell("12:00 +4d", "case.address_recorded", address=place(0, of=(51.2, -2.6)), how="found")
    tale.in_any_order("10:00 +6d")
