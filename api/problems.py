"""Problems (RFC 9457): every way in which the service says no, in one table. Never a traceback, never a secret.

The `type` of a problem is `<public url>/problems/<code>`, which the service answers itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ledger.errors import (
    CODES,
    ConfigError,
    Forbidden,
    LedgerUnsafe,
    LodestoneError,
    NotFound,
    Refused,
    Unauthorized,
    UsageError,
    VerificationError,
    Violation,
)

__all__ = [
    "ERRORS",
    "MEDIA_TYPE",
    "PROBLEMS",
    "ProblemKind",
    "Rejected",
    "code_of",
    "install_problems",
    "problem",
    "problem_of",
    "refusal_code",
    "status_of",
]

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = "5"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of problem: its status, its title, and what to do about it."""

    status: int
    title: str
    meaning: str


_OF_VIOLATIONS = {"not-canonical": 400, "too-large": 413, "chain-conflict": 409}

PROBLEMS: Mapping[str, ProblemKind] = {
    "not-json": ProblemKind(400, "Not JSON", "The body is not JSON in UTF-8. Nothing was taken."),
    "bad-request": ProblemKind(400, "Bad request", "The request cannot be understood. Nothing was taken."),
    "unauthorized": ProblemKind(401, "No valid token", "Reading needs a bearer token that is known and not expired."),
    "forbidden": ProblemKind(403, "Not allowed", "The token is known, but is not for this."),
    "not-found": ProblemKind(404, "Not found", "There is no such thing, or the caller may not know of it."),
    "method-not-allowed": ProblemKind(405, "Method not allowed", "This address does not answer to this method."),
    "too-slow": ProblemKind(408, "Too slow", "The request did not arrive in time. Nothing was taken."),
    "unsupported-media-type": ProblemKind(
        415, "Unsupported media type", "The body is not of a type that is read here."
    ),
    "invalid-request": ProblemKind(422, "Invalid request", "A parameter or member is not as documented."),
    "verification-failed": ProblemKind(422, "Verification failed", "A signature, proof or link does not hold."),
    "too-many-requests": ProblemKind(429, "Too many requests", "Ask again after the time in Retry-After."),
    "head-too-large": ProblemKind(431, "Head too large", "The line and headers of the request are too long."),
    "internal-error": ProblemKind(500, "Internal error", "Something is wrong here; the log has the request's id."),
    "not-implemented": ProblemKind(501, "Not built yet", "This version of the service does not offer it."),
    "ledger-unsafe": ProblemKind(503, "The ledger does not answer", "Nothing is promised; send the same bytes again."),
    "busy": ProblemKind(503, "Too much waits", "Nothing was taken; send the same bytes again a little later."),
    **{
        code: ProblemKind(
            _OF_VIOLATIONS.get(code, 422),
            f"Refused: {code}",
            "The record breaks a rule; `violations` says which. Nothing was stored.",
        )
        for code in CODES
    },
}
"""Every code of a problem. Those of violations are the codes of docs/formats/rules.md."""

ERRORS: Mapping[type[LodestoneError], str] = {
    NotFound: "not-found",
    Forbidden: "forbidden",
    Unauthorized: "unauthorized",
    UsageError: "invalid-request",
    VerificationError: "verification-failed",
    ConfigError: "internal-error",
    LedgerUnsafe: "ledger-unsafe",
    LodestoneError: "internal-error",
}
"""Class of an error -> code of its problem; the nearest class counts. `Refused` is told by its violations."""

_HTTP = {400: "bad-request", 401: "unauthorized", 403: "forbidden", 404: "not-found", 405: "method-not-allowed"}
_HTTP |= {413: "too-large", 415: "unsupported-media-type", 429: "too-many-requests", 501: "not-implemented"}
_HIDDEN = frozenset({"internal-error", "ledger-unsafe"})


class Rejected(Exception):
    """A request that is refused at the door, before any workflow: `code` is one of `PROBLEMS`."""

    def __init__(self, code: str, detail: str, violations: Sequence[Violation] = ()) -> None:
        super().__init__(detail)
        self.code, self.detail, self.violations = code, detail, tuple(violations)


def status_of(code: str) -> int:
    """The HTTP status of a problem."""
    return PROBLEMS[code].status


def refusal_code(violations: Sequence[Violation]) -> str:
    """The code that stands for several violations: what must be mended first."""
    codes = [violation.code for violation in violations]
    for first in ("too-large", "not-canonical", "chain-conflict"):
        if first in codes:
            return first
    return codes[0]


def code_of(error: LodestoneError) -> str:
    """The code of the problem that an error becomes."""
    if isinstance(error, Refused):
        return refusal_code(error.violations)
    return next(ERRORS[kind] for kind in type(error).__mro__ if kind in ERRORS)


def problem(
    request: Request, code: str, detail: str = "", violations: Sequence[Violation] = (), **more: Any
) -> Response:
    """A problem document as an answer."""
    kind = PROBLEMS[code]
    ledger = request.app.state.ledger  # a standalone witness has none
    body: dict[str, Any] = {
        "type": f"{ledger.config.public_url}/problems/{code}" if ledger else "about:blank",
        "title": kind.title,
        "status": kind.status,
        "detail": (detail or kind.meaning).encode("utf-8", "backslashreplace").decode(),
        "code": code,
        "request": request.scope.get("lodestone.request", ""),
        **more,
    }
    if violations:
        body["violations"] = [violation.as_json() for violation in violations]
        heads = [violation.head for violation in violations if violation.head is not None]
        if code == "chain-conflict" and heads:
            body["head"] = {"seq": heads[0][0], "id": heads[0][1]}
    request.scope["lodestone.problem"] = code
    headers = {"Cache-Control": "no-store"}
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="lodestone"'
    if kind.status in (429, 503):
        headers["Retry-After"] = _RETRY_SECONDS
    if (page := request.app.state.problem_page) is not None and _wants_page(request):
        shown: Response = page(request, body, headers)
        return shown
    return Response(orjson.dumps(body), kind.status, headers, MEDIA_TYPE)


def _wants_page(request: Request) -> bool:
    """Whether somebody reads the answer in a browser: it says so, and this is not the address of data."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.endswith((".json", ".csv"))


def problem_of(request: Request, error: LodestoneError | Rejected | HTTPException) -> Response:
    """The problem document of an error."""
    if isinstance(error, Rejected):
        return problem(request, error.code, error.detail, error.violations)
    if isinstance(error, LodestoneError):
        code = code_of(error)
        detail = "" if code in _HIDDEN else str(error)
        return problem(request, code, detail, error.violations if isinstance(error, Refused) else ())
    answer = problem(request, _HTTP.get(error.status_code, "bad-request"))
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(_methods(request, error))
    return answer


def _methods(request: Request, error: HTTPException) -> list[str]:
    """Every method of this address (RFC 9110 section 10.2.1): the router names those of the first of its routes."""
    first = (error.headers or {}).get("Allow", "").split(", ")
    path = getattr(request.scope.get("route"), "path_format", "")
    described: Mapping[str, object] = request.app.openapi()["paths"].get(path, {})
    return sorted({*filter(None, first), *map(str.upper, described)})


def install_problems(app: FastAPI) -> None:
    """Answer every error of this application with a problem."""

    @app.exception_handler(LodestoneError)
    async def _ours(request: Request, error: LodestoneError) -> Response:
        return problem_of(request, error)

    @app.exception_handler(Rejected)
    async def _at_the_door(request: Request, error: Rejected) -> Response:
        return problem_of(request, error)

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        wrong = [
            {
                "member": ".".join(str(part) for part in found["loc"][1:]) or str(found["loc"][0]),
                "sentence": found["msg"],
            }
            for found in error.errors()
        ]
        if any(found["type"] == "json_invalid" for found in error.errors()):
            return problem(request, "not-json")
        return problem(request, "invalid-request", wrong[0]["sentence"], errors=wrong)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return problem_of(request, error)
