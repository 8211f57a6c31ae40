"""Coverage adds up to every minute, and says of each why he was seen or not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from schemas.event import EvidenceRef
from streams.engine.coverage import Span, coverage
from streams.engine.feeds import Outage
from streams.engine.orders import Condition, Order
from streams.engine.person import Case, Custody, Person
from streams.engine.stay import Stay
from streams.engine.tag import Activation, Tag
from streams.engine.verdict import About, Finding

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
REF = EvidenceRef("em/allied", "e-1")


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def a_person(
    *,
    tagged: tuple[float, float | None] = (0, None),
    worn: tuple[tuple[float, float], ...] = (),
    fitted: float | None = None,
    stays: tuple[tuple[float, float], ...] = (),
    inside_since: float | None = None,
) -> Person:
    ends_at = None if tagged[1] is None else at(tagged[1])
    tag = Condition(condition_id="t", kind="tag", modes=("gps",))
    order = Order(
        order_id="or-1", kind="licence", made_at=at(tagged[0]), starts_at=at(tagged[0]), ref=REF, ends_at=ends_at, conditions=(tag,)
    )
    active = () if fitted is None else (Activation(activation_id="a", device_id="d", modes=("gps",), fitted_at=at(fitted), ref=REF),)
    custody = Custody(
        inside=inside_since is not None,
        since_at=None if inside_since is None else at(inside_since),
        stays=tuple(Stay(at(one), at(other)) for one, other in stays),
    )
    return Person(
        cases=(Case(case_ref="avon:1", opened_at=MIDNIGHT, areas=("avon",)),),
        orders={"or-1": order},
        custody=custody,
        tag=Tag(fitted=active, worn=tuple(Stay(at(one), at(other)) for one, other in worn)),
    )


def unseen(began: float, ended: float | None) -> Finding:
    return Finding(
        id="al_1",
        rule="untagged-window",
        version=1,
        subject="a",
        about=About("activation", "a", "tag a"),
        severity="high",
        began_at=at(began),
        ended_at=None if ended is None else at(ended),
        decidable_at=at(began),
        because="He was not monitored.",
        evidence=(REF,),
        told=(),
    )


def words(spans: tuple[Span, ...]) -> list[tuple[float, str]]:
    return [((span.from_at - MIDNIGHT) / timedelta(hours=1), span.state) for span in spans]


def test_a_day_of_every_kind() -> None:
    person = a_person(tagged=(2, 22), worn=((3, 20),), stays=((10, 12),))
    spans = coverage(person, [unseen(5, 6)], [Outage(at(14), at(15))], MIDNIGHT, at(24))

    assert [
        (0, "not_required"),
        (2, "untagged"),
        (3, "monitored"),
        (5, "untagged"),
        (6, "monitored"),
        (10, "in_custody"),
        (12, "monitored"),
        (14, "blind"),
        (15, "monitored"),
        (20, "untagged"),
        (22, "not_required"),
    ] == words(spans)
    assert spans[-1].to_at is None


def test_what_goes_on_goes_on() -> None:
    assert [(0, "untagged"), (1, "monitored"), (4, "untagged")] == words(
        coverage(a_person(fitted=1), [unseen(4, None)], [], MIDNIGHT, at(9))
    )
    assert [(0, "monitored"), (7, "in_custody")] == words(coverage(a_person(fitted=0, inside_since=7), [], [], MIDNIGHT, at(9)))


def test_a_finding_that_was_withdrawn_never_was() -> None:
    gone = replace(unseen(4, 5), withdrawn=True)
    assert [(0, "monitored")] == words(coverage(a_person(fitted=0), [gone], [], MIDNIGHT, at(9)))


HOURS = some.floats(0, 24, allow_nan=False)


@given(
    tagged=some.tuples(HOURS, HOURS).map(lambda pair: (min(pair), max(pair))),
    worn=some.lists(some.tuples(HOURS, HOURS).map(lambda pair: (min(pair), max(pair))), max_size=4),
    stays=some.lists(some.tuples(HOURS, HOURS).map(lambda pair: (min(pair), max(pair))), max_size=3),
    blind=some.lists(some.tuples(HOURS, HOURS).map(lambda pair: (min(pair), max(pair))), max_size=3),
)
def test_the_spans_stand_end_to_end_and_no_two_that_touch_are_alike(
    tagged: tuple[float, float], worn: list[tuple[float, float]], stays: list[tuple[float, float]], blind: list[tuple[float, float]]
) -> None:
    person = a_person(tagged=tagged, worn=tuple(worn), stays=tuple(stays))
    spans = coverage(person, [], [Outage(at(one), at(other)) for one, other in blind], MIDNIGHT, at(24))

    assert MIDNIGHT == spans[0].from_at
    assert spans[-1].to_at is None
    assert all(one.to_at == other.from_at and one.state != other.state for one, other in pairwise(spans))
