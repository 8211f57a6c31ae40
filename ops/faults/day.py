"""An invented day that ends now, as feed clients send it: lines in batches of uneven size, so many that every life has some.

Called by `ops.faults.kills`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ops.simulate.world import simulate
from schemas import codec
from schemas.directory import DirectoryOfficer


class Day(NamedTuple):
    """`batches`: of each client. `officers`: everybody whom the day's directory names."""

    batches: Sequence[Sequence[Sequence[bytes]]]
    officers: Sequence[str]


def invent(people: int, clients: int, batches: int, rng: random.Random) -> Day:
    """The day of so many people, cut into so many batches for each client."""
    starts_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=1, hours=1)
    every = simulate(people, 1, rng.randrange(1_000_000), starts_at)
    lines = list({name(line): line for line in every}.values())  # each once: what is sent again is sent again by us
    cuts = sorted(rng.sample(range(1, len(lines)), clients * batches - 1))
    cut = [lines[start:end] for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    said = (codec.decode(line).data for line in lines)
    return Day([cut[client::clients] for client in range(clients)], [one.officer_id for one in said if isinstance(one, DirectoryOfficer)])


def name(line: bytes) -> tuple[str, str]:
    """(source, id) of a line."""
    event = codec.decode(line)
    return (event.source, event.id)
