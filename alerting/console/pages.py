"""Pages of a list (console 1.1): how many rows, and where the next page goes on.

A cursor is sealed, and bound to the list, its filter and the officer. It carries the number of the first page's
snapshot, so that each page says from where the stream makes the list whole. Used by every list of alerts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated

from fastapi import Request
from pydantic import Field

from alerting.console import cursors
from alerting.console.cursors import Bound, Part
from alerting.console.desk import Desk
from alerting.console.signed import SignedIn

USUAL, MOST = 50, 200
Limit = Annotated[int, Field(ge=1, le=MOST)]


class Cursors:
    """Those of one request: `after` is the place that its cursor goes on from, None on the first page."""

    def __init__(self, desk: Desk, request: Request, signed: SignedIn) -> None:
        asked = {name: request.query_params.getlist(name) for name in request.query_params if name not in {"cursor", "limit"}}
        self._desk = desk
        self._bound = Bound(officer_id=signed.actor.officer_id, route=request.url.path, asked=asked)
        sent = request.query_params.get("cursor")
        place = None if sent is None else cursors.decode(self._key, self._bound, sent)
        self._first_seq = None if place is None else int(str(place[0]))
        self.after: tuple[Part, ...] | None = None if place is None else place[1:]

    def page(self, items: Sequence[object], seq: int, after: tuple[Part, ...] | None) -> dict[str, object]:
        """The answer. `seq`: the ledger's number when this page was read; `after`: the last place on it, None where nothing follows."""
        first_seq = seq if self._first_seq is None else self._first_seq
        following = None if after is None else cursors.encode(self._key, self._bound, (first_seq, *after))
        return {"items": items, "next_cursor": following, "as_of_seq": first_seq}

    @cached_property
    def _key(self) -> bytes:
        return cursors.key(self._desk.ledger, self._desk.clock())
