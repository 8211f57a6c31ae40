"""Tokens of feed clients: JSON Web Tokens of the configured issuer, in place of a key (console.md 2.1).

Who issued it, for whom, from when and until when, and what it may send; and where it is bound to a certificate (RFC 8705),
that the proxy in front has seen that very one. Asymmetric signatures only. Called by the HTTP intake; reads no clock.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from joserfc import jws, jwt
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from streams.embedded.acceptance import EVERY_TYPE, Client
from streams.embedded.published_keys import PublishedKeys

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
LEEWAY_S = 5
"""Two clocks are never the same."""
MOST_GLOBS = 100
MOST_LETTERS = 200
_SHA256_BYTES = 32
_CERTIFICATE = "x5t#S256"


class TokenRefused(Exception):
    """It opens nothing, and why: for whoever sent it."""


class GrantsNothing(Exception):
    """It is good, and lets its bearer send nothing."""


class Issuer(NamedTuple):
    """Whose tokens are taken. `certificate_header`: where the proxy in front says the hash of the client's certificate, if it does."""

    issuer: str
    audience: str
    keys: PublishedKeys
    sources_claim: str = "vigil_sources"
    types_claim: str = "vigil_types"
    certificate_header: str | None = None


def client_of(text: str, issuer: Issuer, certificates: Sequence[str], now: datetime) -> Client:
    """Who sends with this token, or `TokenRefused`, `GrantsNothing`, or `NoKeys`. `certificates`: what stands in the header for them."""
    claims = _claims(text, issuer, now)
    bound = claims.get("cnf")
    if bound is not None:
        _check_certificate(bound, issuer, certificates)
    name = next((said for word in ("client_id", "azp", "sub") if isinstance(said := claims.get(word), str) and said), "token")
    sources = _globs(claims, issuer.sources_claim)
    if not sources:
        raise GrantsNothing(f"The token names no source in its claim {issuer.sources_claim}; expected a list, as em/*.")
    return Client(name[:MOST_LETTERS], sources, _globs(claims, issuer.types_claim) if issuer.types_claim in claims else EVERY_TYPE)


def _claims(text: str, issuer: Issuer, now: datetime) -> Mapping[str, object]:
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        key_id = jws.extract_compact(text.encode()).headers().get("kid")
        keys = issuer.keys.named(key_id if isinstance(key_id, str) else None)
        token = jwt.decode(text, keys, registry=registry, algorithms=ALGORITHMS)
        checks = JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer.issuer},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
        )
        checks.validate(token.claims)
    except ExpiredTokenError as wrong:
        raise TokenRefused("The token has expired.") from wrong
    except ClaimError as wrong:
        raise TokenRefused(f"The token's claim {wrong.claim} is missing or not as expected.") from wrong
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as wrong:
        raise TokenRefused("The token is not one of the configured issuer's: its form, its algorithm, its key or its signature.") from wrong
    return token.claims


def _check_certificate(bound: object, issuer: Issuer, certificates: Sequence[str]) -> None:
    said = bound.get(_CERTIFICATE) if isinstance(bound, dict) and set(bound) == {_CERTIFICATE} else None
    wanted = _hash(said) if isinstance(said, str) else None
    if wanted is None:
        raise TokenRefused(f"The token is bound in a way that cannot be checked here; expected cnf with {_CERTIFICATE} alone.")
    if issuer.certificate_header is None:
        raise TokenRefused("The token is bound to a certificate, and no proxy here says which one the client has shown.")
    shown = _hash(certificates[0]) if len(certificates) == 1 else None
    if shown is None or not hmac.compare_digest(shown, wanted):
        raise TokenRefused("The token is bound to another certificate than the client has shown.")


def _hash(said: str) -> bytes | None:
    """32 bytes from base64url, as RFC 8705 has them, or from hex, as many proxies say them."""
    plain = said.strip().replace(":", "")
    try:
        found = bytes.fromhex(plain) if len(plain) == 2 * _SHA256_BYTES else base64.b64decode(plain.rstrip("=") + "=", b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return found if len(found) == _SHA256_BYTES else None


def _globs(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    """A list of globs as it stands; anything else lets nothing through."""
    said = claims.get(name)
    if not isinstance(said, list) or len(said) > MOST_GLOBS:
        return ()
    globs = tuple(one for one in said if isinstance(one, str) and 1 <= len(one) <= MOST_LETTERS)
    return globs if len(globs) == len(said) else ()
