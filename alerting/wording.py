"""The words of alerting: what each code is called, what may leave the building, and what a sentence may never tell.

Not the console's pages (they draw these words) and not the rules' own sentences (they are linted here). Called by delivery,
the console, and by the tests that lint every rule's wording.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec


class Label(NamedTuple):
    """A severity on a screen: a word, a shape and a colour, because no one of them is enough for everybody."""

    word: str
    shape: str
    tag_colour: str


SEVERITIES: Mapping[str, Label] = {
    "critical": Label("Critical", "◆", "red"),
    "high": Label("High", "▲", "orange"),
    "medium": Label("Medium", "●", "yellow"),
    "low": Label("Low", "○", "grey"),
}

STATUSES: Mapping[str, str] = {
    "open": "Ongoing",
    "closed": "Ended",
    "withdrawn": "Withdrawn: later evidence shows this did not happen",
}

PROVISIONAL = "Not yet confirmed"

ROLES: Mapping[str, str] = {
    "control_room": "Control room",
    "oic": "Officer in the case",
    "offender_manager": "Offender manager",
    "prison_offender_manager": "Prison offender manager",
    "idva": "IDVA",
    "programme_case_manager": "Programme case manager",
    "supervisor": "Supervisor",
    "marac_coordinator": "MARAC coordinator",
    "assessor": "Assessor",
    "duty_inspector": "Duty inspector",
    "duty_idva": "Duty IDVA",
    "duty_probation": "Duty probation officer",
}

REASONS: Mapping[str, str] = {
    "named": "Assigned",
    "deputy": "Deputy, because the person assigned is away",
    "on_call": "On call",
    "escalated": "Escalated, because nobody answered",
}

CHANGES: Mapping[str, str] = {
    "raised": "Raised",
    "confirmed": "Confirmed",
    "severity": "Severity changed",
    "reminded": "Reminder",
    "closed": "Ended",
    "reopened": "Began again",
    "amended": "Corrected by later evidence",
    "withdrawn": "Withdrawn",
}

SUPERSEDED = "Later evidence moved its beginning: the same matter goes on under the same reference."

MARKS: Mapping[str, str] = {"actual": "", "exercise": "EXERCISE", "test": "TEST"}

URGENCIES: Mapping[str, str] = {
    "critical": "needs an answer now",
    "high": "needs an answer within 15 minutes",
    "medium": "needs an answer today",
    "low": "is waiting for you",
}
CHANGED = "has changed: open it"

_REFERENCE = re.compile(r"VG-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")


class MayLeave(msgspec.Struct, frozen=True, kw_only=True):
    """All that push, SMS, e-mail and webhook may carry. It has no field that could hold a name, a place or a rule."""

    mark: str
    reference: str
    urgency: str
    origin: str
    repeat: bool = False

    def __post_init__(self) -> None:
        """Refuse whatever is not one of our own few words: a field that takes any text would be a hole."""
        for field, value, allowed in (
            ("mark", self.mark, self.mark in MARKS.values()),
            ("reference", self.reference, _REFERENCE.fullmatch(self.reference)),
            ("urgency", self.urgency, self.urgency in {*URGENCIES.values(), CHANGED}),
            ("origin", self.origin, _ORIGIN.fullmatch(self.origin)),
        ):
            if not allowed:
                raise ValueError(f"text that leaves: {field} {value!r} is none of the values that may leave")

    @property
    def link(self) -> str:
        """The one link: it names the reference and nothing else."""
        return f"{self.origin}/a/{self.reference}"

    @property
    def sentence(self) -> str:
        """The whole message, e.g. `EXERCISE Vigil: VG-7K3MQ-2XD9A needs an answer now. https://...`; fits one SMS."""
        mark = f"{self.mark} " if self.mark else ""
        return f"{mark}Vigil: {self.reference} {self.urgency}. {self.link}" + (" (repeat)" if self.repeat else "")


def may_leave(*, reference: str, severity: str, status: str, message_status: str, origin: str, repeat: bool = False) -> MayLeave:
    """What may be said of an alert outside: a withdrawn one has changed, any other is as urgent as it is severe."""
    return MayLeave(
        mark=MARKS[message_status],
        reference=reference,
        urgency=CHANGED if status == "withdrawn" else URGENCIES[severity],
        origin=origin,
        repeat=repeat,
    )


# A NOMS number (A1234AA) has four digits where a postcode has two or three, so it is none.
_TELLS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an e-mail address", re.compile(r"[^\s@]+@[^\s@]+\.\w+")),
    ("a telephone number", re.compile(r"(?<![\w.])(\+\d|00\d|\(?0\d)([ ()-]{0,2}\d){7,12}(?!\d)")),
    ("a postcode", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)),
    ("coordinates", re.compile(r"(?<![\d.])-?\d{1,3}\.\d{3,}|\d ?°|\b[HNOST][A-HJ-Z] ?\d{3,5} ?\d{3,5}\b")),
    (
        "a street address",
        re.compile(r"(?<![\d:])\b\d{1,4}[A-Za-z]?,? ([A-Z][\w'-]+ ){1,3}(Road|Street|Avenue|Lane|Drive|Terrace|Crescent|Gardens|Grove)\b"),
    ),
    ("a what3words place", re.compile(r"/{3}[a-z]+\.[a-z]+\.[a-z]+")),
)


def tells_too_much(sentence: str) -> str | None:
    """Why a because-sentence may not be sent to every role; None where it may."""
    for what, pattern in _TELLS:
        found = pattern.search(sentence)
        if found:
            return f"it holds {what}: {found.group().strip()!r}"
    return None
