"""SMS, and e-mail where there is no relay of one's own, by GOV.UK Notify through its official client.

Notify has no idempotency key: `reference` is our message's id, and is looked up before anything is sent a second time. Its
receipts come to the console's route, up to five times and late, or never: `look` asks instead. One template holds one field,
`message`. Facts: docs.notifications.service.gov.uk (statuses, errors); `pending` and `sent` are of SMS abroad.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict, cast

from alerting.delivery.deadline import WHOLE_TRY_S, within
from alerting.delivery.environment import needed
from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent, WrongSettings
from schemas.delivery import Channel, NotifyStatus

if TYPE_CHECKING:
    from notifications_python_client.errors import APIError
    from notifications_python_client.notifications import NotificationsAPIClient

BASE_URL = "https://api.notifications.service.gov.uk"
_LONGEST_KEY = 73
"""Of an API key's end: the service's id, a hyphen and the secret, which is what the client reads."""
A_MINUTE = timedelta(minutes=1)
CHANNELS: tuple[Channel, ...] = ("sms", "email")

STATES: Mapping[NotifyStatus, Literal["handed_over", "delivered", "failed"]] = {
    "created": "handed_over",
    "sending": "handed_over",
    "pending": "handed_over",
    "sent": "handed_over",
    "delivered": "delivered",
    "permanent-failure": "failed",
    "temporary-failure": "failed",
    "technical-failure": "failed",
}
"""What each status comes to. A temporary failure is final here: Notify has tried for up to 72 hours by then."""


class Settings(NamedTuple):
    """`callback_token`: what Notify says in its receipts, as its settings page was told; empty: receipts are refused."""

    api_key: str
    sms_template_id: str
    email_template_id: str = ""
    base_url: str = BASE_URL
    callback_token: str = ""
    timeout_s: float = 10.0
    whole_s: float = WHOLE_TRY_S


class _Notification(TypedDict, total=False):
    id: str
    status: NotifyStatus


def settings(environment: Mapping[str, str]) -> Settings | None:
    """`VIGIL_NOTIFY_API_KEY`, `_SMS_TEMPLATE`, `_EMAIL_TEMPLATE`, `_CALLBACK_TOKEN`, `_BASE_URL`; None: no Notify."""
    key = environment.get("VIGIL_NOTIFY_API_KEY", "").strip()
    if not key:
        return None
    if len(key) < _LONGEST_KEY:
        raise WrongSettings("VIGIL_NOTIFY_API_KEY: expected name-service_id-secret, as Notify shows it once")
    return Settings(
        api_key=key,
        sms_template_id=needed(environment, "VIGIL_NOTIFY_SMS_TEMPLATE", "VIGIL_NOTIFY_API_KEY"),
        email_template_id=environment.get("VIGIL_NOTIFY_EMAIL_TEMPLATE", ""),
        base_url=environment.get("VIGIL_NOTIFY_BASE_URL", BASE_URL),
        callback_token=environment.get("VIGIL_NOTIFY_CALLBACK_TOKEN", ""),
    )


def send(message: Outgoing, to: Address, settings: Settings) -> Outcome:
    """One try. A repeat first asks whether the earlier try arrived, and then sends nothing."""
    from notifications_python_client.errors import APIError  # noqa: PLC0415  its client costs a start half a second where there is no Notify

    if to.channel == "email" and not settings.email_template_id:
        return Failed("no_email_template")
    try:
        with _client(settings) as client:
            known = client.get_all_notifications(reference=message.message_id)["notifications"] if message.tried_before else ()
            if known:
                return _of(cast("_Notification", known[0]))
            said = {"message": message.text.sentence}
            if to.channel == "email":
                made = client.send_email_notification(to.value, settings.email_template_id, said, reference=message.message_id)
            else:
                made = client.send_sms_notification(to.value, settings.sms_template_id, said, reference=message.message_id)
            return Sent(ref=str(made["id"]))
    except APIError as refused:
        return _refused(refused)
    except (KeyError, TypeError, IndexError):
        return Retry("notify_unreadable", unsure=True)


def look(provider_ref: str, settings: Settings) -> Outcome:
    """What has become of a message that Notify took, for when no receipt comes."""
    from notifications_python_client.errors import APIError  # noqa: PLC0415  as above

    try:
        with _client(settings) as client:
            return _of(cast("_Notification", client.get_notification_by_id(provider_ref)))
    except APIError as refused:
        return Retry(f"notify_{refused.status_code}")
    except (KeyError, TypeError):
        return Retry("notify_unreadable")


@contextmanager
def _client(settings: Settings) -> Iterator[NotificationsAPIClient]:
    """One for each try: it is not safe for threads."""
    from notifications_python_client.notifications import NotificationsAPIClient  # noqa: PLC0415  as above

    from alerting.delivery.timely import timely  # noqa: PLC0415  as above

    client = NotificationsAPIClient(settings.api_key, base_url=settings.base_url, timeout=settings.timeout_s)
    with within(settings.whole_s), client.request_session as session:
        timely(session)
        yield client


def _of(known: _Notification) -> Outcome:
    state = STATES[known["status"]]
    return Failed(known["status"].replace("-", "_")) if state == "failed" else Sent(ref=known["id"], state=state)


def _refused(refused: APIError) -> Outcome:
    """Its code table. Our key or clock being wrong (403) may be mended, the number being wrong (400) may not."""
    code = refused.status_code
    match code:
        case 400:
            return Failed("notify_400")
        case 403:
            return Retry("notify_403")
        case 429 if "today" in str(refused.message):
            return Failed("notify_daily_limit")  # until midnight UTC: another channel is quicker
        case 429:
            return Retry("notify_429", after=A_MINUTE)
        case _:
            return Retry("notify_away" if refused.response is None else f"notify_{code}", unsure=True)
