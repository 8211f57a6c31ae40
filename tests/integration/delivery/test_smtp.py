"""E-mail against a real SMTP server, polite and rude."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from alerting.delivery import smtp as channel
from alerting.delivery.message import Address, Failed, Retry, Sent, WrongSettings
from tests.integration.delivery.telling import outgoing
from tests.parts.server import free_port
from tests.parts.smtp import Smtp

TO = Address("email", "idva@example.org")


def by(server: Smtp, **more: str) -> channel.Settings:
    environment = {
        "VIGIL_SMTP_HOST": "127.0.0.1",
        "VIGIL_SMTP_PORT": str(server.port),
        "VIGIL_SMTP_FROM": "vigil@example.org",
        "VIGIL_SMTP_SECURITY": "none",
    }
    made = channel.settings({**environment, **more})
    assert made is not None
    return made


def test_the_letter_says_what_may_leave_and_nothing_else(smtp: Smtp) -> None:
    assert Sent() == channel.send(outgoing(), TO, by(smtp))
    letter = smtp.messages[0]
    assert letter["subject"] == "Vigil: VG-7K3MQ-2XD9A needs an answer now."
    assert letter.get_content().strip() == "Vigil: VG-7K3MQ-2XD9A needs an answer now. https://vigil.example.org/a/VG-7K3MQ-2XD9A"
    assert (letter["from"], letter["to"], letter["message-id"]) == ("vigil@example.org", "idva@example.org", "<ms_1@example.org>")
    assert letter["date"] == "Sun, 22 Nov 2026 20:14:44 +0000"


def test_a_mailbox_that_is_not_there_is_never_tried_again_and_a_full_one_is(smtp: Smtp) -> None:
    smtp.refuse_recipient = "550 5.1.1 no such mailbox"
    assert Failed("smtp_550") == channel.send(outgoing(), TO, by(smtp))
    smtp.refuse_recipient = "451 4.3.0 try later"
    assert Retry("smtp_451") == channel.send(outgoing(), TO, by(smtp))


def test_a_refusal_after_the_letter_counts_like_one_before_it(smtp: Smtp) -> None:
    smtp.refuse_message = "451 4.7.1 greylisted"
    assert Retry("smtp_451") == channel.send(outgoing(), TO, by(smtp))
    smtp.refuse_message = "554 5.7.1 refused"
    assert Failed("smtp_554") == channel.send(outgoing(), TO, by(smtp))
    assert [] == smtp.messages


def test_a_relay_that_goes_away_after_the_letter_may_have_delivered_it(smtp: Smtp) -> None:
    smtp.drop_after_data = True
    assert Retry("relay_gone_away", unsure=True) == channel.send(outgoing(), TO, by(smtp))
    assert len(smtp.messages) == 1


def test_a_relay_that_says_nothing_is_given_up_in_time(smtp: Smtp) -> None:
    smtp.delay_s = 2
    assert Retry("relay_gone_away", unsure=True) == channel.send(outgoing(), TO, by(smtp)._replace(timeout_s=0.2))


def test_a_relay_that_is_not_there_delivered_nothing(smtp: Smtp) -> None:
    assert Retry("relay_away") == channel.send(outgoing(), TO, by(smtp)._replace(port=free_port()))


def test_with_starttls_the_letter_goes_only_to_a_relay_that_proves_itself(smtp_tls: Smtp) -> None:
    secured = by(smtp_tls, VIGIL_SMTP_SECURITY="starttls", VIGIL_SMTP_CA_FILE=str(smtp_tls.certificate))
    assert Sent() == channel.send(outgoing(), TO, secured)
    assert Retry("relay_not_trusted") == channel.send(outgoing(), TO, secured._replace(authority_file=None))
    assert len(smtp_tls.messages) == 1


def test_a_relay_without_tls_gets_no_letter_where_tls_is_wanted(smtp: Smtp) -> None:
    assert Retry("relay_away") == channel.send(outgoing(), TO, by(smtp)._replace(security="starttls"))
    assert [] == smtp.messages


@pytest.mark.parametrize(
    "value",
    [
        "idva@example.org\r\nBcc: him@example.org",
        "idva@example.org\nSubject: other",
        "idva@example.org, him@example.org",
        "<idva@example.org> NOTIFY=NEVER",
        "idva@example",
        "idva example.org",
        "",
        "idva@example.org\0",
    ],
)
def test_no_address_can_carry_a_second_header_or_recipient(smtp: Smtp, value: str) -> None:
    assert Failed("not_an_address") == channel.send(outgoing(), Address("email", value), by(smtp))
    assert [] == smtp.messages


@pytest.mark.parametrize(
    ("environment", "wrong"),
    [
        ({"VIGIL_SMTP_FROM": ""}, "VIGIL_SMTP_FROM is not set"),
        ({"VIGIL_SMTP_FROM": "vigil@example.org\r\nBcc: him@example.org"}, "VIGIL_SMTP_FROM: expected one e-mail address"),
        ({"VIGIL_SMTP_SECURITY": "ssl"}, "expected one of starttls, tls, none"),
        ({"VIGIL_SMTP_PORT": "smtp"}, "expected a whole number"),
        ({"VIGIL_SMTP_USER": "vigil", "VIGIL_SMTP_SECURITY": "none"}, "in the clear"),
        ({"VIGIL_SMTP_USER": "vigil"}, "VIGIL_SMTP_PASSWORD is not set"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(environment: Mapping[str, str], wrong: str) -> None:
    with pytest.raises(WrongSettings, match=wrong):
        channel.settings({"VIGIL_SMTP_HOST": "relay", "VIGIL_SMTP_FROM": "vigil@example.org", **environment})


def test_without_a_relay_there_is_no_e_mail() -> None:
    assert channel.settings({}) is None
