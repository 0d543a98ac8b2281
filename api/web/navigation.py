"""What stands in the navigation of every page: one line an entry."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.web.words import N_
from ledger.workflows.tokens import Caller

__all__ = ["ENTRIES", "Entry", "entries_for", "entry_of"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: its address, its words (English, translated by the template), and the scope that it needs, if any.

    `own` is for organizations: the operator has no records of material.
    """

    path: str
    words: str
    needs: str = ""
    own: bool = False


ENTRIES: tuple[Entry, ...] = (
    # for organizations that have signed in
    Entry("/o", N_("Your organization"), "read"),
    Entry("/o/import", N_("Import"), "read", own=True),
    Entry("/o/sign", N_("Sign"), "read", own=True),
    Entry("/a", N_("Audit"), "read"),
    # for everybody
    Entry("/verify", N_("Verify")),
    Entry("/search", N_("Search")),
    Entry("/status", N_("Log")),
)
"""In the order in which they stand; `Entry("/batches", N_("Batches"), "read")`."""


def entry_of(path: str, entries: Sequence[Entry]) -> Entry | None:
    """The entry under which a page stands: the one whose address says most of it."""
    above = [entry for entry in entries if path == entry.path or path.startswith(entry.path + "/")]
    return max(above, key=lambda entry: len(entry.path), default=None)


def entries_for(caller: Caller | None) -> list[Entry]:
    """The entries that a caller can use."""
    return [
        entry
        for entry in ENTRIES
        if not entry.needs
        or (caller is not None and caller.may(entry.needs) and (caller.organization is not None or not entry.own))
    ]
