"""Put aside and handed on: shelves end, offers wait, and at every instant one officer has it."""

from __future__ import annotations

import pytest

from alerting.lifecycle.commands import (
    AcceptHandover,
    OfferHandover,
    PutOnShelf,
    RaiseChallenge,
    Reassign,
    RefuseHandover,
    Unshelve,
)
from tests.unit.alerting.handled import (
    IDVA,
    INSPECTOR,
    OIC,
    OTHER_OIC,
    ROWAN,
    SUPERVISOR,
    WHY,
    Desk,
    a_team,
    described,
    ended,
    of_severity,
)
from tests.unit.alerting.invented import DAY, HOUR, MINUTE, NOON, a_directory, away, on_call


def shelf(hours: float) -> PutOnShelf:
    return PutOnShelf(until_at=NOON + hours * HOUR, reason="The supplier repairs it at 16:00.")


class TestShelf:
    def test_a_critical_one_is_never_shelved(self) -> None:
        assert "not_shelvable" == Desk().refused(SUPERVISOR, shelf(1))
        assert "shelve" not in Desk().can(SUPERVISOR)

    @pytest.mark.parametrize(("severity", "hours"), [("high", 1), ("medium", 8), ("low", 24)])
    def test_no_longer_than_the_cap(self, severity: str, hours: int) -> None:
        assert "over_cap" == Desk(of_severity(severity)).refused(SUPERVISOR, shelf(hours + 0.01))
        desk = Desk(of_severity(severity))
        desk.does(SUPERVISOR, shelf(hours))
        assert ("shelved", {"shelf_ends": hours * HOUR}) == (desk.state, {k: v for k, v in desk.clocks().items() if k != "owner"})

    def test_a_high_one_is_shelved_by_a_supervisor(self) -> None:
        assert "not_allowed" == Desk(of_severity("high")).refused(OIC, shelf(1))
        assert "not_allowed" == Desk(of_severity("medium")).refused(IDVA, shelf(1))
        Desk(of_severity("medium")).does(ROWAN, shelf(1))

    def test_it_has_an_end_and_a_reason(self) -> None:
        desk = Desk(of_severity("medium"))
        assert "invalid" == desk.refused(OIC, shelf(0))
        assert "invalid" == desk.refused(OIC, PutOnShelf(until_at=NOON + HOUR, reason=""))

    def test_at_its_end_the_alarm_is_back(self) -> None:
        desk = Desk(of_severity("high"))
        desk.does(SUPERVISOR, shelf(1))

        assert ["shelf_ends"] == desk.wait(HOUR)

        assert "unanswered" == desk.state
        assert {ROWAN, OIC, IDVA} == set(desk.told)
        assert desk.last.version_rises

    def test_brought_back_it_waits_for_an_answer(self) -> None:
        desk = Desk(of_severity("medium"))
        desk.does(OIC, shelf(1))
        desk.does(ROWAN, Unshelve())

        assert "unanswered" == desk.state
        assert 4 * HOUR == desk.clocks()["answer"]

    @pytest.mark.parametrize("change", ["amended", "confirmed", "severity", "closed"])
    def test_any_revision_ends_it(self, change: str) -> None:
        finding = of_severity("high")
        desk = Desk(finding)
        desk.does(SUPERVISOR, shelf(1))
        desk.at += MINUTE
        news = {
            "amended": {"because": "He is still inside."},
            "confirmed": {"because": "Confirmed by a second fix."},
            "severity": {"severity": "critical"},
            "closed": {"status": "closed", "ended_at": desk.at},
        }[change]
        desk.tell(finding.model_copy(update=news), change=change)  # type: ignore[arg-type]  # the words of the table above

        assert desk.handling.shelf is None
        assert "unanswered" == desk.state

    def test_a_further_fix_does_not(self) -> None:
        finding = of_severity("high")
        desk = Desk(finding)
        desk.does(SUPERVISOR, shelf(1))
        desk.tell(finding, change="amended")

        assert "shelved" == desk.state

    def test_a_challenge_ends_it(self) -> None:
        desk = Desk(of_severity("high"))
        desk.does(SUPERVISOR, shelf(1))
        desk.does(IDVA, RaiseChallenge(challenge_id="ch-1", against="inaction", rationale=WHY))

        assert "challenged" == desk.state
        assert {"answer", "challenge"} <= set(desk.clocks())

    def test_a_medium_one_whose_matter_ends_on_the_shelf_leaves_without_an_alarm(self) -> None:
        finding = of_severity("medium")
        desk = Desk(finding)
        desk.does(OIC, shelf(1))
        desk.tell(ended(finding, desk.at), change="closed")

        assert "closed" == desk.state
        assert [] == desk.told


class TestReassign:
    def given(self, to: str) -> Reassign:
        return Reassign(to_officer_id=to, reason="She knows the family.")

    def test_it_is_theirs_at_once_and_they_answer_it_themselves(self) -> None:
        desk = Desk().acknowledged(ROWAN)
        desk.does(SUPERVISOR, self.given(OTHER_OIC))

        assert (OTHER_OIC, "unanswered") == (desk.owner, desk.state)
        assert [OTHER_OIC] == desk.told
        assert 2 * MINUTE == desk.clocks()["answer"]

    def test_only_supervisors_and_inspectors_do_it(self) -> None:
        assert "not_allowed" == Desk().refused(OIC, self.given(OTHER_OIC))

    @pytest.mark.parametrize("to", [ROWAN, "of-6", "of-99"])
    def test_only_to_another_officer_who_may_have_it(self, to: str) -> None:
        assert "invalid" == Desk().refused(SUPERVISOR, self.given(to))

    def test_not_to_one_who_is_away_nor_to_one_who_must_not_see_him(self) -> None:
        team = a_team()
        desk = Desk(person=team.model_copy(update={"excluded_officer_ids": (OTHER_OIC,)}))
        assert "invalid" == desk.refused(SUPERVISOR, self.given(OTHER_OIC))

        desk = Desk(directory=a_directory(on_call("control_room", ROWAN), described(OTHER_OIC, "oic"), away(OTHER_OIC)))
        assert "invalid" == desk.refused(SUPERVISOR, self.given(OTHER_OIC))

    def test_while_it_waits_for_its_key_only_the_owner_changes(self) -> None:
        desk = Desk().closed(SUPERVISOR, "enforced")
        desk.does(INSPECTOR, self.given(OIC))

        assert (OIC, "awaiting_second_key") == (desk.owner, desk.state)


class TestHandover:
    OFFER = OfferHandover(to_officer_id=INSPECTOR, note="Unit 21 is on its way.")
    ACCEPT = AcceptHandover(handover_id="ho-1", from_officer_id=ROWAN)

    def test_the_sender_owns_it_until_it_is_accepted(self) -> None:
        desk = Desk().acknowledged(ROWAN)
        desk.does(ROWAN, self.OFFER)
        assert (ROWAN, [INSPECTOR]) == (desk.owner, desk.told)

        desk.does(INSPECTOR, self.ACCEPT)

        assert (INSPECTOR, "acknowledged") == (desk.owner, desk.state)
        assert desk.handling.lease is not None
        assert INSPECTOR == desk.handling.lease.officer_id, "the promise goes with it"

    def test_only_the_owner_offers(self) -> None:
        assert "not_possible_now" == Desk().acknowledged(ROWAN).refused(OIC, self.OFFER)

    def test_what_is_somebody_elses_by_now_is_not_accepted(self) -> None:
        desk = Desk()
        desk.does(ROWAN, self.OFFER)
        desk.acknowledged(OIC)

        assert "not_possible_now" == desk.refused(INSPECTOR, self.ACCEPT)

    def test_refused_it_stays_and_the_sender_is_told(self) -> None:
        desk = Desk().acknowledged(ROWAN)
        desk.does(ROWAN, self.OFFER)
        assert "invalid" == desk.refused(INSPECTOR, RefuseHandover(handover_id="ho-1", from_officer_id=ROWAN, reason=""))
        desk.does(INSPECTOR, RefuseHandover(handover_id="ho-1", from_officer_id=ROWAN, reason="I am off in ten minutes."))

        assert (ROWAN, [ROWAN]) == (desk.owner, desk.told)

    def test_accepting_what_nobody_has_answered_starts_ones_own_clock(self) -> None:
        desk = Desk()
        desk.does(ROWAN, self.OFFER)
        desk.at += MINUTE
        desk.does(INSPECTOR, self.ACCEPT)

        assert "unanswered" == desk.state
        assert 2 * MINUTE == desk.clocks()["answer"]

    def test_it_may_be_offered_to_the_shift_that_begins(self) -> None:
        later = on_call("control_room", "of-19").model_copy(update={"from_": NOON + HOUR, "to": NOON + DAY})
        desk = Desk(directory=a_directory(on_call("control_room", ROWAN), described("of-19", "control_room"), later))
        said = OfferHandover(to_officer_id="of-19", note="Two units out.")

        assert "invalid" == desk.refused(ROWAN, said), "an hour before the shift they are not there"
        desk.at += 30 * MINUTE
        desk.does(ROWAN, said)
        desk.does("of-19", self.ACCEPT)

        assert "of-19" == desk.owner
        assert DAY == desk.clocks()["owner"]
