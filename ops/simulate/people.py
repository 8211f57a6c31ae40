"""One managed perpetrator and the people around him, all invented, made from (seed, number) alone.

Says who he is, where he lives, who is protected from him and by what kind of order; says nothing about what happens.
Made by `world` (for those with a story) and by `life` (for everybody), each time the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import pi
from random import Random
from typing import Literal, NamedTuple

from ops.simulate import identifiers, staff
from ops.simulate.chance import stream
from ops.simulate.geography import AREAS, Area, Place
from ops.simulate.instants import HOUR_MS, MINUTE_MS, SECOND_MS

Profile = Literal["gps", "gps_curfew", "rf_curfew", "reporting", "civil", "custody"]
Identifiers = tuple[tuple[str, str], ...]

SETTLING_MS = 3 * HOUR_MS
"""From the opening of a case until its orders, people, team and tag are all known."""
ADDRESS_RADIUS_M = 100
_PROFILES: tuple[Profile, ...] = ("gps", "gps_curfew", "rf_curfew", "reporting", "civil", "custody")
_PROFILE_WEIGHTS = (46, 20, 8, 8, 6, 12)
_ORDER_KINDS: dict[Profile, tuple[str, ...]] = {
    "gps": ("court_bail", "licence", "dapo"),
    "gps_curfew": ("court_bail", "licence", "community_order"),
    "rf_curfew": ("hdc", "court_bail"),
    "reporting": ("court_bail", "police_bail"),
    "civil": ("non_molestation_order", "restraining_order"),
    "custody": ("restraining_order",),
}
_PROBATION_ORDERS = ("licence", "hdc", "community_order", "suspended_sentence_order")
_CURFEWS = ((19 * 60, 7 * 60), (20 * 60, 6 * 60), (21 * 60, 7 * 60))
_EVENING_CHARGE, _MORNING_CHARGE = range(22 * 60 + 15, 22 * 60 + 45), range(5 * 60 + 30, 5 * 60 + 50)


class Protected(NamedTuple):
    """Somebody to be protected from him, at an address that exists nowhere."""

    person_id: str
    name: str
    relationship: str
    household_id: str
    address_id: str
    place: Place
    phone: str
    contact_id: str


class Kin(NamedTuple):
    """A relative of his own, whom he may call from prison."""

    phone: str
    contact_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything about him that does not change while the simulation runs."""

    number: int
    opened_ms: int
    area: Area
    case_ref: str
    name: str
    born_on: date
    noms: str
    former_noms: str | None
    pnc: str
    crn: str
    wearer: str
    risk_level: str
    profile: Profile
    order_kind: str
    order_id: str
    protected: tuple[Protected, ...]
    kin: Kin
    team: staff.Team
    home: Place
    work: Place
    leisure: Place
    zone_radius_m: int
    zone_corners: int
    """0 is a circle."""
    curfew: tuple[int, int]
    """Minutes of the London day at which it starts and ends."""
    device_id: str
    fix_offset_ms: int
    """The second of the minute at which his device takes its fix."""
    drain_percent_per_hour: float
    charge_minute: int
    names_wearer: bool
    """Whether fixes carry the wearer's number; if not, the device's activation says whose they are."""
    linked_late: bool
    """Whether nothing tells, for the first hours, that the wearer is this person."""

    @property
    def key(self) -> str:
        """What the ids of his events, orders and devices are made from."""
        return f"{self.number:06}"

    @property
    def has_curfew(self) -> bool:
        return self.profile in ("gps_curfew", "rf_curfew")

    @property
    def has_gps(self) -> bool:
        return self.profile in ("gps", "gps_curfew")

    @property
    def has_zone(self) -> bool:
        return self.profile in ("gps", "gps_curfew", "reporting", "civil")

    @property
    def on_probation(self) -> bool:
        return self.order_kind in _PROBATION_ORDERS

    @property
    def her(self) -> Protected:
        """The first person protected from him."""
        return self.protected[0]

    @property
    def case_source(self) -> str:
        return f"case/{self.area.slug}"

    def identifiers(self, source: str) -> Identifiers:
        """The identifiers that a feed knows him by."""
        family = source.split("/", 1)[0]
        if family == "em":
            return (("EM_WEARER", self.wearer),)
        if family in ("custody", "comms"):
            return (("NOMS", self.noms),)
        if family in ("order", "bail"):
            return (("PNC", self.pnc),)
        return (("CASE", self.case_ref), ("PNC", self.pnc))

    @property
    def all_identifiers(self) -> Identifiers:
        known = (("CASE", self.case_ref), ("NOMS", self.noms), ("PNC", self.pnc), ("CRN", self.crn))
        return known if self.linked_late else (*known, ("EM_WEARER", self.wearer))


def opening_ms(number: int, people: int, starts_ms: int) -> int:
    """When his case opens: the register is told one after the other, in the run's first hundred minutes."""
    return starts_ms + 2 * MINUTE_MS + number * 100 * MINUTE_MS // people // SECOND_MS * SECOND_MS


def person(seed: int, number: int, people: int, starts_ms: int, profile: Profile | None = None, *, days: int) -> Person:
    """The person with this number. A story may ask for the profile that it needs."""
    rng = stream(seed, "person", number)
    ordinary, drawn = profile is None, rng.choices(_PROFILES, _PROFILE_WEIGHTS)[0]
    profile = profile or drawn
    area = AREAS[rng.randrange(len(AREAS))]
    risk_level = rng.choices(("high", "medium", "standard"), (30, 50, 20))[0]
    home = Place(rng.uniform(-9_000, 9_000), rng.uniform(-9_000, 9_000))
    her_bearing = rng.uniform(0, 2 * pi)
    born_on = date(1962, 1, 1) + timedelta(days=rng.randrange(43 * 365))
    order_kind = rng.choice(_ORDER_KINDS[profile])
    if order_kind == "police_bail" and days > 45:  # noqa: PLR2004 -- its three months would run out: protection-gap in ordinary life
        order_kind = "court_bail"
    return Person(
        number=number,
        opened_ms=opening_ms(number, people, starts_ms),
        area=area,
        case_ref=f"{area.slug}:DA{number:06}/26",
        name=identifiers.his_name(rng),
        born_on=born_on,
        noms=identifiers.noms(number),
        former_noms=identifiers.noms(number + 4_000_000) if profile == "custody" and rng.random() < 0.1 else None,  # noqa: PLR2004 -- a share
        pnc=identifiers.pnc(born_on.year + 20, 100_000 + number),
        crn=identifiers.crn(100_000 + number),
        wearer=identifiers.wearer(10_000 + number),
        risk_level=risk_level,
        profile=profile,
        order_kind=order_kind,
        order_id=f"or-{number:06}",
        protected=_protected(rng, number, home.towards(her_bearing, rng.uniform(6_000, 9_000))),
        kin=Kin(identifiers.phone(7_000 + number), f"ct-{number:06}-kin"),
        team=staff.team(area, rng, people),
        home=home,
        work=home.towards(her_bearing + pi + rng.uniform(-1.2, 1.2), rng.uniform(1_500, 6_500)),
        leisure=home.towards(her_bearing + pi + rng.uniform(-1.2, 1.2), rng.uniform(800, 3_000)),
        zone_radius_m=rng.randrange(300, 801, 50),
        zone_corners=rng.choice((0, 0, 5, 6, 8)),
        curfew=rng.choice(_CURFEWS),
        device_id=f"dv-{number:06}",
        fix_offset_ms=rng.randrange(60) * SECOND_MS,
        drain_percent_per_hour=rng.uniform(3.2, 3.5),
        charge_minute=rng.choice(_EVENING_CHARGE if rng.random() < 0.7 else _MORNING_CHARGE),  # noqa: PLR2004 -- a share
        names_wearer=(linked_late := ordinary and profile in ("gps", "gps_curfew") and rng.random() < 0.05) or rng.random() < 0.8,  # noqa: PLR2004
        linked_late=linked_late,
    )


def _protected(rng: Random, number: int, place: Place) -> tuple[Protected, ...]:
    """Her, and in a quarter of households a child at the same address."""
    relationships = [rng.choice(("partner", "ex_partner", "ex_partner"))]
    if rng.random() < 0.25:  # noqa: PLR2004 -- a share
        relationships.append("child")
    return tuple(
        Protected(
            person_id=f"pp-{number:06}-{n}",
            name=identifiers.her_name(rng),
            relationship=relationship,
            household_id=f"hh-{number:06}",
            address_id=f"ad-{number:06}",
            place=place,
            phone=identifiers.phone(2 * number + n),
            contact_id=f"ct-{number:06}-{n}",
        )
        for n, relationship in enumerate(relationships)
    )
