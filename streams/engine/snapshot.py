"""One person's log as bytes, and back: what a shell saves, so that a restart goes on where it stopped.

Holds the head alone; a rewind further back reads the whole history from the journal again. Rules are named by slug and
version: a snapshot of another version of a rule is no snapshot (`Outdated`), and the person is judged again from the
start. Zones travel as their spec and are compiled once for everybody.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from streams.engine.log import Mark, PersonLog
from streams.engine.person import Person
from streams.engine.rulebook import Rulebook
from streams.engine.state import Pending, Place, Reliance, State
from streams.engine.timeline import Wait
from streams.engine.verdict import Edge, Finding, WakeUp
from streams.engine.zones import Zone, compile_zone

FORM = 1
"""Raised when this form or what stands in it changes."""


class Outdated(Exception):
    """The snapshot was made by another form of the engine or another version of a rule."""


class _Waiting(msgspec.Struct, frozen=True, array_like=True):
    rule: str
    wake_up: WakeUp
    set_at: datetime


class _Saved(msgspec.Struct, frozen=True, array_like=True):
    form: int
    versions: dict[str, int]
    case: str
    status: str
    place: Place
    person: Person
    memories: dict[str, msgspec.Raw]
    findings: dict[str, Finding]
    pending: tuple[_Waiting, ...]
    edges: tuple[Edge, ...]
    next_at: datetime
    reliance: tuple[Reliance, ...]
    waits: tuple[Wait, ...]


def _out(value: object) -> str:
    if isinstance(value, Zone):
        return value.spec
    raise TypeError(f"a snapshot cannot hold a {type(value).__name__}")


def _in(kind: type, value: object) -> object:
    if kind is Zone and isinstance(value, str):
        return compile_zone(value)
    raise TypeError(f"a snapshot holds no {kind.__name__}")


class Snapshots:
    """Saves and loads logs for one rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rules = rulebook.rules
        self._slugs = rulebook.slugs
        self._versions = {rule.slug: rule.version for rule in rulebook.rules}
        self._write = msgspec.msgpack.Encoder(enc_hook=_out).encode
        self._read = msgspec.msgpack.Decoder(_Saved, dec_hook=_in).decode
        self._memories = [msgspec.msgpack.Decoder(type(rule.memory), dec_hook=_in) for rule in rulebook.rules]

    def save(self, log: PersonLog) -> bytes:
        """The log as bytes."""
        head = log.head
        memories = {
            self._rules[index].slug: msgspec.Raw(self._write(memory)) for index, memory in enumerate(head.memories) if memory is not None
        }
        return self._write(
            _Saved(
                FORM,
                self._versions,
                log.case,
                log.status,
                log.place,
                head.person,
                memories,
                head.findings,
                tuple(_Waiting(self._rules[one.rule].slug, one.wake_up, one.set_at) for one in head.pending),
                head.edges,
                head.next_at,
                head.reliance,
                tuple(sorted(log.waits)),
            )
        )

    def load(self, raw: bytes, *, of_any_version: bool = False) -> PersonLog:
        """The log that was saved, or `Outdated`. `of_any_version`: without what rules that are different now had in mind."""
        try:
            saved = self._read(raw)
        except msgspec.ValidationError as wrong:
            raise Outdated(str(wrong)) from wrong
        if saved.form != FORM or (saved.versions != self._versions and not of_any_version):
            raise Outdated(f"made by form {saved.form} with other rules")
        same = {slug for slug, version in saved.versions.items() if self._versions.get(slug) == version}
        memories: list[msgspec.Struct | None] = [None] * len(self._rules)
        for slug, memory in saved.memories.items():
            if slug in same:
                memories[self._slugs[slug]] = self._memories[self._slugs[slug]].decode(memory)
        head = State(
            person=saved.person,
            memories=tuple(memories),
            findings=saved.findings,
            pending=tuple(Pending(self._slugs[one.rule], one.wake_up, one.set_at) for one in saved.pending if one.rule in same),
            edges=saved.edges,
            next_at=saved.next_at,
            reliance=saved.reliance,
        )
        log = PersonLog(saved.case, head, saved.status)
        log.place = log.recent_from = saved.place
        log.marks = [Mark(saved.place, head, 0)]
        log.waits = set(saved.waits)
        return log
