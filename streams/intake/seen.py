"""What has been received already: a duplicate changes nothing, the same id for something else is set aside.

The idempotency key is (`source`, `id`) (contract 1). Kept in two generations, so that memory is flat over months; of
what has left them, `check` says `unsure` when the event is old enough to be one, and the journal answers. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from schemas import codec
from schemas.event import Event
from schemas.fix import Fix

Answer = Literal["new", "duplicate", "id_reused", "unsure"]
GENERATION = 500_000
"""Events in each of the two generations."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class Seen:
    """The ids of what was received lately. Two generations: the full one is dropped when the other is full."""

    def __init__(self, generation: int = GENERATION) -> None:
        self._size = generation
        self._young: dict[tuple[str, str], bytes | int] = {}
        self._old: dict[tuple[str, str], bytes | int] = {}
        self._youngest_at = _NEVER
        self._oldest_at = _NEVER
        self._dropped_to = _NEVER

    def check(self, event: Event) -> Answer:
        """Whether the event is new, and remember it if it is."""
        key = (event.source, event.id)
        before = self._young.get(key) or (self._old.get(key) if self._old else None)
        said = hash((event.occurred_at, event.identifiers, event.data)) if type(event.data) is Fix else codec.digest(event)
        if before is not None:
            return "duplicate" if before == said else "id_reused"
        self._young[key] = said
        self._youngest_at = max(self._youngest_at, event.occurred_at)
        if len(self._young) >= self._size:
            self._dropped_to = max(self._dropped_to, self._oldest_at)
            self._old, self._oldest_at = self._young, self._youngest_at
            self._young, self._youngest_at = {}, _NEVER
        return "unsure" if event.occurred_at <= self._dropped_to else "new"
