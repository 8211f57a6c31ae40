"""Whether an unsafe request with a cookie comes from our own page: our `Origin`, and the session's token (console 2.1).

A page with `Referrer-Policy: no-referrer` makes its browser send `Origin: null` with a form; there the browser's own word
`Sec-Fetch-Site: same-origin` stands for it, which no page can set. The token is asked for in every case.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from schemas.problems import Problem

HEADER = "x-csrf-token"
FIELD = "csrf_token"


def check(headers: Mapping[str, str], said: str | None, *, token: str, origin: str) -> None:
    """Raise `csrf` unless both hold. `said`: the form's field; a header counts before it."""
    check_origin(headers, origin)
    if not hmac.compare_digest((headers.get(HEADER) or said or "").encode(), token.encode()):
        raise Problem("csrf", "Expected the session's token in X-CSRF-Token or csrf_token, as GET /api/v1/session gives it.")


def check_origin(headers: Mapping[str, str], origin: str) -> None:
    """The first half, for forms before anybody is signed in."""
    sent = headers.get("origin")
    if sent == origin or (sent in {None, "null"} and headers.get("sec-fetch-site") == "same-origin"):
        return
    raise Problem("csrf", f"Expected the header Origin: {origin}.")
