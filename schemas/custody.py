"""`custody.*`: reception, release planned and done, return, and the marker on the prison record."""

from __future__ import annotations

from typing import Literal

from schemas.fields import Flag, Id, Instant, Value, Word
from schemas.place import Address

CustodyStatus = Literal["remand", "sentenced", "recall", "unknown"]
ReleaseKind = Literal["end_of_custody", "hdc", "bail", "remand_ended", "temporary", "early_scheme"]


class CustodyReceived(Value):
    """He is received into prison."""

    prison: Word
    status: CustodyStatus


class _Plan(Value):
    release_at: Instant
    release_kind: ReleaseKind
    address: Address | None = None
    release_id: Id | None = None
    return_at: Instant | None = None
    date_only: Flag = False


class CustodyReleasePlanned(_Plan):
    """A release is planned. `date_only`: the time of `release_at` is not known, and 09:00 local stands for it.

    `release_id` absent: the one release under way. `return_at`: of a temporary release.
    """


class CustodyReleaseChanged(_Plan):
    """The plan is another now; this is the whole of it."""


class CustodyReleaseCancelled(Value):
    """The release will not happen; what else is named is the plan that was."""

    release_at: Instant | None = None
    release_kind: ReleaseKind | None = None
    address: Address | None = None
    release_id: Id | None = None
    return_at: Instant | None = None
    date_only: Flag = False


class CustodyReleased(Value):
    """He is out. Not `confirmed`: only one source says so yet."""

    release_kind: ReleaseKind
    confirmed: Flag
    address: Address | None = None
    release_id: Id | None = None
    return_at: Instant | None = None
    movement_code: Word | None = None


class CustodyReturned(Value):
    """He is back from a temporary absence or from being at large."""

    prison: Word | None = None


class CustodyTransferred(Value):
    """Another prison, a court or a hospital: still in custody."""

    prison: Word | None = None


class CustodyUnlawfullyAtLarge(Value):
    """Absconded or escaped."""

    prison: Word | None = None


class CustodyArrived(Value):
    """After a release he has come to where he had to."""

    at: Literal["address", "approved_premises", "appointment"]


class CustodyMarker(Value):
    """A marker on the prison record is set or taken off."""

    marker: Literal["domestic_abuse"]
    set: Flag
