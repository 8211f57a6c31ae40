"""Release without reassessment: the limits before a release and what counts as an assessment, judged for real."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from streams.rules import release_without_reassessment
from tests.unit.rules.duties import Story
from tests.unit.rules.telling import at

RELEASE = "09:00 +40d"


def inside(*, since: str = "08:00", linked: bool = True) -> Story:
    tale = Story(release_without_reassessment.RULE, linked=linked)
    tale.received(since)
    return tale


def plan(
    tale: Story, when: str, release_at: str = RELEASE, kind: str = "planned", release_kind: str = "end_of_custody", **more: object
) -> None:
    said = {"release_at": at(release_at), "release_kind": release_kind, "release_id": "re-1", **more}
    tale.tell(when, f"custody.release_{kind}", arrives=None, source=None, **said)


def assess(tale: Story, when: str, hers: str | None = "pp-77", answers: Mapping[str, object] | None = None) -> None:
    said = {"assessment_id": f"as-{when}", "tool": "dash", "level": "high", "occasion": "release"}
    tale.tell(when, "risk.assessed", arrives=None, source=None, protected_person_id=hers, answers=answers, **said)


def release(tale: Story, when: str, **more: object) -> None:
    said = {"release_kind": "end_of_custody", "confirmed": True, "release_id": "re-1", **more}
    tale.tell(when, "custody.released", arrives=None, source=None, **said)


def test_the_severity_rises_at_each_limit_to_the_instant_in_one_finding() -> None:
    tale = inside()
    plan(tale, "09:00 +1d")
    assert [] == tale.play("08:59:59 +12d").found()
    seen = [
        tale.play(when).only().severity
        for when in ("09:00 +12d", "08:59:59 +26d", "09:00 +26d", "08:59:59 +37d", "09:00 +37d", "08:59:59 +39d", "09:00 +39d")
    ]
    found = tale.only()

    assert ["low", "low", "medium", "medium", "high", "high", "critical"] == seen
    assert at("09:00 +12d") == found.began_at == found.decidable_at
    assert ("release", "re-1", "re-1") == (found.about.kind, found.about.id, found.release_id)
    assert ("offender_manager", "prison_offender_manager", "oic", "idva", "supervisor") == found.told
    assert (
        "Sam Field (A1234AA) is to be released on 11 Apr 10:00 and the risk to pp-77 has not been assessed since 14 Mar 09:00; "
        "an assessment is due before he leaves; pp-77 is at risk."
    ) == found.because


@pytest.mark.parametrize(
    ("known", "severity"),
    [("09:00 +20d", "low"), ("10:00 +30d", "medium"), ("10:00 +37d", "high"), ("10:00 +39d", "critical"), ("09:00 +39d", "critical")],
)
def test_known_late_it_is_raised_at_once_at_the_severity_of_the_time_left(known: str, severity: str) -> None:
    tale = inside()
    plan(tale, known)
    found = tale.play(known).only()

    assert severity == found.severity
    assert at(known) == found.began_at == found.decidable_at


def test_it_happens_without_an_assessment_and_is_critical_though_never_planned() -> None:
    tale = inside()
    release(tale, "11:00 +1d", release_kind="bail")
    found = tale.play("12:00 +1d").only()

    assert ("critical", at("11:00 +1d"), False) == (found.severity, found.began_at, found.provisional)
    assert "was released on 3 Mar 11:00" in found.because
    assert "an assessment is due now" in found.because


def test_released_before_its_limits_it_rises_to_critical() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d")
    release(tale, "11:00 +2d")
    assert "low" == tale.play("10:59:59 +2d").only().severity
    found = tale.play("11:00 +2d").only()

    assert ("critical", at("09:00 +1d")) == (found.severity, found.began_at)


def test_an_assessment_since_reception_silences_it() -> None:
    tale = inside()
    assess(tale, "09:00")
    plan(tale, "09:00 +1d", "09:00 +20d")
    release(tale, "09:00 +20d")

    assert [] == tale.play("10:00 +20d").found()


@pytest.mark.parametrize(("when", "silent"), [("07:59:59", False), ("08:00", True)])
def test_one_made_before_the_reception_does_not_count(when: str, silent: bool) -> None:
    tale = inside()
    assess(tale, when)
    plan(tale, "09:00 +1d", "09:00 +20d")

    assert silent is (tale.play("10:00 +2d").found() == [])


@pytest.mark.parametrize(("when", "silent"), [("08:59:59 +12d", False), ("09:00 +12d", True)])
def test_one_older_than_28_days_before_the_release_does_not_count(when: str, silent: bool) -> None:
    tale = inside()
    plan(tale, "09:00 +1d")
    assess(tale, when)

    assert silent is (tale.play("10:00 +38d").found() == [])


def test_back_from_a_temporary_absence_an_assessment_made_before_it_still_counts() -> None:
    tale = inside()
    assess(tale, "09:00 +1d")
    plan(tale, "09:00 +2d", "09:00 +20d")
    release(tale, "09:00 +3d", release_kind="temporary", release_id="re-t")
    tale.tell("17:00 +3d", "custody.returned")

    assert [] == tale.play("10:00 +19d").found()


def test_a_genuine_assessment_ends_it_and_a_level_set_without_one_does_not() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +5d")
    tale.tell("10:00 +1d", "risk.level_set", level="medium", set_by="of-1")
    assert tale.play("11:00 +1d").only().open
    assess(tale, "12:00 +1d")
    found = tale.play("13:00 +1d").only()

    assert at("12:00 +1d") == found.ended_at
    assert "Over on 3 Mar 12:00: the risk was assessed." in found.because
    release(tale, "09:00 +5d")
    assert 1 == len(tale.play("10:00 +5d").found())


def test_an_assessment_after_the_release_ends_it() -> None:
    tale = inside()
    release(tale, "11:00 +1d")
    assess(tale, "11:00 +9d")

    assert at("11:00 +9d") == tale.play("12:00 +9d").only().ended_at


def test_a_copied_assessment_does_not_count_and_the_sentence_says_so() -> None:
    answers = {"1": "yes", "2": "no"}
    tale = inside()
    assess(tale, "07:00", answers=answers)
    assess(tale, "10:00", answers=answers)  # the reception lies between
    plan(tale, "09:00 +1d", "09:00 +5d")
    found = tale.play("10:00 +1d").only()

    assert "medium" == found.severity
    assert "the copied one does not count" in found.because


def test_every_protected_person_must_be_covered() -> None:
    tale = inside()
    tale.link("pp-78")
    assess(tale, "09:00", "pp-77")
    plan(tale, "09:00 +1d", "09:00 +5d")
    found = tale.play("10:00 +1d").only()
    assert ("pp-78",) == found.protected_person_ids
    assert "the risk to pp-78 has not" in found.because

    assess(tale, "11:00 +1d", "pp-78")
    assert at("11:00 +1d") == tale.play("12:00 +1d").only().ended_at


def test_one_assessed_of_two_leaves_it_open_about_the_other() -> None:
    tale = inside()
    tale.link("pp-78")
    plan(tale, "09:00 +1d", "09:00 +5d")
    assess(tale, "11:00 +1d", "pp-77")
    found = tale.play("12:00 +1d").only()

    assert found.open
    assert ("pp-78",) == found.protected_person_ids


def test_one_that_names_nobody_counts_for_all() -> None:
    tale = inside()
    tale.link("pp-78")
    assess(tale, "09:00", None)
    plan(tale, "09:00 +1d", "09:00 +5d")

    assert [] == tale.play("10:00 +1d").found()


def test_somebody_linked_later_is_to_be_assessed_too() -> None:
    tale = inside()
    assess(tale, "09:00")
    plan(tale, "09:00 +1d", "09:00 +5d")
    tale.link("pp-78", "12:00 +1d")
    found = tale.play("13:00 +1d").only()
    assert (at("12:00 +1d"), ("pp-78",)) == (found.began_at, found.protected_person_ids)

    tale.tell("14:00 +1d", "case.protected_person_unlinked", protected_person_id="pp-78")
    assert at("14:00 +1d") == tale.play("15:00 +1d").only().ended_at


def test_with_nobody_linked_any_genuine_assessment_counts() -> None:
    tale = inside(linked=False)
    plan(tale, "09:00 +1d", "09:00 +5d")
    assert "the risk has not been assessed" in tale.play("10:00 +1d").only().because
    assess(tale, "11:00 +1d", None)

    assert at("11:00 +1d") == tale.play("12:00 +1d").only().ended_at


def test_a_temporary_release_is_not_its_matter() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +2d", release_kind="temporary")
    release(tale, "09:00 +2d", release_kind="temporary")

    assert [] == tale.play("10:00 +3d").found()


def test_a_temporary_release_without_id_leaves_the_release_for_good_alone() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", release_id=None)
    plan(tale, "10:00 +1d", "09:00 +3d", release_kind="temporary", release_id=None)
    release(tale, "09:00 +3d", release_kind="temporary", release_id=None)
    tale.tell("17:00 +3d", "custody.returned")
    found = tale.play("09:00 +12d").only()

    assert ("low", at("09:00 +12d")) == (found.severity, found.began_at)
    assert ("release", found.subject) == (found.about.kind, found.release_id)


def test_cancelled_it_ends() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +5d")
    tale.tell("12:00 +1d", "custody.release_cancelled", release_id="re-1")
    found = tale.play("10:00 +5d").only()

    assert (at("12:00 +1d"), "medium") == (found.ended_at, found.severity)


def test_put_off_beyond_the_first_limit_it_ends_and_is_found_again_then() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +5d")
    plan(tale, "12:00 +1d", RELEASE, "changed")
    first, second = tale.play("09:00 +12d").found()

    assert at("12:00 +1d") == first.ended_at
    assert ("low", at("09:00 +12d")) == (second.severity, second.began_at)


def test_put_off_within_the_limits_the_severity_that_was_reached_stays() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +3d")
    plan(tale, "12:00 +1d", "09:00 +20d", "changed")
    found = tale.play("10:00 +2d").only()

    assert ("high", True) == (found.severity, found.open)
    assert "is to be released on 22 Mar 09:00" in found.because


def test_brought_forward_it_is_raised_at_once() -> None:
    tale = inside()
    plan(tale, "09:00 +1d")
    plan(tale, "12:00 +2d", "12:00 +4d", "changed")

    assert ("high", at("12:00 +2d")) == (tale.play("13:00 +2d").only().severity, tale.only().began_at)


def test_a_date_alone_is_nine_in_the_morning() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "00:00 +20d", date_only=True)

    assert "is to be released on 22 Mar 09:00" in tale.play("10:00 +1d").only().because
    assert "low" == tale.play("08:59:59 +6d").only().severity
    assert "medium" == tale.play("09:00 +6d").only().severity


def test_back_in_custody_it_is_over() -> None:
    tale = inside()
    release(tale, "11:00 +1d")
    tale.received("11:00 +9d")
    found = tale.play("12:00 +9d").only()

    assert at("11:00 +9d") == found.ended_at
    assert "he is back in custody" in found.because


def test_on_an_unconfirmed_release_it_is_provisional_until_it_is_confirmed() -> None:
    tale = inside()
    release(tale, "11:00 +1d", confirmed=False)
    release(tale, "11:45 +1d")
    assert tale.play("11:44 +1d").only().provisional
    found = tale.play("12:00 +1d").only()

    assert (False, at("11:00 +1d")) == (found.provisional, found.began_at)


def test_a_release_that_never_was_withdraws_what_began_with_it() -> None:
    tale = inside()
    release(tale, "11:00 +1d", confirmed=False)
    tale.received("11:45 +1d")

    assert [] == tale.play("12:00 +1d").found()
    assert at("11:00 +1d") == tale.found(withdrawn=True)[0].began_at


def test_a_release_that_never_was_leaves_the_plan_at_its_own_severity() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d")
    release(tale, "11:00 +1d", confirmed=False)
    assert "critical" == tale.play("11:10 +1d").only().severity
    tale.received("11:30 +1d")
    found = tale.play("12:00 +1d").only()

    assert ("low", True, at("09:00 +1d")) == (found.severity, found.open, found.began_at)
    assert "is to be released on 22 Mar 09:00" in found.because
    assert "medium" == tale.play("09:00 +6d").only().severity


def test_while_the_feed_of_assessments_is_silent_it_does_not_fire() -> None:
    tale = inside()
    tale.beats("risk/avon", "09:00", "12:00 +1d", timedelta(hours=3))
    plan(tale, "09:00 +1d", "09:00 +4d")
    assert "high" == tale.play("12:00 +1d").only().severity
    assert "high" == tale.play("20:00 +3d").only().severity
    tale.beats("risk/avon", "21:00 +3d", "21:00 +3d", timedelta(hours=3))

    assert "critical" == tale.play("21:00 +3d").only().severity


def test_a_plan_left_over_from_before_his_release_is_no_second_release() -> None:
    tale = inside()
    plan(tale, "09:00 +1d")
    assess(tale, "10:00 +1d")
    release(tale, "09:00 +3d", release_kind="hdc", release_id="re-hdc")

    assert [] == tale.play("09:00 +40d").found()
    tale.received("10:00 +40d")
    plan(tale, "11:00 +40d", "09:00 +45d", "changed")
    assert "medium" == tale.play("12:00 +40d").only().severity


def test_late_evidence_gives_the_same_matters() -> None:
    tale = inside()
    plan(tale, "09:00 +1d", "09:00 +20d")
    tale.link("pp-78", "12:00 +3d")
    assess(tale, "09:00 +2d")
    release(tale, "11:00 +4d", confirmed=False)
    tale.received("11:30 +4d")
    assess(tale, "10:00 +5d", "pp-78")
    plan(tale, "09:00 +6d", "09:00 +50d", "changed")
    release(tale, "09:00 +40d")
    tale.in_any_order("10:00 +45d")
