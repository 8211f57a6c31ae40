"""Clocks that have run out: found and fired, a few alerts in each transaction, critical ones first. Two processes may share it.

Writers stand in line, and each looks again inside its transaction: whoever comes second finds the clock gone. What a clock does
is `alerting.lifecycle.door.fire`; which clocks there are, `alerting.lifecycle.due`. Called by the service, each second.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from alerting.ledger.alerts import Record, with_incidents
from alerting.ledger.clocks import put_right
from alerting.ledger.steps import Taken, Terms, write
from alerting.ledger.store import AWAY, Ledger, Writing
from alerting.ledger.surroundings import Surroundings
from alerting.ledger.tables.alerts import TIMER
from alerting.lifecycle.alarming import then
from alerting.lifecycle.door import fire
from alerting.lifecycle.due import due
from alerting.risk_order import SEVERITIES

AT_ONCE = 20
"""Alerts in one transaction: a storm of clocks must not keep people's commands waiting."""
IN_ONE_PASS = 1000
_ENOUGH = 20
"""Clocks of one alert that can run out at one instant; each starts anew from now."""


class Swept(NamedTuple):
    """Of one pass: alerts whose clocks were fired, those that broke (our own fault: their clocks stay due, and the auditor sees it)."""

    fired: int
    broken: tuple[str, ...] = ()


def sweep(ledger: Ledger, now: datetime, terms: Terms, most: int = IN_ONE_PASS) -> Swept:
    """Fire what is due by now, at most so many alerts."""
    with ledger.read() as connection:
        alert_ids = due_now(connection, now, most)
    fired, broken = 0, []
    for start in range(0, len(alert_ids), AT_ONCE):
        part = alert_ids[start : start + AT_ONCE]
        try:
            fired += _fire_all(ledger, part, now, terms)
        except AWAY:
            raise
        except Exception:  # noqa: BLE001  the clocks of others must not wait for one alert that is broken
            for alert_id in part:
                try:
                    fired += _fire_all(ledger, [alert_id], now, terms)
                except AWAY:
                    raise
                except Exception:  # noqa: BLE001  named in the result
                    broken.append(alert_id)
    return Swept(fired, tuple(broken))


def due_now(connection: Connection, now: datetime, most: int) -> list[str]:
    """The alerts with a clock that has run out, critical ones first, then whichever ran out first; always in the same order."""
    found: dict[str, None] = {}
    for severity in SEVERITIES.values():
        its = select(TIMER.c.alert_id).where(TIMER.c.place_severity == severity, TIMER.c.due_at <= now)
        asked = its.order_by(TIMER.c.due_at, TIMER.c.alert_id).limit(most - len(found))
        found.update(dict.fromkeys(connection.execute(asked).scalars()))
        if len(found) >= most:
            break
    return list(found)


def next_at(connection: Connection) -> datetime | None:
    """When the next clock runs out; None while none runs."""
    firsts = (
        connection.execute(select(TIMER.c.due_at).where(TIMER.c.place_severity == severity).order_by(TIMER.c.due_at).limit(1)).scalar()
        for severity in SEVERITIES.values()
    )
    return min((at for at in firsts if at is not None), default=None)


def _fire_all(ledger: Ledger, alert_ids: Sequence[str], now: datetime, terms: Terms) -> int:
    with ledger.write(now) as writing:
        surroundings = Surroundings(writing.connection, terms.policies)
        records = {record.alert.alert_id: record for record in with_incidents(writing.connection, alert_ids)}
        surroundings.put_all(records.values())
        there = [records[alert_id] for alert_id in alert_ids if alert_id in records]
        taken = {record.alert.alert_id: _fire(writing, record, surroundings) for record in there}
        write(writing, [one for one in taken.values() if one is not None], terms)
        # the others run longer than was known when their clocks were written, as when somebody comes back early
        put_right(writing, [record for record in there if taken[record.alert.alert_id] is None], terms.policies)
        return sum(one is not None for one in taken.values())


def _fire(writing: Writing, record: Record, surroundings: Surroundings) -> Taken | None:
    """Each clock of the alert that has run out, the first first; what one does may stop another."""
    alert, handling = record.alert, record.handling
    step = None
    for _ in range(_ENOUGH):
        around = surroundings.around(alert, record.finding)
        run_out = [one for one in due(alert, handling, writing.now, around) if one.at <= writing.now]
        if not run_out:
            break
        first = min(run_out, key=lambda one: (one.at, one.what, one.who))
        one_step = surroundings.moved(fire(alert, handling, first, writing.now, around))
        if not one_step.entries and one_step.handling == handling:
            break
        step = one_step if step is None else then(step, one_step)
        alert, handling = one_step.alert, one_step.handling
    if step is None:
        return None
    return Taken(record, step, around, record.risk_level, living=record.living)
