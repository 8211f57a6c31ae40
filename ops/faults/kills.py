"""`python -m ops.faults.kills --times 100`: kills a loaded `vigil run` at random instants and counts what is missing.

Feed clients send an invented day to a real `vigil run` over HTTP, officers give commands at its console, and relays take its
messages; it is killed (SIGKILL) so many times, also while it starts, and started again. At the end: every line that was
acknowledged is kept, once; the ledger's alerts are those of a replay of the kept lines, to the byte, so that none is missing and
none is there twice (but for those whom the policy told, and reminders: a replay has neither); each has its owner and its clock;
each command that was answered took effect once, and what it stated is an event; each message has an end and came, twice at
most, and what came again says so; and the books are in order.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import click
from sqlalchemy import select

from alerting.auditor import audit
from alerting.ledger import facts
from alerting.ledger.store import Ledger
from alerting.ledger.tables.alerts import ALERT
from ops.faults import books, day
from ops.faults.forked import Run
from ops.faults.officers import Officers
from ops.faults.receivers import Receivers
from ops.faults.replayed import told_and_replayed
from ops.faults.sender import Sender
from ops.faults.subject import NotInTime, vigil

CLIENTS, OFFICERS = 2, 3
BATCHES_A_LIFE = 6
"""How many batches each client sends in one life, when it lives long enough."""
LIFE_S = 2.0
"""Every other life ends at a random instant up to here after it is ready."""
LOADS_S = 1.5
"""The others end at a random instant up to here after their process began, many of them while it still begins."""
ENDS_AFTER_S = 600.0
AUDITED_WITHIN_S = 120.0
"""How long the auditor may find as much wrong as before: a slow machine has minutes of messages to send, and gets through them."""
LOOKS_EVERY_S = 0.2


class Outcome(NamedTuple):
    """What was found."""

    kills: int
    acknowledged: int
    kept: int
    lost: int
    """Acknowledged, and not kept."""
    doubled: int
    """Kept more than once."""
    sent_again: int
    alerts: int
    alerts_as_replayed: bool
    commands: int
    commands_sent_again: int
    facts: int
    """What officers stated, and is kept as an event."""
    messages_arrived: int
    came_twice: int
    came_oftener: int
    """Which none may."""
    wrong: tuple[str, ...]
    """What the auditor finds (an alert without owner or clock, a message without an end, ...), and what is of a command or a message."""
    books: str

    @property
    def good(self) -> bool:
        """Whether nothing is missing and nothing is there twice."""
        return self.lost == 0 and self.doubled == 0 and self.alerts_as_replayed and not self.wrong


class _Proof(NamedTuple):
    """The parts of one proof."""

    data: Path
    run: Run
    ledger: Ledger
    receivers: Receivers
    senders: Sequence[Sender]
    officers: Sequence[Officers]


def prove(data: Path, times: int, people: int, rng: Random, *, life_s: float = LIFE_S, until_sent: bool = True) -> Outcome:
    """One proof in an empty folder. `until_sent`: wait for messages whose sender was killed: their lease is two minutes."""
    key = vigil("keys", "add", "faults", "--source", "*", "--data", str(data)).strip()
    sent = day.invent(people, CLIENTS, 2 * BATCHES_A_LIFE * (times + 1), rng)
    receivers = Receivers()
    with ExitStack() as stack:
        stack.enter_context(receivers.listening(data))
        ledger = stack.enter_context(closing(Ledger.in_folder(data)))
        ledger.upgrade()
        with ledger.write(datetime.now(UTC)) as writing:
            Officers.sign_in(writing, sent.officers)
            receivers.subscribe(writing)
        run = Run(data, data / "run.log", receivers.environment)
        stack.callback(run.close)
        senders = [Sender(run.port, key, batches) for batches in sent.batches]
        officers = [Officers(run.port, partial(_look, ledger), Random(rng.random()), acting=True) for _ in range(OFFICERS)]  # noqa: S311
        proof = _Proof(data, run, ledger, receivers, senders, officers)
        for start in (*(one.start for one in senders), *(one.start for one in officers)):
            start()
        for sender in senders:
            stack.callback(sender.close)
        _lives(proof, times, rng, life_s)
        _settled(proof, until_sent=until_sent)
        faults = _audited(ledger)
        run.stop()
        if refused := [one for sender in senders for one in sender.refused]:
            raise RuntimeError(f"lines of ours were refused, as {refused[0]}")
        return _outcome(proof, times, faults)


def _look(ledger: Ledger, rng: Random) -> tuple[str, str] | None:
    """An open alert, and whose it is: about somebody half of the time, for most are about feeds that are late by a day."""
    asked = select(ALERT.c.alert_id, ALERT.c.owner_id).where(ALERT.c.closed.is_(False), ALERT.c.owner_id.is_not(None))
    if rng.random() < 1 / 2:
        asked = asked.where(ALERT.c.person_id.is_not(None))
    with ledger.read() as connection:
        found = connection.execute(asked).all()
    return tuple(rng.choice(found)) if found else None


def _lives(proof: _Proof, times: int, rng: Random, life_s: float) -> None:
    """Half of the day is judged in peace, so that there are alerts to answer; the other half comes while it is killed."""
    allowed = BATCHES_A_LIFE * (times + 1)
    _allow(proof, allowed)
    proof.run.start()
    proof.run.wait_ready()
    _wait("half of the day was not judged", lambda: all(one.done_batches == allowed for one in proof.senders) and _judged(proof))
    for life in range(1, times + 1):
        _allow(proof, allowed := allowed + BATCHES_A_LIFE)
        if life % 2:
            proof.run.wait_ready()
            time.sleep(rng.uniform(0, life_s))
        else:
            time.sleep(rng.uniform(0.1, LOADS_S))
        proof.run.kill()
        proof.run.start()
    proof.run.wait_ready()
    _allow(proof, allowed + BATCHES_A_LIFE)
    time.sleep(life_s)


def _allow(proof: _Proof, batches: int) -> None:
    for sender in proof.senders:
        sender.allow(batches)


def _judged(proof: _Proof) -> bool:
    return not proof.run.backlog_events()


def _settled(proof: _Proof, *, until_sent: bool) -> None:
    """Everything was sent, said, stated and judged."""
    _wait("not all was sent", lambda: all(sender.finished for sender in proof.senders))
    for officer in proof.officers:
        officer.stop()

    def behind() -> bool:
        with proof.ledger.read() as connection:
            unsent = until_sent and books.unsent(connection, datetime.now(UTC))
            return bool(facts.waiting(connection)) or bool(unsent)

    _wait("not all was stated or sent on", lambda: not behind())
    _wait("not all was judged", lambda: _judged(proof))


def _wait(what: str, done: Callable[[], bool]) -> None:
    ends = time.monotonic() + ENDS_AFTER_S
    while not done():
        if time.monotonic() > ends:
            raise NotInTime(f"{what} {ENDS_AFTER_S:.0f} s after the last kill")
        time.sleep(LOOKS_EVERY_S)


def _audited(ledger: Ledger) -> tuple[str, ...]:
    """What the auditor finds wrong once it finds no less any more; nothing as soon as the books are in order."""
    ends, least = 0.0, None
    while faults := audit(ledger.url, datetime.now(UTC)).faults:
        wrong = sum(fault.times for fault in faults)
        if least is None or wrong < least:
            ends, least = time.monotonic() + AUDITED_WITHIN_S, wrong
        if time.monotonic() > ends:
            break
        time.sleep(1)
    return tuple(map(str, faults))


def _outcome(proof: _Proof, times: int, faults: Sequence[str]) -> Outcome:
    acknowledged = {name for sender in proof.senders for name in sender.acknowledged}
    arrived, (names, ours, replayed) = proof.receivers.arrived, told_and_replayed(proof.data, proof.ledger)
    return Outcome(
        kills=times,
        acknowledged=len(acknowledged),
        kept=sum(source != facts.SOURCE for source, _ in names),
        lost=len(acknowledged - names.keys()),
        doubled=sum(count > 1 for count in names.values()),
        sent_again=sum(sender.sent_again for sender in proof.senders),
        alerts=len(ours.splitlines()),
        alerts_as_replayed=ours == replayed,
        commands=sum(len(one.given) for one in proof.officers),
        commands_sent_again=sum(one.sent_again for one in proof.officers),
        facts=sum(source == facts.SOURCE for source, _ in names),
        messages_arrived=len(arrived),
        came_twice=sum(len(came) == 2 for came in arrived.values()),  # noqa: PLR2004
        came_oftener=sum(len(came) > 2 for came in arrived.values()),  # noqa: PLR2004
        wrong=(*faults, *_in_the_books(proof, names)),
        books=vigil("verify", "--data", str(proof.data)).splitlines()[-1],
    )


def _in_the_books(proof: _Proof, names: Container[tuple[str, str]]) -> Iterator[str]:
    with proof.ledger.read() as connection:
        yield from books.commands(connection, [one for officer in proof.officers for one in officer.given])
        yield from books.facts(connection, names)
        yield from books.messages(connection, proof.receivers.arrived)


@click.command()
@click.option("--times", type=click.IntRange(min=1), default=100, show_default=True, help="How many times it is killed.")
@click.option("--people", type=click.IntRange(min=1), default=8, show_default=True, help="How many invented people.")
@click.option("--seed", type=int, help="For the same people and the same instants again.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep the folder here; else it goes.")
def main(times: int, people: int, seed: int | None, data: Path | None) -> None:
    """Kill a loaded vigil run at random instants and see that nothing is lost and nothing happens twice."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    with tempfile.TemporaryDirectory() as scratch:
        folder = data or Path(scratch) / "data"
        folder.mkdir(parents=True, exist_ok=True)
        found = prove(folder, times, people, Random(seed))  # noqa: S311  the same seed, the same kills
    click.echo(f"seed {seed}")
    for name, value in found._asdict().items():
        if name != "wrong":
            click.echo(f"{name.replace('_', ' ')}: {value}")
    if not found.good:
        raise click.ClickException("; ".join(found.wrong) or "something is missing, or there twice")


if __name__ == "__main__":
    main()
