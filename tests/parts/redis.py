"""A real Redis for tests. It holds nothing on disk, as in the cluster: emptied or gone, everything must rebuild."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.absent import absent
from tests.parts.server import Server, free_port


class Redis(Server):
    """`url` is where it answers."""

    def __init__(self, program: str, place: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(place)]
        super().__init__("redis-server", command, place / "log", lambda: self.say("PING").startswith("+PONG"))

    def say(self, command: str) -> str:
        """One inline command and its answer; empty where nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
                line.sendall(f"{command}\r\n".encode())
                return line.recv(65_536).decode(errors="replace")
        except OSError:
            return ""

    def empty(self) -> None:
        """All of it is forgotten."""
        self.say("FLUSHALL")


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """One server for the session, with what tests left in it."""
    program = shutil.which("redis-server")
    if program is None:
        absent("Redis", "there is no redis-server")
    server = Redis(program, tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.end()


@pytest.fixture
def redis_url(redis: Redis) -> str:
    """Where it answers, emptied."""
    redis.empty()
    return redis.url
