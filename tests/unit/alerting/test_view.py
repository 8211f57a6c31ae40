"""`handling`, `due[]` and `delays` as console 1.4 has them."""

from __future__ import annotations

from alerting.commands import Acknowledge, Act, PutOnShelf, RaiseChallenge
from alerting.risk_order import Standing, place
from alerting.view import delays, due_view, handling_view
from tests.unit.alerting.handled import IDVA, OIC, ROWAN, SUPERVISOR, WHY, Desk, of_severity
from tests.unit.alerting.invented import HOUR, MINUTE, NOON


def seen(desk: Desk) -> dict[str, object]:
    return dict(handling_view(desk.alert, desk.handling, desk.at, desk.around()))


def test_an_acknowledged_alert_as_the_page_shows_it() -> None:
    desk = Desk()
    desk.at += MINUTE
    desk.does(ROWAN, Acknowledge(intent="send_unit", intent_text="Unit 21 on its way", until_at=NOON + 16 * MINUTE))

    assert {
        "state": "acknowledged",
        "acknowledged": True,
        "actioned": False,
        "shelved": False,
        "latched": True,
        "awaiting_second_key": False,
        "challenged": False,
        "closed": False,
        "owner": {"officer_id": ROWAN, "name": "Officer of-9", "role": "control_room", "since_at": "2026-03-02T12:00:00Z"},
        "lease": {
            "officer_id": ROWAN,
            "intent": "send_unit",
            "intent_text": "Unit 21 on its way",
            "since_at": "2026-03-02T12:01:00Z",
            "until_at": "2026-03-02T12:16:00Z",
        },
        "shelf": None,
        "closure": None,
        "challenge": None,
    } == seen(desk)


def test_what_is_due_says_what_happens_then() -> None:
    desk = Desk().acknowledged(ROWAN)
    dues = {one["what"]: one for one in due_view(desk.alert, desk.handling, desk.at, desk.around()) if isinstance(one, dict)}

    lease = {"what": "lease_ends", "at": "2026-03-02T12:20:00Z", "officer_id": ROWAN, "then": "escalates to the supervisor"}
    assert lease == dues["lease_ends"]
    assert "role" in dues["role_unheard"]


def test_shelf_closure_and_challenge_are_shown_with_who_and_why() -> None:
    desk = Desk(of_severity("medium"))
    desk.does(OIC, PutOnShelf(until_at=NOON + HOUR, reason="The supplier repairs it."))
    assert {"officer_id": OIC, "until_at": "2026-03-02T13:00:00Z", "reason": "The supplier repairs it."} == seen(desk)["shelf"]

    desk = Desk(of_severity("high", by_decision=True)).closed(OIC, "enforced")
    desk.does(IDVA, RaiseChallenge(challenge_id="ch-1", against="closure", rationale=WHY))
    shown = seen(desk)
    closure, challenge = shown["closure"], shown["challenge"]
    assert isinstance(closure, dict)
    assert isinstance(challenge, dict)
    assert ("enforced", WHY, OIC, None) == (closure["outcome"], closure["rationale"], closure["officer_id"], closure["confirmed_by"])
    assert ("ch-1", IDVA, SUPERVISOR, None) == (
        challenge["challenge_id"],
        challenge["officer_id"],
        challenge["decider_id"],
        challenge["upheld"],
    )


def test_three_delays_and_null_for_what_has_not_happened() -> None:
    desk = Desk(at=NOON + 41 * MINUTE / 60)
    assert {"happened_to_known_s": 41, "known_to_acknowledged_s": None, "acknowledged_to_acted_s": None} == delays(
        desk.alert, desk.handling
    )

    desk.at += 73 * MINUTE / 60
    desk.acknowledged()
    desk.at += MINUTE
    desk.does(ROWAN, Act(action="unit_sent"))

    assert {"happened_to_known_s": 41, "known_to_acknowledged_s": 73, "acknowledged_to_acted_s": 60} == delays(desk.alert, desk.handling)


def test_the_first_answer_counts_for_the_delays_whatever_comes_after() -> None:
    desk = Desk().acknowledged(ROWAN)
    desk.wait(HOUR)
    desk.acknowledged(OIC)

    assert 0 == delays(desk.alert, desk.handling)["known_to_acknowledged_s"]


def test_one_whose_clock_has_run_out_stands_with_the_unanswered() -> None:
    desk = Desk().acted(ROWAN)
    desk.wait(4 * HOUR, only=("close",))
    standing = Standing(handling=desk.state, clock_run_out=desk.handling.overdue_since_at is not None, owner_id=desk.owner)

    assert 0 == place(desk.alert, "high", standing).group
