"""Drafts for whoever signs elsewhere: names become ids, shares are computed, and everything wrong is said beforehand.

A page asks this for those who import a spreadsheet or sign in their browser; `lodestone import` does the same with what
its profile knows. Nothing is stored and nothing is signed here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.errors import NotFound, Refused, UsageError, Violation
from ledger.sheets.drafts import Draft
from ledger.sheets.judged import remarks_on, told_before
from ledger.sheets.parse import Parsed, parse
from ledger.sheets.says import Remark
from ledger.sheets.settle import Candidate, Known, settle, wanted_lots
from ledger.sheets.table import Table
from ledger.store.drafting import chain_by_keys, places_of
from ledger.store.queries import Viewer, chain_of, chain_position
from ledger.values.instant import is_time
from ledger.workflows.checking import Checked, dry_run
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import browse
from ledger.workflows.scenario import FacilityCard, Names, record_members
from ledger.workflows.shares import filled

__all__ = ["Imported", "Prepared", "import_tables", "prepare"]

_MOST_LOTS = 300
_BY_OTHER_MEANS = frozenset({"organization", "admission", "rules", "key"})
_TO_SIGN = ("v", "log", "chain")


@dataclass(slots=True)
class Prepared:
    """Records as they are to be signed, with `@<number>` for earlier ones, and where their chain stands."""

    ledger: str
    chain: dict[str, Any]
    records: list[dict[str, Any]]
    checked: list[Checked]

    @property
    def refused(self) -> int:
        """How many of them the ledger would refuse."""
        return sum(bool(each.violations) for each in self.checked)

    def as_json(self) -> dict[str, Any]:
        """What a page signs by; records only where all are good."""
        checked = [each.as_json() for each in self.checked]
        records = [] if self.refused else self.records
        return {"ledger": self.ledger, "chain": self.chain, "records": records, "checked": checked}


@dataclass(slots=True)
class Imported:
    """What became of a file: drafts in order where nothing is wrong, the answers of the check, and what to look at."""

    drafts: list[Draft] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    unusual: list[Remark] = field(default_factory=list)
    """Allowed, and perhaps not meant: lots and facilities that there are already."""


def prepare(
    ledger: Ledger, viewer: Viewer, organization: str, entries: Sequence[object], kids: Collection[str] = ()
) -> Prepared:
    """Records in the form of a scenario's entries, as the next ones of the viewer's chain for which these keys speak.

    Without keys it is the newest one that may be written to. A record without a time happens now.

    Raises:
        NotFound: there is no such chain.
        Refused: too many entries at once.
    """
    place = _standing(ledger, viewer, kids)
    now = ledger.clock()
    said = [{"at": now, **entry} if isinstance(entry, Mapping) else entry for entry in entries]
    plain = _plain(said, organization, _names(ledger, viewer))
    asked = [{**members, "chain": {"id": place["id"]}} for members, _wrong in plain]
    checked = dry_run(ledger, asked, viewer)
    for answer, (_members, wrong) in zip(checked, plain, strict=True):
        if wrong:
            answer.violations = tuple(wrong)
    records = [filled(members, answer.shares) for (members, _wrong), answer in zip(plain, checked, strict=True)]
    return Prepared(ledger.config.ledger, place, records, checked)


def import_tables(ledger: Ledger, viewer: Viewer, organization: str, tables: Sequence[Table]) -> Imported:
    """A spreadsheet's records, checked as if each were committed; or everything that is wrong, at its cells."""
    parsed = parse(tables)
    names = _names(ledger, viewer)
    known = Known(frozenset(names.facilities), frozenset(names.organizations), lots=_candidates(ledger, viewer, parsed))
    settled = settle(parsed, known)
    if settled.remarks:
        return Imported(settled.drafts, settled.remarks)
    try:
        prepared = prepare(ledger, viewer, organization, [draft.entry for draft in settled.drafts])
    except NotFound as error:
        wrong = Violation("not-admitted", str(error))
        return Imported(settled.drafts, remarks_on(settled.drafts[:1], [[wrong]]))
    remarks = remarks_on(settled.drafts, [each.violations for each in prepared.checked])
    unusual = [] if remarks else _there_already(ledger, viewer, settled.drafts, names)
    return Imported(settled.drafts, remarks, prepared.checked, unusual)


def _standing(ledger: Ledger, viewer: Viewer, kids: Collection[str]) -> dict[str, Any]:
    with ledger.database.reading() as connection:
        found = None
        if viewer.number is not None:
            named = chain_by_keys(connection, viewer.number, kids) if kids else None
            found = (
                (chain_position(connection, named) if named else None) if kids else chain_of(connection, viewer.number)
            )
    if found is None:
        raise NotFound("You have no chain for which these keys speak." if kids else "You have no chain to write to.")
    return {"id": found.id, "seq": found.seq, "head": found.head, "at": found.head_at}


def _names(ledger: Ledger, viewer: Viewer) -> Names:
    """The facilities that the viewer has described, by name and by id; of several of one name the newest counts."""
    if viewer.number is None:
        return Names()
    with ledger.database.reading() as connection:
        places = places_of(connection, viewer.number)
    cards = {place.id: FacilityCard(place.id, place.operator, place.country, place.owner_country) for place in places}
    return Names(facilities={**{place.name: cards[place.id] for place in places}, **cards})


def _plain(
    entries: Sequence[object], organization: str, names: Names
) -> list[tuple[dict[str, Any], Sequence[Violation]]]:
    """Each entry with ids in the place of names, or what of it cannot be read."""
    plain: list[tuple[dict[str, Any], Sequence[Violation]]] = []
    for number, entry in enumerate(entries):
        try:
            members = _members(entry, organization, names)
        except Refused as refusal:
            plain.append(({}, refusal.violations))
            continue
        plain.append((members, ()))
        assert isinstance(entry, Mapping)
        _remember(names, entry, members, f"@{number}")
    return plain


def _members(entry: object, organization: str, names: Names) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise Refused([Violation("malformed", "Expected a record as a JSON object.")])
    kind, at, name = entry.get("type"), entry.get("at"), entry.get("as")
    wrong = [
        Violation("malformed", f"Expected {m}.", m) for m, v in (("type", kind), ("at", at)) if not isinstance(v, str)
    ]
    if isinstance(at, str) and not is_time(at):
        wrong.append(Violation("malformed", "Expected a time such as 2026-01-31T12:00:00Z.", "at"))
    if kind in _BY_OTHER_MEANS:
        wrong.append(Violation("malformed", f"Records of type {kind} are made by other means.", "type"))
    if name is not None and (not isinstance(name, str) or name in names.records):
        wrong.append(Violation("malformed", "Expected a name that no other record has.", "as"))
    if wrong:
        raise Refused(wrong)
    try:
        members, wrong = record_members(entry, organization, names)
    except (AttributeError, KeyError, TypeError, ValueError, UsageError) as error:  # any JSON may be sent
        raise Refused([Violation("malformed", "This is not put as a record is.")]) from error
    if wrong:
        raise Refused(wrong)
    return {"type": kind, "at": at, **{n: v for n, v in members.items() if n not in _TO_SIGN}}


def _remember(names: Names, entry: Mapping[str, Any], members: Mapping[str, Any], record: str) -> None:
    name = entry.get("as")
    if not name:
        return
    names.records[name] = record
    country, owner, operator = (members.get(each) for each in ("country", "owner_country", "operator"))
    if members["type"] == "facility" and isinstance(country, str):
        names.facilities[name] = FacilityCard(
            record,
            operator if isinstance(operator, str) else "",
            country,
            owner if isinstance(owner, str) else None,
        )


def _candidates(ledger: Ledger, viewer: Viewer, parsed: Parsed) -> dict[str, list[Candidate]]:
    """The batches that the lots of these rows may mean."""
    wanted = wanted_lots(parsed)
    if len(wanted) > _MOST_LOTS:
        raise UsageError(f"Expected at most {_MOST_LOTS} lots that other files made; write their batch ids instead.")
    found = {}
    for lot in wanted:
        batches, _after = browse(ledger, viewer, lot=lot, limit=200)
        found[lot] = [candidate for batch in batches if (candidate := _candidate(batch)) is not None]
    return found


def _candidate(batch: Mapping[str, Any]) -> Candidate | None:
    transit = batch.get("in_transit", "")
    if batch.get("holds"):
        usable = batch.get("left_mg") and not transit
        return Candidate(batch["batch"], batch["material"], batch["left_mg"]) if usable else None
    return Candidate(batch["batch"], batch["material"], transfer=transit) if transit else None


def _there_already(ledger: Ledger, viewer: Viewer, drafts: Sequence[Draft], names: Names) -> list[Remark]:
    """Lots and facilities that the viewer has made before: the file may have been submitted already."""
    found = []
    for draft in drafts:
        if draft.kind == "facility" and draft.name in names.facilities:
            found.append(Remark(draft.where, told_before("facility", draft.name)))
        for place, lot in list(draft.lots)[:_MOST_LOTS]:
            batches, _after = browse(ledger, viewer, lot=lot, limit=20)
            if any(batch["seen_as"] == "own" for batch in batches):
                found.append(Remark(draft.places.get(f"outputs[{place}].lot", draft.where), told_before("lot", lot)))
    return found
