"""`GET /insights/delays`, `/insights/load` (console 1.7): whether we are getting faster, and whether the load can be borne.

Figures of groups only: one of fewer than five alerts is held back, because it may be one person. The three delays are
`alerting.lifecycle.delays`; the bounds of alarm load are those of EEMUA 191 and ISA-18.2.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median, quantiles
from typing import Annotated, Literal, NamedTuple

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, select

from alerting.console.answering import plain
from alerting.console.bodies import not_valid
from alerting.console.desk import Desk
from alerting.console.lines import line
from alerting.ledger import statements
from alerting.ledger.tables.alerts import ALERT, TOLD
from alerting.lifecycle.delays import Delays, delays
from alerting.lifecycle.handling import Handling
from schemas.alert import Alert
from schemas.fields import Instant, instant_text
from schemas.refusal import FieldError

By = Literal["rule", "area", "agency", "feed"]
FEWEST = 5
USUAL, LONGEST = timedelta(days=30), timedelta(days=92)
WINDOW = timedelta(minutes=10)
FLOOD_BEGINS, FLOOD_ENDS = 10, 5
"""Alarms of one area in ten minutes: more than the first is a flood, until fewer than the second."""
REFLEX = timedelta(seconds=5)
"""Answered faster than it can be read."""
_TOP = 10
_handling = msgspec.json.Decoder(Handling).decode


class Asked(BaseModel):
    """The query of both: the last 30 days unless it says otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_at: Instant | None = None
    to_at: Instant | None = None


class Grouped(Asked):
    """The query of delays."""

    by: By = "rule"


class Handled(NamedTuple):
    """An alert and what people made of it."""

    alert: Alert
    handling: Handling


def routes(desk: Desk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/insights/delays", **line("insights.read"))
    def three_delays(wanted: Annotated[Grouped, Query()]) -> Response:
        """Happened to known, known to acknowledged, acknowledged to acted: median and 90th percentile of each group."""
        from_at, to_at = _time(wanted, desk.clock())
        groups: dict[str, list[Delays]] = defaultdict(list)
        with desk.ledger.read() as connection:
            agencies = _agencies(connection, from_at, to_at, desk.clock()) if wanted.by == "agency" else {}
            for one in _alerts(connection, from_at, to_at):
                for group in dict.fromkeys(_groups(one, wanted.by, agencies)):
                    groups[group].append(delays(one.alert, one.handling))
        items = [{wanted.by: group, **_figures(groups[group])} for group in sorted(groups)]
        return plain({"from_at": instant_text(from_at), "to_at": instant_text(to_at), "by": wanted.by, "items": items})

    @router.get("/insights/load", **line("insights.read"))
    def load(wanted: Annotated[Asked, Query()]) -> Response:
        """Incidents that alarmed, per control room and ten minutes; floods; the noisiest rules; outcomes; reflex answers."""
        from_at, to_at = _time(wanted, desk.clock())
        with desk.ledger.read() as connection:
            every = tuple(_alerts(connection, from_at, to_at))
        windows = (to_at - from_at) / WINDOW
        areas = _first_alarms(every)
        answered = [one for one in every if one.handling.first_acknowledged_at is not None]
        reflexes = sum(1 for one in answered if (one.handling.first_acknowledged_at or to_at) - one.alert.raised_at < REFLEX)
        outcomes = Counter(one.handling.closure.outcome for one in every if one.handling.closure is not None and one.handling.closed)
        return plain(
            {
                "from_at": instant_text(from_at),
                "to_at": instant_text(to_at),
                "target_per_10_min": 1,
                "areas": [_area(area, areas[area], windows) for area in sorted(areas)],
                "top_rules": _top(Counter(one.alert.rule for one in every)),
                "outcomes": {outcome: _enough(count) for outcome, count in sorted(outcomes.items())},
                "answered": _enough(len(answered)),
                "answered_under_5_s": _enough(reflexes) if len(answered) >= FEWEST else None,
            }
        )

    return router


def _time(wanted: Asked, now: datetime) -> tuple[datetime, datetime]:
    to_at = wanted.to_at or now
    from_at = wanted.from_at or to_at - USUAL
    if not timedelta() < to_at - from_at <= LONGEST:
        raise not_valid(
            (FieldError("/from_at", "not a time that can be counted", f"before to_at, and at most {LONGEST.days} days before"),)
        )
    return from_at, to_at


def _alerts(connection: Connection, from_at: datetime, to_at: datetime) -> Iterator[Handled]:
    """What was raised in the time and stands: exercises and what never was are no load."""
    asked = select(ALERT.c.alert, ALERT.c.handling).where(
        ALERT.c.message_status == "actual", ALERT.c.raised_at >= from_at, ALERT.c.raised_at < to_at, ALERT.c.status != "withdrawn"
    )
    for row in connection.execute(asked.execution_options(yield_per=1000)):
        yield Handled(Alert.model_validate_json(row.alert), _handling(row.handling))


def _agencies(connection: Connection, from_at: datetime, to_at: datetime, now: datetime) -> dict[str, tuple[str, ...]]:
    """The organisations whose people were told of each alert."""
    directory = statements.directory(connection)
    within = select(ALERT.c.alert_id).where(ALERT.c.raised_at >= from_at, ALERT.c.raised_at < to_at)
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(TOLD.c.alert_id, TOLD.c.officer_id).where(TOLD.c.alert_id.in_(within))):
        officer = directory.officer(row.officer_id, now)
        if officer is not None:
            found[row.alert_id].append(officer.organisation)
    return {alert_id: tuple(sorted(set(names))) for alert_id, names in found.items()}


def _groups(one: Handled, by: By, agencies: dict[str, tuple[str, ...]]) -> Sequence[str]:
    match by:
        case "rule":
            return (one.alert.rule,)
        case "area":
            return one.alert.areas
        case "agency":
            return agencies.get(one.alert.alert_id, ())
        case "feed":
            return tuple(ref.source for ref in one.alert.evidence)


def _figures(found: Sequence[Delays]) -> dict[str, object]:
    if len(found) < FEWEST:
        return {"alerts": None}
    return {"alerts": len(found), **{name: _spread(getattr(one, name) for one in found) for name in Delays._fields}}


def _spread(values: Iterable[int | None]) -> dict[str, object] | None:
    known = [value for value in values if value is not None]
    if len(known) < FEWEST:
        return None
    return {"median": median(known), "p90": round(quantiles(known, n=10, method="inclusive")[-1], 1), "of": len(known)}


def _first_alarms(every: Iterable[Handled]) -> dict[str, list[datetime]]:
    """When each incident first alarmed, by area: load counts incidents."""
    first: dict[tuple[str, str], datetime] = {}
    for one in every:
        for area in one.alert.areas:
            key = (area, one.alert.incident_id)
            first[key] = min(first.get(key, one.alert.raised_at), one.alert.raised_at)
    areas: dict[str, list[datetime]] = defaultdict(list)
    for (area, _), at in sorted(first.items(), key=lambda each: each[1]):
        areas[area].append(at)
    return areas


def _area(area: str, alarms: Sequence[datetime], windows: float) -> dict[str, object]:
    if len(alarms) < FEWEST:
        return {"area": area, "incidents": None}
    return {"area": area, "incidents": len(alarms), "per_10_min": round(len(alarms) / windows, 3), "floods": _floods(alarms)}


def _floods(alarms: Sequence[datetime]) -> int:
    """How often more than ten came within ten minutes; one goes on until fewer than five do."""
    count, first, flooded = 0, 0, False
    for place, at in enumerate(alarms):
        while alarms[first] <= at - WINDOW:
            first += 1
            flooded = flooded and place - first >= FLOOD_ENDS
        if not flooded and place - first + 1 > FLOOD_BEGINS:
            count, flooded = count + 1, True
    return count


def _top(rules: Counter[str]) -> list[dict[str, object]]:
    return [{"rule": rule, "alerts": _enough(count)} for rule, count in sorted(rules.items(), key=lambda each: (-each[1], each[0]))[:_TOP]]


def _enough(count: int) -> int | None:
    return count if count >= FEWEST else None
