"""What is odd about an event and no reason to refuse it: an identifier that fails its check (contract, section 1).

A flag is for the sender and whoever watches the feed; it changes nothing about the event. Pure. Called by whoever takes
events: the acceptor, a replay, an import.
"""

from __future__ import annotations

from typing import NamedTuple

from schemas.event import Event
from schemas.identifiers import CHECKED, check_failed

REASON = "not of its form, or its check letter does not fit"


class Flag(NamedTuple):
    """One odd thing. `pointer`: JSON Pointer from the envelope's root."""

    pointer: str
    reason: str


def flags(event: Event) -> tuple[Flag, ...]:
    """The identifiers of which the check letter fails. Nearly every event is a fix, whose identifiers carry none."""
    for one in event.identifiers:
        if one.type in CHECKED:
            return tuple(
                Flag(f"/person/identifiers/{number}", f"{one.type}: {REASON}")
                for number, one in enumerate(event.identifiers)
                if check_failed(one)
            )
    return ()


def counted(events: int) -> str:
    """One line for a run over files; asked where there was at least one."""
    which = "1 event has" if events == 1 else f"{events} events have"
    return f"{which} an identifier (PNC, CRO or ASN) that fails its check; taken all the same"
