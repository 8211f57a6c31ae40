"""`directory.*`: officers, how to reach them, absences and the on-call rota. About no managed person. Read by alerting."""

from __future__ import annotations

from typing import Annotated, Literal

from schemas.fields import FROM, Id, Instant, Phone, Text, Value, Word

OnCallRole = Literal["control_room", "duty_inspector", "duty_idva", "duty_probation"]


class Channels(Value):
    """How an officer is told; `push` is the subscription as the browser gave it, in JSON text."""

    email: Word | None = None
    phone: Phone | None = None
    webhook: Text | None = None
    push: Text | None = None


class DirectoryOfficer(Value):
    """An officer, or what changed about one: the whole entry each time."""

    officer_id: Id
    name: Word
    organisation: Word
    area: Word
    roles: tuple[Word, ...]
    line_manager_id: Id | None = None
    channels: Channels = Channels()


class DirectoryAbsence(Value):
    """An officer is away."""

    absence_id: Id | None = None
    officer_id: Id
    from_: Annotated[Instant, FROM]
    to: Instant
    deputy_id: Id | None = None


class DirectoryAbsenceCancelled(Value):
    """The absence does not take place."""

    absence_id: Id


class DirectoryOnCall(Value):
    """An officer holds a duty role in an area for a time."""

    role: OnCallRole
    area: Word
    officer_id: Id
    from_: Annotated[Instant, FROM]
    to: Instant
    shift_id: Id | None = None


class DirectoryOnCallRemoved(Value):
    """The shift does not take place."""

    shift_id: Id
