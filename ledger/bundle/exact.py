"""An auditor's replay of a batch's story: milligrams wherever the records upstream are wholly disclosed to him.

A record whose every member is disclosed, and whose inputs are exact themselves, goes through the same code as in the
log: its balance is judged, its shares are computed anew, its outputs get their routes. All else is left to the shares.
Not checked: what other records take of the same batches; for that there is the audit of a whole log.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from ledger.bundle.graph import Graph, Node
from ledger.bundle.proven import Weighed
from ledger.errors import Refused, VerificationError, Violation
from ledger.material.batch import Batch
from ledger.records import Process, Record, Source, Transfer, parse_record
from ledger.rules.contents import contents_linked
from ledger.rules.custody import source_batch
from ledger.rules.facts import Facts, Taken
from ledger.rules.mass_balance import composition_sums, elements_balance, shares_signed, total_balance
from ledger.rules.outputs import made_by_process, made_by_source, parts_of_transfer
from ledger.rules.ruleset import RuleSet
from ledger.rules.state import State
from ledger.rules.steps import steps_possible
from ledger.signing.disclosure import WITHHELD, Opened
from ledger.values.vocabulary import SECONDARY_MATERIALS

__all__ = ["Exact", "replay_masses", "wholly_disclosed"]

_RULES: tuple[Callable[[Facts], Iterator[Violation]], ...] = (
    composition_sums,
    elements_balance,
    total_balance,
    contents_linked,
    shares_signed,
    source_batch,
    steps_possible,
)


@dataclass(slots=True)
class Exact:
    """The batches whose routes are exact, and what is left of each after the records that are here."""

    batches: dict[str, Batch] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    weighed: dict[str, Weighed] = field(default_factory=dict)
    """By the record's id."""

    @property
    def records(self) -> int:
        """How many records were weighed."""
        return len(self.weighed)


def wholly_disclosed(value: object) -> bool:
    """Whether nothing of an opened record is withheld."""
    if isinstance(value, Opened):
        return value.withheld == 0 and all(wholly_disclosed(member) for member in value.values())
    if isinstance(value, list):
        return all(wholly_disclosed(member) for member in value)
    return value is not WITHHELD


def replay_masses(graph: Graph, ledger: str, rules_at: Callable[[int], RuleSet]) -> Exact:
    """Every batch on the way that can be computed in milligrams; `rules_at` gives the rule set in force at an index.

    Raises:
        VerificationError: a record breaks a rule of mass; the sentence names it, the member, and what was expected.
    """
    exact = Exact()
    for node in graph.nodes.values():
        if any(chain.compromised for chain in node.record.chains) or not wholly_disclosed(node.record.opened):
            continue
        record = _typed(node)
        taken = _taken(node, record, graph, exact)
        if taken is None:
            continue
        state = State(ledger=ledger, operator="", rules=rules_at(node.index), size=node.index)
        facts = Facts(record, node.id, frozenset(), state, None, record.chain.id, taken=taken)
        wrong = [violation for rule in _RULES for violation in rule(facts)]
        if wrong:
            raise VerificationError(f"{node.record.entry}, {wrong[0].member}: {wrong[0].sentence}")
        _consume(node, facts, exact)
        made = _made(record, facts)
        for batch in made:
            exact.batches[batch.id] = batch
            exact.left[batch.id] = batch.mass_mg
        exact.weighed[node.id] = Weighed(facts, made)
    subject = exact.batches.get(graph.subject)
    if subject is not None:
        exact.batches[graph.subject] = _as_taken(subject, 2**62, graph)
    return exact


def _typed(node: Node) -> Record:
    try:
        return parse_record(dict(node.record.opened))
    except Refused as refusal:
        first = refusal.violations[0]
        raise VerificationError(f"{node.record.entry}, {first.member}: {first.sentence}") from refusal


def _taken(node: Node, record: Record, graph: Graph, exact: Exact) -> list[Taken] | None:
    """What a record takes, or None where a batch of it is not exact."""
    if isinstance(record, Source):
        return []
    named: list[tuple[str, str, int | None]] = []
    if isinstance(record, Process):
        named = [(f"inputs[{i}].batch", entry.batch, entry.mass_mg) for i, entry in enumerate(record.inputs)]
    elif isinstance(record, Transfer):
        named = [(f"batches[{i}].batch", entry.batch, entry.mass_mg) for i, entry in enumerate(record.batches)]
    taken = []
    for member, name, mass in named:
        batch = exact.batches.get(name)
        if batch is None and not (isinstance(record, Transfer) and name not in graph.batches):
            return None
        taken.append(Taken(member, name, mass, _as_taken(batch, node.index, graph) if batch else None, "held"))
    return taken


def _as_taken(batch: Batch, index: int, graph: Graph) -> Batch:
    sold = [sale.index for sale in graph.sales.get(batch.id, ()) if sale.sold and sale.index < index]
    if not sold or batch.material not in SECONDARY_MATERIALS:
        return batch
    return replace(batch, secondary_at=min(sold))


def _consume(node: Node, facts: Facts, exact: Exact) -> None:
    for taken in facts.taken:
        if taken.batch is not None and taken.mass_mg is not None:
            left = exact.left[taken.batch_id] - taken.mass_mg
            if left < 0:
                raise VerificationError(
                    f"{node.record.entry}, {taken.member}: of {taken.batch_id} more is taken than was made"
                )
            exact.left[taken.batch_id] = left


def _made(record: Record, facts: Facts) -> list[Batch]:
    if isinstance(record, Source):
        return made_by_source(facts)
    return made_by_process(facts) if isinstance(record, Process) else parts_of_transfer(facts)
