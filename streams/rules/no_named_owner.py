"""No named owner: a managed case in which somebody who must be there is not, or that two teams push to each other.

Why:    no officer in the case for 27 days while two boroughs disputed it (VKPP).
Source: rules.md B, no-named-owner.
Fires:  24 h without an officer in the case; under a licence, HDC, community order or suspended sentence order without an
        offender manager; at a high risk level without an IDVA for each protected person; or with ownership in dispute.
Silent: before a case is open. An IDVA who is named for nobody in particular stands for everybody.
Clears: nothing that has lasted 24 h is missing any more.
Act:    name somebody today, and settle afterwards whose case it is.
Gaps:   an officer who is absent or has left the force still holds his post here. The post is empty from when the duty
        began. Filling the longest gap does not take the alert back to high.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from schemas.event import Event, EvidenceRef
from streams.engine.known import Known
from streams.engine.orders import OFFENDER_MANAGER_ORDERS
from streams.engine.person import Person
from streams.engine.rule import Rule
from streams.engine.verdict import About, Edge, Finding, Given, Verdict, Wake, WakeUp
from streams.engine.wording import at_risk, listed, when

SLUG = "no-named-owner"
OIC, OFFENDER_MANAGER, IDVA, DISPUTE = "oic", "offender_manager", "idva", "dispute"
WORDS = {OIC: "no officer in the case", OFFENDER_MANAGER: "no offender manager", DISPUTE: "an owner in dispute"}
DUE, GRAVE = "due", "grave"


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """How long a post may stand empty, and when that is grave."""

    empty_for: timedelta = timedelta(hours=24)
    critical_after: timedelta = timedelta(hours=72)


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """An empty post (or a dispute): since when, by what, and whether its limits are reached."""

    since_at: datetime
    ref: EvidenceRef | None
    due: bool = False
    grave: bool = False


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Empty posts: `oic`, `offender_manager`, `idva:pp-77`, `dispute`."""

    posts: dict[str, Post] = {}


def _missing(person: Person, at: datetime) -> Iterator[str]:
    """What the case lacks now."""
    if not person.cases:
        return
    if not person.holders(OIC):
        yield OIC
    managed = any(order.kind in OFFENDER_MANAGER_ORDERS and order.in_force(at) for order in person.orders.values())
    if managed and not person.holders(OFFENDER_MANAGER):
        yield OFFENDER_MANAGER
    if person.high_risk:
        for one in person.linked():
            if not person.holders(IDVA, one.protected_person_id):
                yield f"{IDVA}:{one.protected_person_id}"
    if person.disputed_at is not None:
        yield DISPUTE


def _words(name: str) -> str:
    return WORDS.get(name) or f"no IDVA for {name.split(':', 1)[1]}"


def _wake_ups(p: Parameters, name: str, post: Post) -> tuple[WakeUp, ...]:
    feeds = ("case.ownership_resolved",) if name == DISPUTE else ("case.assigned",)
    limits = ((DUE, p.empty_for), (GRAVE, p.critical_after))
    return tuple(WakeUp(key=f"{name}:{what}", feeds=feeds, since=post.since_at, limit=limit) for what, limit in limits)


def _stated(known: Known, posts: dict[str, Post]) -> Finding:
    """The finding as it stands now: every post that is empty, the longest first."""
    person, open_ = known.person, known.open(SLUG)
    hers = tuple(one.protected_person_id for one in person.linked())
    since = sorted(posts.items(), key=lambda one: (one[1].since_at, one[0]))
    lacks = listed(f"{_words(name)} (since {when(post.since_at)})" for name, post in since)
    grave = any(post.grave for post in posts.values()) or (open_ is not None and open_.severity == "critical")
    refs = tuple(dict.fromkeys(post.ref for _, post in since if post.ref is not None))
    return Finding(
        subject=known.case,
        about=About("case", known.case, "the case"),
        began_at=open_.began_at if open_ else known.at,
        decidable_at=open_.decidable_at if open_ else known.at,
        severity="critical" if grave else "high",
        because=f"The case of {person.label} has {lacks}{at_risk(hers)}.",
        evidence=refs,
        protected_person_ids=hers,
        grounds=tuple(name for name, _ in since),
    )


def decide(p: Parameters, memory: Memory, known: Known, given: Given) -> Verdict[Memory] | None:
    """See the module docstring."""
    if isinstance(given, Wake):
        return _due(memory, known, given.key)
    ref: EvidenceRef | None = None
    if isinstance(given, Event):
        ref = given.ref
    elif isinstance(given, Edge) and given.order_id in known.person.orders:
        ref = known.person.orders[given.order_id].ref
    return _review(p, memory, known, ref)


def _due(memory: Memory, known: Known, key: str) -> Verdict[Memory] | None:
    name, what = key.rsplit(":", 1)
    post = memory.posts.get(name)
    if post is None:
        return None
    posts = {**memory.posts, name: replace(post, due=True, grave=post.grave or what == GRAVE)}
    return Verdict(memory=Memory(posts=posts), findings=(_stated(known, posts),))


def _review(p: Parameters, memory: Memory, known: Known, ref: EvidenceRef | None) -> Verdict[Memory] | None:
    """The team, the orders, the risk or the people at risk have changed: which posts are empty, and since when."""
    person = known.person
    posts: dict[str, Post] = {}
    wake_ups: list[WakeUp] = []
    for name in _missing(person, known.at):
        before = memory.posts.get(name)
        if before is None:
            since_at = person.disputed_at if name == DISPUTE and person.disputed_at is not None else known.at
            before = Post(since_at=since_at, ref=person.disputed_ref if name == DISPUTE else ref)
            wake_ups.extend(_wake_ups(p, name, before))
        posts[name] = before
    if posts == memory.posts:
        return None
    gone = sorted(memory.posts.keys() - posts.keys())
    open_ = known.open(SLUG)
    findings: tuple[Finding, ...] = ()
    if open_ is not None and any(post.due for post in posts.values()):
        findings = (_stated(known, posts),)
    elif open_ is not None:
        evidence = open_.evidence if ref is None else (*open_.evidence, ref)
        findings = (replace(open_, ended_at=known.at, evidence=evidence),)
    cancels = tuple(f"{name}:{what}" for name in gone for what in (DUE, GRAVE))
    return Verdict(memory=Memory(posts=posts), findings=findings, wake_ups=tuple(wake_ups), cancels=cancels)


RULE: Rule[Parameters, Memory] = Rule(
    slug=SLUG,
    version=1,
    status="live",
    reads=(
        "case.opened",
        "case.assigned",
        "case.unassigned",
        "case.ownership_disputed",
        "case.ownership_resolved",
        "case.protected_person_linked",
        "case.protected_person_unlinked",
        "order.began",
        "order.expired",
        "order.made",
        "order.varied",
        "order.extended",
        "order.ended",
        "risk.level_set",
    ),
    tells=("supervisor", "control_room"),
    parameters=Parameters(),
    memory=Memory(),
    decide=decide,
)
