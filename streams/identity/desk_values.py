"""Whose a bucket is over a stretch of time, and what is asked about it. Values only; made by `streams.identity.desk`."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from schemas.event import EvidenceRef, Identifier
from streams.identity.question import Reason
from streams.identity.receipt import Route
from streams.identity.replay import Cluster


class Ask(NamedTuple):
    """Whether the doubtful one is the same person as the other. Each with the identifier under which it was named here."""

    doubtful: Cluster
    against: Cluster
    reason: Reason
    identifier: Identifier
    opposed: Identifier
    refs: tuple[EvidenceRef, ...] = ()
    """What stands against it, besides the events that wait: the fitting, the number's owner."""
    reached_by: str | None = None


class Stretch(NamedTuple):
    """From (inclusive) until (exclusive), the events of a bucket are the owner's, unless something is asked."""

    from_at: datetime
    to_at: datetime
    owner: Cluster | None = None
    asks: tuple[Ask, ...] = ()

    @property
    def person(self) -> Cluster | None:
        """The managed person whose events these are, undisputed."""
        return self.owner if self.owner is not None and self.owner.managed and not self.asks else None

    @property
    def route(self) -> Route:
        """The same as an answer to the shell."""
        if self.asks:
            return Route("desk")
        if self.owner is None:
            return Route("unmanaged")
        return Route("person" if self.owner.managed else "unmanaged", self.owner.key)
