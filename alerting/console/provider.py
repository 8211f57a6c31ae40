"""The identity provider as we speak with it: where its doors are, its keys, a code for a token, and what makes a token true.

OpenID Connect Core 1.0, code flow with PKCE (RFC 7636) through Authlib; tokens are checked with joserfc. Only signatures by
asymmetric keys count: `none` and shared secrets never do. Knows no session and no officer; `alerting.console.oidc` does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple, TypeVar

import httpx
import msgspec
from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from alerting.console.desk import Oidc
from alerting.console.fetching import WholeAnswers

_Kind = TypeVar("_Kind")
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
CALLBACK = "/sign-in/oidc/callback"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LEEWAY = timedelta(seconds=60)
"""How far its clock and ours may be apart."""
_LONGEST_REASON = 200
LOGOUT_LASTS = timedelta(minutes=10)
ANSWERS_WITHIN = timedelta(seconds=5)
ASKS_AGAIN_AFTER = timedelta(seconds=10)
"""A token with an unknown key has the keys fetched again, but not more often than this."""
RESTS = timedelta(seconds=2)
"""So long it is not asked again after it has not answered: whoever comes meanwhile hears so at once, and waits for nothing."""
_NOT_TRUE = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
"""What reading a token may raise that somebody made up."""


class ProviderAway(Exception):
    """It does not answer, or answers what it may not."""


class Untrue(Exception):
    """A token that is not true, or a code that it does not take. `args[0]`: why, for our log; never shown."""


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """What of its own description is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class Published(msgspec.Struct, frozen=True):
    """Its keys (RFC 7517)."""

    keys: list[dict[str, object]]


class Person(NamedTuple):
    """Who signed in there. `officer_id`: what the claim says; `auth_at`: when they last proved it, where it says so."""

    officer_id: str
    sub: str
    sid: str | None
    auth_at: datetime | None
    acr: str | None


class Logout(NamedTuple):
    """A true logout token."""

    jti: str
    sub: str | None
    sid: str | None


class Provider:
    """One provider. Its description and keys are fetched when they are first needed, and kept."""

    def __init__(self, oidc: Oidc, origin: str, seconds: Callable[[], float] = monotonic) -> None:
        self.oidc = oidc
        self._seconds = seconds
        self._rests_until_s = float("-inf")
        self._callback = origin + CALLBACK
        self._lock = threading.Lock()
        self._doors: Doors | None = None
        self._keys: KeySet | None = None
        self._keys_at: datetime | None = None

    def way_in(self, *, state: str, nonce: str, verifier: str, step_up: bool) -> str:
        """Where the browser goes to sign in. `step_up`: they must prove it anew, as strongly as is asked for."""
        asked = {"max_age": "0", "prompt": "login"} if step_up else {}
        if step_up and self.oidc.step_up_acr:
            asked["acr_values"] = " ".join(self.oidc.step_up_acr)
        with self._http() as http:
            doors = self._known()
            url, _ = self._client(http).create_authorization_url(
                doors.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier, **asked
            )
        return str(url)

    def person(self, code: str, *, verifier: str, nonce: str, now: datetime) -> Person:
        """Who the code stands for. Raises `Untrue`, `ProviderAway`."""
        try:
            with self._http() as http:
                token = self._client(http).fetch_token(
                    self._known().token_endpoint,
                    code=code,
                    code_verifier=verifier,
                    grant_type="authorization_code",
                    auth=(self.oidc.client_id, self.oidc.client_secret),
                )
        except OAuth2Error as wrong:
            raise Untrue(f"the code was refused: {wrong.error}"[:_LONGEST_REASON]) from None
        except (httpx.HTTPError, ValueError) as wrong:
            raise ProviderAway(type(wrong).__name__) from None
        text = token.get("id_token")
        if not isinstance(text, str):
            raise Untrue("no id_token")
        claims = self._true(text, now, nonce=nonce)
        officer_id = claims.get(self.oidc.officer_claim)
        if not isinstance(officer_id, str) or not officer_id:
            raise Untrue(f"the claim {self.oidc.officer_claim} names nobody")
        return Person(officer_id, str(claims["sub"]), _text(claims, "sid"), _instant(claims, "auth_time", now), _text(claims, "acr"))

    def logout(self, text: str, now: datetime) -> Logout:
        """What a logout token says (OpenID Connect Back-Channel Logout 1.0, 2.6). Raises `Untrue`, `ProviderAway`."""
        claims = self._true(text, now, nonce=None)
        events, jti, issued = claims.get("events"), _text(claims, "jti"), claims.get("iat")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict) or "nonce" in claims:
            raise Untrue("no logout token")
        if not isinstance(issued, int) or now.timestamp() - issued > LOGOUT_LASTS.total_seconds():
            raise Untrue("an old logout token")
        sub, sid = _text(claims, "sub"), _text(claims, "sid")
        if jti is None or (sub is None and sid is None):
            raise Untrue("a logout token without jti, or without sub and sid")
        return Logout(jti, sub, sid)

    def _http(self) -> httpx.Client:
        return httpx.Client(transport=WholeAnswers(ANSWERS_WITHIN))

    def _client(self, http: httpx.Client) -> OAuth2Client:
        """Authlib's client over our own HTTP: its ready-made one takes another library where that is installed."""
        return OAuth2Client(
            http,
            self.oidc.client_id,
            self.oidc.client_secret,
            redirect_uri=self._callback,
            scope="openid profile",
            code_challenge_method="S256",
        )

    def _true(self, text: str, now: datetime, *, nonce: str | None) -> Mapping[str, object]:
        try:
            try:
                token = jwt.decode(text, self._signed_by(now, anew=False), algorithms=ALGORITHMS)
            except _NOT_TRUE:
                token = jwt.decode(text, self._signed_by(now, anew=True), algorithms=ALGORITHMS)
            registry = JWTClaimsRegistry(now=int(now.timestamp()), leeway=int(LEEWAY.total_seconds()), **self._must_say(nonce))
            registry.validate(token.claims)
        except _NOT_TRUE as wrong:
            raise Untrue(f"{type(wrong).__name__}: {wrong}"[:_LONGEST_REASON]) from None
        audience = token.claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and token.claims.get("azp") != self.oidc.client_id:
            raise Untrue("made for another client")
        return token.claims

    def _must_say(self, nonce: str | None) -> dict[str, ClaimsOption]:
        """`nonce` None: a logout token, which may say less."""
        needed: dict[str, ClaimsOption] = {
            "iss": {"essential": True, "value": self.oidc.issuer},
            "aud": {"essential": True, "value": self.oidc.client_id},
            "iat": {"essential": True},
        }
        if nonce is not None:
            needed |= {"exp": {"essential": True}, "sub": {"essential": True}, "nonce": {"essential": True, "value": nonce}}
        return needed

    def _known(self) -> Doors:
        with self._lock:
            if self._doors is None:
                doors = self._fetch(f"{self.oidc.issuer.rstrip('/')}/.well-known/openid-configuration", Doors)
                if doors.issuer != self.oidc.issuer:
                    raise ProviderAway("it calls itself by another name")
                self._doors = doors
            return self._doors

    def _signed_by(self, now: datetime, *, anew: bool) -> KeySet:
        url = self._known().jwks_uri
        with self._lock:
            stale = self._keys_at is None or (anew and abs(now - self._keys_at) >= ASKS_AGAIN_AFTER)
            if self._keys is None or stale:
                self._keys = KeySet([key for said in self._fetch(url, Published).keys if (key := _key(said)) is not None])
                self._keys_at = now
            return self._keys

    def _fetch(self, url: str, kind: type[_Kind]) -> _Kind:
        if self._seconds() < self._rests_until_s:
            raise ProviderAway("it did not answer a moment ago")
        try:
            with self._http() as http:
                answer = http.get(url).raise_for_status()
            return msgspec.json.decode(answer.content, type=kind)
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
            self._rests_until_s = self._seconds() + RESTS.total_seconds()
            raise ProviderAway(type(wrong).__name__) from None


def _key(said: dict[str, object]) -> Key | None:
    """One key that may sign; None where it cannot be read, or is of a kind that we do not know: the others sign all the same."""
    try:
        return JWKRegistry.import_key({name: value for name, value in said.items() if isinstance(value, str | list)})
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _text(claims: Mapping[str, object], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None


def _instant(claims: Mapping[str, object], name: str, now: datetime) -> datetime | None:
    """Never in the future, whatever its clock says."""
    value = claims.get(name)
    return datetime.fromtimestamp(max(0, min(value, int(now.timestamp()))), now.tzinfo) if isinstance(value, int) else None
