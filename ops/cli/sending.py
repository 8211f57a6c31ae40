"""The sender with the channels that the environment sets up, for the commands that send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import click

from alerting.delivery import exercises, notify, push, smtp, topic
from alerting.delivery.message import WrongSettings
from alerting.delivery.providers import Providers
from alerting.delivery.sending import Sender
from alerting.ledger.steps import Terms
from alerting.ledger.store import Ledger
from alerting.ledger.undelivered import look, webhooks_alone
from alerting.ledger.unreachable import next_person
from alerting.ledger.walls import watch
from alerting.service.loops import Work

WATCHES_EVERY = timedelta(seconds=1)
LOOKS_EVERY = timedelta(seconds=5)


def _always() -> bool:
    return True


def providers(environment: Mapping[str, str]) -> Providers:
    """The channels that are set up, or one clear line about what is wrong in their settings."""
    try:
        return Providers(smtp=smtp.settings(environment), notify=notify.settings(environment), push=push.settings(environment))
    except WrongSettings as wrong:
        raise click.ClickException(str(wrong)) from wrong


def sender(ledger: Ledger, terms: Terms, clock: Callable[[], datetime], by: Providers, environment: Mapping[str, str]) -> Sender:
    """Whoever cannot be reached is passed over where anybody can be; where nobody can, the console is the channel, and its clocks run."""
    after = next_person(terms) if by.reach_people else webhooks_alone(terms)
    said = topic.settings(environment)
    return Sender(ledger, by, after, clock, look=by.notify, topic=None if said is None else topic.Topic(said))


def others(
    ledger: Ledger,
    terms: Terms,
    clock: Callable[[], datetime],
    by: Providers,
    environment: Mapping[str, str],
    steady: Callable[[], bool] = _always,
) -> tuple[Work, ...]:
    """Works beside the service's own: whether walls are watched, who is reached again, and exercises. `steady`: no clock runs fast."""
    since_at, nobodys = clock(), exercises.settings(environment)

    def watching() -> bool:
        nonlocal since_at
        now = clock()
        since_at = min(since_at, now) if steady() else now  # a clock may go back; while it runs fast no wall can keep its minute
        watch(ledger, now, terms, since_at)
        return False

    def reaching() -> bool:
        look(ledger, clock(), terms)
        return False

    def exercising() -> bool:
        if steady():
            exercises.due_exercises(ledger, clock(), terms, by, nobodys)
        return False

    return (
        Work("watching", watching, WATCHES_EVERY),
        Work("reached", reaching, LOOKS_EVERY),
        Work("exercises", exercising, LOOKS_EVERY),
    )
