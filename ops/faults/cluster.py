"""`python -m ops.faults.cluster --times 100 --database postgresql`: kills of each process of the cluster, and troubles of its servers.

`vigil alerting`, `vigil console` and `vigil auditor` run on one ledger and a real broker, under findings and commands; each is killed
(SIGKILL) so many times, on its own, also while it starts, and started again. Meanwhile the broker and the database crash and come
back, and Redis is emptied and away. At the end every finding is one alert, every open alert has its owner and its clock, every
message an end, what came twice says so, each command that was answered took effect once, and the chain is whole.
"""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import NamedTuple, get_args

import click

from alerting.auditor import audit
from alerting.ledger.store import Ledger
from ops.faults import books
from ops.faults.feeding import PERSONS, Feeder, oic
from ops.faults.forked import Forked
from ops.faults.lives import Lives
from ops.faults.officers import Officers
from ops.faults.parts import Database, Missing, Parts, opened
from ops.faults.receivers import Receivers
from ops.faults.subject import NotInTime, Process, free_port

OFFICERS = 3
ENDS_AFTER_S = 900.0
LOOKS_EVERY_S = 0.2


class Pace(NamedTuple):
    """`life_s`: how long a life may last once it is at work. `per_s`: findings and their changes. `trouble_every_s`: of a server.

    `until_sent`: wait for messages whose sender was killed: their lease is two minutes.
    """

    life_s: float = 2.0
    per_s: float = 8.0
    trouble_every_s: float = 15.0
    until_sent: bool = True


class Outcome(NamedTuple):
    """What was found."""

    kills: str
    ended_by_themselves: int
    troubles: int
    findings: int
    changes: int
    commands: int
    commands_sent_again: int
    messages_arrived: int
    came_twice: int
    came_oftener: int
    """To a webhook."""
    wrong: tuple[str, ...]
    """In the books, at the receivers, or of a command."""

    @property
    def good(self) -> bool:
        """Whether nothing is missing, and nothing happened twice."""
        return not self.wrong


def prove(parts: Parts, place: Path, times: int, rng: Random, pace: Pace) -> Outcome:
    """One proof on servers that hold nothing of another."""
    receivers = Receivers()
    with ExitStack() as stack:
        stack.enter_context(receivers.listening(place))
        ledger = stack.enter_context(closing(Ledger(parts.url)))
        ledger.upgrade()
        processes = _processes(parts, place, receivers)
        lives = [Lives(process, times, Random(rng.random()), pace.life_s) for process in processes]  # noqa: S311  the same seed, the same
        for one in lives:
            stack.callback(one.close)
        feeder = Feeder(parts.kafka.address, parts.prefix, Random(rng.random()), pace.per_s)  # noqa: S311
        _prepare(ledger, processes[0], feeder, receivers)
        with _at_work(feeder, lives, processes[1].port, rng) as officers:
            troubles = _until_over(lives, parts, rng, pace)
            time.sleep(pace.life_s)
        _settled(ledger, feeder, pace)
        faults = _audited(parts.url)
        for process in processes:
            process.stop()
        wrong = (*faults, *_in_the_books(ledger, feeder, receivers, officers))
        return _outcome(lives, troubles, feeder, receivers, officers, wrong)


def _processes(parts: Parts, place: Path, receivers: Receivers) -> tuple[Process, Process, Process]:
    alerting, console = free_port(), free_port()
    settings = {
        **parts.environment,
        **receivers.environment,
        "VIGIL_ORIGIN": f"http://127.0.0.1:{console}",
        "VIGIL_AUDIT_KEY": base64.b64encode(bytes(range(32))).decode(),
    }
    return (
        Forked("vigil alerting", ["alerting", "--listen", f"127.0.0.1:{alerting}"], alerting, place / "alerting.log", settings),
        Forked("vigil console", ["console", "--listen", f"127.0.0.1:{console}"], console, place / "console.log", settings),
        Forked("vigil auditor", ["auditor"], 0, place / "auditor.log", settings),
    )


def _prepare(ledger: Ledger, alerting: Process, feeder: Feeder, receivers: Receivers) -> None:
    """Who is there is known before the first finding; everybody is signed in."""
    with ledger.write(datetime.now(UTC)) as writing:
        Officers.sign_in(writing, map(oic, range(PERSONS)))
        receivers.subscribe(writing)
    feeder.introduce()
    alerting.start()
    _wait("who is there was not taken", lambda: not _behind(ledger, feeder))
    alerting.stop()


@contextmanager
def _at_work(feeder: Feeder, lives: Sequence[Lives], port: int, rng: Random) -> Iterator[Sequence[Officers]]:
    officers = [Officers(port, partial(_look, feeder), Random(rng.random())) for _ in range(OFFICERS)]  # noqa: S311
    for start in (feeder.start, *(one.start for one in officers), *(one.start for one in lives)):
        start()
    try:
        yield officers
    finally:
        for stop in (feeder.stop, *(one.stop for one in officers)):
            stop()


def _look(feeder: Feeder, rng: Random) -> tuple[str, str] | None:
    if not feeder.raised:
        return None
    alert_id, person = rng.choice(feeder.raised)
    return alert_id, oic(person)


def _until_over(lives: Sequence[Lives], parts: Parts, rng: Random, pace: Pace) -> int:
    """Break a server now and then; how often. All of them are at work at the end."""
    troubles, next_at = 0, time.monotonic() + rng.uniform(0, pace.trouble_every_s)
    waiting = list(parts.troubles())
    rng.shuffle(waiting)
    while not min(one.over for one in lives):  # of each: it says here what it failed with
        if time.monotonic() >= next_at:
            waiting[troubles % len(waiting)]()
            troubles += 1
            next_at = time.monotonic() + rng.uniform(0, 2 * pace.trouble_every_s)
        time.sleep(LOOKS_EVERY_S)
    parts.redis.end()
    parts.redis.start()
    return troubles


def _settled(ledger: Ledger, feeder: Feeder, pace: Pace) -> None:
    _wait("not every finding was taken", lambda: not _behind(ledger, feeder))
    if pace.until_sent:
        _wait("messages are due and are not sent", lambda: not _unsent(ledger))


def _behind(ledger: Ledger, feeder: Feeder) -> int:
    with ledger.read() as connection:
        return books.behind(connection, feeder.records)


def _unsent(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return books.unsent(connection, datetime.now(UTC))


def _audited(url: str) -> tuple[str, ...]:
    """What the auditor finds wrong once it has had time to be mended."""
    until = time.monotonic() + 90
    while (faults := audit(url, datetime.now(UTC)).faults) and time.monotonic() < until:
        time.sleep(1)
    return tuple(map(str, faults))


def _in_the_books(ledger: Ledger, feeder: Feeder, receivers: Receivers, officers: Sequence[Officers]) -> Iterator[str]:
    with ledger.read() as connection:
        yield from books.findings(connection, feeder.changes, feeder.views)
        yield from books.commands(connection, [one for officer in officers for one in officer.given])
        yield from books.messages(connection, receivers.arrived)


def _outcome(
    lives: Sequence[Lives], troubles: int, feeder: Feeder, receivers: Receivers, officers: Sequence[Officers], wrong: tuple[str, ...]
) -> Outcome:
    times = [len(came) for came in receivers.arrived.values()]
    return Outcome(
        kills=", ".join(f"{one.kills} of {one.name}" for one in lives),
        ended_by_themselves=sum(one.ended for one in lives),
        troubles=troubles,
        findings=len(feeder.raised),
        changes=len(feeder.changes),
        commands=sum(len(one.given) for one in officers),
        commands_sent_again=sum(one.sent_again for one in officers),
        messages_arrived=len(times),
        came_twice=times.count(2),
        came_oftener=sum(count > 2 for count in times),  # noqa: PLR2004
        wrong=wrong,
    )


def _wait(what: str, done: Callable[[], bool]) -> None:
    until = time.monotonic() + ENDS_AFTER_S
    while not done():
        if time.monotonic() > until:
            raise NotInTime(f"{what} {ENDS_AFTER_S:.0f} s after the last kill")
        time.sleep(LOOKS_EVERY_S)


@click.command()
@click.option("--times", type=click.IntRange(min=1), default=100, show_default=True, help="How many times each process is killed.")
@click.option("--database", type=click.Choice(get_args(Database)), default="postgresql", show_default=True, help="Of the ledger.")
@click.option("--per-second", type=float, default=Pace().per_s, show_default=True, help="Findings and their changes.")
@click.option("--seed", type=int, help="For the same findings and commands again; the instants are the machine's.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep logs and a file's ledger here; else they go.")
def main(times: int, database: Database, per_second: float, seed: int | None, data: Path | None) -> None:
    """Kill each process of the cluster at random instants, break its servers, and see that nothing is lost and nothing happens twice."""
    seed = SystemRandom().randrange(1_000_000) if seed is None else seed
    with tempfile.TemporaryDirectory() as scratch:
        place = data or Path(scratch)
        place.mkdir(parents=True, exist_ok=True)
        try:
            with opened(database, place) as parts:
                found = prove(parts, place, times, Random(seed), Pace(per_s=per_second))  # noqa: S311
        except Missing as missing:
            raise click.ClickException(str(missing)) from missing
    click.echo(f"seed {seed}")
    for name, value in found._asdict().items():
        if name != "wrong":
            click.echo(f"{name.replace('_', ' ')}: {value}")
    if not found.good:
        raise click.ClickException("; ".join(found.wrong))
    click.echo("Nothing is lost, nothing happened twice, and the books are in order.")


if __name__ == "__main__":
    main()
