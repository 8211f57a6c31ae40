"""Information sharing agreements, in the ledger: with which organisation, on which lawful basis, from when to when.

Whoever runs Vigil enters them (`vigil agreements`); each change stands in the audit chain, and none is taken away: it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, insert, select, update

from alerting.intelligence.handling import LawfulBasis
from alerting.ledger.store import Writing
from alerting.ledger.tables.intelligence import AGREEMENT


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. It is in force from `from_at` on and before `to_at`."""

    agreement_id: str
    organisation: str
    lawful_basis: LawfulBasis
    from_at: datetime
    to_at: datetime

    def in_force(self, now: datetime) -> bool:
        """Whether it holds at that instant."""
        return self.from_at <= now < self.to_at


class WrongAgreement(ValueError):
    """It cannot be entered, or is not there."""


_read = msgspec.json.Decoder(Agreement).decode


def find(connection: Connection, agreement_id: str) -> Agreement | None:
    """By its name."""
    said = connection.execute(select(AGREEMENT.c.agreement).where(AGREEMENT.c.agreement_id == agreement_id)).scalar()
    return None if said is None else _read(said)


def every(connection: Connection) -> Iterator[Agreement]:
    """All there ever were, the first first."""
    for said in connection.execute(select(AGREEMENT.c.agreement).order_by(AGREEMENT.c.from_at, AGREEMENT.c.agreement_id)).scalars():
        yield _read(said)


def add(writing: Writing, agreement: Agreement) -> None:
    """Enter one. Raises `WrongAgreement`."""
    if agreement.to_at <= agreement.from_at:
        raise WrongAgreement("it would end before it begins; expected --to after --from")
    if find(writing.connection, agreement.agreement_id) is not None:
        raise WrongAgreement(f"there is an agreement {agreement.agreement_id} already; expected a name of its own")
    writing.connection.execute(insert(AGREEMENT).values(_row(agreement)))
    writing.audit("agreement.added", msgspec.to_builtins(agreement))


def end(writing: Writing, agreement_id: str) -> Agreement:
    """It is in force no longer. Raises `WrongAgreement`."""
    known = find(writing.connection, agreement_id)
    if known is None:
        raise WrongAgreement(f"there is no agreement {agreement_id}; expected one of `vigil agreements list`")
    if known.to_at <= writing.now:
        raise WrongAgreement(f"agreement {agreement_id} is over already, since {known.to_at:%Y-%m-%d %H:%M}Z")
    ended = replace(known, to_at=writing.now, from_at=min(known.from_at, writing.now))
    writing.connection.execute(update(AGREEMENT).where(AGREEMENT.c.agreement_id == agreement_id).values(_row(ended)))
    writing.audit("agreement.ended", msgspec.to_builtins(ended))
    return ended


def _row(agreement: Agreement) -> dict[str, object]:
    return {
        "agreement_id": agreement.agreement_id,
        "organisation": agreement.organisation,
        "from_at": agreement.from_at,
        "to_at": agreement.to_at,
        "agreement": msgspec.json.encode(agreement).decode(),
    }
