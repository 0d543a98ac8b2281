"""What only the network can tell of a verified report: changes since, the newest checkpoint, revocation.

newest checkpoint -> it continues that of the report -> every entry from the report's first record on, hashed into the
signed root -> changes of its records, by their tags -> the status list

Nobody learns which report is looked up: whole tiles and whole lists are read. Reading is an argument: this floor has no
network of its own, and without `Online` nothing is fetched.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ledger.bundle.chains import Chain
from ledger.bundle.format import Entry, Evidence, Report
from ledger.bundle.result import FAILED, NOT_CHECKED, PASSED, Check
from ledger.bundle.trust import Later, signed_by_log
from ledger.errors import LodestoneError, SignatureInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.leaf import read_leaf, status_tag
from ledger.log.merkle import leaf_hash, verify_consistency
from ledger.log.policy import Policy
from ledger.log.tiles import TILE_WIDTH, Fetch, TileSource, read_entries
from ledger.log.tree import Frontier, consistency_path
from ledger.report.seal import open_sealed, verify_sealed
from ledger.report.status import is_set, status_list_bits

__all__ = ["ONLINE", "Online", "later_at", "later_online", "look_online"]

ONLINE = "online"
"""The name of the check whether the log could be asked at all, and goes on from where the report left it."""
_STATUS_LIST = "/v1/status/1"


@dataclass(frozen=True, slots=True)
class Online:
    """How the network is read: `get` answers the body at an address, None where there is none.

    It raises `LodestoneError` where nobody answers. `base` is the service's address; where it is empty, the one that
    the report itself names is taken.
    """

    get: Callable[[str], bytes | None]
    base: str = ""

    def address(self, report: Report) -> str:
        """The address of the service that keeps the log of a report.

        Raises:
            VerificationError: the report names none.
        """
        return self.base or _listed_in(report).removesuffix(_STATUS_LIST)

    def fetch(self, report: Report) -> Fetch:
        """Reads published objects of the log."""
        base = self.address(report)
        return lambda path: self.get(f"{base}/log/{path}")


@dataclass(frozen=True, slots=True)
class _Change:
    entry: Entry
    index: int
    record: str


def later_online(online: Online, report: Report) -> Later:
    """Finds the witnessed checkpoint that continues a report's, where the service has one."""

    def later(old: Checkpoint) -> bytes | None:
        try:
            base = online.address(report)
        except VerificationError:
            return None  # that the report is malformed is said by a later step
        return later_at(online.get, base)(old)

    return later


def later_at(get: Callable[[str], bytes | None], base: str) -> Later:
    """Finds witnessed checkpoints of a service at an address; each is asked for once."""

    @lru_cache(maxsize=256)
    def later(size: int) -> bytes | None:
        try:
            return get(f"{base}/log/witnessed/{size}")
        except LodestoneError:
            return None

    return lambda old: later(old.size)


def look_online(
    online: Online, report: Report, evidence: Evidence | None, known: Checkpoint, signer: Chain, policy: Policy
) -> list[Check]:
    """What the network tells of a report that was verified as of the checkpoint `known`.

    Promised: nothing raises; what cannot be reached is not checked, and says so. Not shown: what a change says, which
    is not public; and whether the status list that is served is the newest.
    """
    try:
        newest = _newest(online.fetch(report), known, policy)
    except VerificationError as error:
        return [Check(ONLINE, FAILED, str(error))]
    except LodestoneError as error:
        return [Check(ONLINE, NOT_CHECKED, str(error))]
    detail = f"the log stands at {newest.size} entries, which continue those of the report"
    return [
        Check(ONLINE, PASSED, detail),
        _told("later changes", lambda: _changes_told(online.fetch(report), report, evidence, known, newest)),
        _told("revocation", lambda: _revocation(online, report, signer)),
    ]


def _told(name: str, step: Callable[[], Check]) -> Check:
    try:
        return step()
    except VerificationError as error:
        return Check(name, FAILED, str(error))
    except LodestoneError as error:
        return Check(name, NOT_CHECKED, str(error))


def _newest(fetch: Fetch, known: Checkpoint, policy: Policy) -> Checkpoint:
    """The checkpoint that the log publishes now, proven to continue a known one."""
    note = fetch("checkpoint")
    if note is None:
        raise LodestoneError("the service publishes no checkpoint there")
    newest = signed_by_log(note.decode("utf-8", "replace"), policy)
    if newest is None or newest.origin != known.origin:
        raise VerificationError("the checkpoint that is published now is not one of the log of this report")
    if newest.size < known.size:
        raise VerificationError(
            f"the log shows {newest.size} entries now, fewer than the {known.size} that the report stands on"
        )
    source = TileSource(fetch, newest.size)
    path = consistency_path(source, known.size, newest.size) if newest.size > known.size else []
    verify_consistency(known.size, newest.size, path, known.root, newest.root)
    return newest


def _changes_told(
    fetch: Fetch, report: Report, evidence: Evidence | None, known: Checkpoint, newest: Checkpoint
) -> Check:
    entries = {entry.id: entry for entry in (*report.trust.entries, *(evidence.entries if evidence else ()))}
    strange = [each for each in _changes(fetch, entries.values(), newest) if each.record not in entries]
    told: dict[tuple[bool, bool], list[_Change]] = {}
    for each in strange:
        of_chain = each.entry.envelope.claims["type"] == "organization"
        told.setdefault((of_chain, each.index < known.size), []).append(each)
    name = "later changes"
    if (True, True) in told:
        detail = f"the evidence leaves out what changed keys or ended a chain before: {_listed(told[True, True])}"
        return Check(name, FAILED, detail)
    if (False, False) in told:
        detail = f"records of this report were corrected, held or freed since: {_listed(told[False, False])}"
        return Check(name, FAILED, f"{detail}; ask for a new report")
    open_still = []
    if (True, False) in told:
        open_still.append(f"keys changed, or a chain was suspended or ended, since: {_listed(told[True, False])}")
    if (False, True) in told:
        open_still.append(f"records were corrected, held or freed before the report: {_listed(told[False, True])}")
    if open_still:
        return Check(name, NOT_CHECKED, f"{'; '.join(open_still)}; which of these it was is not public")
    return Check(name, PASSED, f"none of {len(entries)} records was changed up to entry {newest.size}")


def _changes(fetch: Fetch, entries: Iterable[Entry], newest: Checkpoint) -> Iterator[_Change]:
    """Every change of the standing of these records, found in entries that are proven to be those of the log."""
    watched = list(entries)
    start = min((entry.index for entry in watched), default=0) // TILE_WIDTH * TILE_WIDTH
    pending = {status_tag(entry.envelope.payload, 0): (entry, 0) for entry in watched}
    frontier = Frontier.from_source(TileSource(fetch, newest.size), start)
    found = []
    for index, data in read_entries(fetch, start, newest.size):
        frontier.append(leaf_hash(data))
        if index == 0:
            continue
        leaf = read_leaf(data)
        for tag in leaf.tags:
            hit = pending.pop(tag, None)
            if hit is not None:
                entry, number = hit
                found.append(_Change(entry, index, leaf.record))
                pending[status_tag(entry.envelope.payload, number + 1)] = (entry, number + 1)
    if frontier.root() != newest.root:
        raise VerificationError("the entries that the log serves are not those that it has signed")
    yield from found


def _listed(changes: list[_Change]) -> str:
    shown = ", ".join(f"{each.entry.id} by the record at index {each.index}" for each in changes[:5])
    return f"{shown} and {len(changes) - 5} more" if len(changes) > 5 else shown


def _revocation(online: Online, report: Report, signer: Chain) -> Check:
    where = f"{online.base}{_STATUS_LIST}" if online.base else _listed_in(report)
    data = online.get(where)
    if data is None:
        raise LodestoneError(f"there is no status list at {where}")
    sealed = open_sealed(data.decode("ascii", "replace").strip())
    key = next((key for key in signer.keys.keys if key.kid == sealed.thumbprint), None)
    if key is None:
        raise LodestoneError("the status list is signed by a key that came after this report")
    verify_sealed(sealed, key)
    said = sealed.payload
    if (said.get("issuer"), said.get("id")) != (report.did, _listed_in(report)) or sealed.did != report.did:
        raise SignatureInvalid("the status list is not the one that the report names")
    status = report.credential["credentialStatus"]
    assert isinstance(status, dict)
    if is_set(status_list_bits(said), int(str(status["statusListIndex"]))):
        return Check(
            "revocation", FAILED, f"this report was revoked, as the status list of {said.get('validFrom')} says"
        )
    return Check("revocation", PASSED, f"it is not revoked in the status list of {said.get('validFrom')}")


def _listed_in(report: Report) -> str:
    status = report.credential.get("credentialStatus")
    where = status.get("statusListCredential") if isinstance(status, dict) else None
    if not isinstance(where, str) or not where.endswith(_STATUS_LIST):
        raise VerificationError("report, credentialStatus: it names no status list of a service like ours")
    return where
