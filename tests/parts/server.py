"""A server in a process of its own, on the loopback address: started, waited for, killed, started again on the same port.

Not any particular server: those stand beside this. Only what was started here is ever stopped, and nothing outlives the tests:
the kernel ends the server with the thread that started it, so start and restart it from a test's own thread.
"""

from __future__ import annotations

import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 60.0
BELOW_EPHEMERAL = range(20_000, 32_768)
"""Linux and others give a client's end one of the ports above."""


def free_port() -> int:
    """A port that nobody has now, and that nobody who connects somewhere is given before it is listened on, now or after a restart."""
    while True:
        port = BELOW_EPHEMERAL[secrets.randbelow(len(BELOW_EPHEMERAL))]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def listening(port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """`ready` says whether it serves; `user` is whom it runs as, where it will not run as root."""

    def __init__(self, name: str, command: Sequence[str], log: Path, ready: Callable[[], bool], user: str | None = None) -> None:
        self.name = name
        self._command = command
        self._log = log
        self._ready = ready
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it serves."""
        self._process = self._open()
        until = time.monotonic() + PATIENCE_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.end(signal.SIGKILL)
                raise RuntimeError(f"{self.name} did not begin to serve; it said: {self.said()}")
            time.sleep(0.05)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it, or kill it with SIGKILL; its data stay for the next start."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def pause(self) -> None:
        """It stands still: connections hang, none is refused."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def restart(self, how: signal.Signals = signal.SIGKILL) -> None:
        """As after a crash: gone, then back on the same port with the same data."""
        self.end(how)
        self.start()

    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else "nothing"

    def _signal(self, what: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(what)

    def _open(self) -> subprocess.Popen[bytes]:
        command = [*self._command]
        if setpriv := shutil.which("setpriv"):
            who = pwd.getpwnam(self._user) if self._user else None
            as_user = ["--reuid", str(who.pw_uid), "--regid", str(who.pw_gid), "--clear-groups"] if who else []
            command = [setpriv, "--pdeathsig", "KILL", *as_user, "--", *command]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._log.parent)
