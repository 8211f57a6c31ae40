"""Copied assessment: an assessment that repeats the answers of the one before although something new lies between.

Why:    a second DASH filled with the responses of the first (VKPP): nobody had asked her again.
Source: rules.md E, copied-assessment; word 5. Whether it is copied is judged once, in `streams.engine.assessments`.
Fires:  same tool, same protected person, all answers equal, and an incident, contact, attempt, trigger, breach decision,
        reception or release between them. A further copy joins.
Silent: without `answers`; another tool; another protected person; nothing new between; any answer that differs.
Clears: the next genuine assessment of her, by any tool: one that names her, or that names nobody.
Act:    the supervisor has her asked again; until then no decision rests on the copied one.
Gaps:   a copy with one answer changed for show is not seen. One that names nobody is about the case, and ends with a genuine
        one that names nobody, or when each protected person has been assessed since.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from schemas.event import Event
from streams.engine.assessments import news_between
from streams.engine.known import Known
from streams.engine.person import Assessment, News, Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Finding, Given, Verdict
from streams.engine.wording import at_risk, when

SLUG = "copied-assessment"
ARTICLES = {"incident": "an incident", "attempt": "an attempt at contact"}
TOOLS = {"oasys_rosh": "OASys RoSH", "stalking_screen": "stalking screen", "other": "risk"}
"""Tools that are not said as the capitals of their name."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing to set: what is copied is one definition for all rules."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing to remember: the assessments stand with the person."""


def _subject(known: Known, protected_person_id: str | None) -> str:
    return known.case if protected_person_id is None else f"{known.case}:{protected_person_id}"


def _because(person: Person, copy: Assessment, first: Assessment | None, news: News | None) -> str:
    whom = f" of the risk to {copy.protected_person_id}" if copy.protected_person_id else ""
    before = f" of {when(first.at)}" if first is not None else ""
    between = f", although there was {ARTICLES.get(news.what, 'a ' + news.what)} on {when(news.at)}" if news is not None else ""
    tool = TOOLS.get(copy.tool, copy.tool.upper())
    risk = at_risk([copy.protected_person_id] if copy.protected_person_id else [])
    return (
        f"The {tool} assessment{whom} from {person.label}, made on {when(copy.at)}, "
        f"repeats every answer of the one before{before}{between}; a new one is needed{risk}."
    )


def _copied(known: Known, event: Event, copy: Assessment) -> Verdict[Memory]:
    person, hers = known.person, copy.protected_person_id
    first = next((one for one in person.assessments if one.ref == copy.copy_of), None)
    news = None if first is None else news_between(known.before, first, event, hers)
    subject = _subject(known, hers)
    open_ = known.open(SLUG, subject)
    if open_ is not None:  # a copy of the copy: the sentence stays with what was not asked about then
        finding = replace(open_, evidence=(*open_.evidence, copy.ref), assessor_id=copy.assessed_by or open_.assessor_id)
        return Verdict(memory=Memory(), findings=(finding,))
    refs = [None if first is None else first.ref, None if news is None else news.ref, copy.ref]
    concerned = (hers,) if hers is not None else tuple(one.protected_person_id for one in person.linked())
    finding = Finding(
        subject=subject,
        about=About("protected_person", hers, f"assessment of {hers}") if hers else About("case", known.case, "assessment"),
        began_at=copy.at,
        decidable_at=copy.at,
        severity="medium",
        because=_because(person, copy, first, news),
        evidence=tuple(one for one in refs if one is not None),
        protected_person_ids=concerned,
        assessor_id=copy.assessed_by,
    )
    return Verdict(memory=Memory(), findings=(finding,))


def _answered(known: Known, open_: Finding) -> bool:
    """Whether she (or everybody, where nobody was named) has been assessed genuinely since."""
    person = known.person
    if open_.about.kind == "protected_person":
        hers = [open_.about.id]
    else:
        unnamed = [one for one in person.assessments if one.genuine and one.protected_person_id is None and one.at >= open_.began_at]
        if unnamed:
            return True
        hers = [one.protected_person_id for one in person.linked()]
    latest = [person.last_assessed(one) for one in hers]
    return bool(latest) and all(one is not None and one.at >= open_.began_at for one in latest)


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if not isinstance(given, Event) or not known.person.assessments:
        return None
    latest = known.person.assessments[-1]
    if latest.copied:
        return _copied(known, given, latest)
    ended = [one for one in known.of(SLUG) if one.open and _answered(known, one)]
    if not ended:
        return None
    closed = (
        replace(
            one,
            ended_at=latest.at,
            because=f"{one.because.removesuffix('.')}. It was assessed anew on {when(latest.at)}.",
            evidence=(*one.evidence, latest.ref),
        )
        for one in ended
    )
    return Verdict(memory=memory, findings=tuple(closed))


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=("risk.assessed",),
    tells=("supervisor", "assessor"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
