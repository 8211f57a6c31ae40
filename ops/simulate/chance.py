"""Independent streams of chance: the same seed and the same names give the same draws, whatever else is drawn.

Nothing in the simulator uses the process-wide generator. Each person, feed and story has a stream of its own, so that one more
draw in one life moves nothing in another.
"""

from __future__ import annotations

from random import Random


def stream(seed: int, *names: object) -> Random:
    """A generator of its own for what the names name."""
    return Random("/".join(map(str, (seed, *names))))
