"""A connection to PostgreSQL that falls silent, as behind a firewall that forgot it: nobody waits for it for ever."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import make_url, select
from sqlalchemy.exc import OperationalError

from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import COUNTER
from tests.integration.ledger.ledgers import NOON, SECOND
from tests.parts.postgresql import PostgreSQL


class Firewall:
    """Between a ledger and its server. What it has forgotten stays open and says nothing; new connections pass."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._known: set[socket.socket] = set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        self._known.clear()

    def close(self) -> None:
        for one in (self._listening, *self._open):
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._server)
                self._open += (client, server)
                self._known |= {client, server}
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if source in self._known:
                    target.sendall(said)


@contextmanager
def behind(firewall: Firewall, url: str) -> Iterator[Ledger]:
    ledger = Ledger(make_url(url).set(host="127.0.0.1", port=firewall.port), answers_within=SECOND)
    yield ledger
    ledger.close()


def _forgotten_half_way(ledger: Ledger, firewall: Firewall) -> None:
    with ledger.read() as connection:
        connection.execute(select(COUNTER.c.seq))
        firewall.forget()
        connection.execute(select(COUNTER.c.seq))


def test_a_connection_that_falls_silent_is_let_go_and_the_next_writer_has_one_of_its_own(
    postgresql: PostgreSQL, empty_database: str
) -> None:
    url = make_url(postgresql.url(postgresql.new_database(like=empty_database)))
    firewall = Firewall(str(url.host), int(url.port or 0))
    with behind(firewall, postgresql.url(str(url.database))) as ledger:
        with ledger.write(NOON) as writing:
            first = writing.next_seq()
        firewall.forget()  # while nobody uses it: no writer sees even an error
        with ledger.write(NOON) as writing:
            assert first + 1 == writing.next_seq()
        with pytest.raises(OperationalError, match="gave no whole answer within 1 s"):
            _forgotten_half_way(ledger, firewall)
        assert first + 1 == ledger.seq()
    firewall.close()
