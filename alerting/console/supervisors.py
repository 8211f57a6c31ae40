"""A supervisor is told of what an officer does for which nobody is asked first: emergency access, and many reveals.

By a message like any other: a reference, an urgency, a link, and nothing of whom it is about. Where it is about no alert its
reference stands in the audit log. Called within the transaction of the act itself, so that it never happens untold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from alerting.actor import Actor
from alerting.delivery.addresses import order
from alerting.directory import Directory
from alerting.ledger import outbox, statements
from alerting.ledger.outbox import Message
from alerting.ledger.store import Writing
from alerting.routing import standing_in
from alerting.wording import may_leave
from schemas.finding import Severity, reference

URGENCY: Severity = "high"
JSON = dict[str, object]


def tell(writing: Writing, who: Actor, about: str, occasion: str, origin: str, never: Collection[str] = ()) -> list[JSON]:
    """Queue a message about what `who` does; who is told. `about`: an alert's id or a name of its own. `never`: who may not know."""
    directory = statements.directory(writing.connection)
    told: list[JSON] = []
    for officer_id, role in _supervisors(directory, who, frozenset({who.officer_id, *never}), writing.now):
        channel = order(writing.connection, officer_id, URGENCY, writing.now)[0]
        text = may_leave(reference=reference(about), severity=URGENCY, status="open", message_status="actual", origin=origin)
        outbox.make(writing, [Message(about, channel, occasion, URGENCY, text, officer_id, role)])
        told.append({"officer_id": officer_id, "role": role, "channel": channel})
    said = {"by": who.officer_id, "about": about, "reference": reference(about), "told": [str(one["officer_id"]) for one in told]}
    writing.audit(f"told.{occasion.partition(' ')[0]}", said)
    return told


def _supervisors(directory: Directory, who: Actor, never: frozenset[str], at: datetime) -> tuple[tuple[str, str], ...]:
    """Whom they answer to, else the supervisors of their area, else duty inspectors, at last anywhere; whoever stands in for them."""
    for role, holders in _rungs(directory, who, at):
        there = (standing_in(role, holder, directory, at, never) for holder in holders if holder not in never)
        found = tuple(dict.fromkeys((officer_id, role) for officer_id in there if officer_id is not None))
        if found:
            return found
    return ()


def _rungs(directory: Directory, who: Actor, at: datetime) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "supervisor", () if who.line_manager_id is None else (who.line_manager_id,)
    for area in dict.fromkeys(who.areas):
        yield "supervisor", directory.holding("supervisor", area, at)
        yield "duty_inspector", directory.on_call("duty_inspector", area, at)
    yield "duty_inspector", directory.on_call("duty_inspector", None, at)
    yield "supervisor", directory.holding("supervisor", None, at)
