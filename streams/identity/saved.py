"""The registry's saved form: what was said and decided, and the runs of each bucket. What follows from it is never saved.

Called by the registry alone.
"""

from __future__ import annotations

import msgspec

from schemas.event import Identifier, Order
from streams.identity.buckets import NO_CONTACT, Bucket, Run
from streams.identity.naming import Device
from streams.identity.question import Decision
from streams.identity.statements import Around, Envelope, Fitting, Merge, Opening, Removal, Split

FORM = 1


class SavedBucket(msgspec.Struct, array_like=True):
    """One bucket."""

    key: str
    identifiers: tuple[Identifier, ...]
    device: Device | None
    activation_id: str | None
    actual: bool
    runs: list[Run]
    contacted: dict[str, Order]


class State(msgspec.Struct, kw_only=True):
    """Everything."""

    form: int = FORM
    statements: list[Envelope | Opening | Merge | Split | Fitting | Removal | Around]
    decisions: list[Decision]
    buckets: list[SavedBucket]


def dump(state: State) -> bytes:
    """To bytes."""
    return msgspec.msgpack.encode(state)


def load(raw: bytes) -> State:
    """From bytes; `ValueError` for those of another form."""
    try:
        state = msgspec.msgpack.decode(raw, type=State)
    except msgspec.MsgspecError as wrong:
        raise ValueError(f"not a saved identity registry of form {FORM}: {wrong}") from wrong
    if state.form != FORM:
        raise ValueError(f"a saved identity registry of form {state.form}, expected {FORM}: rebuild it from the journal")
    return state


def of_bucket(bucket: Bucket) -> SavedBucket:
    """To its saved form."""
    return SavedBucket(
        bucket.key, bucket.identifiers, bucket.device, bucket.activation_id, bucket.actual, bucket.seen(), dict(bucket.contacted)
    )


def to_bucket(kept: SavedBucket) -> Bucket:
    """From its saved form."""
    bucket = Bucket(kept.key, kept.identifiers, kept.device, kept.activation_id, actual=kept.actual)
    bucket.runs, bucket.contacted = kept.runs, kept.contacted or NO_CONTACT
    return bucket
