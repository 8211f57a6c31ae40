"""A small OpenID provider of the tests' own, on the loopback: real RSA keys, real codes, PKCE checked, and any lie on demand.

It signs people in without asking: `login` says whom. `lies` are claims that it puts in place of the true ones;
`published` is a key that it says it signs with, and does not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey

CLIENT, SECRET = "vigil", "a secret of the test's own"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


class Granted(NamedTuple):
    """A code under way."""

    asked: Mapping[str, str]
    sub: str


class Identity:
    """The provider. `clock`: the same as the console's, which a test moves."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.key = RSAKey.generate_key(2048, {"kid": "k-1"})
        self.published: RSAKey | None = None
        self.login = "of-1"
        self.sid = "sid-1"
        self.acr: str | None = None
        self.lies: dict[str, object] = {}
        self.signs_as = "RS256"
        self.proved_at: datetime | None = None
        self.asked: list[dict[str, str]] = []
        self.codes: dict[str, Granted] = {}
        self.refused: list[str] = []
        identity = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(identity.get(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._answer(identity.post(self.path, dict(parse_qsl(body)), self.headers.get("Authorization", "")))

            def _answer(self, said: tuple[int, str | dict[str, object]]) -> None:
                status, what = said
                self.send_response(status)
                if isinstance(what, str):
                    self.send_header("Location", what)
                    what = {}
                body = json.dumps(what).encode()
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
                """Nobody reads it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Away, and its port refuses."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def get(self, path: str) -> tuple[int, str | dict[str, object]]:
        """Its description, its keys, and the page where people sign in."""
        parts = urlsplit(path)
        if parts.path == "/.well-known/openid-configuration":
            doors = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return 200, {"issuer": self.issuer, **{name: self.issuer + door for name, door in doors.items()}}
        if parts.path == "/keys":
            return 200, {"keys": [(self.published or self.key).as_dict(private=False)]}
        asked = dict(parse_qsl(parts.query))
        self.asked.append(asked)
        code = secrets.token_urlsafe(16)
        self.codes[code] = Granted(asked, self.login)
        return 302, asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def post(self, path: str, said: Mapping[str, str], authorization: str) -> tuple[int, dict[str, object]]:
        """A code for a token, once."""
        wrong = self._wrong(path, said, authorization)
        if wrong:
            self.refused.append(wrong)
            return 400, {"error": wrong}
        granted = self.codes.pop(said["code"])
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(granted)}

    def _wrong(self, path: str, said: Mapping[str, str], authorization: str) -> str:
        if path != "/token" or authorization != "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return "invalid_client"
        granted = self.codes.get(said.get("code", ""))
        if granted is None or said.get("redirect_uri") != granted.asked["redirect_uri"]:
            return "invalid_grant"
        challenge = _base64(hashlib.sha256(said.get("code_verifier", "").encode()).digest())
        proves = granted.asked.get("code_challenge_method") == "S256" and granted.asked.get("code_challenge") == challenge
        return "" if proves else "invalid_grant"

    def id_token(self, granted: Granted) -> str:
        """Who signed in, with whatever lie the test wants."""
        now = self.clock().timestamp()
        claims: dict[str, object] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": f"sub-{granted.sub}",
            "preferred_username": granted.sub,
            "sid": self.sid,
            "iat": int(now),
            "exp": int(now) + 300,
            "auth_time": int((self.proved_at or self.clock()).timestamp()),
            "nonce": granted.asked["nonce"],
        }
        if self.acr is not None:
            claims["acr"] = self.acr
        return self.signed(claims | self.lies)

    def logout_token(self, **lies: object) -> str:
        """That somebody's sign-in is over."""
        now = int(self.clock().timestamp())
        claims: dict[str, object] = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8)}
        claims |= {"sid": self.sid, "events": {LOGOUT_EVENT: {}}}
        return self.signed(claims | lies)

    def signed(self, claims: Mapping[str, object]) -> str:
        """As a token. A claim that is None is left out. `signs_as`: `none`, `HS256` with the public key, or as it should be."""
        text = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
        header = {"alg": self.signs_as, "kid": "k-1"}
        if self.signs_as != "RS256":
            signed = ".".join(_base64(part) for part in (json.dumps(header).encode(), text))
            mac = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{_base64(mac) if self.signs_as == 'HS256' else ''}"
        return jws.serialize_compact(header, text, self.key, algorithms=["RS256"])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
