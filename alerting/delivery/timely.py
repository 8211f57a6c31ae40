"""How a session of `requests` connects, so that the deadline of the try around it (`alerting.delivery.deadline`) sees its sockets.

For the two libraries that speak by `requests` and bound each read alone. Loaded when the first of them sends, as `requests` is.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from alerting.delivery.deadline import WHOLE_TRY_S, connected, hold


class _Bounded(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        timeout_s = self.timeout if isinstance(self.timeout, (int, float)) else WHOLE_TRY_S
        try:
            one = connected(self._dns_host.strip("[]"), self.port, timeout_s)
        except OSError as wrong:
            raise NewConnectionError(self, str(wrong)) from wrong
        for option in self.socket_options or ():
            one.setsockopt(*option)
        return one


class _Plain(_Bounded):
    def connect(self) -> None:
        _connect(self, super().connect)


class _InTls(HTTPSConnection, _Bounded):
    def connect(self) -> None:
        _connect(self, super().connect)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _PoolInTls(HTTPSConnectionPool):
    ConnectionCls = _InTls


class _Timely(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: object) -> None:  # noqa: FBT001, FBT002  theirs
        super().init_poolmanager(connections, maxsize, block, **more)
        _held(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **more: object) -> PoolManager:
        return _held(super().proxy_manager_for(proxy, **more))


def timely(session: Session) -> None:
    """Let what the session connects to be held by the try that it is used in."""
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Timely())


def _held(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _PoolInTls}
    return manager


def _connect(connection: HTTPConnection, connect: Callable[[], None]) -> None:
    hold(lambda: _socket(connection.sock))  # while a proxy answers
    connect()
    connected = _socket(connection.sock)  # the connection lets go of it before the answer is read, where nothing comes after
    hold(lambda: connected)


def _socket(of: object) -> socket.socket | None:
    return of if isinstance(of, socket.socket) else None
