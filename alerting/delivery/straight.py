"""A session of `requests` that goes where it is told and nowhere else: no redirect, no proxy of the environment, no password file.

Loaded when the first push is sent (`alerting.delivery.push`): what it brings costs a start too much.
"""

from __future__ import annotations

import requests

from alerting.delivery.timely import timely


class Straight(requests.Session):
    """See above."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        timely(self)

    def resolve_redirects(self, *_: object, **__: object) -> object:  # type: ignore[override]
        return iter(())
