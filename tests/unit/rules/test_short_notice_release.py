"""Short-notice release: what notice is too short, and who has to be told before it is over, judged for real."""

from __future__ import annotations

import pytest

from streams.rules import short_notice_release
from tests.unit.rules.duties import Story
from tests.unit.rules.telling import at


def inside(*, linked: bool = True) -> Story:
    tale = Story(short_notice_release.RULE, linked=linked)
    tale.received("08:00")
    return tale


def plan(
    tale: Story,
    when: str,
    release_at: str,
    kind: str = "planned",
    *,
    release_kind: str = "end_of_custody",
    arrives: str | None = None,
    release_id: str | None = "re-1",
) -> None:
    said = {"release_at": at(release_at), "release_kind": release_kind, "release_id": release_id}
    tale.tell(when, f"custody.release_{kind}", arrives=arrives, source=None, **said)


def release(tale: Story, when: str, **more: object) -> None:
    said = {"release_kind": "end_of_custody", "confirmed": True, "release_id": "re-1", **more}
    tale.tell(when, "custody.released", arrives=None, source=None, **said)


def informed(tale: Story, when: str, ref: str = "re-1", hers: str = "pp-77", about: str = "release") -> None:
    tale.tell(when, "case.protected_person_informed", protected_person_id=hers, about=about, ref=ref)


def test_known_less_than_72_h_before_it_is_critical_at_once() -> None:
    tale = inside()
    plan(tale, "09:00:01 +1d", "09:00 +4d")
    found = tale.play("10:00 +1d").only()

    assert at("09:00:01 +1d") == found.began_at == found.decidable_at
    assert ("critical", ("idva", "oic", "control_room"), ("short",)) == (found.severity, found.told, found.grounds)
    assert ("release", "re-1", "re-1", ("pp-77",)) == (found.about.kind, found.about.id, found.release_id, found.protected_person_ids)
    assert (
        "Sam Field (A1234AA) is to be released on 6 Mar 09:00, known only since 3 Mar 09:00; pp-77 has not been told and is at risk."
    ) == found.because


def test_known_72_h_before_is_notice_enough() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +4d")
    release(tale, "09:00 +4d")

    assert [] == tale.play("10:00 +4d").found()


def test_it_is_known_when_it_occurred_however_late_it_arrives() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +4d", arrives="09:00 +3d")

    assert [] == tale.play("10:00 +3d").found()


@pytest.mark.parametrize(
    ("was", "becomes", "fires"),
    [
        ("09:00 +12d", "09:00 +11d", True),
        ("09:00 +12d", "09:00:01 +11d", False),
        ("09:00 +30d", "12:00 +16d", True),
        ("09:00 +30d", "12:00:01 +16d", False),
        ("09:00 +12d", "09:00 +20d", False),
    ],
)
def test_brought_forward_by_a_day_or_more_counts_when_the_new_date_is_within_14_days(was: str, becomes: str, fires: bool) -> None:
    tale = inside()
    plan(tale, "09:00 +1d", was)
    plan(tale, "12:00 +2d", becomes, "changed")

    assert fires is bool(tale.play("13:00 +2d").found())


def test_brought_forward_says_from_when() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +12d")
    plan(tale, "12:00 +2d", "09:00 +8d", "changed")
    found = tale.play("13:00 +2d").only()

    assert (at("12:00 +2d"), ("forward",)) == (found.began_at, found.grounds)
    assert "is to be released on 10 Mar 09:00, brought forward on 4 Mar 12:00 from 14 Mar 09:00; pp-77 has" in found.because


def test_brought_forward_by_less_into_the_last_72_h_is_no_short_notice() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +5d")
    plan(tale, "12:00 +2d", "10:00 +4d", "changed")

    assert [] == tale.play("13:00 +2d").found()


def test_bail_from_court_without_a_plan() -> None:
    tale = inside()
    release(tale, "11:00 +1d", release_kind="bail", release_id=None)
    found = tale.play("12:00 +1d").only()

    assert (at("11:00 +1d"), ("unplanned",), False) == (found.began_at, found.grounds, found.provisional)
    assert ("release", found.subject, found.subject) == (found.about.kind, found.about.id, found.release_id)
    assert (
        "Sam Field (A1234AA) was released on bail on 3 Mar 11:00, without a plan; pp-77 has not been told and is at risk."
    ) == found.because


def test_released_a_day_before_its_date_is_brought_forward_and_hours_before_it_is_not() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +12d")
    release(tale, "09:00 +11d")
    assert ("forward",) == tale.play("10:00 +11d").only().grounds

    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +12d")
    release(tale, "09:00:01 +11d")
    assert [] == tale.play("10:00 +11d").found()


def test_cancelled_and_planned_again_it_is_newly_known() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +12d")
    tale.tell("09:00 +2d", "custody.release_cancelled", release_id="re-1")
    plan(tale, "09:00 +10d", "09:00 +12d")

    assert ("short",) == tale.play("10:00 +10d").only().grounds


@pytest.mark.parametrize("release_id", ["re-1", None])
def test_a_temporary_release_is_not_its_matter(release_id: str | None) -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +2d", release_kind="temporary", release_id=release_id)
    release(tale, "09:00 +2d", release_kind="temporary", release_id=release_id)

    assert [] == tale.play("10:00 +3d").found()


def test_a_plan_for_a_day_out_that_becomes_a_release_for_good_is_newly_known() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +12d", release_kind="temporary")
    plan(tale, "09:00 +10d", "09:00 +12d", "changed")

    assert (at("09:00 +10d"), ("short",)) == (tale.play("10:00 +10d").only().began_at, tale.only().grounds)


def test_it_ends_when_she_is_told() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +2d")
    informed(tale, "12:00 +1d")
    found = tale.play("13:00 +1d").only()

    assert at("12:00 +1d") == found.ended_at
    assert "Over on 3 Mar 12:00: everybody at risk has been told." in found.because
    release(tale, "09:00 +2d")
    assert 1 == len(tale.play("10:00 +2d").found())


@pytest.mark.parametrize(
    ("telling", "ends"),
    [
        ({"ref": "re-9"}, False),
        ({"about": "conditions"}, False),
        ({"hers": "pp-99"}, False),
        ({"ref": "al_3f9c0b7e51d2a604_20260303T090000Z"}, True),
        ({"ref": "VG-7K3MQ-2XD9A"}, True),
    ],
)
def test_a_telling_counts_when_it_names_the_release_or_an_alert(telling: dict[str, str], ends: bool) -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +2d")
    informed(tale, "12:00 +1d", **telling)

    assert ends is not tale.play("13:00 +1d").only().open


def test_told_before_the_change_is_not_told_of_it_and_at_its_instant_is() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +12d")
    informed(tale, "10:00 +1d")
    plan(tale, "12:00 +2d", "09:00 +6d", "changed")
    assert tale.play("13:00 +2d").only().open

    tale = inside()
    informed(tale, "09:00 +1d")
    plan(tale, "09:00 +1d", "09:00 +2d")
    assert [] == tale.play("13:00 +1d").found()


def test_everybody_has_to_be_told() -> None:
    tale = inside()
    tale.link("pp-78")
    plan(tale, "09:00 +1d", "09:00 +2d")
    informed(tale, "12:00 +1d")
    found = tale.play("13:00 +1d").only()
    assert (True, ("pp-78",)) == (found.open, found.protected_person_ids)

    informed(tale, "14:00 +1d", hers="pp-78")
    assert at("14:00 +1d") == tale.play("15:00 +1d").only().ended_at


def test_somebody_linked_while_it_is_open_has_to_be_told_and_somebody_unlinked_has_not() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +2d")
    tale.link("pp-78", "10:00 +1d")
    informed(tale, "12:00 +1d")
    assert ("pp-78",) == tale.play("13:00 +1d").only().protected_person_ids

    tale.tell("14:00 +1d", "case.protected_person_unlinked", protected_person_id="pp-78")
    assert at("14:00 +1d") == tale.play("15:00 +1d").only().ended_at


def test_without_an_id_any_telling_about_a_release_counts_that_names_no_other() -> None:
    tale = inside()
    release(tale, "11:00 +1d", release_kind="bail", release_id=None)
    informed(tale, "12:00 +1d", "the release")

    assert at("12:00 +1d") == tale.play("13:00 +1d").only().ended_at


def test_grounds_join_and_a_new_ground_after_the_telling_is_a_new_episode() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +3d")
    plan(tale, "12:00 +1d", "09:00 +2d", "changed")
    found = tale.play("13:00 +1d").only()
    assert (at("09:00 +1d"), ("short", "forward")) == (found.began_at, found.grounds)

    informed(tale, "14:00 +1d")
    plan(tale, "15:00 +1d", "09:00 +9d", "changed")
    plan(tale, "16:00 +1d", "09:00 +8d", "changed")
    assert (at("16:00 +1d"), ("forward",)) == (tale.play("17:00 +1d").found()[-1].began_at, tale.found()[-1].grounds)


def test_cancelled_it_is_over() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +2d")
    tale.tell("12:00 +1d", "custody.release_cancelled")

    assert at("12:00 +1d") == tale.play("13:00 +1d").only().ended_at


def test_back_in_custody_it_is_over() -> None:
    tale = inside()
    release(tale, "11:00 +1d", release_id=None)
    tale.received("11:00 +3d")

    assert at("11:00 +3d") == tale.play("12:00 +3d").only().ended_at


def test_on_an_unconfirmed_release_it_is_provisional_until_it_is_confirmed() -> None:
    tale = inside()
    release(tale, "11:00 +1d", release_kind="bail", confirmed=False, release_id=None)
    assert tale.play("11:40 +1d").only().provisional
    release(tale, "11:45 +1d", release_id=None)

    assert not tale.play("12:00 +1d").only().provisional


def test_what_the_court_says_in_the_morning_and_the_prison_at_night_is_one_release() -> None:
    tale = inside()
    release(tale, "11:00 +1d", release_kind="bail", confirmed=False, release_id=None)
    release(tale, "17:30 +1d", release_id=None)
    found = tale.play("18:00 +1d").only()

    assert (False, at("11:00 +1d")) == (found.provisional, found.began_at)


def test_a_return_within_45_min_withdraws_it_and_a_later_one_does_not() -> None:
    tale = inside()
    release(tale, "11:00 +1d", confirmed=False, release_id=None)
    tale.received("11:45 +1d")
    assert [] == tale.play("12:00 +1d").found()
    assert 1 == len(tale.found(withdrawn=True))

    tale = inside()
    release(tale, "11:00 +1d", confirmed=False, release_id=None)
    tale.received("11:45:01 +1d")
    assert at("11:45:01 +1d") == tale.play("12:00 +1d").only().ended_at


def test_an_early_release_that_never_was_leaves_the_ground_that_the_plan_gave() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +3d")
    release(tale, "08:00 +2d", confirmed=False)
    assert ("short", "forward") == tale.play("08:10 +2d").only().grounds
    tale.received("08:30 +2d")
    found = tale.play("09:00 +2d").only()

    assert (("short",), True) == (found.grounds, found.open)
    assert "is to be released on 5 Mar 09:00, known only since 3 Mar 09:00" in found.because


def test_with_nobody_linked_it_fires_all_the_same() -> None:
    tale = inside(linked=False)
    plan(tale, "09:00 +1d", "09:00 +2d")

    assert () == tale.play("10:00 +1d").only().protected_person_ids


def test_late_evidence_gives_the_same_matters() -> None:
    tale = inside()
    tale.link("pp-78", "07:00 +1d")
    plan(tale, "09:00 +1d", "09:00 +3d")
    informed(tale, "12:00 +1d")
    plan(tale, "13:00 +1d", "09:00 +2d", "changed")
    informed(tale, "14:00 +1d", hers="pp-78")
    release(tale, "07:00 +2d", confirmed=False)
    tale.received("07:30 +2d")
    informed(tale, "15:00 +1d")
    release(tale, "09:00 +2d")
    release(tale, "09:00 +5d", release_kind="bail", release_id=None)
    tale.in_any_order("10:00 +6d")
