"""`not-being-judged`: what cannot be judged is said, never passed over (rules.md F, word 16).

Not a rule of the catalogue: the engine states these findings itself, for an order that cannot be judged and for a
rule that failed on a person. They are derived on each replay, so a rewind leaves none behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from streams.engine.known import Known
from streams.engine.orders import Order
from streams.engine.person import Person
from streams.engine.verdict import About, Finding

SLUG = "not-being-judged"
VERSION = 1
TELLS = ("oic", "control_room")


def faults(order: Order) -> tuple[str, ...]:
    """Why an order cannot be judged, in words, a reason a condition. Empty when it can."""
    if order.fault is not None:
        return (order.fault,)
    return tuple(f"condition {one.condition_id}: {one.fault}" for one in order.conditions if one.fault is not None)


def orders(person: Person, findings: Mapping[str, Finding], at: datetime) -> Iterator[Finding]:
    """Open for each order with a fault, closed when it was varied, has ended or is over."""
    still = {one.subject: one for one in findings.values() if one.rule == SLUG and one.about.kind == "order" and one.open}
    for order in person.orders.values():
        wrong = faults(order)
        over = order.ended_at is not None or (order.fault is None and order.over_at is not None and order.over_at <= at)
        ref = order.varied_ref or order.ref
        finding = still.get(order.order_id)
        if wrong and not over:
            yield Finding(
                rule=SLUG,
                version=VERSION,
                told=TELLS,
                subject=order.order_id,
                about=About("order", order.order_id, f"order {order.order_id}"),
                began_at=finding.began_at if finding else at,
                decidable_at=finding.decidable_at if finding else at,
                severity="high",
                because=f"Order {order.order_id} on {person.label} is not being judged in full: {'; '.join(wrong)}.",
                evidence=(ref,),
                order_id=order.order_id,
            )
        elif finding is not None:
            yield replace(finding, ended_at=at)


def failed(slug: str, known: Known, failure: Exception) -> Finding:
    """A rule failed on a person. Open until a rejudgement in which it does not fail."""
    subject = f"{slug}:{known.case}"
    open_ = next((one for one in known.findings.values() if one.rule == SLUG and one.subject == subject and one.open), None)
    if open_ is not None:
        return open_
    return Finding(
        rule=SLUG,
        version=VERSION,
        told=TELLS,
        subject=subject,
        about=About("rule", slug, slug),
        began_at=known.at,
        decidable_at=known.at,
        severity="high",
        because=f"{known.person.label} is not being judged by {slug}: the rule failed ({type(failure).__name__}).",
        evidence=(),
    )
