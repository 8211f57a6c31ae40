"""The words in a line of the history: what people wrote, and the sentences about him. They stand beside the audit chain, never in it.

The chain holds their salted hash, as of a reading (`alerting.ledger.readings`): it proves them while they stand, and says nothing once
they and their salt are erased. Called by `steps` (hide), `proven` (hash_of) and the store, which hands salts on.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple

NONE = "{}"
_SALT_BYTES = 16

Salts = Callable[[int], bytes]
"""The salt of the line with this number."""


class Hidden(NamedTuple):
    """What stands beside the words, and what the chain holds of them; of a line without words nothing."""

    salt: bytes | None
    in_chain: Mapping[str, str]


def by_chance(_seq: int) -> bytes:
    """As every ledger has them but a test's own: a guess at the words must not be provable from the chain."""
    return secrets.token_bytes(_SALT_BYTES)


def hide(seq: int, body: str, salts: Salts) -> Hidden:
    """The words of one line, as JSON text."""
    if body == NONE:
        return Hidden(None, {})
    salt = salts(seq)
    return Hidden(salt, {"words": hash_of(salt, seq, body)})


def hash_of(salt: bytes, seq: int, body: str) -> str:
    """What the chain holds of words that stand as they were written."""
    return hashlib.sha256(b"%b%d:%b" % (salt, seq, body.encode())).hexdigest()
