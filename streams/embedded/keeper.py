"""The keeper: everything that judging needs to go on after a restart, in `state.sqlite3`, one transaction a save.

Findings, state and the position that they are judged to never part: what the caller keeps of its own (alerts, the
directory) is written in the same transaction. One thread, the judging one. Readers open the file for themselves.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from schemas import codec
from streams.embedded import kept_feeds, kept_identity, kept_logs, named, sqlite_journal
from streams.embedded.judge import Judge, Standing
from streams.embedded.received import Received
from streams.embedded.sqlite_file import open_reader, open_writer
from streams.embedded.told import Told
from streams.engine.feeds import Feeds
from streams.engine.log import PersonLog
from streams.engine.rulebook import Rulebook
from streams.engine.snapshot import Snapshots
from streams.engine.verdict import Finding

FILE = "state.sqlite3"
FORM = 2
"""Raised when what stands in the file changes its form."""
REMEDY = "move that one file away and start again: everything received stands in intake.sqlite3, and is judged again from there"
_SCHEMA = "CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value BLOB NOT NULL);" + "".join(
    one.SCHEMA for one in (sqlite_journal, kept_logs, kept_identity, kept_feeds, named)
)


class OtherForm(Exception):
    """The file was written by another version of the program."""


class Kept(msgspec.Struct, kw_only=True):
    """The facts of a save that are one row each. `rules`: which rules, with which parameters, have judged."""

    form: int
    rules: str
    position: int
    clock_at: datetime
    held: list[bytes]
    rises: bytes
    asked: dict[str, Finding]


_write = msgspec.msgpack.Encoder().encode
_read = msgspec.msgpack.Decoder(Kept).decode


class Keeper:
    """Owns the file. `judge`: the world that was saved, or a new one."""

    def __init__(self, folder: Path, rulebook: Rulebook, feeds: Feeds, most_living: int = kept_logs.MOST_LIVING) -> None:
        self.file = open_writer(folder / FILE, _SCHEMA)
        kept = kept_facts(self.file)
        snapshots = Snapshots(rulebook)
        registry = kept_identity.load(self.file)
        kept_feeds.load_feeds(self.file, feeds)
        self._journal = sqlite_journal.SqliteJournal(self.file)
        self._logs = kept_logs.KeptLogs(self.file, snapshots, self._wakes_at, most_living)
        self._identity = kept_identity.KeptIdentity(self.file, registry)
        self._feeds = kept_feeds.KeptFeeds(self.file, snapshots)
        self._rules = rules_named(rulebook, feeds)
        self._named = named.KeptNamed(self.file)
        self.judge = Judge(rulebook, self._journal, feeds, registry, self._logs, self._named)
        self.position = 0
        """The last batch that is judged in what is saved."""
        self._judged_by = self._rules
        """The rules that have judged everybody who is saved."""
        if kept is not None:
            self._resume(kept)
            for key in registry.people():
                registry.rest(key)

    def _resume(self, kept: Kept) -> None:
        judge = self.judge
        self.position = kept.position
        self._judged_by = kept.rules
        self._feeds.load_actors(judge)
        if self.outdated:
            for actor in judge.actors.values():
                actor.ask_again(kept.clock_at)
        held = tuple(codec.decode(raw, max_bytes=codec.MAX_OWN_BYTES) for raw in kept.held)
        judge.resume(Standing(kept.clock_at, held, kept.rises))
        judge.people.resume(kept.asked, [lane for lane in self._logs.lanes() if "|" in lane])
        for alarm in self._logs.alarms():
            judge.alarms.wake(alarm.lane, alarm.wake_at)
            judge.alarms.wait(alarm.lane, alarm.waits)

    @property
    def outdated(self) -> bool:
        """Whether other rules have judged somebody who is saved: everybody is to be judged again first."""
        return self._judged_by != self._rules

    def rejudge_all(self, received: Iterable[Received]) -> Iterator[list[Told]]:
        """Judge everybody's whole history by the rules that there are now; what each person's tells. `received`: what was judged."""
        kept_feeds.hear_again(self.judge.feeds, received, self.judge.clock)
        people = self.judge.people
        for lane in list(self._logs.lanes()):
            if "|" not in lane:
                before = {one: self._logs.findings_of(one) for one in (lane, *people.lanes_beside(lane))}
                people.rejudge(lane, self.judge.clock, before)
                yield self.judge.before(self.judge.clock)
        self._judged_by = self._rules

    @contextmanager
    def saving(self, position: int) -> Iterator[sqlite3.Connection]:
        """Save everything; the caller writes what is its own beside it. All of it is durable afterwards, or nothing is."""
        self.file.execute("BEGIN IMMEDIATE")
        try:
            self._identity.forgotten |= self.judge.forgot
            buckets = self._journal.unsaved()
            self._journal.save()
            self._identity.save(buckets)
            self._logs.save()
            self._feeds.save(self.judge)
            self._named.save()
            standing = self.judge.standing()
            kept = Kept(
                form=FORM,
                rules=self._judged_by,
                position=position,
                clock_at=standing.clock_at,
                held=[codec.encode(event) for event in standing.held],
                rises=standing.rises,
                asked=self.judge.people.asked,
            )
            self.file.execute("INSERT OR REPLACE INTO fact VALUES ('kept', ?)", (_write(kept),))
            yield self.file
            self.file.execute("COMMIT")
        except BaseException:
            if self.file.in_transaction:
                self.file.execute("ROLLBACK")
            raise
        self.judge.forgot = False
        self._journal.saved()
        self._identity.saved()
        for lane in self._logs.saved():
            self.judge.registry.rest(lane)  # a lane beside the actual one names nobody there
        self._feeds.saved()
        self._named.saved()
        self.position = position

    @property
    def unsaved(self) -> bool:
        """Whether anything but the clock has changed since the last save."""
        parts = (self._logs, self._identity, self._named)
        return self.judge.forgot or any(part.unsaved for part in parts) or bool(self._journal.unsaved())

    def touched(self) -> Iterator[tuple[str, PersonLog]]:
        """Who was touched since the last save, by lane."""
        return self._logs.touched()

    def _wakes_at(self, lane: str) -> datetime:
        return self.judge.alarms.wakes_at(lane)

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def kept_facts(file: sqlite3.Connection) -> Kept | None:
    """The facts that were saved; None in a new file."""
    row = file.execute("SELECT value FROM fact WHERE name = 'kept'").fetchone()
    if row is None:
        return None
    try:
        kept = _read(row[0])
    except msgspec.MsgspecError as wrong:
        raise OtherForm(f"{FILE} was written by another version of Vigil: {wrong}; {REMEDY}") from wrong
    if kept.form != FORM:
        raise OtherForm(f"{FILE} has form {kept.form}, this version of Vigil reads form {FORM}; {REMEDY}")
    return kept


def open_kept(folder: Path) -> sqlite3.Connection:
    """The file for reading, beside its writer."""
    return open_reader(folder / FILE)


def rules_named(rulebook: Rulebook, feeds: Feeds) -> str:
    """Which rules with which parameters, on which feeds: another name, other judgements."""
    return hashlib.blake2b(f"{rulebook.said()}\0{feeds.said()}".encode(), digest_size=16).hexdigest()
