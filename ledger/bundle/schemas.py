"""JSON Schemas (2020-12) of every wire type, generated from the models: `python -m ledger.bundle.schemas FOLDER`."""

import sys
from pathlib import Path

import orjson
from pydantic import BaseModel

from ledger.bundle.wire import WIRE_TYPES
from ledger.records import MODELS

__all__ = ["schemas", "write_schemas"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, bytes]:
    """File name -> schema, for every type of record (as plain members, before disclosure) and every other wire type."""
    models: dict[str, type[BaseModel]] = {**MODELS, **WIRE_TYPES}
    return {f"{name}.v1.json": _schema(name, model) for name, model in models.items()}


def write_schemas(folder: Path) -> list[str]:
    """Write all schemas and an index; say which files changed."""
    changed = []
    for name, data in {**schemas(), "README.md": _index()}.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            changed.append(name)
    return changed


def _schema(name: str, model: type[BaseModel]) -> bytes:
    schema = {"$schema": _DIALECT, "$id": f"urn:lodestone:schema:{name}:v1", **model.model_json_schema(by_alias=True)}
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _index() -> bytes:
    lines = [
        "# Schemas",
        "",
        "JSON Schemas of every wire type, written by `make schemas` from the models and held current by a test.",
        "Records are shown as plain members; in an envelope each member is a disclosure (docs/formats/record.md).",
        "A schema cannot say everything: canonical bytes, digests and the rules are in docs/formats.",
        "",
        "| File | Says |",
        "|---|---|",
    ]
    models: dict[str, type[BaseModel]] = {**MODELS, **WIRE_TYPES}
    for name, model in models.items():
        said = (model.__doc__ or "").strip().split("\n")[0]
        lines.append(f"| [{name}.v1.json]({name}.v1.json) | {said} |")
    return ("\n".join(lines) + "\n").encode()


if __name__ == "__main__":
    for written in write_schemas(Path(sys.argv[1])):
        sys.stdout.write(f"written: {written}\n")
