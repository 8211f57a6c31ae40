"""A listener at the live stream, as a browser's EventSource is one: every event in order, as it came."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from tests.integration.console.office import Browser

Json = dict[str, object]


class Event(NamedTuple):
    """One event of the stream."""

    name: str
    seq: int | None
    data: Json


class Listener:
    """Listens until it is closed or the server ends the stream. `first`: the first line, which is no event."""

    def __init__(self, browser: Browser, query: str = "", *, last_event_id: int | None = None) -> None:
        self.events: list[Event] = []
        self.first = ""
        self.status = 0
        self.headers: httpx.Headers = httpx.Headers()
        self.ended = threading.Event()
        self._came = threading.Condition()
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        self._said = {"cookie": cookie} | ({} if last_event_id is None else {"last-event-id": str(last_event_id)})
        self._url = f"{browser.origin}/api/v1/stream{query}"
        self._client = httpx.Client(timeout=httpx.Timeout(20, read=None))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Go away, as a closed tab does."""
        self._client.close()
        self._thread.join(10)

    def until(self, said: Callable[[list[Event]], bool], within_s: float = 15) -> list[Event]:
        """Everything so far, once it holds."""
        with self._came:
            assert self._came.wait_for(lambda: said(self.events), within_s), self.events
            return list(self.events)

    def named(self, name: str) -> list[Event]:
        """The events of one name so far."""
        with self._came:
            return [event for event in self.events if event.name == name]

    def _listen(self) -> None:
        try:
            with self._client.stream("GET", self._url, headers=self._said) as answer:
                self.status, self.headers = answer.status_code, answer.headers
                block: list[str] = []
                for line in answer.iter_lines():
                    self.first = self.first or line
                    if line:
                        block.append(line)
                    elif block:
                        self._take(block)
                        block = []
        except (httpx.HTTPError, httpx.StreamError, RuntimeError, AttributeError):
            pass  # closed here, in the middle of waiting
        finally:
            self.ended.set()

    def _take(self, block: list[str]) -> None:
        parts = dict(line.split(": ", 1) for line in block if not line.startswith(":"))
        if "event" in parts:
            with self._came:
                seq = int(parts["id"]) if "id" in parts else None
                self.events.append(Event(parts["event"], seq, json.loads(parts["data"])))
                self._came.notify_all()


def names(events: list[Event]) -> list[str]:
    """Their names in order."""
    return [event.name for event in events]
