"""JSON Schemas and the AsyncAPI document, made from the models: what another system checks its events and readers with.

Pure: models and examples in, documents out. Written to files by `schemas.publish`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from schemas.envelope import Envelope
from schemas.finding import Finding
from schemas.topics import FEED, REQUESTS, TOPICS, Topic
from schemas.types import NEEDS_PERSON, TYPES, EventType

DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = "1.0.0"

Json = dict[str, object]

_READ_BY_OTHERS: tuple[type[BaseModel], ...] = (Finding, *(topic.model for topic in TOPICS if topic.model is not Envelope))


def schema_documents() -> dict[str, Json]:
    """Every JSON Schema by its name: the envelope, each type as a whole line, and what we send."""
    return {
        "envelope": _document("envelope", Envelope.model_json_schema(mode="validation")),
        **{known.name: _event_schema(known) for known in TYPES.values()},
        **{_name(model): _document(_name(model), model.model_json_schema(mode="serialization")) for model in _READ_BY_OTHERS},
    }


def asyncapi(examples: Mapping[str, Json]) -> Json:
    """AsyncAPI 3.0: the topics, which way they run, and every message with its schema; those of a feed with an example."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vigil",
            "version": VERSION,
            "description": "Events about managed perpetrators in; findings and alerts out. One JSON value a record.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {f"{_action(topic)}.{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {
                **{known.name: _message(known.name, known.model, [{"payload": examples[known.name]}]) for known in TYPES.values()},
                **{_name(topic.model): _message(_name(topic.model), topic.model, []) for topic in TOPICS if topic.model is not Envelope},
            }
        },
    }


def _name(model: type[BaseModel]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()


def _document(name: str, schema: Json) -> Json:
    return {"$schema": DIALECT, "$id": f"urn:vigil:1:{name}", **schema}


def _event_schema(known: EventType) -> Json:
    """A whole line of one type: the envelope with its `type` and `data` pinned."""
    envelope = Envelope.model_json_schema(mode="validation")
    data = known.model.model_json_schema(mode="validation")
    shared = {**cast("Json", envelope["$defs"]), **cast("Json", data.pop("$defs", {})), known.model.__name__: data}
    pinned: Json = {"type": {"const": known.name}, "data": {"$ref": f"#/$defs/{known.model.__name__}"}}
    required = cast("list[str]", envelope["required"])
    if known.name in NEEDS_PERSON:
        pinned["person"] = {"$ref": "#/$defs/Person"}
        required = [*required, "person"]
    schema: Json = {
        "title": known.name,
        "description": known.model.__doc__,
        "type": "object",
        "properties": {**cast("Json", envelope["properties"]), **pinned},
        "required": required,
        "$defs": dict(sorted(shared.items())),
    }
    return _document(known.name, schema)


def _action(topic: Topic) -> str:
    return "receive" if topic.name in {FEED, REQUESTS} else "send"


def _operation(topic: Topic) -> Json:
    return {"action": _action(topic), "channel": {"$ref": f"#/channels/{topic.name}"}, "summary": topic.holds}


def _types_on(topic: Topic) -> list[str]:
    return [name for name in TYPES if topic.name == FEED or name.startswith("directory.")]


def _channel(topic: Topic) -> Json:
    named = _types_on(topic) if topic.model is Envelope else [_name(topic.model)]
    settings: Json = {"cleanup.policy": ["compact" if topic.compacted else "delete"]}
    if topic.retention is not None:
        settings["retention.ms"] = int(topic.retention.total_seconds() * 1000)
    return {
        "address": topic.name,
        "description": f"{topic.holds}; key: {topic.key}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in named},
        "bindings": {"kafka": {"topic": topic.name, "topicConfiguration": settings, "bindingVersion": "0.5.0"}},
    }


def _message(name: str, model: type[BaseModel], examples: list[Json]) -> Json:
    message: Json = {"name": name, "summary": model.__doc__, "payload": {"$ref": f"./{name}.schema.json"}}
    return {**message, "examples": examples} if examples else message
