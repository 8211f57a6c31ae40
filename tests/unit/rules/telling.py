"""What the stories of all rules share: one invented person, what happens to him as envelopes, and the turns they arrive in.

Envelopes go through the codec. Day 0 is Monday 2 March 2026, so local time is UTC. How they are judged and what a test
looks at is the stories' own: `duties` and `movement`. Not a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from schemas.codec import decode_object
from schemas.event import Event

DAY_0 = datetime(2026, 3, 2, tzinfo=UTC)
SAM = {"identifiers": [{"type": "NOMS", "value": "A1234AA"}, {"type": "CASE", "value": "avon-and-somerset:c-1"}]}


def at(said: str) -> datetime:
    """`20:14`, `20:14 +2d` or `20:14:30 -1d`, counted from day 0."""
    clock, _, days = said.partition(" ")
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return DAY_0 + timedelta(days=int(days.rstrip("d") or 0), hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)


def said(instant: datetime) -> str:
    """An instant as `at` reads it."""
    return f"00:00:{int((instant - DAY_0).total_seconds())}"


def turns(arrivals: Iterable[tuple[datetime, Event]]) -> list[tuple[datetime, list[Event]]]:
    """What arrives, by when it arrives; together what arrives together."""
    together: dict[datetime, list[Event]] = {}
    for arrives_at, event in arrivals:
        together.setdefault(arrives_at, []).append(event)
    return sorted(together.items())


class Telling:
    """`rules` are those that play, in their order; the last is what is tested. `events`: with their arrival."""

    def __init__(self, rules: tuple[object, ...], *, risk: str = "medium", opened: str = "00:00") -> None:
        self.rules = rules
        self.slug = str(getattr(rules[-1], "slug", ""))
        self.events: list[tuple[datetime, Event]] = []
        self.tell(opened, "case.opened", case_ref="avon-and-somerset:c-1", risk_level=risk, areas=["avon-and-somerset"], name="Sam Field")

    def tell(self, when: str, kind: str, /, *, arrives: str | None = None, source: str | None = None, **data: object) -> Event:
        """Something happens, and arrives at once or later. A name's last underscore is for Python alone."""
        word = kind.split(".", 1)[0]
        event = decode_object(
            {
                "id": f"e{len(self.events) + 1}",
                "source": source or ("em/allied" if word == "tagging" else f"{word}/avon"),
                "type": kind,
                "occurred_at": at(when),
                "data": {key.rstrip("_"): value for key, value in data.items() if value is not None},
                **({} if word == "feed" else {"person": SAM}),
            }
        )
        self.events.append((at(arrives or when), event))
        return event

    def link(self, protected_person_id: str, when: str = "00:00", **more: object) -> Event:
        """A protected person is linked."""
        named = {"protected_person_id": protected_person_id, "relationship": "ex_partner"}
        return self.tell(when, "case.protected_person_linked", source="case/avon", arrives=None, **named, **more)

    def order(
        self,
        when: str,
        *conditions: object,
        order_id: str = "or-1",
        kind: str = "court_bail",
        starts: str | None = None,
        ends: str | None = None,
        arrives: str | None = None,
    ) -> Event:
        """An order is made."""
        return self.tell(
            when,
            "order.made",
            arrives=arrives,
            order_id=order_id,
            kind=kind,
            starts_at=at(starts or when),
            ends_at=None if ends is None else at(ends),
            conditions=list(conditions),
        )

    def beats(self, source: str, first: str, last: str, every: timedelta) -> None:
        """Honest heartbeats of a feed."""
        reached = at(first)
        while reached <= at(last):
            self.tell(said(reached), "feed.heartbeat", source=source, complete_to=reached)
            reached += every
