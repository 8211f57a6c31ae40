"""A local server that speaks GOV.UK Notify's documented API, as rude as a test wants it.

Its answers are those of docs.notifications.service.gov.uk: 201 with the notification, 400/403/429/500 with `errors`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import jwt

from alerting.delivery import notify
from tests.integration.delivery.telling import Answer, Listening, Request, http_server

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"vigil_test-{SERVICE}-{SECRET}"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"


class NotifyServer:
    """`refuse`: the status and error of the next sends. `keeps`: whether it keeps what it refuses with 500, as a real one may."""

    def __init__(self) -> None:
        self.taken: dict[str, dict[str, object]] = {}
        self.refuse: tuple[int, str, str] | None = None
        self.keeps = False
        self.listening: Listening

    @property
    def settings(self) -> notify.Settings:
        made = notify.settings(
            {
                "VIGIL_NOTIFY_API_KEY": KEY,
                "VIGIL_NOTIFY_SMS_TEMPLATE": TEMPLATE,
                "VIGIL_NOTIFY_EMAIL_TEMPLATE": TEMPLATE,
                "VIGIL_NOTIFY_BASE_URL": self.listening.url,
            }
        )
        assert made is not None
        return made

    @property
    def sends(self) -> list[Request]:
        """The sends that came in."""
        return [request for request in self.listening.asked if request.method == "POST"]

    def answer(self, request: Request) -> Answer:
        said = jwt.decode(
            request.headers["authorization"].removeprefix("Bearer "), SECRET, algorithms=["HS256"], options={"verify_iat": False}
        )
        if said["iss"] != SERVICE or abs(said["iat"] - time.time()) > 30:
            return _refusal(403, "AuthError", "Invalid token: service not found")
        path = urlsplit(request.path)
        if request.method == "GET":
            return self._look(path.path, parse_qs(path.query))
        if self.refuse is not None:
            if self.keeps:
                self._take(request)
            return _refusal(*self.refuse)
        return Answer(201, self._take(request))

    def _take(self, request: Request) -> dict[str, object]:
        number = f"740e5834-3a29-46b4-9a6f-{len(self.taken):012d}"
        made = {"id": number, "reference": request.json["reference"], "status": "created", "type": request.path.rsplit("/", 1)[-1]}
        self.taken[number] = made
        return {"id": number, "reference": made["reference"], "content": {}, "uri": f"/v2/notifications/{number}", "template": {}}

    def _look(self, path: str, query: dict[str, list[str]]) -> Answer:
        name = path.removeprefix("/v2/notifications").strip("/")
        if name:
            return Answer(200, self.taken[name]) if name in self.taken else _refusal(404, "NoResultFound", "No result found")
        found = [one for one in list(self.taken.values()) if [one["reference"]] == query.get("reference")]
        return Answer(200, {"notifications": found, "links": {}})


def _refusal(status: int, error: str, message: str) -> Answer:
    return Answer(status, {"errors": [{"error": error, "message": message}], "status_code": status})


@contextmanager
def notify_server() -> Iterator[NotifyServer]:
    """It answers until the block ends."""
    server = NotifyServer()
    with http_server(server.answer) as listening:
        server.listening = listening
        yield server
