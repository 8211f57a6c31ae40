"""What a data folder has kept, the alerts that its ledger tells, and those of a replay of the same lines.

Called by `ops.faults.kills`, when `vigil run` has stopped.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from alerting.ledger.alerts import load_all
from alerting.ledger.store import Ledger
from ops.cli.data_folder import kept, taken
from ops.faults.books import ALERTINGS_OWN
from ops.faults.subject import vigil
from schemas import codec
from schemas.alert import Alert, alert_line


class Told(NamedTuple):
    """`names`: how often each line is kept, by source and id. `ours`: the ledger's alerts, `replayed`: those of a replay; a line each."""

    names: Counter[tuple[str, str]]
    ours: bytes
    replayed: bytes


def told_and_replayed(data: Path, ledger: Ledger) -> Told:
    """Ask both."""
    names: Counter[tuple[str, str]] = Counter()
    exported, ours, replayed = (data / name for name in ("kept.jsonl", "alerts.jsonl", "replayed.jsonl"))
    with kept(data) as (_, known), taken(data) as received, exported.open("wb") as file:
        clock_at = known.clock_at
        for batch in received.after(0):
            for raw in batch.lines:
                event = codec.decode(raw)
                names[event.ref] += 1
                file.write(codec.encode(replace(event, received_at=batch.received_at)) + b"\n")
    vigil("alerts", "--data", str(data), "--out", str(ours))
    vigil("replay", str(exported), "--until", clock_at.isoformat(), "--out", str(replayed))
    return Told(names, _without_policy(ledger, ours), replayed.read_bytes())


def _without_policy(ledger: Ledger, written: Path) -> bytes:
    """The lines as a replay would have them: the ledger knows which recipients are the rule's."""
    with ledger.read() as connection:
        every = (Alert.model_validate_json(line) for line in written.read_bytes().splitlines())
        lines = [line for line in every if line.rule not in ALERTINGS_OWN]
        of_book = {name: record.of_book for name, record in load_all(connection, [line.alert_id for line in lines]).items()}
    return b"".join(
        alert_line(line.model_copy(update={"recipients": of_book[line.alert_id].recipients, "revisions": of_book[line.alert_id].revisions}))
        + b"\n"
        for line in lines
    )
