"""What a rule is: a value with one pure function. Made once in each `streams/rules/<slug>.py`, listed in the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

import msgspec

from streams.engine.known import Known
from streams.engine.verdict import Given, Verdict

Status = Literal["draft", "shadow", "live", "retired"]
Parameters = TypeVar("Parameters", bound=msgspec.Struct)
Memory = TypeVar("Memory", bound=msgspec.Struct)


class Rule(msgspec.Struct, Generic[Parameters, Memory], frozen=True, kw_only=True):
    """One rule of rules.md.

    `reads`: event types and edges that are handed to `decide`. `reads_findings`: slugs of the rules whose findings
    are handed to it; they stand before it in the catalogue. `tells`: roles, in the order in which they are told.
    `by_decision`: its findings end when an authority decides them (rules.md, word 11); the engine sees to it.
    """

    slug: str
    version: int
    status: Status
    reads: tuple[str, ...]
    tells: tuple[str, ...]
    parameters: Parameters
    memory: Memory
    decide: Callable[[Parameters, Memory, Known, Given], Verdict[Memory] | None]
    reads_findings: tuple[str, ...] = ()
    by_decision: bool = False
    actor: Literal["person", "feed"] = "person"
