"""How wrong a fix is: a table of invented errors with heavy tails, drawn once and read by index.

`CALM` errors stay under twenty metres beside a drift under thirty-five, and their accuracy says so: at a curfew address of 100 m a
calm fix is always certainly at home. `WILD` ones are off by hundreds of metres: most say so (cell masts, a wide accuracy), some do
not know their accuracy, and one in ten lies. A wild fix is always followed by two calm ones, so that it is never a breach.
"""

from __future__ import annotations

from math import cos, pi, sin
from random import Random
from typing import NamedTuple

TABLE_SIZE = 4_096
DRIFT_KEPT = 0.96
"""Of the slow error that neighbouring fixes share (walls, foliage), from one fix to the next."""
_NUDGE_M = 0.95
"""At most; so the drift never passes 0.95 / (1 - 0.96) = 24 metres either way."""


class Error(NamedTuple):
    """An error in metres, nudges to the drift, and the text of `accuracy_m` and `mechanism` as it stands in the line."""

    east_m: float
    north_m: float
    nudge_east_m: float
    nudge_north_m: float
    said: str


def _calm(rng: Random, indoors: float) -> Error:
    east_m, north_m = (max(-13.0, min(13.0, rng.gauss(0, 4.5))) for _ in range(2))
    nudges = rng.choice((-_NUDGE_M, _NUDGE_M)), rng.choice((-_NUDGE_M, _NUDGE_M))
    if rng.random() < indoors:
        return Error(east_m, north_m, *nudges, f'"accuracy_m":{rng.randrange(20, 41)},"mechanism":"wifi"')
    return Error(east_m, north_m, *nudges, f'"accuracy_m":{rng.randrange(6, 26)},"mechanism":"gps"')


def _wild(rng: Random) -> Error:
    off_m = min(90 * rng.paretovariate(1.4), 800.0)
    bearing = rng.uniform(0, 2 * pi)
    draw = rng.random()
    if draw < 0.1:  # noqa: PLR2004 -- the share that lies
        said = f'"accuracy_m":{rng.randrange(8, 31)},"mechanism":"gps"'
    elif draw < 0.3:  # noqa: PLR2004 -- the share that does not know
        said = '"mechanism":"gps"'
    elif draw < 0.7:  # noqa: PLR2004 -- the share from cell masts
        said = f'"accuracy_m":{round(off_m * 1.3 + 300)},"mechanism":"lbs"'
    else:
        said = f'"accuracy_m":{round(off_m * 1.5 + 10)},"mechanism":"gps"'
    return Error(off_m * sin(bearing), off_m * cos(bearing), 0.0, 0.0, said)


def _table(kind: str) -> tuple[Error, ...]:
    rng = Random(f"noise/{kind}")
    return tuple(_wild(rng) if kind == "wild" else _calm(rng, 0.35 if kind == "home" else 0.03) for _ in range(TABLE_SIZE))


CALM_AT_HOME = _table("home")
CALM_OUTDOORS = _table("outdoors")
WILD = _table("wild")
