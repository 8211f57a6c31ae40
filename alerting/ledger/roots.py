"""Signed roots of the audit chain, hourly; and whether the chain is still what was signed.

The signature shows what a chain alone cannot: that its end was cut off, or all of it made anew. Whoever holds a root outside
(an auditor, another organisation, a printed page) can check with it. Called by the service (`seal`), `vigil verify` (`verify`)
and the console (`proof_of`). The key is an Ed25519 key in a file of the data folder, or in VIGIL_AUDIT_KEY.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NamedTuple

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy import Connection, Row, insert, select

from alerting.ledger.chain import NOTHING, link
from alerting.ledger.merkle import Peaks, proof
from alerting.ledger.store import Writing
from alerting.ledger.tables.books import AUDIT, AUDIT_ROOT
from schemas.fields import Instant, Word, instant_text
from schemas.json_text import parse
from schemas.refusal import Refused

EVERY = timedelta(hours=1)
KEY_FILE = "audit.key"
_KEY_BYTES = 32
_MOST_FAULTS = 20
"""Named one by one; of a chain that was made anew every entry is wrong."""


class WrongKey(Exception):
    """The key that was given is none."""


class WrongRoot(Exception):
    """The root that was given is none."""


class Key(NamedTuple):
    """What signs. `name`: says which public key checks it."""

    private: Ed25519PrivateKey

    @property
    def public(self) -> Ed25519PublicKey:
        """What checks."""
        return self.private.public_key()

    @property
    def name(self) -> str:
        """The key's name: the beginning of the hash of its public half."""
        return name_of(self.public)


class Root(NamedTuple):
    """All entries up to `size`, in one hash, at an instant."""

    size: int
    at: datetime
    root: bytes
    signature: bytes
    key_id: str

    def said(self) -> bytes:
        """What is signed."""
        return rfc8785.dumps({"size": self.size, "at": instant_text(self.at), "root": self.root.hex(), "key_id": self.key_id})

    def shown(self) -> dict[str, object]:
        """As whoever holds it outside keeps it; `held` reads it again."""
        named = {"size": self.size, "at": instant_text(self.at), "root": self.root.hex(), "key_id": self.key_id}
        return {**named, "signature": self.signature.hex()}

    def signed_by(self, public: Ed25519PublicKey) -> bool:
        """Whether this key has signed it."""
        try:
            public.verify(self.signature, self.said())
        except InvalidSignature:
            return False
        return True


class Proof(NamedTuple):
    """That an entry is among those that a root covers: with its hash and these one computes the root."""

    number: int
    entry: str
    entry_hash: bytes
    path: tuple[bytes, ...]
    root: Root


def name_of(public: Ed25519PublicKey) -> str:
    """The name of a key."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def key(folder: Path | None, given: str | None) -> Key:
    """The key that was given (32 bytes in base64), else that of the folder, which is made once."""
    if given is not None:
        return Key(_private(given, "VIGIL_AUDIT_KEY"))
    if folder is None:
        raise WrongKey("no key to sign the audit chain: expected VIGIL_AUDIT_KEY, 32 bytes in base64")
    file = folder / KEY_FILE
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Key(_private(file.read_text(encoding="ascii").strip(), str(file)))
    made = Ed25519PrivateKey.generate()
    with os.fdopen(opened, "wb") as writing:
        writing.write(base64.b64encode(made.private_bytes_raw()))
        writing.flush()
        os.fsync(writing.fileno())
    return Key(made)


def seal(writing: Writing, signing: Key, every: timedelta = EVERY) -> Root | None:
    """Sign the root over all entries, when it is time and there are new ones."""
    last = _last(writing.connection)
    if last is not None and last.at <= writing.now < last.at + every:  # after a clock that went back it is time
        return None
    peaks = Peaks() if last is None else Peaks.of(last.size, last.peaks)
    new = writing.connection.execute(select(AUDIT.c.hash).where(AUDIT.c.number > peaks.size).order_by(AUDIT.c.number)).scalars()
    grown = peaks.grown(new)
    if grown.size == peaks.size:
        return None
    unsigned = Root(grown.size, writing.now, grown.root, b"", signing.name)
    root = unsigned._replace(signature=signing.private.sign(unsigned.said()))
    writing.connection.execute(insert(AUDIT_ROOT).values(**root._asdict(), peaks=grown.text()))
    return root


def held(text: str | bytes) -> Root:
    """A root that somebody kept outside: as it is shown, or the whole proof that it came with. Raises `WrongRoot`.

    Without its signature, as on a printed page, it is as good as the place where it was kept.
    """
    try:
        said = parse(text.encode() if isinstance(text, str) else text)
        root = said.get("root")
        kept = _Held.model_validate(root if isinstance(root, dict) else said)
        return Root(kept.size, kept.at, bytes.fromhex(kept.root), bytes.fromhex(kept.signature), kept.key_id)
    except Refused as wrong:
        raise WrongRoot("; ".join(f"{one.pointer or '/'} {one.reason}, expected {one.expected}" for one in wrong.errors)) from wrong
    except ValidationError as wrong:
        fields = ", ".join(sorted({str(one["loc"][0]) for one in wrong.errors() if one["loc"]}))
        raise WrongRoot(f"its {fields} cannot be read: expected size, at, root and signature in hexadecimal, key_id") from wrong


class _Held(BaseModel):
    size: Annotated[int, Field(ge=1)]
    at: Instant
    root: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    signature: Annotated[str, Field(pattern=r"^([0-9a-f]{128})?$")] = ""
    key_id: Word = ""


def verify(connection: Connection, public: Ed25519PublicKey | None, held_outside: Sequence[Root] = ()) -> tuple[str, ...]:
    """What is wrong with the chain, one line a fault: altered, removed, put elsewhere, or cut off; nothing where it is whole.

    The tree over the first entries of today's chain is computed anew for each root and compared: that is what a proof of consistency
    (RFC 6962, 2.1.2) shows to those who do not have the entries. `public`: None checks no signature.
    """
    return tuple(fault for fault, _ in zip(_faults(connection, public, held_outside), range(_MOST_FAULTS), strict=False))


def roots(connection: Connection) -> tuple[Root, ...]:
    """Every root that was signed."""
    return tuple(_root(row) for row in connection.execute(select(AUDIT_ROOT).order_by(AUDIT_ROOT.c.size)))


def proof_of(connection: Connection, number: int) -> Proof | None:
    """That an entry is among those of the first root after it; None while none was signed yet, or where there is no such entry."""
    asked = select(AUDIT_ROOT).where(AUDIT_ROOT.c.size >= number).order_by(AUDIT_ROOT.c.size).limit(1)
    row = connection.execute(asked).first()
    entry = connection.execute(select(AUDIT.c.entry, AUDIT.c.hash).where(AUDIT.c.number == number)).first()
    if row is None or entry is None:
        return None
    hashes = connection.execute(select(AUDIT.c.hash).where(AUDIT.c.number <= row.size).order_by(AUDIT.c.number)).scalars().all()
    return Proof(number, entry.entry, entry.hash, proof(hashes, number - 1), _root(row))


def _faults(connection: Connection, public: Ed25519PublicKey | None, held_outside: Sequence[Root]) -> Iterator[str]:
    kept = roots(connection)
    expected: dict[int, list[Root]] = {}
    for root in (*kept, *held_outside):
        expected.setdefault(root.size, []).append(root)
    for root in (*kept, *(one for one in held_outside if one.signature)):
        if public is not None and not root.signed_by(public):
            yield f"the root over {root.size} entries is not signed by the key {name_of(public)}"
    previous, number, peaks = NOTHING, 0, Peaks()
    for row in connection.execute(select(AUDIT).order_by(AUDIT.c.number).execution_options(yield_per=1000)):
        number += 1
        if row.number != number:
            yield f"entry {number} is not there: the next one is {row.number}"
            number = row.number
        if row.hash != link(previous, row.number, row.at, row.kind, row.entry):
            yield f"entry {row.number} is not what was written, or does not follow the one before"
        previous, peaks = row.hash, peaks.grown((row.hash,))
        for root in expected.pop(row.number, ()):
            if root.root != peaks.root:
                yield f"the first {row.number} entries are not those that were signed at {instant_text(root.at)}"
    for size, missed in sorted(expected.items()):
        yield f"{size} entries were signed at {instant_text(missed[0].at)}, and there are {number}: the end is cut off"


def _last(connection: Connection) -> Row[tuple[object, ...]] | None:
    return connection.execute(select(AUDIT_ROOT).order_by(AUDIT_ROOT.c.size.desc()).limit(1)).first()


def _root(row: Row[tuple[object, ...]]) -> Root:
    said = row._asdict()
    return Root(**{name: said[name] for name in Root._fields})


def _private(text: str, where: str) -> Ed25519PrivateKey:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise WrongKey(f"{where} holds no key: expected {_KEY_BYTES} bytes in base64")
    return Ed25519PrivateKey.from_private_bytes(raw)
