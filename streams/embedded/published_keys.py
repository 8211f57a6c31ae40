"""The public keys that an issuer of tokens publishes (RFC 7517), from a file or an address, kept in memory and read again in time.

Only keys that sign, and asymmetric ones: a shared secret in the set would let its reader make tokens. While they cannot be
read, the last ones that could be stand: an issuer's outage must not silence a feed. Called by `streams.embedded.tokens`.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, KeySet, OKPKey, RSAKey

FRESH_FOR = timedelta(minutes=5)
"""A key that the issuer takes back is of use no longer than this."""
ASKS_EVERY = timedelta(seconds=10)
"""How often, at most, a token with an unknown key, or an issuer that does not answer, makes us read again."""
ANSWERS_WITHIN = timedelta(seconds=5)
"""The whole answer, however slowly it comes."""
FIRST_WITHIN = timedelta(seconds=1)
"""So long a token waits for another's first reading; then its sender is asked to come again."""
MOST_BYTES = 1024 * 1024
LEAST_RSA_BITS = 2048


class NoKeys(Exception):
    """The keys could never be read, so that no token can be judged. Ours or the issuer's fault, not the sender's."""


class PublishedKeys:
    """The keys of one issuer. Any thread may ask. `read` gives the bytes of the set, or raises `OSError` or `httpx.HTTPError`."""

    def __init__(self, read: Callable[[], bytes], seconds: Callable[[], float] = monotonic) -> None:
        self._read = read
        self._seconds = seconds
        self._set: KeySet | None = None
        self._good_s = self._asked_s = float("-inf")
        self._reading = threading.Lock()

    def named(self, key_id: str | None) -> KeySet:
        """The keys, read again where they are old or none has this id. While one reads, the others go on with what there is."""
        if self._reading.acquire(timeout=0 if self._set is not None else FIRST_WITHIN.total_seconds()):
            try:
                self._look_where_wanted(key_id)
            finally:
                self._reading.release()
        known = self._set
        if known is None:
            raise NoKeys("the issuer's keys could not be read")
        return known

    def _look_where_wanted(self, key_id: str | None) -> None:
        now_s = self._seconds()
        old = now_s - self._good_s >= FRESH_FOR.total_seconds()
        unknown = self._set is None or (key_id is not None and all(key.kid != key_id for key in self._set.keys))
        if (old or unknown) and now_s - self._asked_s >= ASKS_EVERY.total_seconds():
            self._asked_s = now_s
            self._look(now_s)

    def _look(self, now_s: float) -> None:
        try:
            found = key_set(self._read())
        except (OSError, httpx.HTTPError, ValueError):
            return
        self._set, self._good_s = found, now_s


def key_set(raw: bytes) -> KeySet:
    """The keys that may sign a token; `ValueError` where there are none."""
    try:
        said = json.loads(raw)
        published = said["keys"]
        keys = [found for one in published if isinstance(one, dict) and (found := _key(one)) is not None]
    except (TypeError, KeyError, RecursionError) as wrong:
        raise ValueError("no JSON Web Key Set") from wrong
    if not keys:
        raise ValueError("a key set without an asymmetric key that signs")
    return KeySet(keys)


def _key(said: dict[str, object]) -> Key | None:
    """One key; None where it is of another kind or use, or cannot be read."""
    if said.get("kty") not in {"RSA", "EC", "OKP"} or said.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key({name: value for name, value in said.items() if isinstance(value, str | list)})
    except (JoseError, ValueError, TypeError):
        return None
    if isinstance(key, RSAKey):
        return key if key.raw_value.key_size >= LEAST_RSA_BITS else None
    return key if isinstance(key, ECKey | OKPKey) else None


def in_file(path: Path) -> Callable[[], bytes]:
    """Keys in a file, which whoever runs the issuer may replace at any time."""
    return path.read_bytes


def at_address(url: str) -> Callable[[], bytes]:
    """Keys at an address. Redirects are not followed: the keys are where configuration says, or nowhere."""
    return lambda: asyncio.run(_got(url))


async def _got(url: str) -> bytes:
    """The whole answer. Not a packed one: a small one may unpack to any size."""
    seconds = ANSWERS_WITHIN.total_seconds()
    plain = {"accept-encoding": "identity"}
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=seconds, follow_redirects=False) as client,
        client.stream("GET", url, headers=plain) as answer,
    ):
        answer.raise_for_status()
        if "content-encoding" in answer.headers:
            raise ValueError("a packed key set, expected it as it is")
        body = b""
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > MOST_BYTES:
                raise ValueError(f"a key set of over {MOST_BYTES} bytes")
        return body
