"""Contact with a protected person and attempts at it: one classification for every rule (rules.md, word 4).

A `legal` call is neither, and neither is anything inbound. A `breach.reported` is neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from schemas.comms import CommsCall, CommsMessage, CommsVisit
from schemas.event import Event
from schemas.risk import IncidentReported
from streams.engine.person import Person, ProtectedPerson


class Contact(msgspec.Struct, frozen=True, gc=False):
    """One protected person reached, or tried."""

    protected_person_id: str
    kind: Literal["contact", "attempt"]
    by: Literal["call", "message", "visit", "incident"]


def _hers(
    person: Person, *, number: str | None = None, contact_ids: Iterable[str] = (), address_id: str | None = None
) -> list[ProtectedPerson]:
    wanted = set(contact_ids)
    return [
        one
        for one in person.linked()
        if (number is not None and number in one.phones)
        or (wanted and not wanted.isdisjoint(one.contact_ids))
        or (address_id is not None and any(address.address_id == address_id for address in one.addresses))
    ]


def contacts(person: Person, event: Event) -> tuple[Contact, ...]:
    """Whom this event reached or tried to reach. Empty for everything that is neither contact nor attempt."""
    data = event.data
    if isinstance(data, CommsCall):
        if data.legal:
            return ()
        kind: Literal["contact", "attempt"] = "contact" if data.outcome == "connected" else "attempt"
        return tuple(Contact(one.protected_person_id, kind, "call") for one in _hers(person, number=data.number))
    if isinstance(data, CommsMessage):
        if data.direction == "in":
            return ()
        kind = "contact" if data.outcome == "sent" else "attempt"
        ids = () if data.contact_id is None else (data.contact_id,)
        hers = _hers(person, number=data.number, contact_ids=ids, address_id=data.address_id)
        return tuple(Contact(one.protected_person_id, kind, "message") for one in hers)
    if isinstance(data, CommsVisit):
        kind = "contact" if data.status == "attended" else "attempt"
        return tuple(Contact(one.protected_person_id, kind, "visit") for one in _hers(person, contact_ids=data.contact_ids))
    if isinstance(data, IncidentReported) and data.protected_person_id is not None:
        return (Contact(data.protected_person_id, "contact", "incident"),)
    return ()
