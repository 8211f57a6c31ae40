"""What each role may do, and how far: the permission matrix (console 2.2) as one typed table.

Data and one look-up. Whether a certain alert or person lies within a reach is `alerting.ledger.reach`; which fields an answer
leaves out is `alerting.redaction`. Every route, page, stream topic and export names its line (a `Right`) here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal, NamedTuple, get_args

from alerting.actor import Acting, Actor

Role = Literal[
    "control_room",
    "oic",
    "offender_manager",
    "prison_offender_manager",
    "idva",
    "programme_case_manager",
    "marac_coordinator",
    "supervisor",
    "duty_inspector",
    "analyst",
    "auditor",
    "feed_client",
    "administrator",
]
ROLES: tuple[Role, ...] = get_args(Role)

Right = Literal[
    "alert.read",
    "alert.answer",
    "alert.close",
    "alert.confirm",
    "alert.challenge",
    "alert.answer_challenge",
    "alert.shelve",
    "alert.reassign",
    "location.read",
    "address.read",
    "address.reveal",
    "phone.reveal",
    "people.read",
    "people.search",
    "people.chronology",
    "people.readings",
    "access.break_glass",
    "intelligence.read",
    "intelligence.submit",
    "intelligence.disclose",
    "intelligence.authorise",
    "facts.case",
    "facts.assignment",
    "facts.risk",
    "facts.marac",
    "facts.protected_people",
    "events.send",
    "audit.read",
    "audit.consultations",
    "officers.read",
    "rota.read",
    "rota.edit",
    "rota.absence",
    "rota.shift",
    "feeds.read",
    "quarantine.read",
    "quarantine.redrive",
    "quarantine.clear",
    "identity.read",
    "identity.answer",
    "rules.read",
    "insights.read",
    "exercises.read",
    "exercises.start",
    "webhooks.manage",
    "keys.manage",
    "own.settings",
]
RIGHTS: tuple[Right, ...] = get_args(Right)


class Where(Enum):
    """How far a right goes, the letters of the page. In this order, the later the wider."""

    NEVER = "-"
    OWN = "own"  # one's own acts, absences, shifts, settings, sources
    OWN_TEAM = "own team"
    CLIENTS = "K"  # an IDVA's protected people
    CASES = "C"  # assigned now, or told of this alert
    AREAS = "A"
    EVERYWHERE = "N"


Limit = Literal[
    "alert_not_closed",  # 3: while an alert on that person is not closed
    "masked",  # 4: an address is masked until it is revealed with a reason
    "critical_or_high",  # 4: for such an alert only
    "not_critical",  # 5
    "not_own_close",  # 5
    "in_custody",
    "to_bar",  # 7: the number to bar, not the address
    "in_words",  # 8: "240 m inside the edge, 20:12"; no fixes
    "grid_1_km",
    "no_names",
    "with_reason",
    "counts",
    "log_only",
    "code_c_if_named",  # 6
    "code_c_exists",  # 9: sees that it exists, may authorise its disclosure
    "system_acts",
    "receipts",
]


class Reach(NamedTuple):
    """One cell: how far, and what narrows it."""

    where: Where
    limits: frozenset[Limit] = frozenset()

    def but(self, *limits: Limit) -> Reach:
        """The same, narrowed."""
        return Reach(self.where, self.limits | frozenset(limits))

    @property
    def never(self) -> bool:
        """Whether the role does not have the right at all."""
        return self.where is Where.NEVER


NEVER, OWN, OWN_TEAM = Reach(Where.NEVER), Reach(Where.OWN), Reach(Where.OWN_TEAM)
K, C, A, N = Reach(Where.CLIENTS), Reach(Where.CASES), Reach(Where.AREAS), Reach(Where.EVERYWHERE)
_IN_CUSTODY = C.but("in_custody")
_C_IF_NAMED: Limit = "code_c_if_named"


def _row(**cells: Reach) -> Mapping[str, Reach]:
    """A line of the table: a role that is not named never has the right."""
    unknown = cells.keys() - set(ROLES)
    if unknown:
        raise ValueError(f"permission table: {sorted(unknown)} are no roles of the table, expected some of {', '.join(ROLES)}")
    return {role: cells.get(role, NEVER) for role in ROLES}


def _alike(reach: Reach, *but_not: Role) -> Mapping[str, Reach]:
    """A line in which every person has the same, `but_not` those; a feed client is none."""
    return _row(**{role: reach for role in ROLES if role not in {"feed_client", *but_not}})


_ALERT = {
    "control_room": A,
    "oic": C,
    "offender_manager": C,
    "prison_offender_manager": _IN_CUSTODY,
    "idva": K,
    "programme_case_manager": C,
    "marac_coordinator": C,
    "supervisor": A,
    "duty_inspector": A,
}
_IN_CASE = {**_ALERT, "prison_offender_manager": C}
_ADDRESS = {
    "control_room": A.but("masked", "critical_or_high"),
    "oic": C.but("masked"),
    "idva": K.but("masked"),
    "supervisor": A.but("masked"),
    "duty_inspector": A.but("masked"),
}
_SENDS = {role: reach for role, reach in _IN_CASE.items() if role != "programme_case_manager"}

TABLE: Mapping[Right, Mapping[str, Reach]] = {
    "alert.read": _row(**_ALERT, analyst=N.but("no_names"), auditor=N.but("with_reason")),
    "alert.answer": _row(**_IN_CASE),
    "alert.close": _row(**_IN_CASE),
    "alert.confirm": _row(
        oic=A.but("not_critical", "not_own_close"),
        offender_manager=A.but("not_critical", "not_own_close"),
        prison_offender_manager=A.but("not_critical", "not_own_close"),
        supervisor=A,
        duty_inspector=A,
    ),
    "alert.challenge": _row(**_IN_CASE),
    "alert.answer_challenge": _row(supervisor=A, duty_inspector=A),
    "alert.shelve": _row(control_room=A, oic=C, offender_manager=C, prison_offender_manager=C, supervisor=A, duty_inspector=A),
    "alert.reassign": _row(supervisor=A, duty_inspector=A),
    "location.read": _row(
        control_room=A.but("alert_not_closed"),
        oic=C,
        offender_manager=C,
        idva=K.but("in_words"),
        supervisor=A,
        duty_inspector=A,
        analyst=N.but("grid_1_km"),
    ),
    "address.read": _row(**_ADDRESS),
    "address.reveal": _row(**_ADDRESS),
    "phone.reveal": _row(**_ADDRESS, prison_offender_manager=C.but("masked", "to_bar")),
    "people.read": _row(**_ALERT, auditor=N.but("with_reason")),
    "people.search": _row(
        control_room=N.but("with_reason"),
        oic=N.but("with_reason"),
        offender_manager=N.but("with_reason"),
        prison_offender_manager=N.but("with_reason"),
        idva=K.but("with_reason"),
        programme_case_manager=C.but("with_reason"),
        marac_coordinator=N.but("with_reason"),
        supervisor=N.but("with_reason"),
        duty_inspector=N.but("with_reason"),
        auditor=N.but("with_reason"),
    ),
    "people.chronology": _row(oic=C, offender_manager=C, marac_coordinator=C, supervisor=A, duty_inspector=A, auditor=N.but("with_reason")),
    "people.readings": _row(supervisor=A, duty_inspector=A, auditor=N),
    "access.break_glass": _row(**{role: N.but("with_reason") for role in _ALERT}),
    "intelligence.read": _row(
        control_room=A,
        oic=C.but(_C_IF_NAMED),
        offender_manager=C.but(_C_IF_NAMED),
        prison_offender_manager=C.but(_C_IF_NAMED),
        idva=K.but(_C_IF_NAMED),
        programme_case_manager=C.but(_C_IF_NAMED),
        marac_coordinator=C.but(_C_IF_NAMED),
        supervisor=A.but(_C_IF_NAMED),
        duty_inspector=A.but("code_c_exists"),
        analyst=N.but("counts"),
        auditor=N.but("log_only"),
    ),
    "intelligence.submit": _row(**_IN_CASE),
    "intelligence.disclose": _row(
        oic=C, offender_manager=C, prison_offender_manager=C, marac_coordinator=C, supervisor=A, duty_inspector=A
    ),
    "intelligence.authorise": _row(duty_inspector=A),
    "facts.case": _row(**_SENDS),
    "facts.assignment": _row(supervisor=A),
    "facts.risk": _row(oic=C, offender_manager=C, prison_offender_manager=C),
    "facts.marac": _row(marac_coordinator=C),
    "facts.protected_people": _row(oic=C, idva=K),
    "events.send": _row(feed_client=OWN),
    "audit.read": _row(
        **{role: OWN for role in _ALERT if role not in {"supervisor", "duty_inspector"}},
        supervisor=OWN_TEAM,
        duty_inspector=A,
        auditor=N,
        feed_client=OWN.but("receipts"),
        administrator=N.but("system_acts"),
    ),
    "audit.consultations": _row(supervisor=OWN_TEAM, duty_inspector=A, auditor=N),
    "officers.read": _alike(N),
    "rota.read": _alike(N),
    "rota.edit": _row(supervisor=A, duty_inspector=A),
    "rota.absence": _row(
        **{role: OWN for role in _ALERT if role not in {"control_room", "supervisor", "duty_inspector"}}, supervisor=A, duty_inspector=A
    ),
    "rota.shift": _row(control_room=OWN, supervisor=OWN, duty_inspector=OWN),
    "feeds.read": _alike(N),
    "quarantine.read": _row(supervisor=N, duty_inspector=N, auditor=N, administrator=N.but("masked")),
    "quarantine.redrive": _row(supervisor=N, duty_inspector=N, administrator=N),
    "quarantine.clear": _row(supervisor=N.but("with_reason"), duty_inspector=N.but("with_reason")),
    "identity.read": _row(supervisor=N, duty_inspector=N, auditor=N),
    "identity.answer": _row(supervisor=N, duty_inspector=N),
    "rules.read": _alike(N),
    "insights.read": _row(control_room=N, supervisor=N, duty_inspector=N, analyst=N, auditor=N),
    "exercises.read": _row(control_room=A, supervisor=A, duty_inspector=A, auditor=N, administrator=N),
    "exercises.start": _row(supervisor=A, duty_inspector=A, administrator=N),
    "webhooks.manage": _row(supervisor=A, duty_inspector=A, administrator=N),
    "keys.manage": _row(administrator=N),
    "own.settings": _alike(OWN),
}
"""Every line and every role. What the page does not say (searching, set aside, insights, webhooks) is decided in ops/decisions."""

_FACTS: tuple[tuple[Right, str], ...] = (
    ("facts.assignment", "case.assigned case.unassigned case.access_excluded case.access_restored case.closed"),
    ("facts.assignment", "case.ownership_disputed case.ownership_resolved"),
    ("facts.protected_people", "case.protected_person_linked case.protected_person_updated case.protected_person_unlinked"),
    ("facts.case", "case.protected_person_informed case.contact_failed case.contact_made case.phone_seized case.phone_replaced"),
    ("facts.case", "case.associate_linked case.address_recorded incident.reported life.trigger breach.reported"),
    ("facts.case", "order.made order.varied order.extended order.ended order.conditions_shared order.absence_authorised"),
    ("facts.case", "bail.reported bail.surrendered bail.failed_to_surrender bail.released_under_investigation"),
    ("facts.case", "programme.enrolled programme.session programme.ended"),
    ("facts.risk", "risk.assessed risk.level_set"),
    ("facts.marac", "marac.referred marac.heard marac.action_completed marac.closed"),
    ("intelligence.submit", "intelligence.submitted intelligence.reassessed"),
)
FACT_RIGHTS: Mapping[str, Right] = {name: right for right, names in _FACTS for name in names.split()}
"""What a person may state of somebody, by event type, and the line for it. What stands not here nobody states by hand: tagging,
custody and calls come from their feeds, a decision from closing its alert, a merge from the identity desk."""

_WIDTH: Mapping[Where, int] = {where: place for place, where in enumerate(Where)}


def cell(right: Right, role: str) -> Reach:
    """The cell of a row; a role that has no row never has any right."""
    return TABLE[right].get(role, NEVER)


def by_place(right: Right, acting: Acting) -> Where:
    """How far a row of theirs goes by where something is, whoever is in the case: EVERYWHERE, AREAS, CLIENTS (in its areas) or NEVER.

    What is theirs case by case is theirs for the whole area while they are on duty there.
    """
    where = cell(right, acting.role).where
    if where is Where.CASES:
        return Where.AREAS if acting.on_duty else Where.NEVER
    if where is Where.CLIENTS:
        return Where.CLIENTS if acting.on_duty else Where.NEVER
    return where if where in {Where.AREAS, Where.EVERYWHERE} else Where.NEVER


def reach(actor: Actor, right: Right) -> Reach:
    """The widest reach that the officer's roles of now give, of equally wide ones the least narrowed. NEVER: refuse with 403.

    For C and K whether a case is theirs is asked of the ledger; one assigned or told in a role acts by that role's row there.
    """
    cells = (cell(right, acting.role) for acting in actor.acting)
    return max(cells, key=lambda found: (_WIDTH[found.where], -len(found.limits)), default=NEVER)


def areas(actor: Actor, right: Right) -> frozenset[str]:
    """The areas that the officer has the right in: of a line that is about no alert and no person, as the rota."""
    return frozenset(area for acting in actor.acting if cell(right, acting.role).where is Where.AREAS for area in acting.areas)
