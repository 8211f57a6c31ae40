"""A signed webhook, as Standard Webhooks has it: thin, and the receiver fetches the rest with its own right.

`webhook-id` is the message's id, the same on each try: a receiver that has seen it answers 2xx and does no more. A try after one
that may have arrived says so in what is signed (`data.repeat`), and a message that says another one again names it (`data.repeat_of`).
Redirects are not followed, the answer's body is not read, and the whole try is bounded. 2xx is success, 410 turns the webhook off,
anything else is tried again by the plan: a receiver that answers 5xx may have taken it before it failed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC
from functools import partial
from time import monotonic
from typing import NamedTuple

import httpx
from standardwebhooks import Webhook

from alerting.delivery.aside import resolved
from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent
from alerting.delivery.public_address import NotPublic, Resolve, Target, checked_addresses, resolve, target
from alerting.delivery.trust import trusted
from alerting.wording import CHANGED, MARKS, URGENCIES, MayLeave
from schemas.delivery import URGENCY_OF, Urgency, WebhookData, WebhookMessage
from schemas.envelope import MessageStatus

GONE = 410
_ANY_FAULT = 500
_URGENCY: Mapping[str, Urgency] = {said: URGENCY_OF[severity] for severity, said in URGENCIES.items()} | {CHANGED: "changed"}
_STATUS: Mapping[str, MessageStatus] = {MARKS["actual"]: "actual", MARKS["exercise"]: "exercise", MARKS["test"]: "test"}


class Settings(NamedTuple):
    """`inside` lets a test send to its own loopback server; nothing in the environment turns it on. `timeout_s` is of the whole try."""

    resolve: Resolve = resolve
    inside: bool = False
    authority: ssl.SSLContext | None = None
    timeout_s: float = 15.0


def settings(environment: Mapping[str, str]) -> Settings:  # noqa: ARG001  siblings have one form
    """There is nothing to set: whoever makes a webhook says where it goes."""
    return Settings()


def body(text: MayLeave, message: Outgoing) -> bytes:
    """What is sent and signed: the same on each try, but for the mark of a repeat."""
    data = WebhookData(
        reference=text.reference,
        urgency=_URGENCY[text.urgency],
        message_status=_STATUS[text.mark],
        url=text.link,
        repeat=text.repeat,
        repeat_of=message.repeat_of,
    )
    return WebhookMessage(timestamp=message.made_at, data=data).model_dump_json(exclude_none=True).encode()


def send(message: Outgoing, to: Address, settings: Settings) -> Outcome:
    """One try."""
    content = body(message.text, message)
    at = message.at.astimezone(UTC)  # standardwebhooks 1.1.0 takes the wall time of any other zone for UTC
    signatures = " ".join(Webhook(secret).sign(message.message_id, at, content.decode()) for secret in to.secrets)
    headers = {
        "content-type": "application/json",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signatures,
    }
    ends_s = monotonic() + settings.timeout_s
    try:
        where = target(to.value, inside=settings.inside)
        look_up = partial(checked_addresses, where.name, where.port, settings.resolve, inside=settings.inside)
        addresses = resolved(look_up, settings.timeout_s)
        status = asyncio.run(_post(where, addresses[0], content, headers, settings._replace(timeout_s=ends_s - monotonic())))
    except NotPublic:
        return Retry("not_public")
    except httpx.ConnectError:
        return Retry("receiver_away")
    except (TimeoutError, httpx.HTTPError):
        return Retry("receiver_silent", unsure=True)
    except httpx.InvalidURL:
        return Failed("not_an_address")
    except OSError:
        return Retry("no_such_name")
    if status == GONE:
        return Failed("http_410", off=True)
    return Sent() if httpx.codes.is_success(status) else Retry(f"http_{status}", unsure=status >= _ANY_FAULT)


async def _post(where: Target, address: str, content: bytes, headers: Mapping[str, str], settings: Settings) -> int:
    """To the checked address, with the name in Host, in SNI and in the certificate. The status; the answer's body stays unread."""
    host = f"[{address}]" if ":" in address else address
    named = where.name if where.port == 443 else f"{where.name}:{where.port}"  # noqa: PLR2004  https
    verify = settings.authority or trusted()
    async with (
        asyncio.timeout(settings.timeout_s),
        httpx.AsyncClient(verify=verify, trust_env=False, follow_redirects=False, timeout=settings.timeout_s) as client,
        client.stream(
            "POST",
            f"https://{host}:{where.port}{where.path}",
            content=content,
            headers={**headers, "host": named},
            extensions={"sni_hostname": where.name},
        ) as answer,
    ):
        return answer.status_code
