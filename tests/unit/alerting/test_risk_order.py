"""Who stands first in the queue, one difference at a time."""

from datetime import timedelta
from itertools import pairwise, permutations

from alerting.matter import fold
from alerting.risk_order import Place, Standing, place
from alerting.routing import Told
from schemas.finding import Severity
from tests.unit.alerting.invented import HOUR, MINUTE, NOON, a_change, a_finding


def at(standing: Standing | None = None, *, severity: Severity = "high", risk_level: str | None = "high", minute: int = 0) -> Place:
    alert = fold(None, a_change(a_finding(severity=severity), at=NOON + minute * MINUTE), Told((), ()))
    return place(alert, risk_level, standing or Standing())


def test_each_sentence_of_the_risk_order_holds() -> None:
    queue = [
        at(severity="critical", risk_level="standard"),
        at(due := Standing(due_at=NOON + MINUTE), minute=9),
        at(Standing(due_at=NOON + HOUR)),
        at(),
        at(minute=1),
        at(Standing(handling="acknowledged", owner_id="of-1", clock_run_out=True)),
        at(due, risk_level="medium"),
        at(due, risk_level="standard"),
        at(severity="medium"),
        at(severity="low"),
        at(Standing(handling="awaiting_second_key"), severity="critical"),
        at(Standing(handling="challenged")),
        at(Standing(handling="acknowledged"), severity="critical"),
        at(Standing(handling="actioned")),
        at(Standing(handling="shelved"), severity="critical"),
        at(Standing(handling="closed"), severity="critical"),
    ]

    assert all(before < after for before, after in pairwise(queue))


def test_no_two_alerts_share_a_place_so_the_order_is_the_same_from_any_start() -> None:
    alerts = [fold(None, a_change(a_finding(subject=name), at=NOON), Told((), ())) for name in ("a", "b", "c")]
    orders = {tuple(sorted(order, key=lambda alert: place(alert, "high"))) for order in permutations(alerts)}

    assert 1 == len(orders)


def test_what_hides_an_unknown_number_of_people_stands_with_the_high_risk_ones() -> None:
    assert at(risk_level=None) < at(risk_level="medium")
    assert timedelta(0) == at(risk_level=None).raised_at - at().raised_at
