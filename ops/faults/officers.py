"""Officers at a real console, by HTTP: each command is sent with its key until it is answered, whatever happens to the other side.

Remembers what was answered: that must have taken effect, once.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import NamedTuple

from alerting.console import sessions
from alerting.console.signed import COOKIE
from alerting.ledger.store import Writing

WAITS_S = 0.1
THINKS_S = 0.15
CSRF = "csrf-of-the-faults"
GOES_AGAIN = frozenset({429, 500, 502, 503, 504})
"""Not answered yet: the same is sent again with the same key."""


Choose = Callable[[Random], tuple[str, str] | None]
"""Which alert is looked at next, and by which officer; None: there is none yet."""


class Given(NamedTuple):
    """A command that was answered. `mark`: words of its own, that stand in its body."""

    officer_id: str
    alert_id: str
    name: str
    mark: str
    status: int


class Officers:
    """One at a time, on a thread of its own. `acting`: they say what they did, too, which comes back as events."""

    def __init__(self, port: int, choose: Choose, rng: Random, *, acting: bool = False) -> None:
        self.given: list[Given] = []
        self.sent_again = 0
        """Commands that had to be sent more than once."""
        self._port, self._look, self._rng, self._acting = port, choose, rng, acting
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @staticmethod
    def sign_in(writing: Writing, officers: Iterable[str]) -> None:
        """Everybody, by a session in the ledger: the way through the pages is another test's."""
        for officer in officers:
            sessions.begin(writing, _token(officer), officer, csrf=CSRF, strong_at=writing.now, provider=None)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the command under way is answered."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(THINKS_S):
            if (found := self._look(self._rng)) is not None:
                self._once(*found)

    def _once(self, alert_id: str, officer: str) -> None:
        path = f"/api/v1/alerts/{alert_id}"
        status, body = self._ask("GET", path, officer)
        if status != 200:  # noqa: PLR2004  not taken yet, or nobody answers
            return
        seen = json.loads(body)
        mark = f"mark {self._rng.getrandbits(64):016x}"
        name, said = self._choose(seen, officer, mark)
        headers = {"if-match": f'"{seen["version"]}"', "idempotency-key": str(uuid.UUID(int=self._rng.getrandbits(128)))}
        tries = 0
        while True:
            status, _ = self._ask("POST", f"{path}/{name}", officer, said, headers)
            tries += 1
            if status and status not in GOES_AGAIN:
                break
            self._stopping.wait(WAITS_S)
        self.sent_again += tries > 1
        self.given.append(Given(officer, alert_id, name, mark, status))

    def _choose(self, seen: Mapping[str, object], officer: str, mark: str) -> tuple[str, dict[str, object]]:
        handling = seen["handling"]
        if not isinstance(handling, dict):
            raise TypeError(f"handling is {handling!r}, expected an object")
        owned = (handling.get("owner") or {}).get("officer_id") == officer
        if owned and handling.get("lease") is not None and self._rng.random() < 1 / 2:
            return "release", {"reason": f"Called away, {mark}"}
        if handling.get("lease") is None and self._rng.random() < 2 / 3:
            until = (datetime.now(UTC) + timedelta(minutes=20)).isoformat().replace("+00:00", "Z")
            return "acknowledge", {"intent": "other", "intent_text": f"I see to it, {mark}", "until_at": until}
        if self._acting and len(_listed(seen, "protected_person_ids")) == 1 and self._rng.random() < 1 / 2:
            return "act", {"action": "phoned_protected_person", "detail": f"She is well, {mark}"}
        return "note", {"text": f"Seen on the map, {mark}"}

    def _ask(
        self, method: str, path: str, officer: str, said: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """The status and the body; 0 where nobody answered."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        ours = {"cookie": f"{COOKIE}={_token(officer)}", "origin": f"http://127.0.0.1:{self._port}", "x-csrf-token": CSRF}
        body = None if said is None else json.dumps(said)
        try:
            connection.request(
                method, path, body, {**ours, **({} if body is None else {"content-type": "application/json"}), **(headers or {})}
            )
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            return 0, b""
        finally:
            connection.close()


def _listed(seen: Mapping[str, object], field: str) -> list[object]:
    found = seen.get(field)
    return found if isinstance(found, list) else []


def _token(officer: str) -> str:
    return f"token-of-{officer}"
