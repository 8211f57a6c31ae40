"""The MoJ electronic monitoring order form, as it goes to the field monitoring service: an order and its device wearer.

Source: hmpps-electronic-monitoring-create-an-order-api, its wire models, enums and fixtures (reference/uk-feeds.md 2.1). A
record is `{"device_wearer": {...}, "monitoring_order": {...}}`, or the order by itself, whose `case_id` is then the wearer.
Every value is a string and an empty one is absent; times are London's.
* A revocation has no request type of its own: it is a `Variation` of subcategory SR11 or SR21.
* Zones are words or an uploaded drawing, and addresses have no coordinates: both are kept as `text`, without geometry.
* The service files "not to leave" under exclusion zones: where the words say so, it is an inclusion zone here.
* Dates that cannot be (a curfew that ends before it starts) stay as they came; the engine reports them.
* A DAPO made under a community order is sent as `Community` without a word about it: the court's own message says more.
Gaps: the wire has no instant of its making, so an order is made when it starts. Attendance appointments and restriction
zones have no kind of ours and are kept as `other`; risk, offences and the responsible adult are not carried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from schemas.event import Identifier
from streams.intake.adapters.condition_text import WEEKDAYS, Condition, Period, condition, conditions, listed, tag
from streams.intake.adapters.form import Envelope, NotCarried, Refusal, Settings, envelope
from streams.intake.adapters.json_records import Record, each_carried, rows_at, text_at
from streams.intake.adapters.outside_time import LONDON, end_of_day, instant, rfc3339

NAME = "em-order"
SOURCE = "em/orders"

REQUEST_TYPES = {"New Order": "order.made", "Variation": "order.varied"}
ENDING_SUBCATEGORIES = ("SR11", "SR21")  # removal of devices (bail), revocation

KINDS_BY_DESCRIPTION = {
    "DAPO": "dapo",
    "DAPOL": "licence",
    "DAPOL HDC": "hdc",
    "GPS Acquisitive Crime HDC": "hdc",
    "GPS Acquisitive Crime Parole": "licence",
}
KINDS_BY_TYPE = {"Community": "community_order", "Post Release": "licence", "Pre-Trial": "court_bail", "Bail": "court_bail"}
DAPO_PILOT = "Domestic Abuse Protection Order"

CURFEW = "Curfew with EM"
ZONES = (("exclusion_zones", "exclusion_zone"), ("inclusion_zones", "inclusion_zone"), ("restriction_zones", "other"))
ENFORCED = {  # enforceable condition: (our kind, what the tag measures); curfews and zones have fields of their own
    "Location Monitoring (Fitted Device)": (None, "gps"),
    "Location Monitoring (using Non-Fitted Device)": ("other", None),
    "Attendance Requirement": ("other", None),
    "AAMR": ("alcohol_abstinence", "alcohol"),
    "AML": ("alcohol_limit", "alcohol"),
    "EM Exclusion / Inclusion Zone": (None, "gps"),
    "Restriction Zones": (None, "gps"),
    CURFEW: (None, "rf_curfew"),
}
ADDRESSES = {"primary": "address", "secondary": "secondary_address", "tertiary": "tertiary_address"}
ADDRESS_PARTS = ("1", "2", "3", "4", "post_code")
DAYS = {day[:2]: day for day in WEEKDAYS}  # the wire says Mo, Tu, Wed, Th, Fr, Sa, Su
LOCAL_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)
NOMS = re.compile(r"[A-Z]\d{4}[A-Z]{2}", re.ASCII)
YES = ("Yes", "true")


def read(raw: bytes, settings: Settings) -> Iterator[Envelope | Refusal]:
    """One event an order: made, varied or ended."""
    return each_carried(raw, lambda _, record: (_event(record, settings),))


def _event(record: Record, settings: Settings) -> Envelope:
    wrapped, named = record.get("monitoring_order"), record.get("device_wearer")
    order: Record = wrapped if isinstance(wrapped, dict) else record
    wearer: Record = named if isinstance(named, dict) else {}
    order_id = text_at(order, "order_id")
    if order_id is None:
        reason = "missing: a device wearer alone, without the order" if "first_name" in record else "missing"
        raise NotCarried("/order_id", reason, "the id of the monitoring order")
    type_ = _type(order)
    identifiers = _identifiers(record, order, wearer) or settings.identifiers
    at, data = _at(type_, order), {"order_id": order_id} | _data(type_, order, wearer)
    return envelope(prefix=NAME, source=settings.source or SOURCE, type=type_, occurred_at=at, identifiers=identifiers, data=data)


def _type(order: Record) -> str:
    subcategory = text_at(order, "subcategory") or ""
    if subcategory.startswith(ENDING_SUBCATEGORIES) or text_at(order, "revocation_date"):
        return "order.ended"
    type_ = REQUEST_TYPES.get(text_at(order, "order_request_type") or "")
    if type_ is None:
        raise NotCarried("/order_request_type", "asks for no change of an order", " or ".join(REQUEST_TYPES))
    return type_


def _at(type_: str, order: Record) -> datetime:
    fields = {
        "order.made": ("order_start",),
        "order.varied": ("order_variation_date", "order_start"),
        "order.ended": ("revocation_date", "order_variation_date", "service_end_date", "order_end"),
    }[type_]
    found = next((at for field in fields if (at := _instant(order, field))), None)
    found = found or (_starts_at(order) if type_ == "order.made" else None)
    if found is None:
        raise NotCarried(f"/{fields[0]}", "missing", "yyyy-MM-dd HH:mm:ss")
    return found


def _starts_at(order: Record) -> datetime:
    starts = [_instant(order, "order_start"), *(_instant(one, "start_date") for one in rows_at(order, "enforceable_condition"))]
    found = next((at for at in starts if at), None) or _instant(order, "curfew_start")
    if found is None:
        raise NotCarried("/order_start", "missing, and no condition has a start either", "yyyy-MM-dd HH:mm:ss")
    return found


def _data(type_: str, order: Record, wearer: Record) -> dict[str, object]:
    if type_ == "order.ended":
        named = ("reason_for_order_ending_early", "revocation_type", "order_variation_details", "subcategory")
        return {"reason": next((said for field in named if (said := text_at(order, field))), "revoked")}
    data: dict[str, object] = {}
    if type_ == "order.made":
        data = {"kind": _kind(order), "starts_at": rfc3339(_starts_at(order))}
        if made_by := text_at(order, "no_name") or text_at(order, "notifying_organization"):
            data["made_by"] = made_by
    last_day = text_at(order, "service_end_date")
    if ends_at := _instant(order, "order_end", is_end=True) or (end_of_day(last_day) if last_day else None):
        data["ends_at"] = rfc3339(ends_at)
    return data | {"conditions": _conditions(order, wearer)}


def _kind(order: Record) -> str:
    described, type_ = text_at(order, "order_type_description") or "", text_at(order, "order_type") or ""
    if described in KINDS_BY_DESCRIPTION:
        return KINDS_BY_DESCRIPTION[described]
    if rows_at(order, "dapo_order_clause_numbers") or (text_at(order, "pilot") or "").startswith(DAPO_PILOT):
        return "dapo"
    if type_ == "Post Release" and text_at(order, "hdc") in YES:
        return "hdc"
    if type_ == "Community" and "suspended" in (text_at(order, "sentence_type") or "").lower():
        return "suspended_sentence_order"
    if type_ not in KINDS_BY_TYPE:
        raise NotCarried("/order_type", "no kind of order that we judge", f"{', '.join(KINDS_BY_TYPE)}, or a DAPO")
    return KINDS_BY_TYPE[type_]


def _identifiers(record: Record, order: Record, wearer: Record) -> tuple[Identifier, ...]:
    prison_number = text_at(wearer, "prison_number") or ""
    named = (
        ("NOMS", text_at(wearer, "nomis_id") or (prison_number if NOMS.fullmatch(prison_number) else None)),
        ("CRN", text_at(wearer, "delius_id")),
        ("PNC", text_at(wearer, "pnc_id")),
        ("EM_WEARER", text_at(record, "case_id") or text_at(order, "case_id")),
    )
    return tuple(Identifier(kind, value) for kind, value in named if value)


def _conditions(order: Record, wearer: Record) -> list[Condition]:
    enforced = [text_at(one, "condition") or "" for one in rows_at(order, "enforceable_condition")]
    found = _curfews(order, wearer) if CURFEW in enforced or text_at(order, "curfew_start") else []
    modes = {"rf_curfew"} if found else set()
    for name in enforced:
        kind, mode = ENFORCED.get(name, ("other", None))
        modes |= {mode} if mode else set()
        if kind is not None and name:
            found.append(condition(kind, name))
    if text_at(order, "abstinence") in YES and "AAMR" not in enforced:
        found.append(condition("alcohol_abstinence", "Abstinence"))
        modes.add("alcohol")
    for field, kind in ZONES:
        for zone in rows_at(order, field):
            described, duration = text_at(zone, "description") or "", text_at(zone, "duration")
            said = str(conditions(described)[0]["kind"])  # the wire puts "not to leave" and "with a GPS tag" among the exclusions
            span = " to ".join(day for part in ("start", "end") if (day := text_at(zone, part)))
            text = ". ".join(part for part in (described, duration, span) if part)
            found.append(tag({"gps"}, text) if said == "tag" else condition(said if said == "inclusion_zone" else kind, text))
            modes.add("gps")
    if text_at(order, "trail_monitoring") in YES:
        modes.add("gps")
    return listed([*found, tag(modes)] if modes else found)


def _curfews(order: Record, wearer: Record) -> list[Condition]:
    """One curfew an address, and one for the day of release."""
    described = text_at(order, "curfew_description")
    found: list[Condition] = []
    for at, one in enumerate(rows_at(order, "curfew_duration")):
        location = (text_at(one, "location") or "primary").lower()
        address = _address(wearer, location)
        text = ". ".join(part for part in (f"At the {location} address", address, described) if part)
        found.append(condition("curfew", text, _timetable(one, f"/curfew_duration/{at}")))
    if not found:
        address = _address(wearer, "primary") if wearer else None
        found.append(condition("curfew", ". ".join(part for part in (described or CURFEW, address) if part)))
    if (day_at := _instant(order, "conditional_release_date")) is not None:
        day = (text_at(order, "conditional_release_date") or "")[:10]
        start = _local_time(text_at(order, "conditional_release_start_time"), "/conditional_release_start_time")
        end = _local_time(text_at(order, "conditional_release_end_time"), "/conditional_release_end_time")
        period: Period = {"days": [WEEKDAYS[day_at.astimezone(LONDON).weekday()]], "from": start, "to": end, "on": day}
        found.append(condition("curfew", "On the day of release", [period]))
    return found


def _timetable(one: Record, pointer: str) -> list[Period]:
    periods: list[Period] = []
    whole_day = text_at(one, "allday") in YES
    for at, row in enumerate(rows_at(one, "schedule")):
        here = f"{pointer}/schedule/{at}"
        day = DAYS.get((text_at(row, "day") or "")[:2].lower())
        if day is None:
            raise NotCarried(f"{here}/day", "not a day", "Mo, Tu, Wed, Th, Fr, Sa or Su")
        start = "00:00" if whole_day else _local_time(text_at(row, "start"), f"{here}/start")
        end = "00:00" if whole_day else _local_time(text_at(row, "end"), f"{here}/end")
        periods.append({"days": [day], "from": start, "to": end})
    if whole_day and not periods:
        periods.append({"days": list(WEEKDAYS), "from": "00:00", "to": "00:00"})
    return periods


def _local_time(written: str | None, pointer: str) -> str:
    if written in {"24:00", "24:00:00"}:
        return "00:00"
    if written is None or LOCAL_TIME.fullmatch(written) is None:
        raise NotCarried(pointer, "missing" if written is None else "not a local time", "HH:mm")
    return written


def _address(wearer: Record, location: str) -> str | None:
    prefix = ADDRESSES.get(location, "address")
    parts = (text_at(wearer, f"{prefix}_{part}") for part in ADDRESS_PARTS)
    return ", ".join(part for part in parts if part) or None


def _instant(of: Record, field: str, *, is_end: bool = False) -> datetime | None:
    written = text_at(of, field)
    if written is None:
        return None
    at = instant(written, is_end=is_end)
    if at is None:
        raise NotCarried(f"/{field}", "not an instant", "yyyy-MM-dd HH:mm:ss")
    return at
