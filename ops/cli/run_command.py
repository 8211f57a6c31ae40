"""`vigil run`: the whole system in one process on one data folder. Intake, judging, alerting and console; no broker and no server.

Starts, says its address on one line and a link to sign in on the next, and stops cleanly when it is told to. Composes what
stands elsewhere, and judges nothing.
"""

from __future__ import annotations

import math
import os
import signal
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog
from click.core import ParameterSource
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp

from alerting.console.desk import WrongSettings
from alerting.console.desk import settings as console_settings
from alerting.console.local import sign_in_link
from alerting.ledger.roots import WrongKey
from ops.cli import configuration, logs
from ops.cli.alerting_here import AlertingHere
from ops.cli.arguments import config_option, data_option
from ops.cli.onlooker import Onlooker
from ops.cli.running import Runner
from ops.cli.serving import Serving, may_listen_anywhere, published_on_loopback
from ops.web import site
from ops.web.application import application
from ops.web.sight import LedgerSight
from streams.embedded.clock import Clock, RealTime
from streams.embedded.folder import FolderTaken
from streams.embedded.http_health import routes as health_routes
from streams.embedded.http_health import watchers
from streams.embedded.http_intake import Intake
from streams.embedded.http_sender import USUAL_RATE_EVENTS_S, Senders
from streams.embedded.keeper import OtherForm
from streams.embedded.keys import Keyring

if TYPE_CHECKING:
    from ops.cli import demo

LOOKS_EVERY_S = 0.5
DEMO_FOLDER = Path("vigil-demo")
_log = structlog.get_logger("run")


@click.command()
@data_option
@click.option(
    "--listen", default="127.0.0.1:8080", show_default=True, help="The address; a loopback one unless there is an identity provider."
)
@click.option("--demo", "as_demo", is_flag=True, help="Show it on invented people, in a data folder of its own.")
@click.option(
    "--speed",
    type=click.FloatRange(min=1, max=100_000),
    default=60,
    show_default=True,
    help="With --demo: so many times as fast as real time.",
)
@config_option
@click.pass_context
def command(context: click.Context, data: Path, listen: str, speed: float, config: Path | None, *, as_demo: bool) -> None:
    """Run Vigil. It stops on Ctrl-C, and goes on where it stopped when it is started again."""
    if not math.isfinite(speed):
        raise click.UsageError(f"--speed {speed} is no number of times as fast")
    logs.begin()
    settings = configuration.load(config)
    serving = Serving(listen, anywhere=may_listen_anywhere(os.environ))
    serving.bind()
    story: demo.Story | None = None
    clock: Clock = RealTime()
    if as_demo:
        from ops.cli import demo

        given = context.get_parameter_source("data") is not ParameterSource.DEFAULT
        try:
            data = demo.folder(data if given else DEMO_FOLDER)
        except (demo.NotADemo, FolderTaken) as wrong:
            raise click.ClickException(str(wrong)) from wrong
        story = demo.story(datetime.now(UTC))
        clock = demo.DemoClock(story.starts_at)
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    onlooker = Onlooker(clock)
    runner = Runner(data, settings, clock, onlooker)
    alerting = _alerting(data, settings, clock, serving.url.rstrip("/"))
    usual = None if serving.loopback or published_on_loopback(os.environ) else USUAL_RATE_EVENTS_S
    senders = Senders(Keyring(data), clock, settings.token_issuer(), usual_rate_events_s=usual)
    serving.start(_application(onlooker, alerting, senders, clock, settings))
    try:
        _start(runner, alerting, data)
        onlooker.see(runner, alerting)
        feeder = None if story is None else _feed(story, runner, onlooker, alerting, clock, speed)
        click.echo(f"Vigil is at {alerting.desk.settings.origin}/")
        if alerting.desk.settings.oidc is None:
            _say_link(alerting)
        _log.info("started", address=serving.url)
        failed = _until(stopping, runner, feeder)
        if feeder is not None:
            feeder.stop()
    finally:
        alerting.live.close()
        serving.stop()
        alerting.rest()
        runner.stop()
        alerting.stop()
    if failed:
        raise click.ClickException(f"{failed}; what was accepted is kept, and is judged after the next start")
    _log.info("stopped")


def _alerting(data: Path, settings: configuration.Configuration, clock: Clock, origin: str) -> AlertingHere:
    try:
        origins = console_settings(os.environ, origin)
        return AlertingHere(data, settings.policies(), clock.now, origins, real_clock=RealTime().now)
    except WrongSettings as wrong:
        raise click.ClickException(str(wrong)) from wrong


def _say_link(alerting: AlertingHere) -> None:
    """A link to sign in with. Where the disk takes none, feeds are answered all the same, and the page gives another."""
    try:
        alerting.desk.say(sign_in_link(alerting.desk))
    except (SQLAlchemyError, OSError) as wrong:
        _log.error("no_sign_in_link", error=type(wrong).__name__)
        click.echo("No link to sign in with could be made: the ledger takes nothing now. The page /sign-in prints another.")


def _application(
    onlooker: Onlooker, alerting: AlertingHere, senders: Senders, clock: Clock, settings: configuration.Configuration
) -> ASGIApp:
    intake = Intake(lambda: onlooker.acceptor, senders, clock, onlooker.metrics, formats=settings.formats())
    health = health_routes(onlooker.health, onlooker.metrics, watchers(os.environ))
    routers = (intake.router, health, site.routes(onlooker.picture, LedgerSight(alerting.desk)))
    return application(routers, onlooker.metrics.answered, desk=alerting.desk)


def _start(runner: Runner, alerting: AlertingHere, data: Path) -> None:
    try:
        runner.start()
        alerting.start(runner)
    except (FolderTaken, OtherForm, WrongKey) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    except (OSError, sqlite3.Error) as wrong:
        raise click.ClickException(f"data folder {data}: {wrong}") from wrong


def _feed(story: demo.Story, runner: Runner, onlooker: Onlooker, alerting: AlertingHere, clock: Clock, speed: float) -> demo.Feeder:
    from ops.cli import demo

    if not isinstance(clock, demo.DemoClock):
        raise TypeError(f"{type(clock).__name__}, expected the demonstration's clock")
    feeder = demo.Feeder(story, runner.acceptor, clock, speed, lambda: runner.counters().backlog_events)
    feeder.received = onlooker.metrics.received
    onlooker.listeners.append(feeder.heard)
    onlooker.demo = lambda: "fast" if feeder.fast else "real"
    alerting.steady = lambda: not feeder.fast
    feeder.start()
    return feeder


def _until(stopping: threading.Event, runner: Runner, feeder: demo.Feeder | None) -> str:
    """Run until told to stop, or until a part has stopped by itself: which, and why."""
    while not stopping.wait(LOOKS_EVERY_S):
        for part, wrong in (("judging", runner.failed), ("the demonstration", None if feeder is None else feeder.failed)):
            if wrong is not None:
                _log.critical("part_failed", part=part, error=type(wrong).__name__, where=logs.where(wrong))
                return f"{part} stopped: {type(wrong).__name__} at {logs.where(wrong)}"
    return ""
