"""Adding events up by feed and type, so that two sides of the books can be compared without holding either in memory."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from schemas.event import Event

Feed = tuple[str, str]
"""A source and a type of event."""
_MASK = (1 << 64) - 1


class Account(NamedTuple):
    """So many events; `names_sum`: the sum of their ids as numbers of 64 bits, so that one missing beside one too many shows."""

    events: int = 0
    names_sum: int = 0

    def plus(self, other: Account) -> Account:
        """Both together."""
        return Account(self.events + other.events, (self.names_sum + other.names_sum) & _MASK)


def add(accounts: dict[Feed, Account], event: Event) -> None:
    """One event more."""
    feed = (event.source, event.type)
    name = hashlib.blake2b(f"{event.source}\0{event.id}".encode(), digest_size=8).digest()
    accounts[feed] = accounts.get(feed, Account()).plus(Account(1, int.from_bytes(name)))
