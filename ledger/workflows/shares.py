"""The signed shares of a process, computed for its producer before he signs (the log checks them again)."""

from collections.abc import Mapping
from typing import Any

from ledger.errors import Refused
from ledger.records import Process, parse_record
from ledger.rules.balance import balance_of
from ledger.rules.contents import has_links
from ledger.rules.facts import gather
from ledger.rules.state import State
from ledger.values.encoding import digest

__all__ = ["Shares", "filled", "with_shares"]

Shares = Mapping[str, Any]
"""`inputs` and `additions` as lists of shares in their places, and `undetermined`."""

_UNSIGNED = digest(b"")


def with_shares(record: Mapping[str, Any], state: State) -> dict[str, Any]:
    """The members of a record with `shares` and `undetermined` filled in, where this state allows to compute them.

    Anything but a process, and a process that cannot be judged, comes back as it was: the ledger says what is wrong.
    """
    members = dict(record)
    if members.get("type") != "process":
        return members
    try:
        parsed = parse_record(members)
    except Refused:
        return members
    facts = gather(parsed, _UNSIGNED, frozenset(), state)
    if not isinstance(parsed, Process) or not facts.all_known or has_links(facts):
        return members
    computed = balance_of(facts).signed_shares()
    entries = [dict(entry) for entry in [*members["inputs"], *members.get("additions", [])]]
    for entry, shares in zip(entries, computed, strict=False):
        if shares and "shares" not in entry:
            entry["shares"] = shares
    members["inputs"] = entries[: len(parsed.inputs)]
    if parsed.additions:
        members["additions"] = entries[len(parsed.inputs) :]
    if computed[-1] and "undetermined" not in members:
        members["undetermined"] = computed[-1]
    return members


def filled(members: Mapping[str, Any], shares: Shares) -> dict[str, Any]:
    """The members of a process with shares that somebody computed put where it states none itself."""
    whole = dict(members)
    for member in ("inputs", "additions"):
        entries, said = members.get(member), shares.get(member)
        if isinstance(entries, list) and isinstance(said, list) and len(entries) == len(said):
            whole[member] = [
                {**each, "shares": part} if part and isinstance(each, Mapping) and "shares" not in each else each
                for each, part in zip(entries, said, strict=True)
            ]
    if shares.get("undetermined") and "undetermined" not in members:
        whole["undetermined"] = shares["undetermined"]
    return whole
