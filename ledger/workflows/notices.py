"""Notices: what concerns an organization, from where it stopped reading on; nothing is sent, it asks.

What stands in the log is read off the log each time, so nothing can be missed or told twice; what happens beside it was
kept when it happened. A place is two numbers: the next log index to look at, and the last number beside the log.
"""

from collections.abc import Iterator

from sqlalchemy import Connection

from ledger.records import Admission, Key, Receive
from ledger.store.gather import record_name
from ledger.store.notices import (
    ChangedChain,
    StoredNotice,
    answers_between,
    changed_chains,
    notices_beside,
    offers_between,
    rests_on_chain,
    rests_on_organization,
    transfer_of,
)
from ledger.store.queries import Viewer
from ledger.store.records import StoredRecord, record_by_id
from ledger.store.reports import newest_checkpoint
from ledger.store.tokens import organization_number
from ledger.workflows.known import stated
from ledger.workflows.ledger import Ledger

__all__ = ["Notice", "Place", "read_notices"]

Notice = dict[str, object]
Place = tuple[int, int]
_OPERATOR = 1
_WINDOW = 2_000
_WINDOWS = 10
"""So much of the log one call looks through at most: where much else happened, a page may be short or empty."""


def read_notices(
    ledger: Ledger, viewer: Viewer, after: Place = (0, 0), limit: int = 50
) -> tuple[list[Notice], Place, bool]:
    """Notices from a place on, the place after them, and whether there may be more at once.

    Only what stands under a published checkpoint is told.
    """
    number = _OPERATOR if viewer.number is None else viewer.number
    index, beside = after
    found: list[Notice] = []
    with ledger.database.reading() as connection:
        size, _ = newest_checkpoint(connection)
        for _ in range(_WINDOWS):
            end = min(index + _WINDOW, size)
            if index >= end or len(found) >= limit:
                break
            told = sorted(_in_log(connection, number, index, end), key=lambda each: each[0])
            room = limit - len(found)
            found += [notice for _, notice in told[:room]]
            index = told[room - 1][0] + 1 if len(told) > room else end
        rest = limit - len(found)
        if index < size or not rest:
            return found, (index, beside), True
        kept = notices_beside(connection, number, beside, rest)
        found += [_beside(each) for each in kept if _concerns(connection, number, each)]
    return found, (index, kept[-1].number if kept else beside), len(kept) == rest


def _in_log(connection: Connection, number: int, begin: int, end: int) -> Iterator[tuple[int, Notice]]:
    for index, transfer in offers_between(connection, number, begin, end):
        yield index, _from_log("transfer-offered", index, transfer, transfer)
    for record in answers_between(connection, number, begin, end):
        answer = _answer(connection, number, record)
        if answer is not None:
            yield record.index, answer
    for change in changed_chains(connection, begin, end):
        changed = _change(connection, number, change)
        if changed is not None:
            yield change.record.index, changed


def _answer(connection: Connection, number: int, record: StoredRecord) -> Notice | None:
    """What became of a transfer, for whoever did not say it: accepted or refused to its sender, else withdrawn."""
    said = None if record.erased else stated(record)
    if not isinstance(said, Receive):
        return None
    transfer = transfer_of(connection, said.transfer)
    waits = transfer.recipient if record.organization == transfer.sender else transfer.sender
    if waits != number or record.organization == number:
        return None
    if record.organization == transfer.sender:
        kind = "transfer-withdrawn"
    else:
        kind = "transfer-accepted" if said.accepted else "transfer-refused"
    return _from_log(kind, record.index, said.transfer, record.id)


def _change(connection: Connection, number: int, change: ChangedChain) -> Notice | None:
    """What changed the standing of a chain: one's own by somebody else, or one that something of one's own rests on."""
    said = None if change.record.erased else stated(change.record)
    after = -1
    if isinstance(said, Key) and said.op == "compromised" and said.since is not None:
        kind, last = "keys-compromised", record_by_id(connection, said.since)
        after = last.index if last is not None else -1
    elif isinstance(said, Admission) and said.op != "admit":
        kind = "chain-suspended" if said.op == "suspend" else "chain-ended"
    else:
        return None
    if change.record.organization == number:
        return None
    if change.organization != number and not rests_on_chain(connection, number, change.chain, after):
        return None
    return _from_log(kind, change.record.index, record_name(change.opener), change.record.id)


def _concerns(connection: Connection, number: int, notice: StoredNotice) -> bool:
    if notice.organization is not None:
        return notice.organization == number
    maker = organization_number(connection, notice.about)
    return maker is not None and maker != number and rests_on_organization(connection, number, maker)


def _from_log(kind: str, index: int, about: str, record: str) -> Notice:
    return {"kind": kind, "about": about, "record": record, "index": index}


def _beside(notice: StoredNotice) -> Notice:
    return {"kind": notice.kind, "about": notice.about, "at": notice.at}
