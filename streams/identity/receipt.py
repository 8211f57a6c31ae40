"""What the registry answers: whose an event is, whose history changed, and which slices of the journal are a person's.

Values only. Made by `streams.identity.registry`; read by the shells.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from schemas.event import Identifier

RouteKind = Literal["person", "unmanaged", "nobody", "desk"]
Why = Literal["opened", "merged", "split", "renamed", "history", "names", "gone"]


class Route(msgspec.Struct, frozen=True):
    """Whose an event is now; `key` is the person's, where one is known.

    `person`: judge it. `unmanaged`: keep it until it expires. `desk`: keep it until answered. `nobody`: it is about no person
    (feeds, directory), or only about identity itself.
    """

    kind: RouteKind
    key: str | None = None


class PersonChange(msgspec.Struct, frozen=True):
    """Managed people whose stored history is now another: judge all of `after` from the start, retire what is only in `before`.

    `opened` no old key; `merged` several to one; `split` to several; `renamed` an earlier case gave another id; `history` the
    same person with other events; `names` the same events under other identifiers or case numbers (nothing to judge again);
    `gone` a decision taken back, or a split, left nobody managed.
    """

    why: Why
    before: tuple[str, ...]
    after: tuple[str, ...]


class Receipt(msgspec.Struct, frozen=True):
    """The answer to one event. `bucket` is the key to journal it under; empty when the route is `nobody`."""

    route: Route
    bucket: str
    changed: tuple[PersonChange, ...] = ()


class BucketSlice(msgspec.Struct, frozen=True, order=True):
    """Events of one bucket with `from_at` <= `occurred_at` < `to_at`; None is without end."""

    bucket: str
    from_at: datetime | None = None
    to_at: datetime | None = None


class View(msgspec.Struct, frozen=True):
    """A person as a view of the journal. Merging and splitting people changes views; no stored event moves."""

    key: str
    person_id: str | None
    case_refs: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    buckets: tuple[BucketSlice, ...]
