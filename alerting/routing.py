"""Who must know of a finding: word 13 of the rules, as one table and one function.

Not escalation (nobody answered: another clock, another policy) and not delivery (how they are reached). Called by
`alerting.book` whenever a finding alarms. A role is filled post by post: an IDVA for each protected person, a control room
in each area, so that one woman's advocate never hides that another woman has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

from alerting.directory import Directory
from schemas.alert import Reason, Recipient
from schemas.finding import Finding
from schemas.person import PersonView

T = TypeVar("T")

INSTEAD: Mapping[str, str] = {
    "idva": "duty_idva",
    "offender_manager": "duty_probation",
    "prison_offender_manager": "duty_probation",
    "programme_case_manager": "duty_probation",
}
"""The duty role that is told where nobody holds the role; for every other role the duty inspector."""

ON_CALL = frozenset({"control_room", "duty_inspector", "duty_idva", "duty_probation"})
"""Roles held by whoever is on shift: nobody is assigned to them in a case."""

MAY_HOLD: Mapping[str, tuple[str, ...]] = {
    "control_room": ("control_room", "oic", "supervisor", "duty_inspector"),
    "duty_inspector": ("duty_inspector", "supervisor"),
    "duty_idva": ("duty_idva", "idva"),
    "duty_probation": ("duty_probation", "offender_manager"),
}
"""Which roles of the directory, one of them, somebody needs who is put on shift: a shift brings the rights of its role for a whole
area, and must not make an inspector of an advocate, nor an advocate of a police officer."""

IN_CASE = ("oic", "offender_manager", "prison_offender_manager", "idva", "programme_case_manager", "marac_coordinator")
"""Roles that somebody is assigned to in a case, beside its supervisor."""

MAY_STAND_IN: Mapping[str, tuple[str, ...]] = {role: (role, "supervisor") for role in IN_CASE} | {
    "supervisor": ("supervisor", "duty_inspector"),
    "assessor": (*IN_CASE, "supervisor", "duty_inspector"),
}
"""The same for who is away from a case: whoever stands in is told as they would be, and has what that role has there, her address too."""

_CLOSENESS: tuple[Reason, ...] = ("named", "deputy", "on_call")


class Told(NamedTuple):
    """Who is told, in the order of the rule's list, and the roles that nobody holds."""

    recipients: tuple[Recipient, ...]
    unfilled_roles: tuple[str, ...]


class Post(NamedTuple):
    """One place of a role, who holds it, and where the duty officer is looked for who is told instead (None: anywhere)."""

    holders: tuple[str, ...]
    areas: tuple[str | None, ...]


def route(finding: Finding, person: PersonView | None, directory: Directory, at: datetime) -> Told:
    """Who must know of it at that instant."""
    reasons: dict[tuple[str, str], Reason] = {}
    unfilled: list[str] = []
    never = excluded(person)
    areas = areas_of(finding, person)
    for role in finding.told:
        for posted in _posts(role, finding, person, directory, at, areas):
            post = posted._replace(holders=tuple(holder for holder in posted.holders if holder not in never)) if never else posted
            if not post.holders and role not in unfilled:
                unfilled.append(role)
            for officer_id, told_as, reason in _fill(role, post, directory, at, never):
                known = reasons.setdefault((officer_id, told_as), reason)
                reasons[officer_id, told_as] = min(known, reason, key=_CLOSENESS.index)
    return Told(
        tuple(Recipient(officer_id=officer_id, role=role, reason=reason, at=at) for (officer_id, role), reason in reasons.items()),
        tuple(unfilled),
    )


def excluded(person: PersonView | None) -> frozenset[str]:
    """Who must never be told of this person, whatever their post: a conflict of interest was recorded."""
    return frozenset() if person is None else frozenset(person.excluded_officer_ids)


def advocates(officer_id: str, at_risk: Iterable[str], person: PersonView | None) -> bool:
    """Whether an officer is IDVA of whoever is at risk here: of one woman's alert another woman's advocate need not know."""
    hers = {None, *at_risk}
    return person is not None and any(
        post.role == "idva" and post.officer_id == officer_id and (post.protected_person_id in hers or hers == {None})
        for post in person.team
    )


def _fill(role: str, post: Post, directory: Directory, at: datetime, never: frozenset[str]) -> Iterator[tuple[str, str, Reason]]:
    """Who answers for a post (officer, role, reason): its holders, whoever stands in for them, else the duty officer."""
    held: Reason = "on_call" if role in ON_CALL else "named"
    told: list[tuple[str, str, Reason]] = [
        (stand_in, role, held if stand_in == holder else "deputy")
        for holder in post.holders
        if (stand_in := standing_in(role, holder, directory, at, never))
    ]
    if not told and (duty := INSTEAD.get(role, "duty_inspector")) != role:
        on_call = _unique(officer_id for area in post.areas for officer_id in directory.on_call(duty, area, at))
        told = [(stand_in, duty, "on_call") for officer_id in on_call if (stand_in := standing_in(duty, officer_id, directory, at, never))]
    # With all of them away and nobody on duty, a message that waits for their return is better than none.
    yield from told or [(holder, role, held) for holder in post.holders]


def standing_in(role: str, officer_id: str, directory: Directory, at: datetime, never: frozenset[str] = frozenset()) -> str | None:
    """The officer, or whoever stands in along the chain of absences; None where it ends with nobody. `never`: who may not.

    A deputy only whose own roles allow it, however long the chain and whoever stated it; a line manager as they are, rather than nobody.
    """
    asked: set[str] = set(never)
    waiting = [] if officer_id in never else [(officer_id, True)]
    while waiting:
        candidate, answers = waiting.pop()
        absence = directory.absent(candidate, at)
        if absence is None and answers:
            return candidate
        asked.add(candidate)
        if absence is not None:
            manager, deputy = directory.line_manager(candidate, at), absence.deputy_id
            if manager is not None and manager not in asked:
                waiting.append((manager, True))
            if deputy is not None and deputy not in asked:  # taken from the end: the deputy first
                waiting.append((deputy, may_stand_in(role, deputy, directory, at)))
    return None


def enough(role: str) -> tuple[str, ...]:
    """The roles of the directory of which one is needed for that duty, or that role of a case."""
    return MAY_HOLD.get(role) or MAY_STAND_IN.get(role, (role,))


def fits(role: str, own_roles: Iterable[str]) -> bool:
    """Whether somebody with these roles of their own may be put on that duty, or have that role in a case."""
    return not set(enough(role)).isdisjoint(own_roles)


def may_stand_in(role: str, officer_id: str, directory: Directory, at: datetime) -> bool:
    """Whether a deputy may: by the roles of their own; one whom nobody has described may be told, and can open nothing."""
    officer = directory.officer(officer_id, at)
    return officer is None or fits(role, officer.roles)


def _posts(
    role: str, finding: Finding, person: PersonView | None, directory: Directory, at: datetime, areas: tuple[str | None, ...]
) -> tuple[Post, ...]:
    if role in ON_CALL:
        return tuple(Post(directory.on_call(role, area, at), (area,)) for area in areas)
    if role == "assessor":
        return (Post((finding.assessor_id,) if finding.assessor_id else (), areas),)
    if person is None:
        return (Post((), areas),)
    if role == "supervisor":
        return (Post(supervisors_of(person, directory, at), areas),)
    if finding.about.kind == "areas" and role in {"oic", "idva"}:
        return _in_each_area(role, finding, person, directory, at)
    if role == "idva":
        concerned = finding.protected_person_ids or tuple(her.protected_person_id for her in person.protected)
        return tuple(_idva_of(her, person, areas) for her in concerned) or (Post(assigned_to(person, role), areas),)
    return (Post(assigned_to(person, role), areas),)


def areas_of(finding: Finding, person: PersonView | None) -> tuple[str | None, ...]:
    """Where the duty roles are looked for: her area when she is at risk, else the case's first; of the system, anywhere it says."""
    if person is None:
        return tuple(finding.areas) or (None,)
    cases = tuple(person.areas[:1]) or tuple(finding.areas[:1]) or (None,)
    at_risk = (her for her in person.protected if her.protected_person_id in finding.protected_person_ids)
    return _unique(her.area or cases[0] for her in at_risk) or cases


def _idva_of(protected_person_id: str, person: PersonView, areas: tuple[str | None, ...]) -> Post:
    holders = _unique(
        post.officer_id for post in person.team if post.role == "idva" and post.protected_person_id in {None, protected_person_id}
    )
    hers = tuple(her.area for her in person.protected if her.protected_person_id == protected_person_id and her.area)
    return Post(holders, hers or areas)


def _in_each_area(role: str, finding: Finding, person: PersonView, directory: Directory, at: datetime) -> tuple[Post, ...]:
    """Everybody assigned, and an empty post in each area that none of them works in: there the duty officer is told."""
    worked: set[str] = set()
    for post in person.team:
        if post.role == role:
            officer = directory.officer(post.officer_id, at)
            worked.add(post.area or ("" if officer is None else officer.area))
    empty = tuple(Post((), (area,)) for area in finding.areas if area not in worked)
    assigned = assigned_to(person, role)
    return (Post(assigned, areas_of(finding, person)), *empty) if assigned or not empty else empty


def supervisors_of(person: PersonView, directory: Directory, at: datetime) -> tuple[str, ...]:
    """The assigned one, else the line manager of the officer in the case, else of the offender manager."""
    assigned = assigned_to(person, "supervisor")
    for role in ("oic", "offender_manager"):
        if not assigned:
            managers = (directory.line_manager(officer_id, at) for officer_id in assigned_to(person, role))
            assigned = _unique(manager for manager in managers if manager is not None)
    return assigned


def assigned_to(person: PersonView, role: str) -> tuple[str, ...]:
    return _unique(post.officer_id for post in person.team if post.role == role)


def _unique(names: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(names))
