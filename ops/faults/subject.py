"""The system under a fault: one of its real processes, on loopback, ended only by its own id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Protocol

PROGRAM = (sys.executable, "-c", "from ops.cli.main import main; main()")
LOOKS_EVERY_S = 0.05


class NotInTime(Exception):
    """It did not do in time what it was waited for."""


def vigil(*arguments: str) -> str:
    """A command of the program, to its end; what it printed."""
    done = subprocess.run([*PROGRAM, *arguments], check=False, capture_output=True, text=True)  # noqa: S603  our own
    if done.returncode != 0:
        raise RuntimeError(f"vigil {' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def post(port: int, key: str, lines: Sequence[bytes]) -> tuple[int, bytes]:
    """A batch, sent to it; the status and the body of its answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {key}"}
        connection.request("POST", "/api/v1/events", b"\n".join(lines), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Life(Protocol):
    """A process from its beginning to its end, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Process:
    """One command and one port (0: it has none); a life at a time. Says in `log` what it says."""

    def __init__(self, name: str, command: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.port = port
        self._command = list(command)
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._process: Life | None = None

    def start(self) -> None:
        """Begin a life. Does not wait."""
        self._process = self._begin()

    @property
    def pid(self) -> int:
        """The process that lives now."""
        return self._alive().pid

    @property
    def ended(self) -> bool:
        """Whether it has ended without being told to."""
        return self._alive().poll() is not None

    def kill(self) -> None:
        """End it as a power cut would: no signal that it could catch."""
        process = self._alive()
        process.kill()
        process.wait()
        self._process = None

    def stop(self) -> None:
        """Ask it to end, and see that it does so in order."""
        process = self._alive()
        process.terminate()
        code = process.wait(timeout=120)
        self._process = None
        if code != 0:
            raise RuntimeError(f"{self.name} ended with {code}, expected 0; see {self._log}")

    def close(self) -> None:
        """End it, if it lives."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ready(self) -> bool:
        """Whether it does its work, as far as it says."""
        if not self.port:
            return not self.ended
        try:
            return self.get("/health/ready")[0] == 200  # noqa: PLR2004  the status
        except (OSError, HTTPException):
            return False

    def get(self, path: str) -> tuple[int, str]:
        """What it answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def backlog_events(self) -> int:
        """Of `vigil run`: events that it has accepted and not yet judged."""
        _, text = self.get("/metrics")
        return next(int(float(line.split()[1])) for line in text.splitlines() if line.startswith("vigil_backlog_events "))

    def wait_ready(self, at_most_s: float = 120) -> None:
        """Until it does its work."""
        ends = time.monotonic() + at_most_s
        while not self.ready():
            if self.ended:
                raise RuntimeError(f"{self.name} ended by itself; see {self._log}")
            if time.monotonic() > ends:
                raise NotInTime(f"{self.name} is not ready after {at_most_s:.0f} s; see {self._log}")
            time.sleep(LOOKS_EVERY_S)

    def _begin(self) -> Life:
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)  # noqa: S603  our own

    def _alive(self) -> Life:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process


class Subject(Process):
    """`vigil run` on a data folder."""

    def __init__(self, data: Path, log: Path) -> None:
        port = free_port()
        super().__init__("vigil run", [*PROGRAM, "run", "--data", str(data), "--listen", f"127.0.0.1:{port}"], port, log)
