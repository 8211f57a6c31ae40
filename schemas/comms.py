"""`comms.*`: contact from custody. What is marked `legal` is never inspected by any rule."""

from __future__ import annotations

from typing import Literal

from schemas.fields import Flag, Id, Phone, Seconds, Value, Word


class CommsCall(Value):
    """A telephone call made from prison."""

    call_id: Id
    number: Phone
    duration_s: Seconds
    outcome: Literal["connected", "no_answer", "refused", "barred"]
    legal: Flag
    three_way: Flag = False


class CommsMessage(Value):
    """A letter or message, outbound unless it says `in`."""

    message_id: Id
    direction: Literal["out", "in"] = "out"
    channel: Literal["letter", "email", "sms", "app"]
    number: Phone | None = None
    contact_id: Id | None = None
    address_id: Id | None = None
    outcome: Literal["sent", "intercepted"]


class CommsVisit(Value):
    """A visit to the prison, in person or by video."""

    visit_id: Id
    status: Literal["booked", "attended", "cancelled", "refused"]
    mode: Literal["in_person", "video"]
    contact_ids: tuple[Id, ...]


class CommsNumberRequested(Value):
    """He asks to be allowed to call a number."""

    number: Phone
    relationship: Word | None = None
    contact_id: Id | None = None
    address_id: Id | None = None


class CommsNumberAllowed(Value):
    """The prison allows the number."""

    number: Phone
    relationship: Word | None = None
    contact_id: Id | None = None
    address_id: Id | None = None


class CommsNumberBarred(Value):
    """The prison bars the number."""

    number: Phone
    relationship: Word | None = None
    contact_id: Id | None = None
    address_id: Id | None = None


class CommsFlagged(Value):
    """Prison staff flag a communication. `ref`: the call, message or visit."""

    ref: Id
    category: Literal["threat", "coercion", "third_party_contact", "location_seeking", "other"]
    protected_person_id: Id | None = None
