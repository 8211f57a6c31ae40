"""What other systems read is what the models say: generated anew on each change, valid, and whole."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema

from schemas import publish
from schemas.published import schema_documents
from schemas.types import TYPES

FILES = publish.published()


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def test_the_files_are_those_that_the_models_give() -> None:
    stale = [
        path
        for path, text in FILES.items()
        if not (publish.HERE / path).exists() or text != (publish.HERE / path).read_text(encoding="utf-8")
    ]
    assert [] == stale, "run: python -m schemas.publish"
    left_over = {f"generated/{path.name}" for path in (publish.HERE / "generated").iterdir()} - set(FILES)
    assert set() == left_over, "run: python -m schemas.publish"


def test_every_schema_is_a_schema() -> None:
    for schema in schema_documents().values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    document = json.loads(FILES["generated/asyncapi.json"])
    for reference in references({key: value for key, value in document.items() if key != "examples"}):
        if reference.startswith("./"):
            assert f"generated/{reference[2:]}" in FILES
            continue
        place = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
        assert place


def test_the_asyncapi_document_has_a_message_for_each_type_with_an_example_that_fits_it() -> None:
    document = json.loads(FILES["generated/asyncapi.json"])
    assert "3.0.0" == document["asyncapi"]
    assert list(TYPES) == list(document["channels"]["vigil.feed"]["messages"])
    schemas = schema_documents()
    for name in TYPES:
        (example,) = document["components"]["messages"][name]["examples"]
        jsonschema.Draft202012Validator(schemas[name]).validate(example["payload"])


def test_the_page_has_each_type_once() -> None:
    headings = [line.removeprefix("### ").strip("`") for line in FILES["README.md"].splitlines() if line.startswith("### `")]
    assert list(TYPES) == headings


def test_no_place_of_a_machine_stands_in_what_is_published() -> None:
    home = str(publish.HERE.parent)
    assert [] == [path for path, text in FILES.items() if home in text]
