"""Web push to an officer's browser: encrypted for it alone (pywebpush), signed by our VAPID key, quick or not at all.

TTL 300 s: an alarm that reaches a telephone an hour late says something untrue. `Topic` is the reference, so that a newer message
about it takes the older one's place. Only to hosts on the list of push services: the address comes from a browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from alerting.delivery.deadline import within
from alerting.delivery.environment import needed
from alerting.delivery.message import Address, Failed, Outcome, Outgoing, Retry, Sent, WrongSettings
from schemas.delivery import PushMessage

if TYPE_CHECKING:
    from requests import Response

TTL_S = 300
SERVICES = frozenset({"fcm.googleapis.com", "updates.push.services.mozilla.com", "*.notify.windows.com", "*.push.apple.com"})
"""Of Chrome and most others, Firefox, Edge, Safari. `*.` stands for any name below."""
_PLAIN = re.compile(r"[!-\[\]-~]+")
"""Letters that everybody reads alike: a backslash is part of the host to some, and ends it to those who connect."""
_GONE = frozenset({404, 410})
_OURS = frozenset({400, 401, 403, 413})
_ANY_FAULT = 500
_NOT_TAKEN = frozenset({503, 507})
"""Of the service's faults those that say so: overloaded, and no room (RFC 9110, 4918). A gateway that waited in vain does not know."""
_MOST_WAIT_S = 3600
_SECONDS = re.compile("[0-9]{1,9}")


class Settings(NamedTuple):
    """`private_key`: VAPID, as `vapid --gen` writes it or in base64url; `public_key`: what browsers subscribe with.

    `timeout_s` is of each read, `whole_s` of the whole try, of which there is one for each browser. `inside` lets a test push to its
    own loopback service; nothing in the environment turns it on.
    """

    private_key: str
    public_key: str
    contact: str
    services: frozenset[str] = SERVICES
    inside: bool = False
    timeout_s: float = 10.0
    whole_s: float = 15.0


def settings(environment: Mapping[str, str]) -> Settings | None:
    """`VIGIL_PUSH_PRIVATE_KEY`, `_PUBLIC_KEY`, `_CONTACT` (mailto: or https:), `_SERVICES` (more hosts); None: no push."""
    private = environment.get("VIGIL_PUSH_PRIVATE_KEY", "").strip()
    if not private:
        return None
    contact = needed(environment, "VIGIL_PUSH_CONTACT", "VIGIL_PUSH_PRIVATE_KEY")
    if not contact.startswith(("mailto:", "https://")):
        raise WrongSettings("VIGIL_PUSH_CONTACT: expected mailto:name@example.org or an https address, for the push service to complain to")
    public = needed(environment, "VIGIL_PUSH_PUBLIC_KEY", "VIGIL_PUSH_PRIVATE_KEY")
    return Settings(private, public, contact, SERVICES | frozenset(environment.get("VIGIL_PUSH_SERVICES", "").split()))


def known_service(endpoint: str, settings: Settings) -> bool:
    """Whether an address that a browser gave belongs to a push service on the list."""
    if not _PLAIN.fullmatch(endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if settings.inside and parts.hostname == "127.0.0.1":
        return True
    host = parts.hostname or ""
    listed = host in settings.services or any(f"*.{part}" in settings.services for part in _above(host))
    return parts.scheme == "https" and port in {None, 443} and parts.username is None and listed


def send(message: Outgoing, to: Address, settings: Settings) -> Outcome:
    """One try. Sent means that the push service has it; that it was shown comes back as a receipt."""
    from pywebpush import WebPushException, webpush  # noqa: PLC0415  these three cost a start a second where nobody is pushed to
    from requests import RequestException  # noqa: PLC0415  as above

    from alerting.delivery.straight import Straight  # noqa: PLC0415  as above

    try:
        subscription = json.loads(to.value)
        endpoint = str(subscription["endpoint"])
    except (ValueError, TypeError, KeyError):
        return Failed("not_a_subscription", off=True)
    if not known_service(endpoint, settings):
        return Failed("unknown_push_service", off=True)
    said = PushMessage(
        body=message.text.sentence,
        url=message.text.link,
        tag=message.text.reference,
        delivery_id=message.message_id,
        token=message.receipt_token,
    )
    headers: dict[str, str | int | float] = {"Urgency": "high", "Topic": message.text.reference}
    try:
        with within(settings.whole_s), Straight() as session:
            answer = webpush(
                subscription,
                said.model_dump_json(),
                vapid_private_key=settings.private_key,
                vapid_claims={"sub": settings.contact},
                ttl=TTL_S,
                headers=headers,
                timeout=settings.timeout_s,
                requests_session=session,
            )
    except WebPushException as refused:
        return _refused(refused.response)
    except RequestException:
        return Retry("push_service_away", unsure=True)
    except (ValueError, TypeError, LookupError):
        return Failed("not_a_subscription", off=True)  # keys that are none
    return Sent(ref=answer.headers.get("location"))


def _refused(answer: Response | None) -> Outcome:
    """Its code table (RFC 8030): gone is gone, a key or a size of ours is not mended by trying again."""
    if answer is None:
        return Failed("not_a_subscription", off=True)
    code = answer.status_code
    if code in _GONE:
        return Failed(f"push_{code}", off=True)
    if code in _OURS:
        return Failed(f"push_{code}")
    wait = answer.headers.get("retry-after", "")
    after = timedelta(seconds=min(int(wait), _MOST_WAIT_S)) if _SECONDS.fullmatch(wait) else None
    return Retry(f"push_{code}", after=after, unsure=code >= _ANY_FAULT and code not in _NOT_TAKEN)


def _above(host: str) -> list[str]:
    """The names above a host: `db3p.notify.windows.com` stands below `notify.windows.com`."""
    parts = host.split(".")
    return [".".join(parts[start:]) for start in range(1, len(parts))]
