"""From a picture to what a page says: rows, labels, times as a control room reads them. Pure; the templates draw it and decide nothing.

The words are those of console.md 4. Never an address and never a number: a sentence that every role may read, ids, and the
names of the officers who were told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from alerting.directory import Directory
from alerting.lifecycle.handling import State
from alerting.wording import CHANGES, MARKS, PROVISIONAL, REASONS, ROLES, SEVERITIES, STATUSES, Label
from ops.web.picture import Board, DemoTime, Picture
from schemas.alert import Alert, Recipient
from streams.engine.calendar import local_text
from streams.engine.wording import duration, listed

DEMO: Mapping[DemoTime, str] = {
    "none": "",
    "fast": "Everybody here is invented. Time runs fast until the first critical alert.",
    "real": "Everybody here is invented. Time ran fast until the first critical alert, and is real now.",
}
STATES: Mapping[State, str] = {
    "unanswered": "Unanswered",
    "acknowledged": "Acknowledged",
    "actioned": "Acted on",
    "awaiting_second_key": "Awaiting second officer",
    "challenged": "Challenged",
    "shelved": "Shelved",
    "closed": "Closed",
}
TOLD_LATE = timedelta(seconds=60)


class TimeSaid(NamedTuple):
    """An instant for people, and for machines."""

    said: str
    iso: str


class ToldRow(NamedTuple):
    """One person who was told."""

    who: str
    role: str
    reason: str
    at: TimeSaid


class Row(NamedTuple):
    """One alert in the list."""

    reference: str
    severity: str
    label: Label
    status: str
    mark: str
    provisional: str
    sentence: str
    began: TimeSaid
    age: str
    told_late: str
    told: tuple[ToldRow, ...]
    nobody: str


class Revision(NamedTuple):
    """One line of an alert's story."""

    word: str
    at: TimeSaid
    sentence: str


class Detail(NamedTuple):
    """One alert, whole."""

    row: Row
    alert: Alert
    raised: TimeSaid
    ended: TimeSaid | None
    revisions: tuple[Revision, ...]


class BoardRow(NamedTuple):
    """One alert on the board that names nobody."""

    reference: str
    severity: str
    label: Label
    rule: str
    state: str
    began: TimeSaid
    age: str


class Wall(NamedTuple):
    """The page of what is open."""

    title: str
    as_of: TimeSaid
    rows: tuple[Row, ...]
    counts: tuple[tuple[Label, str, int], ...]
    checked: str
    """What was looked at to say so, for when nothing is open."""
    feeds: str
    silent: str
    """The feeds that say nothing; empty when there is none."""
    failed: bool
    demo: str


def wall(picture: Picture) -> Wall:
    """The list of what is open, and what it rests on."""
    rows = tuple(row(alert, picture.directory, picture.at) for alert in picture.alerts)
    by_severity: Counter[str] = Counter(alert.severity for alert in picture.alerts)
    live = sum(feed.word == "Live" for feed in picture.feeds)
    feeds = f"{live} of {len(picture.feeds)} feeds live" if picture.feeds else "no feed has ever sent"
    silent = [
        feed.source if feed.complete_to is None else f"{feed.source} since {time(feed.complete_to).said}"
        for feed in picture.feeds
        if feed.word == "Silent"
    ]
    last = "no event yet" if picture.last_event_at is None else f"last event {_ago(picture.at - picture.last_event_at)}"
    behind = f", {picture.behind_events:,} events not yet judged" if picture.behind_events else ""
    return Wall(
        title=f"({len(rows)}) Vigil: what is open",
        as_of=time(picture.at, seconds=True),
        rows=rows,
        counts=tuple((label, severity, by_severity[severity]) for severity, label in SEVERITIES.items()),
        checked=f"{feeds[0].upper()}{feeds[1:]}, {last}, {_counted(picture.people)} judged{behind}",
        feeds=feeds,
        silent=listed(silent) if silent else "",
        failed=picture.failed,
        demo=DEMO[picture.demo],
    )


def row(alert: Alert, directory: Directory, now: datetime) -> Row:
    """One alert as a row."""
    late = timedelta(seconds=alert.late_by_s)
    ended = alert.ended_at
    status = STATUSES[alert.status] if ended is None or alert.status != "closed" else f"{STATUSES['closed']} {time(ended).said}"
    return Row(
        reference=alert.reference,
        severity=alert.severity,
        label=SEVERITIES[alert.severity],
        status=status,
        mark=MARKS[alert.message_status],
        provisional=PROVISIONAL if alert.provisional else "",
        sentence=alert.because,
        began=time(alert.began_at),
        age=duration(max((ended or now) - alert.began_at, timedelta())),
        told_late=f"Told late: evidence took {duration(late)}" if late > TOLD_LATE else "",
        told=tuple(_told(one, directory) for one in alert.recipients),
        nobody=nobody(alert.unfilled_roles),
    )


def board_row(one: Board, now: datetime) -> BoardRow:
    """One alert as a row of the board."""
    age = duration(max(now - one.began_at, timedelta()))
    return BoardRow(one.reference, one.severity, SEVERITIES[one.severity], one.rule, STATES[one.state], time(one.began_at), age)


def detail(alert: Alert, directory: Directory, now: datetime) -> Detail:
    """One alert, whole."""
    return Detail(
        row=row(alert, directory, now),
        alert=alert,
        raised=time(alert.raised_at),
        ended=None if alert.ended_at is None else time(alert.ended_at),
        revisions=tuple(Revision(CHANGES[one.change], time(one.at, seconds=True), one.because) for one in alert.revisions),
    )


def nobody(roles: Iterable[str]) -> str:
    """Roles that nobody holds: `Nobody assigned: IDVA`."""
    names = [ROLES.get(role, role) for role in roles]
    return f"Nobody assigned: {', '.join(names)}" if names else ""


def time(at: datetime, *, seconds: bool = False) -> TimeSaid:
    """`22 Nov 20:14` in London, with the seconds where a page says how fresh it is."""
    said = local_text(at, with_day=True)
    return TimeSaid(f"{said}:{at.second:02d}" if seconds else said, at.isoformat(timespec="seconds"))


def _told(one: Recipient, directory: Directory) -> ToldRow:
    officer = directory.officer(one.officer_id, one.at)
    name = one.officer_id if officer is None else officer.name
    return ToldRow(name, ROLES.get(one.role, one.role), REASONS[one.reason], time(one.at))


def _ago(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return "now" if seconds < 1 else f"{seconds} s ago" if seconds < 60 else f"{duration(span)} ago"  # noqa: PLR2004  seconds in a minute


def _counted(people: int) -> str:
    return "1 person" if people == 1 else f"{people:,} people"
