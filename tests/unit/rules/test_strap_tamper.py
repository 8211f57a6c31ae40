"""Strap tamper: each sentence of its line in rules.md, at the very instant and one step beside it."""

from __future__ import annotations

import pytest

from streams.rules.strap_tamper import RULE
from tests.unit.rules.movement import GPS, Movements
from tests.unit.rules.telling import at


def story() -> Movements:
    """On bail with a GPS tag."""
    told = Movements(RULE)
    told.order("00:05", GPS)
    told.fitted("00:10")
    return told


def strap(told: Movements, when: str, state: str, device_id: str = "de-1", arrives: str | None = None) -> None:
    told.tell(when, "tagging.strap", arrives=arrives, device_id=device_id, state=state)


def removed(told: Movements, when: str, reason: str) -> None:
    told.tell(when, "tagging.removed", device_id="de-1", activation_id="ac-1", reason=reason)


def test_a_cut_strap_is_critical_at_once_and_says_who_what_and_since_when() -> None:
    told = story()
    told.fix("21:03")
    strap(told, "21:04", "tampered")

    cut = told.play("21:04").only()

    assert (at("21:04"), at("21:04"), "critical", None, False) == (
        cut.began_at,
        cut.decidable_at,
        cut.severity,
        cut.ended_at,
        cut.provisional,
    )
    assert ("activation", "ac-1") == (cut.about.kind, cut.about.id)
    assert ("control_room", "oic", "idva") == cut.told
    assert (
        "Sam Field (A1234AA): the strap of tag ac-1 was tampered with at 2 Mar 21:04, last position 2 Mar 21:03; pp-77 is at risk."
        == cut.because
    )


def test_restored_alone_is_none_and_closes_nothing() -> None:
    told = story()
    strap(told, "20:00", "restored")
    assert [] == told.play("20:30").found()

    strap(told, "21:04", "tampered")
    strap(told, "21:10", "restored")
    assert "open" == told.play("23:00").only().status


@pytest.mark.parametrize(("position", "closed"), [("21:10", True), ("21:40", True), ("21:40:01", False)])
def test_it_closes_on_restored_and_a_position_within_thirty_minutes_and_ends_at_restored(position: str, closed: bool) -> None:
    told = story()
    strap(told, "21:04", "tampered")
    strap(told, "21:10", "restored")
    told.fix(position)

    cut = told.play("22:30").only()

    assert (at("21:10") if closed else None) == cut.ended_at
    assert not closed or "tampered with at 2 Mar 21:04 and restored at 2 Mar 21:10." in cut.because


def test_a_position_that_comes_too_late_needs_a_new_restoring() -> None:
    told = story()
    strap(told, "21:04", "tampered")
    strap(told, "21:10", "restored")
    told.fixes("21:45", "21:50")
    assert "open" == told.play("22:00").only().status

    strap(told, "22:10", "restored")
    told.fix("22:11")
    assert at("22:10") == told.play("22:30").only().ended_at


def test_positions_without_restored_close_nothing_and_add_no_evidence() -> None:
    told = story()
    strap(told, "21:04", "tampered")
    told.fixes("21:05", "21:50")

    assert ("open", 1) == (told.play("22:00").only().status, len(told.only().evidence))


def test_the_position_of_another_device_proves_nothing() -> None:
    told = story()
    told.fitted("00:20", device_id="de-2", activation_id="ac-2")
    strap(told, "21:04", "tampered")
    strap(told, "21:10", "restored")
    told.fix("21:11", device=("de-2", "ac-2"))

    assert "open" == told.play("22:00").only().status


def test_a_position_without_its_activation_is_that_of_the_device() -> None:
    told = story()
    strap(told, "21:04", "tampered")
    strap(told, "21:10", "restored")
    told.fix("21:11", device=("de-1", None))

    assert at("21:10") == told.play("22:00").only().ended_at


def test_a_device_never_fitted_in_our_sight_is_judged_by_its_own_number() -> None:
    told = Movements(RULE)
    strap(told, "21:04", "tampered", "de-9")
    strap(told, "21:10", "restored", "de-9")
    told.fix("21:11", device=("de-9", "ac-9"))

    assert ("de-9", at("21:10")) == (told.play("22:00").only().about.id, told.only().ended_at)


def test_repeats_while_open_join() -> None:
    told = story()
    for when in ("21:04", "21:20", "21:31"):
        strap(told, when, "tampered")

    cut = told.play("22:00").only()

    assert (at("21:04"), 2) == (cut.began_at, len(cut.evidence))
    assert "tampered with at 2 Mar 21:04 and again at 2 Mar 21:31" in cut.because


def test_a_repeat_after_restored_undoes_the_restoring() -> None:
    told = story()
    strap(told, "21:04", "tampered")
    strap(told, "21:10", "restored")
    strap(told, "21:11", "tampered")
    told.fix("21:12")

    assert "open" == told.play("22:00").only().status


def test_after_it_has_closed_the_next_cut_is_a_new_alert() -> None:
    told = story()
    for cut, restored, position in (("21:04", "21:10", "21:11"), ("22:04", "22:10", "22:11")):
        strap(told, cut, "tampered")
        strap(told, restored, "restored")
        told.fix(position)

    assert [at("21:04"), at("22:04")] == [one.began_at for one in told.play("23:00").found()]


@pytest.mark.parametrize("reason", ["end_of_order", "replaced", "custody", "hospital"])
@pytest.mark.parametrize(("removal", "explained"), [("20:34", True), ("20:33:59", False), ("21:34", True), ("21:34:01", False)])
def test_an_authorised_removal_within_thirty_minutes_either_side_withdraws_it(reason: str, removal: str, explained: bool) -> None:
    told = story()
    strap(told, "21:04", "tampered")
    removed(told, removal, reason)

    assert (0 if explained else 1) == len(told.play("22:00").found())


@pytest.mark.parametrize("removal", ["20:50", "21:10"])
def test_a_removal_for_another_reason_explains_nothing(removal: str) -> None:
    told = story()
    strap(told, "21:04", "tampered")
    removed(told, removal, "other")

    assert "open" == told.play("22:00").only().status


def test_a_removal_withdraws_in_the_open_what_was_told() -> None:
    told = story()
    strap(told, "21:04", "tampered")
    removed(told, "21:20", "end_of_order")
    told.play("22:00")

    assert ["withdrawn"] == [one.status for one in told.found(withdrawn=True)]


def test_a_removal_near_a_repeat_does_not_explain_the_first_cut() -> None:
    told = story()
    strap(told, "21:04", "tampered")
    strap(told, "21:50", "tampered")
    removed(told, "22:00", "replaced")

    assert "open" == told.play("23:00").only().status


def test_late_evidence_comes_out_the_same_in_any_order() -> None:
    told = story()
    strap(told, "20:04", "tampered")
    strap(told, "20:10", "restored")
    told.fixes("20:08", "20:15")
    strap(told, "21:04", "tampered")
    strap(told, "21:10", "restored")
    strap(told, "21:12", "tampered")
    told.fixes("21:20", "21:23")
    strap(told, "21:30", "restored")
    told.fix("21:40")

    assert [at("20:10"), at("21:30")] == [one.ended_at for one in told.in_any_order("22:30")]
