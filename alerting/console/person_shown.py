"""The page of a person as its reader gets it (console 1.7): who he is, what binds him, and who is to be kept safe from him.

An address or a telephone of hers never stands in it, whoever asks: it is shown by `reveal`, each time with a reason. Pure; its
caller reads what is needed and logs the reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from math import cos, hypot, radians

from alerting.console.person_found import Found
from alerting.directory import Directory
from alerting.redaction import person_groups_held
from schemas.fields import instant_text
from schemas.person import Assignment
from schemas.place import Address
from schemas.read_models import OrderShown, PersonPage, ProtectedPersonShown

JSON = dict[str, object]
TELLS_WITHIN_M = 50.0
"""An order's circle that is centred so near to her address tells him where she is (console 2.3)."""
_M_PER_DEG = 111_320.0


def body(found: Found, directory: Directory, revealable: Mapping[str, tuple[str, ...]], at: datetime) -> JSON:
    """Everything but his alerts and who has read it. `revealable`: which of address and phone may be revealed, by protected person.

    While his page has not arrived only what he is told by is there: a field that is not known is absent, never blank.
    """
    view, page = found.view, found.page
    said: JSON = {
        "person_id": view.person_id,
        "as_of_at": instant_text(found.as_of_at),
        "label": view.label,
        "identifiers": [{"type": one.type, "value": one.value} for one in view.identifiers],
        "areas": list(view.areas),
        "risk_level": view.risk_level,
        "restricted": view.restricted,
        "managed": view.managed,
        "team": [_member(one, directory, at) for one in view.team],
        "redacted": list(person_groups_held(found.seen, (one.protected_person_id for one in view.protected))),
    }
    if page is None:
        said["protected_people"] = [one.model_dump(mode="json") for one in view.protected]
        return said
    parts = page.model_dump(
        mode="json",
        include={"name", "date_of_birth", "risk_since_at", "disputed_at", "custody", "tag", "cases", "last_order_ended_at", "sources"},
    )
    known = {her: fields for her, fields in revealable.items() if "address" in fields}
    return {
        **said,
        **parts,
        "orders": [{**one.model_dump(mode="json", by_alias=True), "in_force": in_force(one, at)} for one in page.orders],
        "protected_people": [_protected(one, found, revealable.get(one.protected_person_id, ()), at) for one in page.protected],
        "warnings": list(_orders_that_tell(page, known, at)),
    }


def in_force(order: OrderShown, at: datetime) -> bool:
    """Whether it binds him at that instant."""
    return order.starts_at <= at and (order.ends_at is None or at < order.ends_at)


def _member(one: Assignment, directory: Directory, at: datetime) -> JSON:
    officer = directory.officer(one.officer_id, at)
    named: JSON = {} if officer is None else {"name": officer.name, "organisation": officer.organisation}
    return {**one.model_dump(mode="json"), **named}


def _protected(one: ProtectedPersonShown, found: Found, revealable: tuple[str, ...], at: datetime) -> JSON:
    """Her, masked: that there is an address or a number, and never where or which."""
    said = one.model_dump(mode="json", include={"protected_person_id", "linked_at", "relationship", "area", "idva_service"})
    if one.display_name is not None and one.protected_person_id in found.seen.named:
        said["display_name"] = one.display_name
    if "address" in revealable:
        said["household_id"] = one.household_id  # who lives together is told by nothing less than the address
        lived_in = (address for address in one.addresses if address.to_at is None or at < address.to_at)
        said["addresses"] = [address.model_dump(mode="json", include={"address_id", "from_at", "to_at", "known"}) for address in lived_in]
    if "phone" in revealable:
        said["phones_known"] = len(one.phones)
    return {**said, "may_reveal": list(revealable)}


def _orders_that_tell(page: PersonPage, known: Mapping[str, tuple[str, ...]], at: datetime) -> Iterator[JSON]:
    """Circles around her address. Said only to whoever may have it: the warning itself gives it back."""
    for order in page.orders:
        for condition in order.conditions:
            for her in page.protected if isinstance(condition.zone, Address) else ():
                lived_in = (one for one in her.addresses if her.protected_person_id in known and (one.to_at is None or at < one.to_at))
                circle = condition.zone
                if isinstance(circle, Address) and any(_apart_m(circle, one.latitude, one.longitude) <= TELLS_WITHIN_M for one in lived_in):
                    yield {
                        "what": "order_tells_her_address",
                        "order_id": order.order_id,
                        "condition_id": condition.condition_id,
                        "protected_person_id": her.protected_person_id,
                    }


def _apart_m(circle: Address, latitude: float, longitude: float) -> float:
    east_m = (circle.longitude - longitude) * _M_PER_DEG * cos(radians(latitude))
    return hypot(east_m, (circle.latitude - latitude) * _M_PER_DEG)
