"""Problems as pages, for those whose browser asks for HTML: what happened and what to do, never a traceback."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response

from api.web.pages import render
from api.web.words import N_

__all__ = ["WORDS", "problem_page"]

WORDS: Mapping[str, tuple[str, str]] = {
    "not-found": (N_("Not found"), N_("There is no such page or thing, or it is not for you to see.")),
    "unauthorized": (N_("Sign in first"), N_("This page is for organizations that have signed in.")),
    "forbidden": (N_("Not allowed"), N_("You are known here, but this is not for you, or not in this way.")),
    "method-not-allowed": (N_("Not in this way"), N_("This address does not answer to what your browser asked of it.")),
    "too-large": (N_("Too large"), N_("What was sent is larger than what is taken here. Nothing was kept.")),
    "too-slow": (N_("Too slow"), N_("What was sent did not arrive in time. Nothing was kept; try again.")),
    "unsupported-media-type": (N_("Not a kind of file that is read here"), N_("Nothing was kept.")),
    "invalid-request": (N_("Something is not as expected"), N_("Go back, mend what is named below, and try again.")),
    "bad-request": (N_("Not understood"), N_("What was sent could not be read. Nothing was kept.")),
    "verification-failed": (N_("Verification failed"), N_("A signature, a proof or a link does not hold.")),
    "too-many-requests": (N_("Too many requests"), N_("Wait a little, then load this page again.")),
    "internal-error": (
        N_("Something is wrong here"),
        N_("This is our fault. The operator can find it by its request."),
    ),
    "ledger-unsafe": (N_("The ledger does not answer"), N_("Nothing is promised at the moment. Try again later.")),
    "busy": (N_("Too much waits"), N_("Nothing was taken. Try again a little later.")),
}
"""What a person is told of a problem, by its code: a title, and what to do."""
_OTHER = (N_("Refused"), N_("A rule is broken; nothing was stored. What is wrong is named below."))


def problem_page(request: Request, said: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    """The page of a problem document, under the same status and headers."""
    title, meaning = WORDS.get(said["code"], _OTHER)
    return render(
        request, "problem.html", status=said["status"], headers=headers, problem=said, title=title, meaning=meaning
    )
