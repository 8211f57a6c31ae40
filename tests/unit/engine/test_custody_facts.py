"""Custody as the engine keeps it: what is one release, which plan an event means, and what an undone release leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas.codec import decode_object
from streams.engine import facts
from streams.engine.person import Person
from streams.engine.releases import leavings

DAY_0 = datetime(2026, 3, 2, tzinfo=UTC)
PERSON = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}]}
AT_HOME = {"latitude": 51.45, "longitude": -2.6, "radius_m": 20}


class Life:
    """A person to whom things happen, at hours after day 0."""

    def __init__(self) -> None:
        self.person = Person()
        self.count = 0

    def happens(self, hours: float, kind: str, /, **data: object) -> Life:
        self.count += 1
        said = {"id": f"e{self.count}", "source": "custody/hmpps", "type": kind, "occurred_at": DAY_0 + timedelta(hours=hours)}
        event = decode_object({**said, "person": PERSON, "data": {key: one for key, one in data.items() if one is not None}})
        self.person = facts.apply(self.person, event)
        return self

    def received(self, hours: float, status: str = "sentenced") -> Life:
        return self.happens(hours, "custody.received", prison="Bristol", status=status)

    def released(self, hours: float, *, confirmed: bool = True, kind: str = "end_of_custody", **more: object) -> Life:
        return self.happens(hours, "custody.released", release_kind=kind, confirmed=confirmed, **more)

    def planned(self, hours: float, release_in: float, what: str = "planned", kind: str = "end_of_custody", **more: object) -> Life:
        return self.happens(hours, f"custody.release_{what}", release_at=hour(release_in), release_kind=kind, **more)

    def plans(self) -> list[tuple[str | None, str, datetime]]:
        return [(one.release_id, one.kind, one.release_at) for one in self.person.custody.plans]


def hour(hours: float) -> datetime:
    return DAY_0 + timedelta(hours=hours)


def test_a_confirmation_makes_the_release_sure_where_and_when_it_was_first_said() -> None:
    life = Life().received(0).released(10, confirmed=False, kind="bail").released(10.75, address=AT_HOME)
    release = life.person.custody.out_on

    assert release is not None
    assert (hour(10), True, "end_of_custody") == (release.at, release.confirmed, release.kind)
    assert release.address is not None


def test_a_repeated_early_signal_does_not_make_a_sure_release_unsure() -> None:
    release = Life().received(0).released(10).released(10, confirmed=False).person.custody.out_on

    assert release is not None
    assert release.confirmed


def test_without_a_reception_between_a_release_a_day_later_is_another_and_one_with_its_id_never() -> None:
    life = Life().received(0).released(10, release_id="re-1").released(10 + 25)
    assert hour(35) == getattr(life.person.custody.out_on, "at", None)

    life = Life().received(0).released(10, release_id="re-1").released(10 + 99, release_id="re-1")
    assert hour(10) == getattr(life.person.custody.out_on, "at", None)


def test_a_release_for_good_from_a_temporary_absence_is_another_release() -> None:
    life = Life().received(0).released(10, kind="temporary").released(10.5)

    assert hour(10.5) == getattr(life.person.custody.out_on, "at", None)


def test_both_signals_of_one_reception_are_one_that_knows_the_better_reason() -> None:
    reception = Life().received(0, "unknown").received(0.75, "recall").person.custody.reception

    assert reception is not None
    assert (hour(0), "recall") == (reception.at, reception.status)


def test_a_return_moves_the_return_but_not_the_reception() -> None:
    reception = Life().received(0).released(10, kind="temporary").happens(18, "custody.returned").person.custody.reception

    assert reception is not None
    assert (hour(18), hour(0)) == (reception.at, reception.received_at)


def test_without_an_id_an_event_means_the_release_under_way_and_never_takes_a_day_out_for_it() -> None:
    life = Life().received(0).planned(1, 400, release_id="re-1").planned(2, 50, kind="temporary")
    assert 2 == len(life.plans())

    life.planned(3, 390, "changed")
    assert ("re-1", "end_of_custody", hour(390)) in life.plans()
    life.released(50, kind="temporary")
    assert [("re-1", "end_of_custody", hour(390))] == life.plans()


def test_a_plan_without_an_id_keeps_its_name_when_a_change_brings_one() -> None:
    life = Life().received(0).planned(1, 400).planned(2, 390, "changed", release_id="re-1").released(390, release_id="re-1")
    release = life.person.custody.out_on

    assert release is not None
    assert (None, hour(1)) == (release.release_id, release.plan.planned_at if release.plan else None)


def test_an_undone_release_brings_its_plan_back_with_what_was_said_of_plans_since() -> None:
    life = Life().received(0).planned(1, 400, release_id="re-1").released(10, confirmed=False)
    assert [] == life.plans()
    life.planned(10.2, 500, release_id="re-2").received(10.75)

    assert ["re-1", "re-2"] == [one[0] for one in life.plans()]
    assert life.person.custody.inside
    assert None is life.person.custody.release


def test_plans_from_before_a_release_for_good_do_not_count_until_he_is_received_again() -> None:
    life = Life().received(0).planned(1, 400, release_id="re-1").planned(1, 2, release_id="re-2").released(10, release_id="re-9")
    assert ["re-9"] == [one.key for one in leavings(life.person.custody, "case")]

    life.received(20)
    assert ["re-1"] == [one.key for one in leavings(life.person.custody, "case")]  # the date of re-2 had passed


def test_after_the_release_a_change_of_it_is_no_new_plan() -> None:
    life = Life().received(0).released(10, release_id="re-1").planned(11, 400, "changed", release_id="re-1", address=AT_HOME)

    assert [] == life.plans()
    assert life.person.custody.out_on is not None
    assert life.person.custody.out_on.address is not None


def test_a_release_that_never_was_is_no_news_and_hides_none() -> None:
    life = Life().received(0).released(10, confirmed=False).received(10.5)

    assert [("reception", hour(0))] == [(one.what, one.at) for one in life.person.news]


def test_an_update_about_her_keeps_what_it_does_not_say() -> None:
    life = Life().happens(
        0, "case.protected_person_linked", protected_person_id="pp-77", relationship="ex_partner", phones=["07700 900077"]
    )
    life.happens(1, "case.protected_person_unlinked", protected_person_id="pp-77")
    life.happens(2, "case.protected_person_updated", protected_person_id="pp-77", addresses=[])
    her = life.person.protected["pp-77"]

    assert ("ex_partner", ("+447700900077",), hour(1)) == (her.relationship, her.phones, her.unlinked_at)
