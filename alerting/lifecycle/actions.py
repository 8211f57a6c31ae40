"""What officers record that they did: the actions of console 1.5, and the event that each one is.

Data and one function. What an action does to the alert is `alerting.lifecycle.answering`. Called by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from alerting.lifecycle.commands import Act
from alerting.lifecycle.handling import Action
from alerting.lifecycle.step import JSON, Around, Fact, Refusal
from schemas.alert import Alert
from schemas.person import PersonView

Concerns = Literal["her", "order", "nothing"]


class Kind(NamedTuple):
    """The event that an action publishes, and what it must name."""

    publishes: str | None = None
    concerns: Concerns = "nothing"


ACTIONS: Mapping[Action, Kind] = {
    "phoned_protected_person": Kind("case.contact_made", "her"),
    "no_reply": Kind("case.contact_failed", "her"),
    "told_protected_person": Kind("case.protected_person_informed", "her"),
    "phone_replaced": Kind("case.phone_replaced", "her"),
    "breach_reported": Kind("breach.reported", "order"),
    "conditions_shared": Kind("order.conditions_shared", "order"),
    "unit_sent": Kind(),
    "person_contacted": Kind(),
    "arrested": Kind(),
    "recall_requested": Kind(),
    "supplier_contacted": Kind(),
    "number_bar_requested": Kind(),
    "team_told": Kind(),
    "safety_arranged": Kind(),
    "other": Kind(),
}

_ABOUT_AN_ORDER = frozenset({"conditions", "order_ended"})


def published(said: Act, by_id: str, role: str, alert: Alert, around: Around, at: datetime) -> tuple[Fact, ...] | Refusal:
    """What the action says to the rules; a refusal where it does not name what it is about and the alert does not tell."""
    kind = ACTIONS[said.action]
    if kind.publishes is None or alert.person_id is None:
        return ()
    happened_at = said.done_at or at
    order_id = said.order_id or around.finding.order_id
    her = said.protected_person_id or (alert.protected_person_ids[0] if len(alert.protected_person_ids) == 1 else None)
    if kind.concerns == "her" and her is None:
        return Refusal("invalid", f"{said.action} is about one protected person: expected protected_person_id", "/protected_person_id")
    if kind.concerns == "her" and her is not None and not _may_speak_of(her, by_id, role, alert, around.person):
        why = f"{her} is nobody whom you act for here: expected a protected person of this case"
        return Refusal("invalid", why, "/protected_person_id")
    if kind.concerns == "order" and order_id is None:
        return Refusal("invalid", f"{said.action} is about an order: expected order_id", "/order_id")
    data: dict[str, JSON]
    match said.action:
        case "told_protected_person":
            if said.about is None:
                return Refusal("invalid", "told_protected_person says what she was told of: expected about", "/about")
            ref = said.ref or _told_of(said.about, order_id, alert, around)
            data = {"protected_person_id": her, "about": said.about, "ref": ref}
        case "breach_reported":
            condition: dict[str, JSON] = {} if around.finding.condition_id is None else {"condition_id": around.finding.condition_id}
            reported: dict[str, JSON] = {"breach_id": said.ref or f"{alert.reference}/{happened_at:%Y%m%dT%H%M%SZ}", "reported_by": by_id}
            data = {**reported, "order_id": order_id, **(condition if order_id == around.finding.order_id else {})}
        case "conditions_shared":
            if said.ref is None:
                return Refusal("invalid", "conditions_shared says with whom: expected ref, an agency or a role", "/ref")
            data = {"order_id": order_id, "with": said.ref}
        case "phone_replaced":
            data = {"protected_person_id": her}
        case _:
            data = {"protected_person_id": her, "by_role": role}
    return (Fact(kind.publishes, happened_at, data),)


def _may_speak_of(her: str, by_id: str, role: str, alert: Alert, person: PersonView | None) -> bool:
    """Whether she is at risk here or of the case, and not another advocate's: what is said of a stranger ends no duty towards her."""
    known = {*alert.protected_person_ids, *(one.protected_person_id for one in (() if person is None else person.protected))}
    return her in known and not (role == "idva" and person is not None and is_anothers_client(her, by_id, person))


def is_anothers_client(her: str, officer_id: str, person: PersonView) -> bool:
    """Whether this advocate is there for somebody else in this case, and not for her."""
    clients = {post.protected_person_id for post in person.team if post.role == "idva" and post.officer_id == officer_id}
    return bool(clients) and clients.isdisjoint({None, her})


def _told_of(about: str, order_id: str | None, alert: Alert, around: Around) -> str:
    """What she was told of where nobody names it: the order, the release, else this alert."""
    if about in _ABOUT_AN_ORDER and order_id is not None:
        return order_id
    if about == "release" and around.finding.release_id is not None:
        return around.finding.release_id
    return alert.alert_id
