"""Grants: an organization opens members of its own records or batches to another one, and withdraws that.

A grant on a record opens the record, or only the members that are named. A grant on a batch, for whoever made it, opens
the batch as one sees it who held it once: with routes, and what a buyer sees upstream; with named members only these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.errors import NotFound, UsageError
from ledger.report.opened import is_path, opened_by
from ledger.signing.disclosure import open_with_paths
from ledger.signing.envelope import parse_envelope
from ledger.store.grants import RECORD, Opening, StoredGrant, add_grant, end_grant, grant_by_id, grants_of
from ledger.store.notices import add_notice
from ledger.store.queries import Viewer, key_of, names_of
from ledger.store.records import StoredRecord, record_at, record_by_id
from ledger.store.tokens import organization_number
from ledger.values.encoding import is_batch_id, is_digest, split_batch_id
from ledger.values.instant import is_time
from ledger.workflows.ledger import Ledger
from ledger.workflows.names import new_id
from ledger.workflows.opened import paths_of

__all__ = ["MOST_SUBJECTS", "Subject", "Wanted", "list_grants", "new_grant", "revoke_grant"]

MOST_SUBJECTS = 500
"""How many records and batches one grant may be on."""
_OPERATOR = 1

Subject = tuple[StoredRecord, int]
"""A record, and the place of a batch that it made, or `RECORD`."""

_NO_GRANT = "There is no grant of this id that you gave."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be opened to whom: ids of records and batches; no members means all of them."""

    to: str
    records: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    expires_at: str | None = None


def new_grant(ledger: Ledger, viewer: Viewer, wanted: Wanted) -> dict[str, object]:
    """Open something of one's own to another organization; it counts from now on, until it ends or is withdrawn.

    Raises:
        NotFound: a record or batch that is not the caller's own.
        UsageError: nothing is named, or too much; an end that is past; a member that nothing named has; nobody to open
            it to.
    """
    _check_form(wanted, ledger.clock())
    grantor = _OPERATOR if viewer.number is None else viewer.number
    with ledger.database.writing() as connection:
        subjects = [_own_record(connection, grantor, record) for record in wanted.records]
        subjects += [_own_batch(connection, grantor, batch) for batch in wanted.batches]
        grantee = organization_number(connection, wanted.to) if is_digest(wanted.to) else None
        if grantee is None or grantee == grantor:
            raise UsageError("to: expected the id of another organization of this ledger.")
        _check_members(wanted.members, subjects)
        keys = tuple((record.index, place) for record, place in subjects)
        grant_id, now = new_id(), ledger.clock()
        add_grant(connection, StoredGrant(0, grant_id, grantor, grantee, wanted.members, keys, now, wanted.expires_at))
        add_notice(connection, grantee, "grant-given", grant_id, now)
        made = grant_by_id(connection, grant_id)
        assert made is not None
        return _shown(connection, [made])[0]


def revoke_grant(ledger: Ledger, viewer: Viewer, grant_id: str) -> None:
    """Withdraw a grant, for good: what was read or exported under it cannot be taken back. Twice is as good as once.

    Raises:
        NotFound: there is no such grant that the caller gave; the operator may withdraw any.
    """
    with ledger.database.writing() as connection:
        grant = grant_by_id(connection, grant_id)
        if grant is None or not viewer.owns(grant.grantor):
            raise NotFound(_NO_GRANT)
        now = ledger.clock()
        if end_grant(connection, grant_id, now):
            add_notice(connection, grant.grantee, "grant-withdrawn", grant_id, now)


def list_grants(
    ledger: Ledger, viewer: Viewer, after: int = 0, limit: int = 50
) -> tuple[list[dict[str, object]], int | None]:
    """A page of the grants that the caller gave or received, ended ones too, and where the next page begins."""
    with ledger.database.reading() as connection:
        found = grants_of(connection, viewer.number, after, limit + 1)
        shown = _shown(connection, found[:limit])
    return shown, found[limit - 1].number if len(found) > limit else None


def _check_form(wanted: Wanted, now: str) -> None:
    named = len(wanted.records) + len(wanted.batches)
    if not 1 <= named <= MOST_SUBJECTS or len(wanted.members) > MOST_SUBJECTS:
        raise UsageError(f"records, batches: expected from 1 to {MOST_SUBJECTS} of them, and no more members.")
    for member in wanted.members:
        if not is_path(member):
            raise UsageError(f"members: {member[:60]} is not the path of a member, such as outputs[0].mass_mg.")
    if wanted.expires_at is not None and not (is_time(wanted.expires_at) and wanted.expires_at > now):
        raise UsageError("expires_at: expected a time to come, YYYY-MM-DDTHH:MM:SSZ.")


def _own_record(connection: Connection, grantor: int, record_id: str) -> Subject:
    record = record_by_id(connection, record_id) if is_digest(record_id) else None
    if record is None or record.organization != grantor:
        raise NotFound(f"There is no record {record_id[:60]} of your own.")
    return record, RECORD


def _own_batch(connection: Connection, grantor: int, batch: str) -> Subject:
    key = key_of(connection, split_batch_id(batch)) if is_batch_id(batch) else None
    record = record_at(connection, key[0]) if key is not None else None
    if key is None or record is None or record.organization != grantor:
        raise NotFound(f"There is no batch {batch[:60]} that you made.")
    return record, key[1]


def _check_members(members: tuple[str, ...], subjects: Sequence[Subject]) -> None:
    """Every member must be one of at least one subject: else a slip of the pen would silently open nothing."""
    missing = set(members)
    for record, place in subjects:
        if not missing:
            return
        _, paths = open_with_paths(parse_envelope(record.envelope, submission=False))
        missing -= {
            member
            for member in missing
            if any(map(opened_by(paths_of(record.type, [Opening(place, (member,))]), inside=True), paths))
        }
    if missing:
        raise UsageError(f"members: nothing of what is named has a member {min(missing)}.")


def _shown(connection: Connection, grants: Sequence[StoredGrant]) -> list[dict[str, object]]:
    numbers = {number for each in grants for number in (each.grantor, each.grantee, *(key[0] for key in each.subjects))}
    names = {index: name for index, (name, _, _) in names_of(connection, numbers).items()}
    return [_one(grant, names) for grant in grants]


def _one(grant: StoredGrant, names: Mapping[int, str]) -> dict[str, object]:
    shown: dict[str, object] = {
        "id": grant.id,
        "by": names[grant.grantor],
        "to": names[grant.grantee],
        "records": [names[index] for index, place in grant.subjects if place == RECORD],
        "batches": [f"{names[index]}#{place}" for index, place in grant.subjects if place != RECORD],
        "members": list(grant.members),
        "created_at": grant.created_at,
    }
    ends = {"expires_at": grant.expires_at, "revoked_at": grant.revoked_at}
    return shown | {name: value for name, value in ends.items() if value is not None}
