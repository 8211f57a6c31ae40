"""What every route of the console works with: the ledger, the clock, the settings, the limits and the chance. Values, no behaviour.

Made once by whoever serves (`vigil run`, `vigil console`, the tests) and handed to `routes(desk)` of each module.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from alerting.console.limits import InProcess, Limits
from alerting.console.live import Live
from alerting.delivery.providers import Providers
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.lifecycle.policy import Policies

OFFICER_CLAIM = "preferred_username"
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class Oidc(NamedTuple):
    """The identity provider. `step_up_acr`: what its `acr` must be one of for a fresh sign-in to count; empty where it offers none."""

    issuer: str
    client_id: str
    client_secret: str
    officer_claim: str = OFFICER_CLAIM
    step_up_acr: tuple[str, ...] = ()


class Settings(NamedTuple):
    """`origin`: where browsers find us, as `https://vigil.example.org`; without a provider it must be a loopback one."""

    origin: str
    oidc: Oidc | None = None
    build: str = "0"

    @property
    def hosts(self) -> frozenset[str]:
        """The names that we answer to."""
        return LOOPBACK if self.oidc is None else frozenset({urlsplit(self.origin).hostname or ""})

    @property
    def tls(self) -> bool:
        """Whether browsers reach us by https."""
        return self.origin.startswith("https://")


class WrongSettings(Exception):
    """Whoever runs Vigil has set something that cannot be."""


def _nobody() -> None:
    """Nobody waits."""


def _token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Desk:
    """`clock` gives an aware UTC instant, `tokens` an unguessable text; `live` wakes the streams, `wake` sweep and sender.

    `real_clock`: the machine's own, where `clock` is a demonstration's that runs fast: people sign in and out in real time.

    `say`: shows a sign-in link to whoever runs Vigil. It is no log: a link lets in. `providers`: the channels that are set up.
    """

    ledger: Ledger
    clock: Callable[[], datetime]
    settings: Settings
    live: Live
    policies: Policies = field(default_factory=Policies)
    limits: Limits = field(default_factory=InProcess)
    tokens: Callable[[], str] = _token
    wake: Callable[[], None] = _nobody
    say: Callable[[str], None] = print
    providers: Providers = field(default_factory=Providers)
    real_clock: Callable[[], datetime] | None = None

    def real(self) -> datetime:
        """The instant by which sessions, links and rates live."""
        return (self.real_clock or self.clock)()

    @property
    def terms(self) -> Terms:
        """What commands are carried out under."""
        return Terms(self.settings.origin, self.policies)


def settings(environment: Mapping[str, str], origin: str, build: str = "0") -> Settings:
    """As the environment says: `VIGIL_ORIGIN` (default `origin`), `VIGIL_OIDC_*`. `WrongSettings` names what is missing."""
    origin = environment.get("VIGIL_ORIGIN", origin).rstrip("/")
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise WrongSettings("VIGIL_ORIGIN: expected a scheme and a host alone, as https://vigil.example.org")
    issuer = environment.get("VIGIL_OIDC_ISSUER")
    if issuer is None:
        if parts.hostname not in LOOPBACK:
            raise WrongSettings("VIGIL_OIDC_ISSUER is not set: without an identity provider Vigil is served on 127.0.0.1 alone")
        return Settings(origin, build=build)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise WrongSettings("VIGIL_ORIGIN: expected https, because a session must not travel in the clear")
    oidc = Oidc(
        issuer=issuer,
        client_id=_needed(environment, "VIGIL_OIDC_CLIENT_ID"),
        client_secret=_needed(environment, "VIGIL_OIDC_CLIENT_SECRET"),
        officer_claim=environment.get("VIGIL_OIDC_OFFICER_CLAIM", OFFICER_CLAIM),
        step_up_acr=tuple(environment.get("VIGIL_OIDC_STEP_UP_ACR", "").split()),
    )
    return Settings(origin, oidc, build)


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise WrongSettings(f"{name} is not set, and VIGIL_OIDC_ISSUER is: expected both")
    return value
