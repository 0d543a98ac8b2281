"""The schemas that are handed out are those of the models."""

from pathlib import Path

import jsonschema
import orjson

from ledger.bundle.schemas import schemas

_FOLDER = Path(__file__).parents[2] / "schemas"


def test_the_schemas_in_the_repository_are_those_of_the_models() -> None:
    written = {path.name: path.read_bytes() for path in _FOLDER.glob("*.json")}
    assert written == schemas(), "run: make schemas"


def test_every_schema_is_a_schema() -> None:
    for data in schemas().values():
        jsonschema.Draft202012Validator.check_schema(orjson.loads(data))
