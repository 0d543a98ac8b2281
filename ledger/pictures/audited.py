"""The flows of an element out of what an audit has proven: the same picture, from a file and without any database.

It knows only records that were weighed, which is those that the file discloses wholly together with all that they took
from. Where a batch comes out of anything else its masses are unknown, and so is the picture.
"""

from collections.abc import Iterable, Mapping

from ledger.bundle.proven import ProvenRecord
from ledger.errors import NotFound, UsageError
from ledger.material.batch import Batch, draw, element_masses
from ledger.material.routes import BODY
from ledger.pictures.flows import STAGE, Asked, Flows, Node, Work, flows_of, origin_of, stage_of
from ledger.records import Process, Source, Transfer
from ledger.rules.balance import origin_route
from ledger.rules.contents import is_dismantling
from ledger.rules.facts import Facts
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.vocabulary import SECONDARY_MATERIALS

__all__ = ["Audited"]


class Audited:
    """Follows an audit (`ledger.bundle.proven.Follower`) and keeps what was weighed."""

    def __init__(self) -> None:
        self._facts: dict[int, Facts] = {}
        self._batches: dict[str, Batch] = {}
        self._index: dict[str, int] = {}

    def record(self, seen: ProvenRecord) -> None:
        """The next record in the order of the log."""
        if seen.weighed is None or not isinstance(seen.weighed.facts.record, Source | Process | Transfer):
            return
        self._facts[seen.index] = seen.weighed.facts
        for batch in seen.weighed.made:
            self._batches[batch.id], self._index[batch.id] = batch, seen.index

    def batches(self, batches: Iterable[Batch], *, whole: bool) -> None:  # noqa: ARG002 - a follower is told
        """Every batch whose routes are exact: as it counts at the end."""
        self._batches |= {batch.id: batch for batch in batches if batch.id in self._index}

    def flows(self, subject: str, element: str = "") -> Flows:
        """The flows of an element (of the first rare earth, if none is named) into a batch.

        Raises:
            NotFound: the file does not disclose what the batch weighs, or has no such batch.
            UsageError: the batch has no such element.
        """
        batch = self._batches.get(subject)
        if batch is None:
            raise NotFound("The file does not disclose the masses of this batch, or holds no such batch.")
        masses = {name: mass for name, mass in batch.element_masses.items() if mass and name != BODY}
        elements = sorted(masses, key=lambda each: (each not in RARE_EARTHS, -masses[each], each))
        wanted = element or next(iter(elements), "")
        if wanted not in elements:
            raise UsageError(f"Expected an element of the batch, one of {', '.join(elements)}.")
        return flows_of(wanted, subject, *self._near(wanted, subject))

    def _near(self, element: str, subject: str) -> tuple[Mapping[str, Asked], Mapping[int, Work]]:
        """What leads to the batch, as far as it was weighed."""
        asked: dict[str, Asked] = {}
        works: dict[int, Work] = {}
        waiting = [subject]
        while waiting:
            name = waiting.pop()
            if name in asked:
                continue
            batch, index = self._batches[name], self._index[name]
            facts = self._facts[index]
            ending = self._ending(batch, facts, subject)
            whole = self._cut_off(name, facts) if not ending else ""
            work = index if not ending and not whole else None
            asked[name] = Asked(index, batch.routes.get(element, {}), work, whole, ending)
            if whole:
                waiting.append(whole)
            elif work is not None and work not in works:
                works[work] = self._work(index, facts, element)
                waiting += works[work].inputs
        for name, index in self._index.items():
            if index in works:
                works[index].outputs[name] = self._batches[name].element_masses.get(element, 0)
        return asked, works

    def _ending(self, batch: Batch, facts: Facts, subject: str) -> str:
        if isinstance(facts.record, Source):
            return "source"
        if batch.material in SECONDARY_MATERIALS and batch.id != subject:
            return "returned"
        if not all(taken.batch_id in self._batches for taken in facts.taken):
            return "withheld"
        outputs = facts.record.outputs if isinstance(facts.record, Process) else []
        several = len(outputs) > 1 and any(output.contents for output in outputs)
        return "apart" if several or is_dismantling(facts) else ""

    def _cut_off(self, name: str, facts: Facts) -> str:
        """The batch that a part was cut off; empty for what is no part."""
        if not isinstance(facts.record, Transfer):
            return ""
        return facts.record.batches[int(name.rpartition("#")[2])].batch

    def _work(self, index: int, facts: Facts, element: str) -> Work:
        record = facts.record
        assert isinstance(record, Process)
        inputs: dict[str, int] = {}
        for entry in record.inputs:
            batch = self._batches[entry.batch]
            drawn = draw(batch.made, entry.mass_mg, batch.mass_mg).totals.get(element, 0)
            inputs[entry.batch] = inputs.get(entry.batch, 0) + drawn
        additions = []
        for addition in record.additions or ():
            mass = element_masses(addition.mass_mg, addition.composition).get(element, 0)
            if mass:
                origin = origin_of(origin_route(addition.origin, element))
                additions.append((Node("addition", addition.material), origin, mass))
        node = Node(STAGE, stage_of(record.steps), (record.country,))
        return Work(index, node, inputs, additions, {})
