"""The words in a line of the history: what people wrote, and the sentences about him. They stand beside the audit chain, never in it.

The chain holds their salted hash, as of a reading (`alerting.ledger.readings`): it proves them while they stand, and says nothing once
they and their salt are erased. Called by `steps` (hide) and `proven` (hash_of).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import NamedTuple

NONE = "{}"
_SALT_BYTES = 16


class Hidden(NamedTuple):
    """What stands beside the words, and what the chain holds of them; of a line without words nothing."""

    salt: bytes | None
    in_chain: Mapping[str, str]


def hide(seq: int, body: str) -> Hidden:
    """The words of one line, as JSON text."""
    if body == NONE:
        return Hidden(None, {})
    salt = secrets.token_bytes(_SALT_BYTES)  # a guess at the words must not be provable from the chain
    return Hidden(salt, {"words": hash_of(salt, seq, body)})


def hash_of(salt: bytes, seq: int, body: str) -> str:
    """What the chain holds of words that stand as they were written."""
    return hashlib.sha256(b"%b%d:%b" % (salt, seq, body.encode())).hexdigest()
