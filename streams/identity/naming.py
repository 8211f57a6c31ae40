"""How identifiers are written and weighed: the text of one, its strength, the key of a bucket, the id of a person.

Nothing here decides who somebody is. Used by every other file of identity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from schemas.event import Identifier

ALWAYS_FROM = datetime.min.replace(tzinfo=UTC)
ALWAYS_TO = datetime.max.replace(tzinfo=UTC)
"""The two ends of time: slices in our results write None for them."""

NEVER_LINKS = "CRIME_REF"
"""A crime may have several suspects."""

CASE = "CASE"
_STRENGTH = {
    name: place
    for place, name in enumerate(
        (
            CASE,
            "NOMS",
            "CRN",
            "PNC",
            "CRO",
            "MASTER_DEFENDANT_ID",
            "DEFENDANT_ID",
            "EM_PERSON",
            "EM_WEARER",
            "ASN",
            "CUSTODY_RECORD",
        )
    )
}
"""The first says most about who somebody is: our own register, then the systems of record, then what is per arrest or device."""


class Device(NamedTuple):
    """A device of a service: `service` is the first word of the source, for one supplier fits what another reports."""

    service: str
    device_id: str


def text(identifier: Identifier) -> str:
    """`TYPE:VALUE`, as in our logs, keys and console."""
    return f"{identifier.type}:{identifier.value}"


def strength(identifier: Identifier) -> tuple[int, str, str]:
    """Sorts the identifier that says most first."""
    return (_STRENGTH.get(identifier.type, len(_STRENGTH)), identifier.type, identifier.value)


def label(identifiers: Iterable[Identifier]) -> Identifier:
    """The one of them that says most to somebody outside: a case number only where there is no other."""
    return min(identifiers, key=lambda identifier: (identifier.type == CASE, strength(identifier)))


def linking(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """The identifiers that say who somebody is, each once, in one order."""
    return tuple(sorted({identifier for identifier in identifiers if identifier.type != NEVER_LINKS}))


def bucket_key(identifiers: Iterable[Identifier], device: Device | None, activation_id: str | None, message_status: str) -> str:
    """What an event said about whose it is, as text: the words apart by one blank, blanks within them percent-encoded."""
    words = [_word(text(identifier)) for identifier in sorted(set(identifiers))]
    if device is not None:
        words.append("device:" + _word(device.service).replace(":", "%3A") + ":" + _word(device.device_id))
        if activation_id is not None:
            words.append("activation:" + _word(activation_id))
    if message_status != "actual":
        words.append(message_status)
    return " ".join(words)


def status_of(bucket: str) -> str:
    """The message status of a bucket's events, read from its key: the one word without a colon."""
    last = bucket.rpartition(" ")[2]
    return "actual" if ":" in last else last


def person_id(case_ref: str) -> str:
    """The id of the person whose earliest case this is (design 6)."""
    return "pe_" + hashlib.blake2b(case_ref.encode(), digest_size=8).hexdigest()


def _word(value: str) -> str:
    return value.replace("%", "%25").replace(" ", "%20")
