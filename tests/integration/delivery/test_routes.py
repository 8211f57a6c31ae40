"""Webhooks, push subscriptions, receipts and exercises over raw HTTP, as a client meets them that has read only the page."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from alerting.console.push import MOST
from alerting.delivery import notify, push, webhook
from alerting.delivery.message import Address, Outcome, Outgoing, Sent
from alerting.delivery.providers import Providers
from alerting.delivery.sending import Sender
from alerting.ledger import outbox
from alerting.ledger.outbox import Message
from alerting.ledger.tables.messages import OUTBOX, WEBHOOK
from alerting.wording import may_leave
from schemas.delivery import Channel
from tests.integration.console.office import MINUTE, Browser, Office, problem

WEBHOOKS, PUSH, RECEIPTS, EXERCISES = "/api/v1/webhooks", "/api/v1/push-subscriptions", "/api/v1/delivery-receipts", "/api/v1/exercises"
WORLD = {"hooks.example.org": ["93.184.215.14"], "inside.example.org": ["10.0.0.7"], "both.example.org": ["93.184.215.14", "127.0.0.1"]}
TOLD = "told-to-notify"
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/1"
SUBSCRIPTION = {
    "endpoint": ENDPOINT,
    "expirationTime": None,
    "keys": {"p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA", "auth": "tBHItJI5svbpez"},
}


def resolve(name: str, port: int) -> Sequence[str]:
    if name not in WORLD:
        raise OSError("no such name")
    return WORLD[name]


PROVIDERS = Providers(
    notify=notify.Settings(api_key="k" * 80, sms_template_id="t", callback_token=TOLD),
    push=push.Settings(private_key="private", public_key="BPublic", contact="mailto:duty@example.org"),
    webhook=webhook.Settings(resolve=resolve),
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Avon has a supervisor, Kent another; one administrator; an officer in the case."""
    with Office(tmp_path, providers=PROVIDERS) as opened:
        opened.officer("of-1", "supervisor")
        opened.officer("of-2", "supervisor", area="kent")
        opened.officer("of-3", "administrator")
        opened.officer("of-4", "oic")
        yield opened


class Door:
    """Everything that goes out is taken."""

    def __init__(self) -> None:
        self.sent: list[tuple[Outgoing, Address]] = []

    def send(self, message: Outgoing, to: Address) -> Outcome:
        self.sent.append((message, to))
        return Sent(ref="740e5834")


def send_all(office: Office) -> list[tuple[Outgoing, Address]]:
    door = Door()
    tokens = (f"device-token{number or ''}" for number in range(1_000))
    sender = Sender(office.ledger, door, lambda *_: None, lambda: office.now, tokens=lambda: next(tokens))
    while sender.send_due():
        pass
    sender.close()
    return door.sent


def queued(office: Office, channel: Channel, officer_id: str = "of-4", occasion: str = "raised") -> str:
    text = may_leave(
        reference="VG-7K3MQ-2XD9A", severity="high", status="open", message_status="actual", origin="https://vigil.example.org"
    )
    message = Message("al_1", channel, occasion, "high", text, officer_id, "oic")
    with office.ledger.write(office.now) as writing:
        outbox.make(writing, [message])
    return message.message_id


def state(office: Office, message_id: str) -> str | None:
    with office.ledger.read() as connection:
        return connection.execute(select(OUTBOX.c.state).where(OUTBOX.c.message_id == message_id)).scalar()


def made(browser: Browser, **said: object) -> dict[str, object]:
    answer = browser.command(WEBHOOKS, {"url": "https://hooks.example.org/vigil", "areas": ["avon"], **said})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


# Webhooks --------------------------------------------------------------------


def test_a_webhook_is_made_listed_tried_and_deleted_and_its_secret_is_said_once(office: Office) -> None:
    browser = office.sign_in("of-1")
    new = made(browser)
    assert 32 == len(base64.b64decode(str(new["secret"]).removeprefix("whsec_")))
    (listed,) = browser.get(WEBHOOKS).json()["items"]
    assert (new["webhook_id"], ["avon"], None) == (listed["webhook_id"], listed["areas"], listed["off_at"])
    assert str(new["secret"]) not in browser.get(WEBHOOKS).text
    tried = browser.command(f"{WEBHOOKS}/{new['webhook_id']}/test")
    assert 202 == tried.status_code
    ((message, to),) = send_all(office)
    assert (tried.json()["delivery_id"], "TEST", (new["secret"],)) == (message.message_id, message.text.mark, to.secrets)
    assert 200 == browser.command(f"{WEBHOOKS}/{new['webhook_id']}", method="DELETE").status_code
    assert "deleted" == browser.get(WEBHOOKS).json()["items"][0]["off_because"]
    problem(browser.command(f"{WEBHOOKS}/{new['webhook_id']}/test"), 409, "not_possible_now")


def test_while_the_secret_changes_both_sign(office: Office) -> None:
    browser = office.sign_in("of-1")
    first = made(browser)
    second = made(browser, webhook_id=first["webhook_id"])
    assert first["webhook_id"] == second["webhook_id"]
    browser.command(f"{WEBHOOKS}/{first['webhook_id']}/test")
    ((_, to),) = send_all(office)
    assert (second["secret"], first["secret"]) == to.secrets


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::ffff:127.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "https://inside.example.org/",
        "https://both.example.org/",
        "https://user:secret@hooks.example.org/",
        "file:///etc/passwd",
    ],
)
def test_a_target_that_points_inside_is_refused_and_nothing_is_kept(office: Office, url: str) -> None:
    refused = problem(office.sign_in("of-1").command(WEBHOOKS, {"url": url, "areas": ["avon"]}), 422, "invalid")
    assert "10.0.0.7" not in str(refused)
    with office.ledger.read() as connection:
        assert [] == connection.execute(select(WEBHOOK.c.webhook_id)).all()


def test_a_name_server_that_takes_its_time_keeps_no_writer_waiting(tmp_path: Path) -> None:
    opened: list[Office] = []
    written: list[bool] = []

    def slowly(_name: str, _port: int) -> Sequence[str]:
        """While the name is looked up, somebody else writes."""
        beside = threading.Thread(target=lambda: written.append(bool(opened[0].officer("of-9", "oic"))))
        beside.start()
        beside.join(1)
        assert written
        return WORLD["hooks.example.org"]

    with Office(tmp_path, providers=PROVIDERS._replace(webhook=webhook.Settings(resolve=slowly))) as office:
        opened.append(office)
        office.officer("of-1", "supervisor")
        assert made(office.sign_in("of-1"))["webhook_id"]

    assert [True] == written


def test_a_webhook_is_for_areas_that_are_ones_own_and_for_all_by_an_administrator(office: Office) -> None:
    supervisor, other, administrator = (office.sign_in(name) for name in ("of-1", "of-2", "of-3"))
    problem(supervisor.command(WEBHOOKS, {"url": "https://hooks.example.org/", "areas": ["kent"]}), 403, "not_allowed")
    problem(supervisor.command(WEBHOOKS, {"url": "https://hooks.example.org/"}), 403, "not_allowed")
    mine = made(supervisor)
    everywhere = made(administrator, areas=[])
    assert [] == other.get(WEBHOOKS).json()["items"]
    for webhook_id in (mine["webhook_id"], everywhere["webhook_id"], "wh_none"):
        problem(other.command(f"{WEBHOOKS}/{webhook_id}", method="DELETE"), 404, "not_found")
        problem(other.command(f"{WEBHOOKS}/{webhook_id}/test"), 404, "not_found")


def test_only_some_roles_keep_webhooks_and_only_after_a_fresh_sign_in(office: Office) -> None:
    problem(office.sign_in("of-4").get(WEBHOOKS), 403, "not_allowed")
    problem(office.sign_in("of-4").command(WEBHOOKS, {"url": "https://hooks.example.org/"}), 403, "not_allowed")
    browser = office.sign_in("of-1")
    office.now += 11 * MINUTE
    problem(browser.command(WEBHOOKS, {"url": "https://hooks.example.org/", "areas": ["avon"]}), 403, "step_up_needed")


# Push ------------------------------------------------------------------------


def test_a_browser_subscribes_is_told_and_unsubscribes(office: Office) -> None:
    browser = office.sign_in("of-4")
    assert {"public_key": "BPublic"} == browser.get(f"{PUSH}/key").json()
    made_ = browser.command(PUSH, {"subscription": SUBSCRIPTION, "device_label": "My phone"})
    assert 201 == made_.status_code, made_.text
    queued(office, "push")
    ((_, to),) = send_all(office)
    assert ENDPOINT in to.value
    problem(office.sign_in("of-1").command(f"{PUSH}/{made_.json()['subscription_id']}", method="DELETE"), 404, "not_found")
    assert 200 == browser.command(f"{PUSH}/{made_.json()['subscription_id']}", method="DELETE").status_code
    queued(office, "push", occasion="again")
    assert [] == send_all(office)


def test_a_browser_that_somebody_else_uses_now_is_theirs_alone(office: Office) -> None:
    for officer_id in ("of-4", "of-1"):
        office.sign_in(officer_id).command(PUSH, {"subscription": SUBSCRIPTION, "device_label": "The desk"})
    queued(office, "push", "of-4")
    queued(office, "push", "of-1")
    assert 1 == len(send_all(office))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://attacker.example.org/p",
        "http://fcm.googleapis.com/1",
        "https://127.0.0.1/",
        "x",
        "https://127.0.0.1\\.push.apple.com/",  # to requests this is 127.0.0.1
    ],
)
def test_an_endpoint_of_no_push_service_is_refused(office: Office, endpoint: str) -> None:
    said = {"subscription": {**SUBSCRIPTION, "endpoint": endpoint}, "device_label": "My phone"}
    problem(office.sign_in("of-4").command(PUSH, said), 422, "invalid")


def test_an_officer_is_told_in_so_many_browsers_and_no_more(office: Office) -> None:
    """Each message goes to all of them, one after the other: a thousand would take longer than a message may."""
    browser = office.sign_in("of-4")
    for number in range(MOST):
        said = {"subscription": {**SUBSCRIPTION, "endpoint": f"{ENDPOINT}{number}"}, "device_label": "My phone"}
        assert 201 == browser.command(PUSH, said).status_code
    assert 201 == browser.command(PUSH, said).status_code, "it is known"

    problem(browser.command(PUSH, {"subscription": SUBSCRIPTION, "device_label": "My phone"}), 409, "not_possible_now")


# Receipts --------------------------------------------------------------------


def device(office: Office, **said: str) -> int:
    return office.browser().ask("POST", RECEIPTS, json=said).status_code


def test_a_device_says_once_that_it_was_shown_and_once_that_it_was_opened(office: Office) -> None:
    office.sign_in("of-4").command(PUSH, {"subscription": SUBSCRIPTION, "device_label": "My phone"})
    name = queued(office, "push")
    send_all(office)
    receipt = {"delivery_id": name, "token": "device-token"}
    assert 204 == device(office, state="shown", **receipt)
    assert "shown" == state(office, name)
    problem(office.browser().ask("POST", RECEIPTS, json={"state": "shown", **receipt}), 409, "not_possible_now")
    assert 204 == device(office, state="opened", **receipt)
    problem(office.browser().ask("POST", RECEIPTS, json={"state": "shown", **receipt}), 409, "not_possible_now")
    assert "opened" == state(office, name)


def test_a_token_is_good_for_its_own_message_alone(office: Office) -> None:
    office.sign_in("of-4").command(PUSH, {"subscription": SUBSCRIPTION, "device_label": "My phone"})
    name = queued(office, "push")
    send_all(office)
    other = queued(office, "sms")
    assert 404 == device(office, delivery_id=other, token="device-token", state="opened")
    assert 404 == device(office, delivery_id=name, token="guessed", state="opened")
    assert 404 == device(office, delivery_id="ms_none", token="device-token", state="opened")
    assert 422 == device(office, delivery_id=name, token="device-token", state="delivered")
    assert "handed_over" == state(office, name)


def notify_says(office: Office, status: str, token: str = TOLD, **more: object) -> int:
    said = {"id": "740e5834", "to": "+447700900123", "status": status, "notification_type": "sms", **more}
    return office.browser().ask("POST", f"{RECEIPTS}/notify", json=said, headers={"authorization": f"Bearer {token}"}).status_code


def sms_sent(office: Office) -> str:
    with_number = {"email": None, "phone": "07700900123"}
    assert 200 == office.sign_in("of-4").command("/api/v1/officers/me/channels", with_number, method="PUT").status_code
    name = queued(office, "sms")
    send_all(office)
    return name


def test_notify_says_that_it_was_delivered_late_twice_and_out_of_order(office: Office) -> None:
    name = sms_sent(office)
    assert 204 == notify_says(office, "sending", reference=name)
    assert "handed_over" == state(office, name)
    assert 204 == notify_says(office, "delivered", reference=name)
    assert 204 == notify_says(office, "delivered", reference=name)
    assert 204 == notify_says(office, "sending", reference=name)
    assert 204 == notify_says(office, "temporary-failure", reference=name)
    assert "delivered" == state(office, name)


def test_what_notify_could_not_deliver_goes_on_by_another_channel(office: Office) -> None:
    browser = office.sign_in("of-4")
    browser.command("/api/v1/officers/me/channels", {"email": "oic@example.org", "phone": "07700900123"}, method="PUT")
    name = queued(office, "sms")
    send_all(office)
    assert 204 == notify_says(office, "permanent-failure", reference=name)
    assert "failed" == state(office, name)
    assert ["oic@example.org"] == [to.value for _, to in send_all(office)]


def test_only_notify_may_say_so(office: Office) -> None:
    name = sms_sent(office)
    assert 401 == notify_says(office, "delivered", token="guessed", reference=name)
    assert 401 == notify_says(office, "delivered", token="x", reference=name)
    assert "handed_over" == state(office, name)
    assert 422 == notify_says(office, "eaten", reference=name)
    assert 204 == notify_says(office, "delivered", reference="another service's")


# Exercises -------------------------------------------------------------------


def test_an_exercise_is_asked_for_in_ones_own_area_and_seen_by_those_who_may(office: Office) -> None:
    browser = office.sign_in("of-1")
    said = {"area": "avon", "role": "control_room", "severity": "high"}
    started = browser.command(EXERCISES, said)
    assert 201 == started.status_code, started.text
    name = started.json()["exercise_id"]
    assert "waiting" == browser.get(f"{EXERCISES}/{name}").json()["state"]
    assert [name] == [one["exercise_id"] for one in browser.get(EXERCISES).json()["items"]]
    problem(browser.command(EXERCISES, {**said, "area": "kent"}), 403, "not_allowed")
    problem(browser.command(EXERCISES, {**said, "starts_at": "2026-03-02T11:59:59Z"}), 422, "invalid")
    problem(browser.command(EXERCISES, {**said, "role": "oic"}), 422, "invalid")
    problem(office.sign_in("of-2").get(f"{EXERCISES}/{name}"), 404, "not_found")
    assert [] == office.sign_in("of-2").get(EXERCISES).json()["items"]
    problem(office.sign_in("of-4").get(EXERCISES), 403, "not_allowed")
    assert 200 == office.sign_in("of-3").get(f"{EXERCISES}/{name}").status_code


def test_the_list_of_exercises_walks_through_each_once(office: Office) -> None:
    browser = office.sign_in("of-3")
    names = [
        browser.command(EXERCISES, {"area": "avon", "role": "control_room", "severity": "low"}).json()["exercise_id"] for _ in range(7)
    ]
    seen: list[str] = []
    path = f"{EXERCISES}?limit=3"
    while True:
        page = browser.get(path).json()
        seen += [one["exercise_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        path = f"{EXERCISES}?limit=3&cursor={page['next_cursor']}"
    assert sorted(names) == sorted(seen)
