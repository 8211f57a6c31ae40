"""What an event says about who is who, taken out of it: the only things that identity ever learns from feeds.

Reads, decides nothing. A statement's `key` is what it is about: of two with one key the earlier (in the order of judgement) stands.
Called by the registry, and stored by it.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from schemas.case import CaseOpened, IdentityMerged, IdentitySplit
from schemas.event import Event, EvidenceRef, Identifier, Order
from schemas.tagging import TaggingFitted, TaggingRemoved
from streams.identity.naming import CASE, Device, linking

Key = tuple[str | bool | tuple[Identifier, ...], ...]


class _Statement(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    order: Order
    actual: bool = True
    """An exercise may read what is actual, and never decides about it."""

    @property
    def ref(self) -> EvidenceRef:
        """The event that said it."""
        return EvidenceRef(self.order[2], self.order[3])


class Envelope(_Statement, frozen=True, kw_only=True, tag="envelope"):
    """These identifiers stood in one envelope, first in this event."""

    identifiers: tuple[Identifier, ...]

    @property
    def key(self) -> Key:
        return ("envelope", self.actual, self.identifiers)


class Opening(_Statement, frozen=True, kw_only=True, tag="opening"):
    """A case was opened for whoever `CASE:<case_ref>` is."""

    case: Identifier

    @property
    def key(self) -> Key:
        return ("opening", self.actual, (self.case,))

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        return (self.case,)


class Merge(_Statement, frozen=True, kw_only=True, tag="merge"):
    """A system of record made two of its numbers one person."""

    kept: Identifier
    removed: Identifier

    @property
    def key(self) -> Key:
        return ("merge", *self.ref)

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        return (self.kept, self.removed)


class Split(_Statement, frozen=True, kw_only=True, tag="split"):
    """A system of record took it back."""

    identifiers: tuple[Identifier, ...]

    @property
    def key(self) -> Key:
        return ("split", *self.ref)


LinkStatement = Envelope | Opening | Merge | Split


class Fitting(_Statement, frozen=True, kw_only=True, tag="fitting"):
    """The device went onto the person of these identifiers; none: nobody we could name wears it from here on."""

    device: Device
    activation_id: str
    identifiers: tuple[Identifier, ...]


class Removal(_Statement, frozen=True, kw_only=True, tag="removal"):
    """The activation ended."""

    device: Device
    activation_id: str


class Around(_Statement, frozen=True, kw_only=True, tag="around"):
    """Somebody around the person of these identifiers, with her numbers, contact ids and address ids; none when `linked` is false."""

    identifiers: tuple[Identifier, ...]
    who: str
    reached_by: tuple[str, ...]
    linked: bool


Statement = LinkStatement | Fitting | Removal | Around

_AROUND = {
    "case.protected_person_linked": "protected_person_id",
    "case.protected_person_updated": "protected_person_id",
    "case.protected_person_unlinked": "protected_person_id",
    "case.associate_linked": "associate_id",
}


def says_more(event_type: str) -> bool:
    """True when an event of this type says more about who is who than its envelope, its device and its place in time do."""
    return event_type in _AROUND or event_type.startswith(("identity.", "comms.")) or event_type in _PLAIN


_PLAIN = frozenset({"case.opened", "tagging.fitted", "tagging.removed"})


def named(event: Event) -> tuple[Identifier, ...]:
    """The identifiers of an event that say whose it is; a case names itself."""
    if isinstance(event.data, CaseOpened):
        return linking((*event.identifiers, Identifier(CASE, event.data.case_ref)))
    return linking(event.identifiers)


def device_of(event: Event) -> tuple[Device | None, str | None]:
    """The device that a tagging event came from, and its activation where it says one."""
    if not event.type.startswith("tagging."):
        return None, None  # unknown fields are kept, so an order may carry a `device_id` that means nothing
    device_id, activation_id = getattr(event.data, "device_id", None), getattr(event.data, "activation_id", None)
    return (None if device_id is None else Device(_service(event), device_id)), activation_id


def statements(event: Event) -> Iterator[Statement]:
    """Everything that an event says about who is who."""
    order, actual, data, identifiers = event.order, event.message_status == "actual", event.data, named(event)
    if isinstance(data, IdentitySplit):
        # Its own envelope may name both sides, and would join what it takes apart.
        for identifier in {*identifiers, *data.identifiers}:
            yield Envelope(order=order, actual=actual, identifiers=(identifier,))
        yield Split(order=order, actual=actual, identifiers=linking(data.identifiers))
        return
    if identifiers:
        yield Envelope(order=order, actual=actual, identifiers=identifiers)
    if isinstance(data, CaseOpened):
        yield Opening(order=order, actual=actual, case=Identifier(CASE, data.case_ref))
    elif isinstance(data, IdentityMerged):
        if linking((data.kept, data.removed)) == tuple(sorted((data.kept, data.removed))):
            yield Merge(order=order, actual=actual, kept=data.kept, removed=data.removed)
    elif isinstance(data, TaggingFitted):
        device = Device(_service(event), data.device_id)
        yield Fitting(order=order, actual=actual, device=device, activation_id=data.activation_id, identifiers=identifiers)
    elif isinstance(data, TaggingRemoved):
        yield Removal(order=order, actual=actual, device=Device(_service(event), data.device_id), activation_id=data.activation_id)
    elif event.type in _AROUND:
        who = f"{_AROUND[event.type]}:{getattr(data, _AROUND[event.type])}"
        yield Around(
            order=order,
            actual=actual,
            identifiers=identifiers,
            who=who,
            reached_by=_reaches(event),
            linked=not event.type.endswith("_unlinked"),
        )


def contacted(event: Event) -> tuple[str, ...]:
    """The numbers, contacts and addresses that an event of a prisoner's contact goes to. A legal call is never looked into."""
    return _reaches(event) if event.type.startswith("comms.") and not getattr(event.data, "legal", False) else ()


_REACHING = (
    ("number", "number"),
    ("phones", "number"),
    ("contact_id", "contact"),
    ("contact_ids", "contact"),
    ("address_id", "address"),
)


def _reaches(event: Event) -> tuple[str, ...]:
    found: set[str] = set()
    for field, kind in _REACHING:
        said = getattr(event.data, field, None) or ()
        found.update(f"{kind}:{value}" for value in ((said,) if isinstance(said, str) else said))
    found.update(f"address:{address.address_id}" for address in getattr(event.data, "addresses", None) or ())
    return tuple(sorted(found))


def _service(event: Event) -> str:
    return event.source.partition("/")[0]
