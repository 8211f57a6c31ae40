"""The data folder: who owns it. One `vigil run` at a time; a lock that the system drops when its process dies."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

LOCK = "vigil.lock"


class FolderTaken(Exception):
    """Another `vigil run` owns the folder."""


class Folder:
    """A data folder, owned from `open` to `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[bytes] | None = None

    def open(self) -> None:
        """Make it if it is not there, and own it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)  # personal data: nobody's but the owner's
        lock = (self.path / LOCK).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise FolderTaken(f"{self.path} belongs to a vigil run that is still running: stop it, or name another folder") from None
        self._lock = lock

    def close(self) -> None:
        """Let go of it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
