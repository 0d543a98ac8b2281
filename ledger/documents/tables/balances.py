"""The balance of each element in each record that makes or ends material: in = out + loss, to the milligram."""

from collections.abc import Iterator, Mapping

from ledger.bundle.following import holes
from ledger.bundle.proven import ProvenRecord, Weighed
from ledger.documents.tables.cells import Cell, Row, integer, member, text
from ledger.documents.tables.reasons import NOT_WEIGHED
from ledger.errors import VerificationError
from ledger.material.batch import Batch, Elements, draw, element_masses
from ledger.material.routes import BODY
from ledger.records import Adjust, Process, Receive, Source
from ledger.rules.balance import balance_of
from ledger.rules.contents import is_dismantling
from ledger.rules.facts import Facts

__all__ = ["balances"]

_WEIGHED = ("source", "process", "adjust", "receive")


def balances(seen: ProvenRecord) -> Iterator[Row]:
    """A row for each element of a record that was weighed; of others what its own members show of the body.

    Raises:
        VerificationError: what goes in is not what comes out and is lost. That would be a fault of ours.
    """
    if seen.type not in _WEIGHED:
        return
    if seen.weighed is None:
        yield from _stated(seen)
        return
    found = _Balance()
    found.take(seen.weighed)
    for element in sorted(found.elements()):
        yield (*_head(seen), element, *found.cells(element, seen.id), "yes", None)


def _head(seen: ProvenRecord) -> Row:
    return seen.index, seen.id, seen.type, text(member(seen.members, "at"))


def _stated(seen: ProvenRecord) -> Iterator[Row]:
    """The body of a process whose own masses are disclosed; its elements are unknown, and so is all of the others."""
    unknown: tuple[Cell, ...] = (None,) * 8
    if seen.type == "receive":
        return
    if seen.type == "source" and not holes(seen.members.get("outputs")) and not _hidden(seen):
        yield from _found(seen)
        return
    if seen.type == "process":
        masses = [_sum(seen, "inputs"), _sum(seen, "additions"), _sum(seen, "outputs")]
        batches, additions, out = masses
        if batches is not None and additions is not None and out is not None:
            gain = max(0, out - batches - additions)
            put_in = batches + additions + gain
            yield (*_head(seen), BODY, 0, batches, additions, 0, gain, put_in, out, put_in - out, "yes", None)
            yield (*_head(seen), None, *unknown, "no", NOT_WEIGHED)
            return
    yield (*_head(seen), None, *unknown, "no", NOT_WEIGHED)


def _found(seen: ProvenRecord) -> Iterator[Row]:
    """What a source brings in: that needs no other record."""
    out: dict[str, int] = {}
    for output in seen.members.get("outputs") or ():  # type: ignore[attr-defined]  # a list, if nothing is hidden
        mass, composition = integer(member(output, "mass_mg")), member(output, "composition")
        if mass is not None:
            shares = composition if isinstance(composition, Mapping) else {}
            _add(out, {**element_masses(mass, shares), BODY: mass})
    for element, mass in sorted(out.items()):
        yield (*_head(seen), element, mass, 0, 0, 0, 0, mass, mass, 0, "yes", None)


def _hidden(seen: ProvenRecord) -> bool:
    """Whether the record's outputs are withheld altogether."""
    return not isinstance(seen.members.get("outputs"), list)


def _sum(seen: ProvenRecord, name: str) -> int | None:
    """The masses of a list, if all are disclosed. A list that is absent weighs nothing, if nothing is hidden."""
    listed = member(seen.members, name)
    if listed is None:
        return 0 if name == "additions" and not getattr(seen.members, "withheld", 0) else None
    masses = [integer(member(entry, "mass_mg")) for entry in listed] if isinstance(listed, list) else [None]
    known = [mass for mass in masses if mass is not None]
    return sum(known) if len(known) == len(masses) else None


class _Balance:
    """Element -> mg, by where it comes from and where it goes."""

    def __init__(self) -> None:
        self.origin: dict[str, int] = {}
        self.batches: dict[str, int] = {}
        self.additions: dict[str, int] = {}
        self.undetermined: Mapping[str, int] = {}
        self.out: dict[str, int] = {}

    def take(self, weighed: Weighed) -> None:
        facts = weighed.facts
        for batch in weighed.made:
            _add(self.out, batch.element_masses)
        record = facts.record
        if isinstance(record, Source):
            self.origin = dict(self.out)
        elif isinstance(record, Receive):
            self._lost_on_the_way(weighed)
        elif isinstance(record, Process | Adjust):
            self._consumed(facts)

    def _consumed(self, facts: Facts) -> None:
        for taken in facts.taken:
            assert taken.batch is not None
            assert taken.mass_mg is not None
            _add(self.batches, _drawn(taken.batch, taken.mass_mg))
        if not isinstance(facts.record, Process):
            return
        for addition in facts.record.additions or ():
            _add(self.additions, {**element_masses(addition.mass_mg, addition.composition), BODY: addition.mass_mg})
        if not is_dismantling(facts):
            self.undetermined = balance_of(facts).undetermined

    def _lost_on_the_way(self, weighed: Weighed) -> None:
        """What the receiver's lower weighing takes off what is left."""
        record, state = weighed.facts.record, weighed.facts.state
        assert isinstance(record, Receive)
        for entry in record.accepted:
            before = weighed.left.get(entry.batch, 0)
            if entry.mass_mg is not None and entry.mass_mg < before:
                batch = state.batches[entry.batch]
                _add(self.batches, _drawn(batch, before))
                _add(self.out, _drawn(batch, entry.mass_mg))

    def elements(self) -> set[str]:
        return {*self.origin, *self.batches, *self.additions, *self.undetermined, *self.out}

    def cells(self, element: str, record: str) -> tuple[int, ...]:
        origin, batches = self.origin.get(element, 0), self.batches.get(element, 0)
        additions, undetermined = self.additions.get(element, 0), self.undetermined.get(element, 0)
        out = self.out.get(element, 0)
        if not origin + batches + additions:  # a trace that nothing brought: its route is undetermined
            undetermined = out
        tolerance = max(0, out - origin - batches - additions - undetermined)
        put_in = origin + batches + additions + undetermined + tolerance
        loss = put_in - out
        if loss < 0 or put_in != out + loss:
            raise VerificationError(f"{record}: the balance of {element} does not close")
        return origin, batches, additions, undetermined, tolerance, put_in, out, loss


def _drawn(batch: Batch, mass_mg: int) -> Elements:
    return draw(batch.made, mass_mg, batch.mass_mg).totals


def _add(masses: dict[str, int], more: Elements) -> None:
    for element, mass in more.items():
        masses[element] = masses.get(element, 0) + mass
