"""A log entry names nobody, whoever wrote it and whatever it was given."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from ops.cli import logs


@pytest.fixture
def written() -> io.StringIO:
    out = io.StringIO()
    logs.begin(out)
    return out


def test_an_entry_is_one_json_object_a_line(written: io.StringIO) -> None:
    structlog.get_logger("x").info("started", address="http://127.0.0.1:8080/", people=1204)
    entry = json.loads(written.getvalue())

    assert {"event": "started", "level": "info", "address": "http://127.0.0.1:8080/", "people": 1204} == {
        name: value for name, value in entry.items() if name != "at"
    }
    assert entry["at"].endswith("Z")


def test_a_field_that_is_not_known_to_be_harmless_loses_its_value(written: io.StringIO) -> None:
    structlog.get_logger("x").error("request_failed", name="Sam Field", number="+447700900123", error="ValueError")
    entry = json.loads(written.getvalue())

    assert (logs.WITHHELD, logs.WITHHELD, "ValueError") == (entry["name"], entry["number"], entry["error"])


def test_the_web_servers_own_warnings_pass_without_what_a_request_said(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid request %s", "A1234AA")
    logging.getLogger("uvicorn.error").info("Started server process")

    assert ["web_server"] == [json.loads(line)["event"] for line in written.getvalue().splitlines()]
    assert "A1234AA" not in written.getvalue()


def test_what_a_library_warns_of_passes_without_what_a_provider_answered(written: io.StringIO) -> None:
    logging.getLogger("notifications_python_client.base").warning("API %s failed with %s", "POST", "phone_number +447700900123")
    (entry,) = (json.loads(line) for line in written.getvalue().splitlines())

    assert ("library", "warning", "notifications_python_client.base") == (entry["event"], entry["level"], entry["logger"])
    assert "+447700900123" not in written.getvalue()


def test_what_is_below_a_warning_for_nobody_is_not_written(written: io.StringIO) -> None:
    structlog.get_logger("x").debug("detail", event_id="p-1")

    assert "" == written.getvalue()
