"""Cursors: sealed, and good for one list, one filter and one officer."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.console.cursors import Bound, Part, decode, encode
from schemas.problems import Problem

KEY = b"a key of the test's own, 32 byte"
BOUND = Bound(officer_id="of-1", route="/api/v1/alerts", asked={"severity": ["critical", "high"]})
PLACE: tuple[Part, ...] = (False, 0, 3, datetime(2026, 3, 2, 12, tzinfo=UTC), "al_3f9c", None)


def test_it_goes_on_where_it_stood() -> None:
    assert decode(KEY, BOUND, encode(KEY, BOUND, PLACE)) == PLACE


@given(st.lists(st.one_of(st.text(), st.integers(-(2**53), 2**53), st.booleans(), st.none(), st.datetimes(timezones=st.just(UTC)))))
def test_any_place_comes_back_as_it_was(place: list[Part]) -> None:
    assert decode(KEY, BOUND, encode(KEY, BOUND, place)) == tuple(place)


def test_nothing_of_the_place_can_be_read_nor_how_long_a_name_is() -> None:
    place = ("intel/sealed-desk", "ev-rep-sealed-1", datetime(2026, 3, 2, 11, 17, tzinfo=UTC))
    readable = base64.urlsafe_b64decode(encode(KEY, BOUND, place) + "==")

    assert not [said for said in (b"intel", b"sealed", b"ev-", b"2026", b"11:17", b'["is"') if said in readable]
    assert len(encode(KEY, BOUND, place)) == len(encode(KEY, BOUND, ("intel/desk", "ev-1", place[-1])))


@pytest.mark.parametrize(
    "other",
    [
        Bound(officer_id="of-2", route=BOUND.route, asked=BOUND.asked),
        Bound(officer_id="of-1", route="/api/v1/handovers", asked=BOUND.asked),
        Bound(officer_id="of-1", route=BOUND.route, asked={"severity": ["critical"]}),
        Bound(officer_id="of-1", route=BOUND.route, asked={"severity": ["critical", "high"], "area": ["kent"]}),
    ],
)
def test_it_is_of_no_other_officer_list_or_filter(other: Bound) -> None:
    with pytest.raises(Problem, match="bad_cursor"):
        decode(KEY, other, encode(KEY, BOUND, PLACE))


def test_it_is_of_no_other_installation() -> None:
    with pytest.raises(Problem, match="bad_cursor"):
        decode(b"another key", BOUND, encode(KEY, BOUND, PLACE))


@given(st.data())
def test_a_forged_one_is_known(data: st.DataObject) -> None:
    true = encode(KEY, BOUND, PLACE)
    raw = bytearray(base64.urlsafe_b64decode(true + "=" * (-len(true) % 4)))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Problem, match="bad_cursor"):
        decode(KEY, BOUND, base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


@given(st.text(max_size=100))
@pytest.mark.parametrize("said", ["", "=", "AAAA", "x" * 3_000, "\u00e9", "a b"])
def test_what_is_no_cursor_at_all_is_refused_and_nothing_else(said: str, text: str) -> None:
    for one in (said, text):
        with pytest.raises(Problem, match="bad_cursor"):
            decode(KEY, BOUND, one)
