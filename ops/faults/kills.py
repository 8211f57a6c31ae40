"""`python -m ops.faults.kills --times 50`: kills a loaded `vigil run` at random instants and counts what is missing.

Two feed clients send an invented day to a real `vigil run` over HTTP; it is killed (SIGKILL) so many times, also while it
starts, and started again. At the end: every line that was acknowledged is kept, once; the ledger's alerts are those of a replay
of the kept lines, to the byte, so that none is missing and none is there twice (but for those whom the policy told, and
reminders: a replay has neither); each has its owner and its clock, each message is there once; and the books are in order.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import click
from msgspec.structs import replace

from alerting.auditor import audit
from alerting.ledger.alerts import load_all
from ops.cli.data_folder import kept, taken
from ops.cli.ledgers import opened
from ops.faults.books import ALERTINGS_OWN
from ops.faults.sender import Sender
from ops.faults.subject import NotInTime, Subject, vigil
from ops.simulate.world import simulate
from schemas import codec
from schemas.alert import Alert, alert_line

CLIENTS = 2
BATCHES_A_LIFE = 6
"""How many batches each client sends in one life, when it lives long enough."""
LIFE_S = 2.0
"""Every other life ends at a random instant up to here after it is ready."""
LOADS_S = 3.0
"""The others end at a random instant up to here after their process began, many of them while it still loads."""
ENDS_AFTER_S = 600.0
AUDITED_WITHIN_S = 120.0
"""How long the auditor may find as much wrong as before: a slow machine has minutes of messages to send, and gets through them."""


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
    faults: str
    """What the auditor finds wrong: an alert without owner or clock, a message without an end, a record that was not taken."""
    books: str

    @property
    def good(self) -> bool:
        """Whether nothing is missing and nothing is there twice."""
        return self.lost == 0 and self.doubled == 0 and self.alerts_as_replayed and not self.faults


def prove(data: Path, times: int, people: int, rng: random.Random, *, life_s: float = LIFE_S) -> Outcome:
    """One proof in an empty folder."""
    key = vigil("keys", "add", "faults", "--source", "*", "--data", str(data)).strip()
    subject = Subject(data, data / "run.log")
    senders = [Sender(subject.port, key, batches) for batches in _batches(people, times, rng)]
    try:
        _lives(subject, senders, times, rng, life_s)
        faults = _audited(data)
        subject.stop()
    finally:
        for sender in senders:
            sender.close()
        subject.close()
    if refused := [one for sender in senders for one in sender.refused]:
        raise RuntimeError(f"lines of ours were refused, as {refused[0]}")
    return _outcome(data, times, senders, faults)


def _lives(subject: Subject, senders: Sequence[Sender], times: int, rng: random.Random, life_s: float) -> None:
    for sender in senders:
        sender.start()
    for life in range(1, times + 1):
        subject.start()
        for sender in senders:
            sender.allow(life * BATCHES_A_LIFE)
        if life % 2:
            subject.wait_ready()
            time.sleep(rng.uniform(0, life_s))
        else:
            time.sleep(rng.uniform(0.1, LOADS_S))
        subject.kill()
    subject.start()
    subject.wait_ready()
    for sender in senders:
        sender.allow((times + 1) * BATCHES_A_LIFE)
    ends = time.monotonic() + ENDS_AFTER_S
    while not all(sender.finished for sender in senders) or subject.backlog_events():
        if time.monotonic() > ends:
            raise NotInTime(f"not all was sent and judged {ENDS_AFTER_S:.0f} s after the last kill")
        time.sleep(0.2)


def _audited(data: Path) -> str:
    """What the auditor finds wrong once it finds no less any more; nothing as soon as the books are in order."""
    ends, least = 0.0, None
    with opened(data, None) as ledger:
        while faults := audit(ledger.url, datetime.now(UTC)).faults:
            wrong = sum(fault.times for fault in faults)
            if least is None or wrong < least:
                ends, least = time.monotonic() + AUDITED_WITHIN_S, wrong
            if time.monotonic() > ends:
                break
            time.sleep(1)
    return "; ".join(map(str, faults))


def _batches(people: int, times: int, rng: random.Random) -> list[list[list[bytes]]]:
    """A day that ends now, for each client: lines in batches of uneven size, so many that every life has some."""
    starts_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1, hours=1)
    lines = list(simulate(people, 1, rng.randrange(1_000_000), starts_at))
    lines = list({_name(line): line for line in lines}.values())  # each once: what is sent again is sent again by us
    count = CLIENTS * BATCHES_A_LIFE * (times + 1)
    cuts = sorted(rng.sample(range(1, len(lines)), count - 1))
    batches = [lines[start:end] for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    return [batches[client::CLIENTS] for client in range(CLIENTS)]


def _outcome(data: Path, times: int, senders: Iterable[Sender], faults: str) -> Outcome:
    acknowledged = {name for sender in senders for name in sender.acknowledged}
    names: Counter[tuple[str, str]] = Counter()
    exported, ours, replayed = (data / name for name in ("kept.jsonl", "alerts.jsonl", "replayed.jsonl"))
    with kept(data) as (_, facts), taken(data) as received, exported.open("wb") as file:
        clock_at = facts.clock_at
        for batch in received.after(0):
            for raw in batch.lines:
                event = codec.decode(raw)
                names[event.ref] += 1
                file.write(codec.encode(replace(event, received_at=batch.received_at)) + b"\n")
    vigil("alerts", "--data", str(data), "--out", str(ours))
    vigil("replay", str(exported), "--until", clock_at.isoformat(), "--out", str(replayed))
    alerts = _without_policy(data, ours)
    return Outcome(
        kills=times,
        acknowledged=len(acknowledged),
        kept=len(names),
        lost=len(acknowledged - names.keys()),
        doubled=sum(count > 1 for count in names.values()),
        sent_again=sum(sender.sent_again for sender in senders),
        alerts=len(alerts.splitlines()),
        alerts_as_replayed=alerts == replayed.read_bytes(),
        faults=faults,
        books=vigil("verify", "--data", str(data)).splitlines()[-1],
    )


def _without_policy(data: Path, written: Path) -> bytes:
    """The lines as a replay would have them: the ledger knows which recipients are the rule's."""
    with opened(data, None) as ledger, ledger.read() as connection:
        every = (Alert.model_validate_json(line) for line in written.read_bytes().splitlines())
        lines = [line for line in every if line.rule not in ALERTINGS_OWN]
        of_book = {name: record.of_book for name, record in load_all(connection, [line.alert_id for line in lines]).items()}
    return b"".join(
        alert_line(line.model_copy(update={"recipients": of_book[line.alert_id].recipients, "revisions": of_book[line.alert_id].revisions}))
        + b"\n"
        for line in lines
    )


def _name(line: bytes) -> tuple[str, str]:
    event = codec.decode(line)
    return (event.source, event.id)


@click.command()
@click.option("--times", type=click.IntRange(min=1), default=50, show_default=True, help="How many times it is killed.")
@click.option("--people", type=click.IntRange(min=1), default=60, show_default=True, help="How many invented people.")
@click.option("--seed", type=int, help="For the same people and the same instants again.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep the folder here; else it goes.")
def main(times: int, people: int, seed: int | None, data: Path | None) -> None:
    """Kill a loaded vigil run at random instants and see that nothing is lost."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    with tempfile.TemporaryDirectory() as scratch:
        folder = data or Path(scratch) / "data"
        folder.mkdir(parents=True, exist_ok=True)
        found = prove(folder, times, people, random.Random(seed))  # noqa: S311  the same seed, the same kills
    click.echo(f"seed {seed}")
    for name, value in found._asdict().items():
        click.echo(f"{name.replace('_', ' ')}: {value}")
    if not found.good:
        raise click.ClickException("something is missing, or there twice")


if __name__ == "__main__":
    main()
