"""How the identity tests tell events: short words for envelopes, all invented. Not a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from schemas.codec import decode_object
from schemas.event import Event, Identifier
from streams.identity.question import Decision, Verdict
from streams.identity.registry import Registry

DAY_0 = datetime(2026, 3, 2, tzinfo=UTC)
EM = "em/allied"


def ident(said: str) -> Identifier:
    """`NOMS:A1234AA` as an identifier."""
    return Identifier(*said.split(":", 1))


def at(day: float) -> datetime:
    """So many days into the story."""
    return DAY_0 + timedelta(days=day)


class Story:
    """Makes events; each has an id of its own."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def tell(
        self, day: float, kind: str, who: str = "", /, *, source: str = "custody/hmpps", status: str = "actual", **data: object
    ) -> Event:
        """An event on that day. `who` is `TYPE:VALUE TYPE:VALUE`."""
        return self._event(day, kind, who, source, status, data)

    def _event(self, day: float, kind: str, who: str, source: str, status: str, data: Mapping[str, object]) -> Event:
        wire: dict[str, object] = {
            "id": f"e{next(self._numbers)}",
            "source": source,
            "type": kind,
            "occurred_at": at(day).isoformat(),
            "message_status": status,
            "data": dict(data),
        }
        if who:
            wire["person"] = {"identifiers": [ident(said)._asdict() for said in who.split()]}
        return decode_object(wire)

    def case(self, day: float, ref: str, who: str = "", status: str = "actual") -> Event:
        return self.tell(
            day,
            "case.opened",
            who or f"CASE:{ref}",
            source="case/avon-and-somerset",
            status=status,
            case_ref=ref,
            risk_level="high",
            areas=["avon-and-somerset"],
        )

    def seen(self, day: float, who: str, status: str = "actual") -> Event:
        """Any ordinary event of a person."""
        return self.tell(day, "life.trigger", who, status=status, kind="job_loss")

    def merged(self, day: float, kept: str, removed: str, status: str = "actual") -> Event:
        return self.tell(day, "identity.merged", status=status, kept=ident(kept)._asdict(), removed=ident(removed)._asdict())

    def split(self, day: float, *identifiers: str) -> Event:
        return self.tell(day, "identity.split", identifiers=[ident(said)._asdict() for said in identifiers])

    def fitted(self, day: float, device: str, activation: str, who: str = "", status: str = "actual") -> Event:
        return self.tell(day, "tagging.fitted", who, source=EM, status=status, device_id=device, activation_id=activation, modes=["gps"])

    def removed(self, day: float, device: str, activation: str) -> Event:
        return self.tell(day, "tagging.removed", source=EM, device_id=device, activation_id=activation, reason="end_of_order")

    def fix(self, day: float, device: str, who: str = "", activation: str | None = None, source: str = EM) -> Event:
        data: dict[str, object] = {"device_id": device, "latitude": 51.45, "longitude": -2.58, "mechanism": "gps"}
        if activation is not None:
            data["activation_id"] = activation
        return self._event(day, "tagging.position", who, source, "actual", data)

    def protected(self, day: float, who: str, person: str, phone: str, kind: str = "linked") -> Event:
        data: dict[str, object] = {"protected_person_id": person}
        if kind == "linked":
            data |= {"relationship": "ex_partner", "phones": [phone]}
        return self._event(day, f"case.protected_person_{kind}", who, "case/avon-and-somerset", "actual", data)

    def call(self, day: float, who: str, number: str, *, legal: bool = False) -> Event:
        return self.tell(
            day, "comms.call", who, source="comms/bt", call_id=f"c{day}", number=number, duration_s=60.0, outcome="connected", legal=legal
        )


def play(events: Iterable[Event], identity: Registry | None = None) -> Registry:
    """A identity that has received these, in this order."""
    identity = identity or Registry()
    for event in events:
        identity.receive(event)
    return identity


def decide(
    name: str, verdict: Verdict, identifier: str, against: str | None = None, *, day: float = 30, owner: str | None = None
) -> Decision:
    """A human's answer."""
    return Decision(
        id=name,
        verdict=verdict,
        identifier=ident(identifier),
        against=None if against is None else ident(against),
        at=at(day),
        by="officer-7",
        rationale="spoke to the prison",
        owner=None if owner is None else ident(owner),
    )


def key_of(identity: Registry) -> Callable[[str], str | None]:
    """`TYPE:VALUE` to the person's key."""
    return lambda said: identity.person_of(ident(said))


def final(identity: Registry, events: Iterable[Event]) -> object:
    """Everything that may not depend on arrival."""
    return (
        [identity.view(key) for key in identity.people()],
        identity.questions(),
        {event.id: identity.route(event) for event in events},
        identity.decisions(),
    )
