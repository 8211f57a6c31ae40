"""The channels that this installation has, each with its settings, and one door to them all. Called by the sending loop.

What is not set up fails at once by name, so that the plan goes on to the next channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from alerting.delivery import notify, push, smtp, webhook
from alerting.delivery.message import Address, Failed, Outcome, Outgoing

NOT_SET_UP = "not_set_up"


class Providers(NamedTuple):
    """None: there is no such provider here. E-mail goes by the relay where there is one, else by Notify."""

    smtp: smtp.Settings | None = None
    notify: notify.Settings | None = None
    push: push.Settings | None = None
    webhook: webhook.Settings = webhook.Settings()

    @property
    def reach_people(self) -> bool:
        """Whether anybody can be reached outside the console at all; where not, the console is the channel."""
        return self.smtp is not None or self.notify is not None or self.push is not None

    def send(self, message: Outgoing, to: Address) -> Outcome:
        """One try by the channel of the address."""
        match to.channel:
            case "email" if self.smtp is not None:
                return smtp.send(message, to, self.smtp)
            case "email" | "sms" if self.notify is not None:
                return notify.send(message, to, self.notify)
            case "push" if self.push is not None:
                return push.send(message, to, self.push)
            case "webhook":
                return webhook.send(message, to, self.webhook)
            case _:
                return Failed(NOT_SET_UP)


def providers(environment: Mapping[str, str]) -> Providers:
    """As the environment says. Raises `WrongSettings`."""
    return Providers(
        smtp=smtp.settings(environment),
        notify=notify.settings(environment),
        push=push.settings(environment),
        webhook=webhook.settings(environment),
    )
