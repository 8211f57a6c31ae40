"""A real console on the loopback: a real ledger in a file, a clock that the test moves, invented officers, and browsers.

`Office` is the console with everything behind it; `Browser` keeps cookies as a browser does and sends what its pages would send.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Self

import httpx
from fastapi import APIRouter
from sqlalchemy import select

from alerting.console import sessions
from alerting.console.desk import Desk, Oidc, Settings
from alerting.console.limits import InProcess, Limits
from alerting.console.live import Live
from alerting.console.local import sign_in_link
from alerting.console.signed import COOKIE
from alerting.delivery.providers import Providers
from alerting.ledger import statements
from alerting.ledger.store import Ledger
from alerting.ledger.tables.books import AUDIT, READING
from ops.cli.serving import Serving
from ops.web import site
from ops.web.application import application
from ops.web.picture import Picture
from ops.web.sight import LedgerSight
from schemas.directory import DirectoryOfficer, DirectoryOnCall, OnCallRole
from schemas.event import Event
from schemas.fields import Value
from schemas.types import TYPES
from tests.integration.ledger.ledgers import in_folder

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AREA = "avon"
NO_PROVIDERS = Providers()

Routes = Callable[[Desk], APIRouter]


class Office:
    """One console and its ledger. `printed`: the links that whoever runs Vigil would see."""

    def __init__(
        self,
        folder: Path,
        oidc: Oidc | None = None,
        more: Iterable[Routes] = (),
        *,
        limits: Limits | None = None,
        providers: Providers = NO_PROVIDERS,
        ledger: Ledger | None = None,
    ) -> None:
        self.now = NOON
        self.real_now: datetime | None = None
        """Where a test lets the clock of the cases run away from the machine's own."""
        self.printed: list[str] = []
        self.ledger = ledger or in_folder(folder)
        self._serving = Serving("127.0.0.1:0")
        self._serving.bind()
        self.origin = self._serving.url.rstrip("/")
        self.limits = limits or InProcess()
        self.desk = Desk(
            ledger=self.ledger,
            clock=lambda: self.now,
            settings=Settings(self.origin, oidc),
            live=Live(self.ledger),
            limits=self.limits,
            say=self.printed.append,
            providers=providers,
            real_clock=lambda: self.now if self.real_now is None else self.real_now,
        )
        pages = site.routes(self.picture, LedgerSight(self.desk))
        self._serving.start(application([pages, *(routes(self.desk) for routes in more)], desk=self.desk))
        self._said = 0
        self._browsers: list[Browser] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for browser in self._browsers:
            browser.close()
        closing = threading.Thread(target=self.desk.live.close)
        closing.start()
        while closing.is_alive():  # a change wakes whoever waits for one: else each test would end a second later
            with self.ledger.write(self.now) as writing:
                writing.next_seq()
            closing.join(0.02)
        self._serving.stop()
        self.ledger.close()

    def picture(self) -> Picture:
        """What the plain page knows beside the ledger."""
        with self.ledger.read() as connection:
            return Picture(self.now, (), statements.directory(connection), (), 1204, self.now, 0)

    def state(self, type_: str, said: Value) -> None:
        """A `directory.*` event, a day before noon."""
        self._said += 1
        event = Event(
            id=f"d-{self._said}",
            source="directory/hr",
            type=type_,
            rank=TYPES[type_].rank,
            occurred_at=NOON - DAY + self._said * SECOND,
            data=said,
        )
        with self.ledger.write(self.now) as writing:
            assert statements.state(writing, event)

    def officer(self, officer_id: str, *roles: str, name: str = "PC Rowan", area: str = AREA, manager: str | None = None) -> str:
        """An officer of the directory; again with no role: one who has left."""
        said = DirectoryOfficer(officer_id=officer_id, name=name, organisation="police", area=area, roles=roles, line_manager_id=manager)
        self.state("directory.officer", said)
        return officer_id

    def on_call(self, role: OnCallRole, officer_id: str, area: str = AREA, *, hours: tuple[int, int] = (-1, 12)) -> None:
        """A shift, from and to in hours from noon."""
        from_, to = (NOON + number * HOUR for number in hours)
        self.state("directory.on_call", DirectoryOnCall(role=role, area=area, officer_id=officer_id, from_=from_, to=to))

    def browser(self) -> Browser:
        """A browser that nobody has signed in with."""
        browser = Browser(self.origin)
        self._browsers.append(browser)
        return browser

    def sign_in(self, officer_id: str) -> Browser:
        """A browser whose officer has just signed in. Quick: the way through the pages is `sign_in_by_link`."""
        browser, token = self.browser(), self.desk.tokens()
        browser.csrf = self.desk.tokens()
        with self.ledger.write(self.now) as writing:
            sessions.begin(writing, token, officer_id, csrf=browser.csrf, strong_at=self.now, provider=None)
        browser.cookies[COOKIE] = token
        return browser

    def sign_in_by_link(self, officer_id: str) -> Browser:
        """The same by a one-time link, its page and its button."""
        browser = self.browser()
        browser.sign_in(sign_in_link(self.desk), officer_id)
        return browser

    def readings(self, kind: str = "reading") -> list[dict[str, object]]:
        """The log of readings, the first first."""
        with self.ledger.read() as connection:
            rows = connection.execute(select(READING).where(READING.c.kind == kind).order_by(READING.c.number))
            return [row._asdict() for row in rows]

    def audited(self, kind: str) -> int:
        """How many entries of that kind the chain holds."""
        with self.ledger.read() as connection:
            return len(connection.execute(select(AUDIT.c.number).where(AUDIT.c.kind == kind)).all())


class Browser:
    """Cookies, our origin, and the token of the session once there is one."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self.csrf = ""
        self._client = httpx.Client(base_url=origin, follow_redirects=False, timeout=20)

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, path: str, *, headers: Mapping[str, str | None] | None = None, **sent: object) -> httpx.Response:
        """One request. A header that is None is not sent."""
        said: dict[str, str | None] = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None}
        said |= headers or {}
        wanted = {name: value for name, value in said.items() if value is not None}
        response = self._client.request(method, path, headers=wanted, **sent)  # type: ignore[arg-type]  # httpx's own keywords
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return response

    def get(self, path: str, **headers: str | None) -> httpx.Response:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def submit(self, path: str, form: Mapping[str, str], **headers: str | None) -> httpx.Response:
        """A form of our own page."""
        said = {"origin": self.origin} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", path, headers=said, data=dict(form))

    def command(
        self,
        path: str,
        body: object = None,
        *,
        method: str = "POST",
        version: int | None = None,
        key: str | None = "",
        headers: Mapping[str, str | None] | None = None,
    ) -> httpx.Response:
        """A command as our page sends it. `key`: a new one unless it is given; None: without."""
        said: dict[str, str | None] = {
            "origin": self.origin,
            "x-csrf-token": self.csrf,
            "idempotency-key": str(uuid.uuid4()) if key == "" else key,
            "if-match": None if version is None else f'"{version}"',
        }
        sent = {} if body is None else {"json": body}
        return self.ask(method, path, headers=said | dict(headers or {}), **sent)

    def sign_in(self, link: str, officer_id: str) -> httpx.Response:
        """By a one-time link: its page, then its button."""
        token = httpx.URL(link).params["token"]
        self.get(link.removeprefix(self.origin))
        response = self.submit("/sign-in/local", {"token": token, "officer_id": officer_id})
        assert response.status_code == 303, response.text
        self.csrf = self.get("/api/v1/session").json()["csrf_token"]
        return response


def problem(response: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The refusal, which must be this one and whole."""
    said: dict[str, object] = response.json()
    assert (status, code) == (response.status_code, said.get("code")), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert said.keys() >= {"type", "title", "status", "detail", "instance", "code", "request_id", "errors"}
    assert said["type"] == f"/problems/{code}"
    assert said["request_id"] == response.headers["x-request-id"] or "idempot" in str(said)
    return said
