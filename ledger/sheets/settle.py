"""Names in cells become batches, facilities and organizations; drafts are put into the order of time.

What the file itself does not make is looked up by whoever calls this: `wanted_lots` says what to ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.sheets.drafts import Draft, Ref, RefKind
from ledger.sheets.order import Needs, in_order
from ledger.sheets.parse import Parsed
from ledger.sheets.says import Remark, Spoken, Verbatim, Where, _, remark
from ledger.values.encoding import is_batch_id, is_digest

__all__ = ["Candidate", "Known", "Settled", "settle", "wanted_lots"]

_MOST_NAMED = 8
_UNKNOWN: Mapping[RefKind, str] = {
    "facility": _("There is no facility of this name, in this file or before: {found}."),
    "organization": _(
        "No organization of this name is known: {found}. Name it by lodestone org name, or write its id."
    ),
    "transfer": _("There is no transfer of this name: {found}. Write its id."),
}
_UNASKED = _(
    "No row makes the lot {found}, and no ledger was asked for it: write the id of the batch, "
    "or name a service and a token."
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A batch that a lot may mean: held and not yet used up, or offered by a transfer."""

    batch: str
    material: str = ""
    left_mg: int = 0
    transfer: str = ""
    """The transfer by which it is offered to the caller; empty for what he holds."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known outside the file: names, and the batches of the lots that were asked for.

    `lots` is None where nobody could be asked.
    """

    facilities: frozenset[str] = frozenset()
    organizations: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    lots: Mapping[str, Sequence[Candidate]] | None = None


@dataclass(slots=True)
class Settled:
    """Drafts in the order in which they are signed, and everything that is wrong."""

    drafts: list[Draft] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


def wanted_lots(parsed: Parsed) -> list[str]:
    """The lots that rows name and no row makes, each once."""
    made = {lot for draft in parsed.drafts for _place, lot in draft.lots}
    named = {d.name for d in parsed.drafts if d.name}
    wanted = [ref.text for draft in parsed.drafts for ref in draft.refs if ref.kind == "batch"]
    return [w for w in dict.fromkeys(wanted) if w not in made and not _is_name(w, named)]


def settle(parsed: Parsed, known: Known) -> Settled:
    """The drafts with every name settled, in the order of time; a record comes after those that it builds on."""
    settler = _Settler(parsed.drafts, known)
    for receives in (True, False):  # what is received in this file may be used in it
        for draft in parsed.drafts:
            if (draft.kind == "receive") == receives:
                settler.settle(draft)
    drafts, disordered = in_order(parsed.drafts, settler.needs)
    return Settled(drafts, [*parsed.remarks, *settler.remarks, *disordered])


class _Settler:
    """What names stand for. `needs` says of each draft on which others it builds."""

    def __init__(self, drafts: Sequence[Draft], known: Known) -> None:
        self.known = known
        self.remarks: list[Remark] = []
        self.needs: Needs = {}
        self._named: dict[str, Draft] = {}
        self._lots: dict[str, list[tuple[Draft, int]]] = {}
        self._received: dict[str, Draft] = {}
        for draft in drafts:
            self._know(draft)

    def settle(self, draft: Draft) -> None:
        """What all names in a record stand for."""
        offers: set[str] = set()
        for ref in draft.refs:
            if ref.kind == "batch":
                self._batch(draft, ref, offers)
            else:
                self._name(draft, ref)
        if draft.kind == "receive" and "transfer" not in draft.entry:
            self._transfer(draft, offers)

    def _know(self, draft: Draft) -> None:
        """The names that a record gives: its own, and the lots that it makes."""
        for place, lot in draft.lots:
            self._lots.setdefault(lot, []).append((draft, place))
        first = self._named.setdefault(draft.name, draft) if draft.name else draft
        if first is not draft:
            sentence = _("The name {name} stands for the record at {first} already.")
            self._say(draft.places.get("as", draft.where), sentence, name=draft.name, first=str(first.where))

    def _name(self, draft: Draft, ref: Ref) -> None:
        known = {
            "facility": self.known.facilities,
            "organization": self.known.organizations,
            "transfer": self.known.records,
        }
        ref.holder[ref.key] = ref.text
        other = self._named.get(ref.text)
        if other is not None and other.kind == ref.kind:
            self._after(draft, other)
        elif ref.text not in known[ref.kind] and not is_digest(ref.text):
            self._say(ref.where, _UNKNOWN[ref.kind], found=ref.text)

    def _batch(self, draft: Draft, ref: Ref, offers: set[str]) -> None:
        record, _sign, place = ref.text.rpartition("#")
        by_name = place.isascii() and place.isdecimal() and (record in self._named or record in self.known.records)
        if is_batch_id(ref.text) or by_name:
            self._is(draft, ref, ref.text, self._named.get(record))
        elif ref.text in self._lots:
            self._made_here(draft, ref, self._lots[ref.text])
        else:
            self._looked_up(draft, ref, offers)

    def _made_here(self, draft: Draft, ref: Ref, found: Sequence[tuple[Draft, int]]) -> None:
        maker, place = found[0]
        if len(found) > 1:
            rows = ", ".join(str(d.places.get(f"outputs[{n}].lot", d.where)) for d, n in found[:_MOST_NAMED])
            self._say(ref.where, _("Several rows make the lot {found}: {rows}."), found=ref.text, rows=Verbatim(rows))
        elif maker is draft:
            self._say(ref.where, _("This record itself makes the lot {found}."), found=ref.text)
        else:
            self._is(draft, ref, f"{maker.name}#{place}", maker)

    def _looked_up(self, draft: Draft, ref: Ref, offers: set[str]) -> None:
        found = None if self.known.lots is None else self.known.lots.get(ref.text, ())
        offered = [c for c in found or () if c.transfer]
        fitting = offered
        if draft.kind != "receive":
            fitting = [c for c in found or () if not c.transfer or c.batch in self._received]
        if len(fitting) == 1:
            self._is(draft, ref, fitting[0].batch)
            offers.add(fitting[0].transfer)
        elif fitting:
            listed = Verbatim(", ".join(c.batch for c in fitting[:_MOST_NAMED]))
            sentence = _("The lot {found} is of several batches: write the id of one of them: {batches}")
            self._say(ref.where, sentence, found=ref.text, batches=listed)
        elif found is None:
            self._say(ref.where, _UNASKED, found=ref.text)
        elif draft.kind == "receive":
            self._say(ref.where, _("No batch of the lot {found} is offered to you."), found=ref.text)
        elif offered:
            self._say(ref.where, _("The lot {found} is offered to you and not yet received."), found=ref.text)
        else:
            sentence = _("No row makes the lot {found}, and you hold no batch of it that has something left.")
            self._say(ref.where, sentence, found=ref.text)

    def _transfer(self, draft: Draft, offers: set[str]) -> None:
        """A receipt that does not name its transfer: the one by which its lots are offered."""
        if len(offers) == 1:
            draft.entry["transfer"] = offers.pop()
        elif offers:
            sentence = _("These lots are offered by several transfers: receive each in a record of its own.")
            self._say(draft.where, sentence)
        elif not any(each.where.row in {row.row for row in draft.rows} for each in self.remarks):
            self._say(draft.where, _("Expected the id of the transfer: its lots do not say it."))

    def _is(self, draft: Draft, ref: Ref, batch: str, maker: Draft | None = None) -> None:
        """A name is settled: what it stands for, and on which record of this file that builds."""
        ref.holder[ref.key] = batch
        if draft.kind == "receive":
            self._received.setdefault(batch, draft)
        for earlier in (maker, self._received.get(batch)):
            if earlier is not None:
                self._after(draft, earlier)

    def _after(self, draft: Draft, earlier: Draft) -> None:
        if earlier is not draft:
            self.needs.setdefault(draft, []).append(earlier)

    def _say(self, where: Where, text: str, **values: "str | int | Spoken") -> None:
        self.remarks.append(remark(where, text, **values))


def _is_name(text: str, named: set[str]) -> bool:
    record, sign, _place = text.rpartition("#")
    return is_batch_id(text) or (bool(sign) and record in named)
