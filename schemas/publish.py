"""`python -m schemas.publish`: writes the JSON Schemas, the AsyncAPI document and the reference page from the models.

Run it after changing a model, and commit what it writes; a test says when that was forgotten.
"""

from __future__ import annotations

import json
from pathlib import Path

from schemas.published import asyncapi, schema_documents
from schemas.reference import readme
from schemas.types import TYPES

HERE = Path(__file__).parent


def published() -> dict[str, str]:
    """Every generated file: its path within `schemas/`, and its text."""
    examples = {name: json.loads((HERE / "examples" / f"{name}.json").read_text(encoding="utf-8")) for name in TYPES}
    schemas = schema_documents()
    documents = {f"generated/{name}.schema.json": schema for name, schema in schemas.items()}
    documents["generated/asyncapi.json"] = asyncapi(examples)
    texts = {path: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for path, document in documents.items()}
    return {**texts, "README.md": readme(schemas, examples)}


def main() -> None:
    """Write what has changed, and remove what is no longer made."""
    files = published()
    (HERE / "generated").mkdir(exist_ok=True)
    for stale in (HERE / "generated").iterdir():
        if f"generated/{stale.name}" not in files:
            stale.unlink()
    for path, text in files.items():
        (HERE / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
