"""What the identity desk asks, as the console shows it, and what was answered. Called by `streams.embedded.publishing`.

A question is derived and needs no closing; here it is remembered that it was told of, so that its end is told too.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from schemas.read_models import QuestionView
from streams.identity.question import Decision, Question

SCHEMA = "CREATE TABLE IF NOT EXISTS question_told (question_id TEXT PRIMARY KEY, view TEXT NOT NULL);"


STATED = "not_this_person"
"""The reason of questions that only an answer ends."""


class Asked:
    """The questions that were told of and stand."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        file.executescript(SCHEMA)
        rows = file.execute("SELECT question_id, view FROM question_told").fetchall()
        self._open = {name: QuestionView.model_validate_json(view) for name, view in rows}
        self._moved: dict[str, None] = {}
        self._looked_at: tuple[Question, ...] | None = None

    def look(
        self, questions: tuple[Question, ...], at: datetime, person_of: Callable[[str], tuple[str, tuple[str, ...]] | None]
    ) -> Iterator[QuestionView]:
        """What is asked now; each question that is new, different or over. `person_of`: id and areas of a person, by key."""
        if questions is self._looked_at:
            return
        self._looked_at = questions
        now = {one.question_id: one for one in (_view(question, at, person_of) for question in questions)}
        for name, one in now.items():
            before = self._open.get(name)
            if before is None or before.model_copy(update={"as_of_at": at}) != one:
                yield self._keep(one)
        for name in [name for name, one in self._open.items() if name not in now and one.reason != STATED]:
            yield self._keep(self._open[name].model_copy(update={"as_of_at": at, "open": False}))

    def state(self, one: QuestionView) -> QuestionView | None:
        """A question that people ask, and no evidence; None where it is asked already."""
        return None if one.question_id in self._open else self._keep(one)

    def find(self, question_id: str) -> QuestionView | None:
        """One that stands."""
        return self._open.get(question_id)

    def answered(self, question_id: str, decision: Decision) -> QuestionView:
        """It was answered; how it stands now."""
        said = {"verdict": decision.verdict, "rationale": decision.rationale, "answered_by": decision.by, "answered_at": decision.at}
        return self._keep(self._open[question_id].model_copy(update={**said, "as_of_at": decision.at, "open": False}))

    def _keep(self, one: QuestionView) -> QuestionView:
        self._moved[one.question_id] = None
        if one.open:
            self._open[one.question_id] = one
        else:
            self._open.pop(one.question_id, None)
        return one

    @property
    def unsaved(self) -> bool:
        """Whether anything is to be written."""
        return bool(self._moved)

    def save(self) -> None:
        """Write it, into the transaction under way; `saved` when it is durable."""
        for name in self._moved:
            if (one := self._open.get(name)) is not None:
                self._file.execute("INSERT OR REPLACE INTO question_told VALUES (?, ?)", (name, one.model_dump_json()))
            else:
                self._file.execute("DELETE FROM question_told WHERE question_id = ?", (name,))

    def saved(self) -> None:
        """What `save` wrote is durable."""
        self._moved.clear()


def question_id(question: Question) -> str:
    """Derived, so that the same question has the same name on every run."""
    pair = sorted(f"{one.type}:{one.value}" for one in (question.identifier, question.against))
    return "iq_" + hashlib.blake2b("\0".join((question.reason, *pair)).encode(), digest_size=8).hexdigest()


def _view(question: Question, at: datetime, person_of: Callable[[str], tuple[str, tuple[str, ...]] | None]) -> QuestionView:
    people = [found for key in question.person_keys if (found := person_of(key)) is not None]
    return QuestionView(
        question_id=question_id(question),
        as_of_at=at,
        reason=question.reason,
        identifier=question.identifier,
        against=question.against,
        person_ids=tuple(name for name, _ in people),
        areas=_unique(area for _, areas in people for area in areas),
        evidence=question.refs,
        opened_at=question.opened_at,
    )


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
