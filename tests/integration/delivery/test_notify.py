"""GOV.UK Notify through its official client, against a local server that speaks its documented API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from alerting.delivery import notify as channel
from alerting.delivery.message import Address, Failed, Outcome, Retry, Sent, WrongSettings
from tests.integration.delivery.notify_server import KEY, TEMPLATE, NotifyServer, notify_server
from tests.integration.delivery.telling import outgoing
from tests.parts.server import free_port

TO = Address("sms", "+447700900123")


@pytest.fixture
def server() -> Iterator[NotifyServer]:
    with notify_server() as running:
        yield running


def test_an_sms_carries_our_message_and_its_name_as_reference(server: NotifyServer) -> None:
    assert Sent(ref="740e5834-3a29-46b4-9a6f-000000000000") == channel.send(outgoing("ms_9"), TO, server.settings)
    assert {
        "phone_number": "+447700900123",
        "template_id": TEMPLATE,
        "personalisation": {"message": "Vigil: VG-7K3MQ-2XD9A needs an answer now. https://vigil.example.org/a/VG-7K3MQ-2XD9A"},
        "reference": "ms_9",
    } == server.sends[0].json


def test_an_e_mail_goes_by_its_own_template(server: NotifyServer) -> None:
    assert isinstance(channel.send(outgoing(), Address("email", "idva@example.org"), server.settings), Sent)
    assert "/v2/notifications/email" == server.sends[0].path
    without = server.settings._replace(email_template_id="")
    assert Failed("no_email_template") == channel.send(outgoing(), Address("email", "idva@example.org"), without)


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ((400, "ValidationError", "phone_number Must be a real number"), Failed("notify_400")),
        ((403, "AuthError", "Invalid token: signature, api token not found"), Retry("notify_403")),
        (
            (429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"),
            Retry("notify_429", timedelta(minutes=1)),
        ),
        ((429, "TooManyRequestsError", "Exceeded send limits (250000) for today"), Failed("notify_daily_limit")),
        ((500, "Exception", "Internal server error"), Retry("notify_500", unsure=True)),
    ],
)
def test_each_refusal_of_the_documentation_has_its_outcome(server: NotifyServer, refusal: tuple[int, str, str], outcome: Outcome) -> None:
    server.refuse = refusal
    assert outcome == channel.send(outgoing(), TO, server.settings)


def test_a_send_that_failed_on_the_way_back_is_found_by_reference_and_not_sent_twice(server: NotifyServer) -> None:
    server.refuse, server.keeps = (500, "Exception", "Internal server error"), True
    channel.send(outgoing("ms_9"), TO, server.settings)
    server.refuse = None
    assert Sent(ref="740e5834-3a29-46b4-9a6f-000000000000") == channel.send(outgoing("ms_9", tried_before=True), TO, server.settings)
    assert 1 == len(server.sends)


def test_a_send_that_never_arrived_is_sent_after_the_look_up(server: NotifyServer) -> None:
    assert isinstance(channel.send(outgoing("ms_9", tried_before=True), TO, server.settings), Sent)
    assert 1 == len(server.sends)


def test_notify_away_is_no_fault_of_the_number() -> None:
    gone = channel.Settings(api_key=KEY, sms_template_id=TEMPLATE, base_url=f"http://127.0.0.1:{free_port()}")
    assert Retry("notify_away", unsure=True) == channel.send(outgoing(), TO, gone)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("created", Sent(ref="740e5834-3a29-46b4-9a6f-000000000000")),
        ("sending", Sent(ref="740e5834-3a29-46b4-9a6f-000000000000")),
        ("delivered", Sent(ref="740e5834-3a29-46b4-9a6f-000000000000", state="delivered")),
        ("permanent-failure", Failed("permanent_failure")),
        ("temporary-failure", Failed("temporary_failure")),
        ("technical-failure", Failed("technical_failure")),
    ],
)
def test_where_no_receipt_comes_notify_is_asked(server: NotifyServer, status: str, outcome: Outcome) -> None:
    sent = channel.send(outgoing(), TO, server.settings)
    assert isinstance(sent, Sent)
    assert sent.ref is not None
    server.taken[sent.ref]["status"] = status
    assert outcome == channel.look(sent.ref, server.settings)


def test_a_message_that_notify_no_longer_knows_is_asked_about_again(server: NotifyServer) -> None:
    assert Retry("notify_404") == channel.look("740e5834-3a29-46b4-9a6f-999999999999", server.settings)


def test_settings_need_the_whole_key_and_a_template() -> None:
    with pytest.raises(WrongSettings, match="VIGIL_NOTIFY_SMS_TEMPLATE is not set"):
        channel.settings({"VIGIL_NOTIFY_API_KEY": KEY})
    with pytest.raises(WrongSettings, match="name-service_id-secret"):
        channel.settings({"VIGIL_NOTIFY_API_KEY": "secret"})
    assert channel.settings({}) is None
