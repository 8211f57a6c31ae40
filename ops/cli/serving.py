"""The web server of `vigil run`, in a thread of its own beside judging: one address, bound before anything else is done.

The main thread keeps the signals. Not the application, which is handed in. Who asks is who connects: what `X-Forwarded-For` says
is believed of the proxies that FORWARDED_ALLOW_IPS names alone, for a limit on tries must not be turned by whoever tries.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import threading
from collections.abc import Mapping

import click
import uvicorn
from starlette.types import ASGIApp

from ops.cli.connections import Crowd, Guarded, Limits, usual

GRACE_S = 5
"""How long answers that are under way may take when the service stops."""
BACKLOG = 512


class Serving:
    """One address, from `bind` to `stop`."""

    def __init__(self, listen: str, limits: Limits | None = None, *, anywhere: bool = False) -> None:
        self._limits = limits or usual()
        self._host, self._port = _address(listen, anywhere=anywhere)
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is, with the true port."""
        return f"http://{self._host}:{self.port}/"

    @property
    def port(self) -> int:
        """The true one once it is bound, also where 0 asked for any."""
        return self._port if self._socket is None else int(self._socket.getsockname()[1])

    @property
    def loopback(self) -> bool:
        """Whether this machine alone can reach it."""
        return ipaddress.IPv4Address(self._host).is_loopback

    @property
    def running(self) -> bool:
        """Whether it still serves."""
        return self._thread is not None and self._thread.is_alive()

    def bind(self) -> socket.socket:
        """Take the address, or say in one line why it cannot be had."""
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # else answers wait for one another: 40 ms
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((self._host, self._port))
        except OSError as wrong:
            bound.close()
            raise click.ClickException(f"cannot listen on {self._host}:{self._port}: {wrong.strerror}") from wrong
        self._socket = bound
        return bound

    def start(self, app: ASGIApp) -> None:
        """Serve from now on."""
        bound = self._socket or self.bind()
        config = uvicorn.Config(
            Crowd(app, self._limits, lambda: len(server.server_state.connections)),
            http=type("Ours", (Guarded,), {"limits": self._limits}),
            log_config=None,
            log_level=logging.ERROR,  # what a stranger says that is no HTTP is answered, and fills no log
            access_log=False,
            server_header=False,
            proxy_headers=bool(os.environ.get("FORWARDED_ALLOW_IPS")),  # else the server believes every peer on this machine
            lifespan="off",
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = server = uvicorn.Server(config)
        bound.listen(BACKLOG)  # who comes before the thread turns waits, and is not turned away
        self._thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, name="serving", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, and let go of the address."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(GRACE_S + 1)
        if self._socket is not None:
            self._socket.close()


def may_listen_anywhere(environment: Mapping[str, str]) -> bool:
    """With an identity provider; or where its port is said to be published on loopback alone, as compose does."""
    return bool(environment.get("VIGIL_OIDC_ISSUER")) or published_on_loopback(environment)


def published_on_loopback(environment: Mapping[str, str]) -> bool:
    """Whether its port is said to be published there alone."""
    return environment.get("VIGIL_PUBLISHED_ON") == "loopback"


def _address(listen: str, *, anywhere: bool) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004  the last port there is
        raise click.BadParameter(f"{listen!r} is no address with a port, as 127.0.0.1:8080", param_hint="--listen")
    host = "127.0.0.1" if host == "localhost" else host
    try:
        loopback = ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        raise click.BadParameter(f"{host!r} is no IPv4 address, as 127.0.0.1", param_hint="--listen") from None
    if not loopback and not anywhere:
        raise click.ClickException(
            f"--listen {listen}: without an identity provider Vigil listens on the loopback address only, as 127.0.0.1:8080"
        )
    return host, int(port)
