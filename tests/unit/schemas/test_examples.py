"""Each example is a true line: it decodes, comes back the same, uses only fields of the contract, and fits its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema
import msgspec
import pytest
from pydantic import BaseModel

from schemas import publish
from schemas.codec import decode, decode_object, digest, encode
from schemas.fix import Fix
from schemas.published import schema_documents
from schemas.types import TYPES

EXAMPLES = {name: (publish.HERE / "examples" / f"{name}.json").read_bytes() for name in TYPES}
SCHEMAS = schema_documents()


def unknown_fields(value: object) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from value.model_extra or {}
        for name in type(value).model_fields:
            yield from unknown_fields(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from unknown_fields(part)


@pytest.mark.parametrize("name", TYPES)
def test_it_decodes_to_its_type(name: str) -> None:
    event = decode(EXAMPLES[name])
    assert name == event.type
    assert TYPES[name].rank == event.rank
    assert isinstance(event.data, Fix if name == "tagging.position" else TYPES[name].model)
    assert [] == list(unknown_fields(event.data))


@pytest.mark.parametrize("name", TYPES)
def test_it_comes_back_the_same(name: str) -> None:
    event = decode(EXAMPLES[name])
    assert event == decode(encode(event)) == decode_object(json.loads(EXAMPLES[name]))
    assert encode(event) == encode(decode(encode(event)))
    assert digest(event) == digest(decode(encode(event)))


@pytest.mark.parametrize("name", TYPES)
def test_it_fits_its_json_schema_and_no_other_types(name: str) -> None:
    checker = jsonschema.Draft202012Validator
    sent = json.loads(EXAMPLES[name])
    checker(SCHEMAS["envelope"]).validate(sent)
    fits = [other for other in TYPES if checker(SCHEMAS[other]).is_valid(sent)]
    assert [name] == fits


@pytest.mark.parametrize("name", TYPES)
def test_a_field_that_is_not_known_yet_is_kept(name: str) -> None:
    sent = json.loads(EXAMPLES[name])
    sent["data"]["added_next_year"] = {"deep": [1, None, "é"]}
    event = decode(msgspec.json.encode(sent))
    assert event == decode(encode(event))
    if not isinstance(event.data, Fix):  # a fix is 26 bytes in the store, and keeps no extras
        assert {"added_next_year": {"deep": [1, None, "é"]}} == event.data.model_extra


@pytest.mark.parametrize("name", TYPES)
def test_null_in_a_field_that_may_be_absent_is_absent(name: str) -> None:
    sent = json.loads(EXAMPLES[name])
    fields = TYPES[name].model.model_fields
    absent = {
        key: value for key, value in sent["data"].items() if f"{key}_" not in fields and (key not in fields or fields[key].is_required())
    }
    absent |= {key: value for key, value in sent["data"].items() if key not in absent and f"{key}_" in fields}
    nulled = absent | {key: None for key, field in fields.items() if not field.is_required()}
    assert decode_object(sent | {"data": absent}) == decode_object(sent | {"data": nulled})
