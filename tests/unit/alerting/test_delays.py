"""Three delays are measured for every alert."""

from __future__ import annotations

from alerting.lifecycle.commands import Act
from alerting.lifecycle.delays import delays
from alerting.risk_order import Standing, place
from tests.unit.alerting.handled import OIC, ROWAN, Desk
from tests.unit.alerting.invented import HOUR, MINUTE, NOON


def test_three_delays_and_none_for_what_has_not_happened() -> None:
    desk = Desk(at=NOON + 41 * MINUTE / 60)
    assert (41, None, None) == delays(desk.alert, desk.handling)

    desk.at += 73 * MINUTE / 60
    desk.acknowledged()
    desk.at += MINUTE
    desk.does(ROWAN, Act(action="unit_sent"))

    assert (41, 73, 60) == delays(desk.alert, desk.handling)


def test_the_first_answer_counts_whatever_comes_after() -> None:
    desk = Desk().acknowledged(ROWAN)
    desk.wait(HOUR)
    desk.acknowledged(OIC)

    assert 0 == delays(desk.alert, desk.handling).known_to_acknowledged_s


def test_one_whose_clock_has_run_out_stands_with_the_unanswered() -> None:
    desk = Desk().acted(ROWAN)
    desk.wait(4 * HOUR, only=("close",))
    standing = Standing(handling=desk.state, clock_run_out=desk.handling.overdue_since_at is not None, owner_id=desk.owner)

    assert 0 == place(desk.alert, "high", standing).group
