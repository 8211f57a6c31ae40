"""A feed client that gives nothing up: it sends batches in order until each is acknowledged, whatever happens to the other side.

Remembers what was acknowledged, for that is what must not be lost.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from http.client import HTTPException

from ops.faults.subject import post

WAITS_S = 0.05
ACCEPTED = 202


class Sender:
    """Sends on a thread of its own, as far as `allow` lets it."""

    def __init__(self, port: int, key: str, batches: Sequence[Sequence[bytes]]) -> None:
        self._port = port
        self._key = key
        self._batches = batches
        self._allowed = 0
        self._closing = False
        self.acknowledged: set[tuple[str, str]] = set()
        """(source, id) of every line that the other side said it has."""
        self.sent_again = 0
        """Batches that had to be sent more than once."""
        self.refused: list[str] = []
        """Answers that no line of ours should get."""
        self.done_batches = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def allow(self, batches: int) -> None:
        """Send up to this batch."""
        self._allowed = max(self._allowed, min(batches, len(self._batches)))

    @property
    def finished(self) -> bool:
        """Whether all is acknowledged."""
        return self.done_batches == len(self._batches)

    def close(self) -> None:
        """Stop after the batch under way."""
        self._closing = True
        self._thread.join(timeout=30)

    def _run(self) -> None:
        again = False
        while not self._closing and not self.finished:
            if self.done_batches >= self._allowed:
                time.sleep(WAITS_S)
                continue
            if self._sent(self._batches[self.done_batches]):
                self.sent_again += again
                self.done_batches, again = self.done_batches + 1, False
            else:
                again = True
                time.sleep(WAITS_S)

    def _sent(self, batch: Sequence[bytes]) -> bool:
        try:
            status, body = post(self._port, self._key, batch)
        except (OSError, HTTPException):
            return False
        if status != ACCEPTED:
            return False
        for one in json.loads(body)["results"]:
            if one["result"] in {"accepted", "duplicate"}:
                self.acknowledged.add((one["source"], one["id"]))
            else:
                self.refused.append(json.dumps(one))
        return True
