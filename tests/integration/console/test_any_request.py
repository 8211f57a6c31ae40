"""Whatever is sent to any route of the document, it is never our fault, and every refusal is a problem with a code of the page."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from alerting.console.limits import MOST, InProcess, Kind
from ops.web.publish import DOCUMENT
from schemas.problems import KINDS, MEDIA_TYPE
from tests.integration.console.office import Browser, Office
from tests.integration.ledger.reached import Town

ELSEWHERE = {"/api/v1/events", "/api/v1/events/check", "/api/v1/messages", "/api/v1/stream"}
"""Intake has tests of its own; the stream does not end."""
_DOCUMENT = json.loads(DOCUMENT.read_bytes())
_DOCUMENT["paths"] = {path: found for path, found in _DOCUMENT["paths"].items() if path not in ELSEWHERE}
api = schemathesis.openapi.from_dict(_DOCUMENT)


class Signed:
    """A supervisor who is signed in, beside an alert that is theirs, in an office without limits."""

    def __init__(self, office: Office) -> None:
        self.office = office
        office.officer("of-1", "supervisor", name="Sgt Ash")
        office.officer("of-2", "oic", name="DC Birch")
        town = Town(office.ledger)
        town.person(team=[("oic", "of-2", None)])
        self.alert_id = town.alert(told=[("oic", "of-2", "named")])
        self.browser: Browser = office.sign_in("of-1")

    def headers(self, *, versioned: bool) -> dict[str, str]:
        """As our page sends them, so that what is sent gets as far as it can."""
        said = {"cookie": f"__Host-vigil={self.browser.cookies['__Host-vigil']}", "origin": self.office.origin}
        said |= {"x-csrf-token": self.browser.csrf, "idempotency-key": str(uuid.uuid4())}
        return said | ({"if-match": '"1"'} if versioned else {})


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signed]:
    most: dict[Kind, int] = dict.fromkeys(MOST, 1_000_000)
    with Office(tmp_path_factory.mktemp("office"), limits=InProcess(most)) as office:
        yield Signed(office)


@api.parametrize()
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_request_is_answered_or_refused_as_the_page_says(case: schemathesis.Case, signed: Signed) -> None:  # type: ignore[type-arg]
    if "alert_id" in case.path_parameters and len(str(case.path_parameters["alert_id"])) % 2:
        case.path_parameters["alert_id"] = signed.alert_id  # half of the time one that is there
    case.headers.clear()
    case.cookies.clear()
    response = case.call(base_url=signed.office.origin, headers=signed.headers(versioned=case.method == "POST"), timeout=20)

    assert response.status_code < 500, f"{case.as_curl_command()}\n{response.text}"
    if response.status_code == 200 and case.path == "/api/v1/session":
        signed.browser = signed.office.sign_in("of-1")  # it may just have signed out
    headers = {name: values[0] for name, values in response.headers.items()}
    if response.status_code >= 400:
        said = response.json()
        assert headers["content-type"] == MEDIA_TYPE
        assert KINDS[said["code"]].status == response.status_code == said["status"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"].startswith("rq_")
