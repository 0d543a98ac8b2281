"""The OpenAPI document, complete enough for a generated client: every answer, every problem, every example."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.problems import MEDIA_TYPE, PROBLEMS
from api.shapes import Envelope, LineAnswer, Problem

__all__ = ["install_openapi"]

_REF = "#/components/schemas/{model}"
_PROBLEM = {"schema": {"$ref": _REF.format(model="Problem")}}
_SUMMARY = "Signed, hash-chained records of rare-earth batches; reports that a buyer checks offline."
_DESCRIPTION = """\
Records authenticate themselves by their signatures; reading needs a bearer token. The log, its policy, the status
list and the DID document are public. Masses are integer milligrams, shares integer ppm, times `YYYY-MM-DDTHH:MM:SSZ`.

Every problem is a problem document (RFC 9457) with a stable `code`; `GET /problems/{code}` explains it.
Pages are fetched with `after`, the cursor of the page before.
"""
_TAGS = [
    {"name": "records", "description": "Submitting records and reading them."},
    {"name": "batches", "description": "Batches, their genealogy and routes."},
    {"name": "reports", "description": "Making, fetching, revoking and verifying reports."},
    {"name": "grants", "description": "Opening what is one's own to others."},
    {"name": "notices", "description": "What concerns the caller."},
    {"name": "exports", "description": "What an auditor takes away."},
    {"name": "public", "description": "The log, and what helps to verify; for everybody."},
    {"name": "witness", "description": "Cosigning other ledgers' logs, where the service is set up for it."},
    {"name": "operations", "description": "Health and numbers."},
]
_LINK = {"type": "apiKey", "in": "query", "name": "link", "description": "The secret of a report's link."}
_SECURED = frozenset({"401", "403"})
_STATUSES = {
    "400": "The body is not JSON, or not canonical.",
    "401": "No valid token.",
    "403": "The token is not for this.",
    "404": "There is no such thing that the caller may see.",
    "409": "The chain stands elsewhere; `head` says where.",
    "413": "Too large.",
    "415": "The body is of another type than expected.",
    "422": "A rule is broken, or a parameter is not as documented.",
    "429": "Too many requests; see Retry-After.",
    "503": "Nothing is promised; send the same again after Retry-After.",
}
_BODIES = frozenset({"400", "413", "415", "422", "503"})
_BY_OPERATION = {"submitRecords": _BODIES | {"409"}}


def install_openapi(app: FastAPI, version: str) -> None:
    """Let the application answer `/openapi.json` with its whole description."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, version)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # the way that FastAPI documents


def _described(app: FastAPI, version: str) -> dict[str, Any]:
    document = get_openapi(
        title="Lodestone",
        version=version,
        openapi_version="3.1.0",
        summary=_SUMMARY,
        description=_DESCRIPTION,
        routes=app.routes,
        tags=_TAGS,
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, own = models_json_schema(
        [(model, "serialization") for model in (Problem, LineAnswer, Envelope)], ref_template=_REF
    )
    schemas.update({name: schema for name, schema in own["$defs"].items() if name not in schemas})
    schemas["Problem"]["properties"]["code"]["enum"] = sorted(PROBLEMS)
    document["components"]["securitySchemes"]["link"] = _LINK
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete(path, operation)
    return document


def _complete(path: str, operation: dict[str, Any]) -> None:
    """Name the problems of an operation; those that are not named are described by `default`."""
    responses = operation["responses"]
    if responses.get("422", {}).get("content", {}).get("application/json"):
        del responses["422"]
    statuses = {*_BY_OPERATION.get(operation["operationId"], ())}
    if operation["operationId"] != "live":
        statuses.add("429")
    if operation.get("security"):
        statuses |= _SECURED
        if any(parameter["name"] == "link" for parameter in operation.get("parameters", ())):
            operation["security"].append({"link": []})  # one of them is enough
    if "{" in path:
        statuses.add("404")
    if operation.get("parameters") or operation.get("requestBody"):
        statuses.add("422")
    if operation.get("requestBody"):
        statuses |= {"400", "413"}
    for status in sorted(statuses):
        responses.setdefault(status, {"description": _STATUSES[status], "content": {MEDIA_TYPE: _PROBLEM}})
    responses["default"] = {"description": "Any other problem.", "content": {MEDIA_TYPE: _PROBLEM}}
    if operation["operationId"] == "submitRecords":
        lines = {"schema": {"$ref": _REF.format(model="LineAnswer")}}
        responses["200"]["content"]["application/x-ndjson"] = lines
