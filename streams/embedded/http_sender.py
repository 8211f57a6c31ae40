"""Who sends: the key or the token behind `Authorization: Bearer`, as the client whose sources and types it is for (console.md 2.1).

A cookie is never looked at here. Not what may be sent (the acceptor checks each line). Called by every route of the intake.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, Protocol

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from schemas.problems import Problem, later
from streams.embedded.acceptance import Client
from streams.embedded.clock import Clock
from streams.embedded.keys import PREFIX, Key
from streams.embedded.published_keys import ASKS_EVERY, NoKeys
from streams.embedded.tokens import GrantsNothing, Issuer, TokenRefused, client_of

REALM = 'Bearer realm="vigil"'
USUAL_RATE_EVENTS_S = 2_000.0
"""Of a client without a rate of its own, where others than this machine can reach us."""


class Sender(NamedTuple):
    """One feed client. `id`: what its pace is kept by; `rate_events_s`: None where there is no limit."""

    id: str
    client: Client
    rate_events_s: float | None = None


class Keys(Protocol):
    """Where keys are kept: `streams.embedded.keys.Keyring`, or `streams.embedded.keys_in_database.DatabaseKeys`."""

    def find(self, text: str, at: datetime) -> Key | None:
        """The living key of this text."""


class Senders:
    """Everybody who may send. `issuer`: whose tokens are taken beside keys. `usual_rate_events_s`: of whoever has no rate of their own."""

    def __init__(self, keyring: Keys, clock: Clock, issuer: Issuer | None = None, *, usual_rate_events_s: float | None = None) -> None:
        self._keyring = keyring
        self._clock = clock
        self._issuer = issuer
        self._usual_rate_events_s = usual_rate_events_s

    async def of(self, request: Request) -> Sender:
        """Who sent this, or the `Problem` that says why nobody did."""
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        text = text.strip() if scheme.lower() == "bearer" else ""
        if text and self._issuer is not None and not text.startswith(f"{PREFIX}_"):
            return await self._of_token(request, text, self._issuer)
        key = self._keyring.find(text, self._clock.now()) if text else None
        if key is None:
            ours = " or a token of the configured issuer" if self._issuer is not None else ""
            detail = f"A feed client sends `Authorization: Bearer` with its key{ours}; `vigil keys add` makes a key."
            raise Problem("not_signed_in", detail, headers={"WWW-Authenticate": REALM})
        return Sender(key.id, key.client, self._usual_rate_events_s if key.rate_events_s is None else key.rate_events_s)

    async def _of_token(self, request: Request, text: str, issuer: Issuer) -> Sender:
        certificates = request.headers.getlist(issuer.certificate_header) if issuer.certificate_header is not None else []
        try:
            client = await run_in_threadpool(client_of, text, issuer, certificates, self._clock.now())
        except TokenRefused as wrong:
            raise Problem("not_signed_in", str(wrong), headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'}) from None
        except GrantsNothing as wrong:
            raise Problem("not_allowed", str(wrong)) from None
        except NoKeys as wrong:
            detail = f"The token cannot be judged now: {wrong}. Nothing of this was kept. Send it again."
            raise later("not_durable", detail, int(ASKS_EVERY.total_seconds())) from None
        return Sender(f"token {client.name}", client, self._usual_rate_events_s)
