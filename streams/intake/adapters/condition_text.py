"""Conditions out of free text, as courts and monitoring firms write them. Pure; called by the court and tagging adapters.

A bail condition arrives as a sentence ("Exclusion - not to enter 7 High Street"). Its kind is taken from its words and the
sentence itself is always kept as `text`: no place, person or permission is guessed from it, so a zone or a curfew out of
text has no geometry and `not-being-judged` says so. What no row of the table knows is kept as `other`. The words come from
the fixtures named in reference/uk-feeds.md 4.2 and 4.3; nobody publishes a whole list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from streams.intake.adapters.form import digest

Condition = dict[str, object]
Period = dict[str, object]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TAG_MODES = ("gps", "rf_curfew", "alcohol")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


KINDS = (  # in this order, the first that fits; those of TOGETHER may stand in one sentence
    ("tag", _words(r"\bcondition (is )?to be electronically monitored|\belectronic monitoring of whereabouts|\bwear (a|an|the) .*\btag\b")),
    ("no_contact", _words(r"\b(not|no|any|non|or)[ -](to )?(have )?(any )?(contact|communicat)|\bcontact\b.* directly or indirectly")),
    ("not_to_approach", _words(r"\b(not|or) (to )?approach")),
    ("other", _words(r"\bnot to leave (england|wales|the (uk|country|jurisdiction))|\bapply for .*travel document")),
    ("inclusion_zone", _words(r"\bnot (to )?leave\b|\binclusion\b")),
    ("exclusion_zone", _words(r"\bexclusion\b|\b(not|or) (to )?(enter|visit|go (to|within|near|into|back)|be (in|at|within|near))\b")),
    ("curfew", _words(r"\bcurfew\b|\bstay indoors\b|\bremain indoors\b")),
    ("residence", _words(r"\bresid(e|ence|ing)\b|\blive and sleep\b|\bsleep each night\b")),
    ("report_to_police", _words(r"\breport\w* (to|at|daily|every|once).*\b(police|station)\b")),
    ("surrender_passport", _words(r"\b(surrender|lodge|hand over)\b.*\b(passport|identity card)")),
    ("alcohol_abstinence", _words(r"\babst(ain|inence)\b.*|\bnot (to )?(consume|drink|purchase).*\balcohol")),
    ("alcohol_limit", _words(r"\balcohol\b.*\b(limit|level|monitor)")),
)
MOST_READ_CHARACTERS = 2_000
"""Of one sentence. All of it is kept; the kind stands at its beginning."""
TOGETHER = frozenset({"no_contact", "not_to_approach", "exclusion_zone"})

TIMED = frozenset({"curfew", "report_to_police"})

MODES = {
    "curfew": "rf_curfew",
    "exclusion_zone": "gps",
    "inclusion_zone": "gps",
    "alcohol_abstinence": "alcohol",
    "alcohol_limit": "alcohol",
}
"""The tag that monitors a condition of this kind, when its text says that it is monitored."""
MONITORED = _words(r"electronic|\bEM\b|\bGPS\b|\btagg(ed|ing)\b|\btag\b|monitoring")
MODE_WORDS = (
    ("gps", _words(r"\bGPS\b|whereabouts|location|exclusion|inclusion")),
    ("rf_curfew", _words("curfew")),
    ("alcohol", _words("alcohol")),
)

HOURS = _words(
    r"(?P<from>\d{1,2}(?:[:.]\d\d)? ?(?:am|pm)?) ?\s*(?:and|to|until|till|-|–)[: ]*(?P<to>\d{1,2}(?:[:.]\d\d)? ?(?:am|pm)?)(?![\d:/])"  # noqa: RUF001
)
CLOCK = _words(r"(\d{1,2})(?:[:.](\d\d))? ?(am|pm)?")
DAY = r"\b(mon|tue|wed|thu|fri|sat|sun)(?:s|r|rs|days?|sdays?|nesdays?|rsdays?|urdays?)?\b"
DAYS = _words(f"{DAY}(?: ?(?:-|to) ?{DAY})?")


def conditions(text: str) -> list[Condition]:
    """The condition or conditions that one sentence lays down; a curfew with its hours, where they are plain."""
    text = text.strip()
    kinds = [kind for kind, words in KINDS if words.search(text[:MOST_READ_CHARACTERS])]
    first = kinds[0] if kinds else "other"
    if first in TOGETHER:
        return [condition(kind, text) for kind in kinds if kind in TOGETHER]
    if first == "tag":
        modes = tag_modes(text)
        return [tag(modes, text)] if modes else [condition("other", text)]
    return [condition(first, text)]


def condition(kind: str, text: str, timetable: list[Period] | None = None) -> Condition:
    """A condition of known kind out of its text. Its id is that of its content: the same words are the same condition."""
    made: Condition = {"condition_id": f"{kind}-{digest([kind, text, timetable])[:12]}", "kind": kind}
    periods = timetable if timetable is not None else hours(text) if kind in TIMED else []
    if periods:
        made["timetable"] = periods
    return made | {"text": text}


def tag(modes: Iterable[str], text: str = "") -> Condition:
    """The duty to wear a tag that measures this."""
    worn = [mode for mode in TAG_MODES if mode in set(modes)]
    made: Condition = {"condition_id": f"tag-{'-'.join(worn)}", "kind": "tag", "modes": worn}
    return made | ({"text": text} if text else {})


def tag_modes(text: str) -> set[str]:
    """What a sentence about monitoring says that the tag measures."""
    return {mode for mode, words in MODE_WORDS if words.search(text)}


def listed(found: Iterable[Condition]) -> list[Condition]:
    """Each condition once, and one tag for all that says it is monitored."""
    once = {str(one["condition_id"]): one for one in found}
    texts = [(str(one["kind"]), str(one.get("text", ""))) for one in once.values()]
    modes = {MODES[kind] for kind, text in texts if kind in MODES and MONITORED.search(text)}
    for one in once.values():
        worn = one.get("modes")
        modes |= set(worn) if isinstance(worn, list) else set()
    return [one for one in once.values() if one["kind"] != "tag"] + ([tag(modes)] if modes else [])


def hours(text: str) -> list[Period]:
    """The weekly periods that the text plainly states (`between 19:00 and 07:00`, `Mon - Fri 7 AM to 7 PM`); else none."""
    text = text[:MOST_READ_CHARACTERS].replace("\n", " ")
    for found in HOURS.finditer(_without_labels(text)):
        start, end = _clock(found["from"]), _clock(found["to"])
        if start is not None and end is not None and not (start[1] and end[1]):
            return [{"days": _days(text), "from": start[0], "to": end[0]}]
    return []


def _without_labels(text: str) -> str:
    """The labelled form of the court (`Between:22:00 And:06:00`) as a sentence."""
    return re.sub(r"\b(between|and|from|to):", r"\1 ", text, flags=re.IGNORECASE)


def _clock(written: str) -> tuple[str, bool] | None:
    """`HH:MM`, and whether it is a bare number that may be no time at all."""
    if not (found := CLOCK.fullmatch(written.strip())):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - the hours of half a day
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:  # noqa: PLR2004 - a clock face
        return None
    return f"{hour:02}:{minute:02}", not (half or found[2])


def _days(text: str) -> list[str]:
    named: set[str] = set()
    for first, last in DAYS.findall(text):
        start = WEEKDAYS.index(first.lower())
        end = WEEKDAYS.index(last.lower()) if last else start
        named |= {WEEKDAYS[(start + ahead) % 7] for ahead in range((end - start) % 7 + 1)}
    return [day for day in WEEKDAYS if day in named] or list(WEEKDAYS)
