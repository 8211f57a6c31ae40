"""One alert through every path at once, with real servers at their ends: nothing leaves but a mark, a reference, an urgency, a link.

The alert, its person and its team are full of words that may not leave; every byte that any server was sent is searched for them.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert, select

from alerting.delivery import smtp as relay
from alerting.delivery import webhook
from alerting.delivery.cap import cap
from alerting.delivery.providers import Providers
from alerting.delivery.sending import Sender
from alerting.ledger import alerts, statements
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from alerting.ledger.tables.messages import OUTBOX, PUSH_SUBSCRIPTION, WEBHOOK
from alerting.ledger.telling import Change, tell
from alerting.ledger.unreachable import next_person
from schemas.directory import Channels, DirectoryOfficer
from schemas.envelope import MessageStatus
from schemas.event import Event
from schemas.types import TYPES
from tests.integration.delivery.notify_server import NotifyServer, notify_server
from tests.integration.delivery.telling import Answer, Listening, http_server
from tests.integration.delivery.test_push import SETTINGS as VAPID
from tests.integration.delivery.test_push import Browser
from tests.parts.certificate import own_certificate
from tests.parts.smtp import Smtp
from tests.unit.alerting.invented import NOON, a_change, a_finding, a_person, assigned

ORIGIN = "https://vigil.example.org"
SECRETS = (
    "Sam Field",
    "A1234AA",
    "Bedminster",
    "BS3 4QP",
    "14 Acacia",
    "exclusion-zone-entry",
    "avon",
    "pe-1",
    "pp-1",
    "al_",
    "secret-label",
)


class World:
    """The ledger, and a server at the end of each channel."""

    def __init__(self, ledger: Ledger, place: Path, mail: Smtp, stack: ExitStack) -> None:
        certificate, key = own_certificate(place, "hooks.example.org")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
        self.ledger, self.mail = ledger, mail
        self.sms: NotifyServer = stack.enter_context(notify_server())
        self.hook: Listening = stack.enter_context(http_server(lambda _: Answer(204), tls))
        self.push: Listening = stack.enter_context(http_server(lambda _: Answer(201)))
        self.browser = Browser()
        trust = ssl.create_default_context(cafile=str(certificate))
        providers = Providers(
            smtp=relay.Settings("127.0.0.1", mail.port, "vigil@example.org", "none"),
            notify=self.sms.settings,
            push=VAPID,
            webhook=webhook.Settings(lambda _name, _port: ["127.0.0.1"], inside=True, authority=trust),
        )
        self.now = NOON
        self.terms = Terms(ORIGIN)
        self.sender = Sender(ledger, providers, next_person(self.terms), lambda: self.now)

    def officer(self, officer_id: str, channels: Channels) -> None:
        said = DirectoryOfficer(
            officer_id=officer_id, name="PC Rowan", organisation="police", area="avon", roles=("oic",), channels=channels
        )
        rank = TYPES["directory.officer"].rank
        event = Event(id=officer_id, source="directory/hr", type="directory.officer", rank=rank, occurred_at=NOON, data=said)
        with self.ledger.write(self.now) as writing:
            statements.state(writing, event)

    def told(self, message_status: MessageStatus) -> str:
        """A critical alert about somebody, to three people with one channel each, and to a webhook; its id."""
        self.officer("of-mail", Channels(email="rowan@example.org"))
        self.officer("of-sms", Channels(phone="+447700900012"))
        self.officer("of-push", Channels())
        subscription = self.browser.subscription(f"{self.push.url}/p/1").value
        with self.ledger.write(self.now) as writing:
            made = {"officer_id": "of-push", "made_at": self.now}
            row = {"subscription_id": "ps_1", "subscription": subscription, "device_label": "phone", **made}
            writing.connection.execute(insert(PUSH_SUBSCRIPTION).values(row))
            url = f"https://hooks.example.org:{self.hook.port}/"
            hook = {"webhook_id": "wh_1", "url": url, "secrets": '["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"]', "areas": "[]", **made}
            writing.connection.execute(insert(WEBHOOK).values(hook))
        team = (assigned("oic", "of-mail"), assigned("offender_manager", "of-sms"), assigned("idva", "of-push"))
        finding = a_finding(
            told=("oic", "offender_manager", "idva"),
            message_status=message_status,
            because="Sam Field (A1234AA) is inside the Bedminster zone near 14 Acacia Road, BS3 4QP.",
        )
        finding = finding.model_copy(update={"about": finding.about.model_copy(update={"label": "secret-label"})})
        with self.ledger.write(self.now) as writing:
            tell(writing, [Change(a_change(finding), a_person(*team))], self.terms)
        while self.sender.send_due():
            pass
        return finding.finding_id

    def everything_sent(self) -> bytes:
        """All bytes that any server saw, encrypted ones in clear."""
        seen = [message.as_bytes() for message in self.mail.messages]
        for request in (*self.sms.listening.asked, *self.hook.asked):
            seen += [request.path.encode(), json.dumps(dict(request.headers)).encode(), request.body]
        for request in self.push.asked:
            headers = {name: value for name, value in request.headers.items() if name != "authorization"}
            seen += [request.path.encode(), json.dumps(headers).encode(), msgspec.json.encode(self.browser.reads(request))]
        return b"\n".join(seen)


@pytest.fixture
def world(ledger: Ledger, tmp_path: Path, smtp: Smtp) -> Iterator[World]:
    with ExitStack() as stack:
        made = World(ledger, tmp_path, smtp, stack)
        yield made
        made.sender.close()


@pytest.mark.parametrize(("message_status", "mark"), [("actual", ""), ("exercise", "EXERCISE "), ("test", "TEST ")])
def test_every_channel_says_the_same_few_words_and_no_more(world: World, message_status: MessageStatus, mark: str) -> None:
    alert_id = world.told(message_status)
    with world.ledger.read() as connection:
        record = alerts.load(connection, alert_id)
        states = {channel: state for channel, state in connection.execute(select(OUTBOX.c.channel, OUTBOX.c.state))}  # noqa: C416  rows
    assert record is not None
    reference = record.alert.reference
    sentence = f"{mark}Vigil: {reference} needs an answer now. {ORIGIN}/a/{reference}"
    assert {"email": "handed_over", "sms": "handed_over", "push": "handed_over", "webhook": "handed_over"} == states
    assert [sentence] == [message.get_content().strip() for message in world.mail.messages]
    assert [{"message": sentence}] == [request.json["personalisation"] for request in world.sms.sends]
    assert [sentence] == [world.browser.reads(request)["body"] for request in world.push.asked]
    (hooked,) = (request.json["data"] for request in world.hook.asked)
    link = f"{ORIGIN}/a/{reference}"
    assert {"reference": reference, "urgency": "now", "message_status": message_status, "url": link, "repeat": False} == hooked
    sent = world.everything_sent() + cap(record.alert, ORIGIN)
    assert [] == [secret for secret in SECRETS if secret.encode() in sent]


def test_the_search_would_find_it() -> None:
    """The claim above rests on the search: it finds each word in what is stored of the alert."""
    finding = a_finding(because="Sam Field (A1234AA) is inside the Bedminster zone near 14 Acacia Road, BS3 4QP.")
    stored = finding.model_dump_json().encode()
    assert [secret for secret in SECRETS if secret != "secret-label"] == [secret for secret in SECRETS if secret.encode() in stored]


def test_the_outbox_holds_no_other_words_either(world: World) -> None:
    world.told("actual")
    with world.ledger.read() as connection:
        texts = connection.execute(select(OUTBOX.c.text)).scalars().all()
        assert 1 == len(connection.execute(select(ALERT.c.alert_id)).all())
    assert [] == [secret for secret in SECRETS for text in texts if secret in text]
