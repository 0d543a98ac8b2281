"""What stands in the navigation of every page: one line an entry."""

from dataclasses import dataclass

from api.web.words import N_
from ledger.workflows.tokens import Caller

__all__ = ["ENTRIES", "Entry", "entries_for"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: its address, its words (English, translated by the template), and the scope that it needs, if any."""

    path: str
    words: str
    needs: str = ""


ENTRIES: tuple[Entry, ...] = (
    # for organizations that have signed in
    Entry("/o", N_("Your organization"), "read"),
    Entry("/o/import", N_("Import"), "read"),
    Entry("/o/sign", N_("Sign"), "read"),
    Entry("/a", N_("Audit"), "read"),
    # for everybody
    Entry("/verify", N_("Verify")),
    Entry("/search", N_("Search")),
    Entry("/status", N_("Log")),
)
"""In the order in which they stand; `Entry("/batches", N_("Batches"), "read")`."""


def entries_for(caller: Caller | None) -> list[Entry]:
    """The entries that a caller can use."""
    return [entry for entry in ENTRIES if not entry.needs or (caller is not None and caller.may(entry.needs))]
