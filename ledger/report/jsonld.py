"""The JSON-LD context of our reports: every member has a name of its own, and there is no catch-all vocabulary.

It is served beside the reports and packaged with the code: nobody fetches anything in order to verify.
"""

from functools import cache
from importlib.resources import files

__all__ = ["MEDIA_TYPE", "report_context"]

MEDIA_TYPE = "application/ld+json"


@cache
def report_context() -> bytes:
    """The context document of version 1. Its bytes never change; another vocabulary is another version."""
    return (files("ledger.report") / "contexts" / "report-v1.jsonld").read_bytes()
