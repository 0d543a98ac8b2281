"""Names in cells become batches, facilities and organizations; drafts are put into the order of time.

What the file itself does not make is looked up by whoever calls this: `wanted_lots` says what to ask for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.sheets.drafts import Draft, Ref, RefKind
from ledger.sheets.parse import Parsed
from ledger.sheets.says import Remark, Say, Verbatim, _
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
    settler.names()
    for draft in parsed.drafts:
        for ref in draft.refs:
            settler.settle(draft, ref)
        settler.transfer_of_lots(draft)
    return Settled(settler.ordered(), [*parsed.remarks, *settler.remarks])


class _Settler:
    def __init__(self, drafts: Sequence[Draft], known: Known) -> None:
        self.drafts, self.known = drafts, known
        self.remarks: list[Remark] = []
        self.by_name: dict[str, Draft] = {}
        self.lots: dict[str, list[tuple[Draft, int]]] = {}
        self.received: dict[str, Draft] = {}
        self.needs: dict[int, list[Draft]] = {}
        self.offers: dict[int, set[str]] = {}
        for draft in drafts:
            for place, lot in draft.lots:
                self.lots.setdefault(lot, []).append((draft, place))

    def names(self) -> None:
        """Each name once, in this file and before."""
        for draft in self.drafts:
            name = draft.name
            if not name:
                continue
            where = draft.places.get("as", draft.where)
            if name in self.by_name:
                first = str(self.by_name[name].where)
                self.remarks.append(
                    Remark(
                        where,
                        Say(
                            _("The name {name} stands for the record at {first} already."),
                            {"name": name, "first": first},
                        ),
                    )
                )
            else:
                self.by_name[name] = draft

    def settle(self, draft: Draft, ref: Ref) -> None:
        """What one name stands for."""
        known = {
            "facility": self.known.facilities,
            "organization": self.known.organizations,
            "transfer": self.known.records,
        }
        if ref.kind == "batch":
            self._batch(draft, ref)
        else:
            self._named(draft, ref, known[ref.kind])

    def _named(self, draft: Draft, ref: Ref, known: frozenset[str]) -> None:
        ref.holder[ref.key] = ref.text
        other = self.by_name.get(ref.text)
        if other is not None and other.kind == ref.kind:
            self._after(draft, other)
        elif ref.text not in known and not is_digest(ref.text):
            self.remarks.append(Remark(ref.where, Say(_UNKNOWN[ref.kind], {"found": ref.text})))

    def _batch(self, draft: Draft, ref: Ref) -> None:
        record, sign, place = ref.text.rpartition("#")
        if is_batch_id(ref.text):
            ref.holder[ref.key] = ref.text
        elif (
            sign and place.isascii() and place.isdecimal() and (record in self.by_name or record in self.known.records)
        ):
            ref.holder[ref.key] = ref.text
            if record in self.by_name:
                self._after(draft, self.by_name[record])
        elif ref.text in self.lots:
            self._made_here(draft, ref, self.lots[ref.text])
        else:
            self._looked_up(draft, ref)

    def _made_here(self, draft: Draft, ref: Ref, found: Sequence[tuple[Draft, int]]) -> None:
        if len(found) > 1:
            rows = ", ".join(str(d.places.get(f"outputs[{n}].lot", d.where)) for d, n in found[:_MOST_NAMED])
            self.remarks.append(
                Remark(
                    ref.where,
                    Say(_("Several rows make the lot {found}: {rows}."), {"found": ref.text, "rows": Verbatim(rows)}),
                )
            )
            return
        maker, place = found[0]
        if maker is draft:
            self.remarks.append(
                Remark(ref.where, Say(_("This record itself makes the lot {found}."), {"found": ref.text}))
            )
            return
        ref.holder[ref.key] = f"{maker.name}#{place}"
        self._after(draft, maker)

    def _looked_up(self, draft: Draft, ref: Ref) -> None:
        if self.known.lots is None:
            says = Say(
                _(
                    "No row makes the lot {found}, and no ledger was asked for it: write the id of the batch, "
                    "or name a service and a token."
                ),
                {"found": ref.text},
            )
            self.remarks.append(Remark(ref.where, says))
            return
        found = self.known.lots.get(ref.text, ())
        offered = [c for c in found if c.transfer]
        candidates = (
            offered if draft.kind == "receive" else [c for c in found if not c.transfer or c.batch in self.received]
        )
        if draft.kind != "receive" and not candidates and len(offered) == 1:
            candidates = [c for c in offered if self._received_here(c.batch)]
        if len(candidates) == 1:
            ref.holder[ref.key] = candidates[0].batch
            self._took(draft, candidates[0])
            return
        if candidates:
            listed = ", ".join(c.batch for c in candidates[:_MOST_NAMED])
            says = Say(
                _("The lot {found} is of several batches: write the id of one of them: {batches}"),
                {"found": ref.text, "batches": Verbatim(listed)},
            )
        elif offered:
            says = Say(_("The lot {found} is offered to you and not yet received."), {"found": ref.text})
        elif draft.kind == "receive":
            says = Say(_("No batch of the lot {found} is offered to you."), {"found": ref.text})
        else:
            says = Say(
                _("No row makes the lot {found}, and you hold no batch of it that has something left."),
                {"found": ref.text},
            )
        self.remarks.append(Remark(ref.where, says))

    def _received_here(self, batch: str) -> bool:
        """Whether a row of this file receives a batch, by its lot or id."""
        lots = self.known.lots or {}
        named = {c.batch: lot for lot, found in lots.items() for c in found if c.transfer}
        for draft in self.drafts:
            if draft.kind == "receive" and any(ref.text in (batch, named.get(batch)) for ref in draft.refs):
                self.received[batch] = draft
                return True
        return False

    def _took(self, draft: Draft, candidate: Candidate) -> None:
        if draft.kind == "receive":
            self.received.setdefault(candidate.batch, draft)
            self.offers.setdefault(id(draft), set()).add(candidate.transfer)
        elif candidate.batch in self.received:
            self._after(draft, self.received[candidate.batch])

    def transfer_of_lots(self, draft: Draft) -> None:
        """A receipt that does not name its transfer: the one by which its lots are offered."""
        if draft.kind != "receive" or "transfer" in draft.entry:
            return
        offers = sorted(self.offers.get(id(draft), ()))
        if len(offers) == 1:
            draft.entry["transfer"] = offers[0]
        elif offers:
            self.remarks.append(
                Remark(
                    draft.where,
                    Say(_("These lots are offered by several transfers: receive each in a record of its own.")),
                )
            )
        elif not any(remark.where.row == draft.where.row for remark in self.remarks):
            self.remarks.append(Remark(draft.where, Say(_("Expected the id of the transfer: its lots do not say it."))))

    def _after(self, draft: Draft, earlier: Draft) -> None:
        if earlier is not draft:
            self.needs.setdefault(id(draft), []).append(earlier)

    def ordered(self) -> list[Draft]:
        """Drafts by time; of the same time those first that others build on, else in the order of the sheets."""
        for draft in self.drafts:
            for earlier in self.needs.get(id(draft), ()):
                if draft.at and earlier.at > draft.at:
                    says = Say(
                        _("This builds on {record}, which happens only later: {at}."),
                        {"record": earlier.name or str(earlier.where), "at": earlier.at},
                    )
                    self.remarks.append(Remark(draft.places.get("at", draft.where), says))
        done: list[Draft] = []
        placed: set[int] = set()
        waiting = sorted(self.drafts, key=lambda draft: draft.at)
        while waiting:
            first = waiting[0].at
            ready = next(
                (
                    d
                    for d in waiting
                    if d.at == first and all(id(n) in placed or n.at > d.at for n in self.needs.get(id(d), ()))
                ),
                None,
            )
            if ready is None:
                ready = waiting[0]
                self.remarks.append(
                    Remark(
                        ready.where,
                        Say(_("Records of one time build on each other: say by their times which came first.")),
                    )
                )
            waiting.remove(ready)
            placed.add(id(ready))
            done.append(ready)
        return done


def _is_name(text: str, named: set[str]) -> bool:
    record, sign, _place = text.rpartition("#")
    return is_batch_id(text) or (bool(sign) and record in named)
