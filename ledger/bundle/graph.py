"""The way from the report's batch up to everything that it was made of, by the names of batches alone.

A batch is named by the id of the record that made it, so the links are hashes: a record upstream can be left out, which
shows, but not exchanged. Every record of the evidence must be on the way, or bear on something that is.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ledger.bundle.chains import OpenedEntry
from ledger.bundle.partial import Making, PartProcess, PartReceive, PartSource, PartTransfer, read_story
from ledger.errors import VerificationError
from ledger.values.encoding import split_batch_id
from ledger.values.vocabulary import DISPOSED_BY_SALE

__all__ = ["Graph", "Node", "Sale", "read_graph"]

_TRUST = frozenset({"organization", "admission", "key"})
_ABOUT = frozenset({"facility", "certificate", "inquiry", "rules", "adjust"})


@dataclass(frozen=True, slots=True)
class Node:
    """A record that makes batches, as far as it is disclosed."""

    record: OpenedEntry
    said: Making

    @property
    def index(self) -> int:
        """Where it stands in the log."""
        return self.record.entry.index

    @property
    def id(self) -> str:
        """The record's id."""
        return self.record.entry.id


@dataclass(frozen=True, slots=True)
class Sale:
    """A batch changed hands at this index; `sold` where its terms dispose of scrap."""

    batch: str
    index: int
    sold: bool


@dataclass(slots=True)
class Graph:
    """Making records by id, in the order of the log; sales by batch; the batches that lead to the subject."""

    subject: str
    nodes: dict[str, Node] = field(default_factory=dict)
    sales: dict[str, list[Sale]] = field(default_factory=dict)
    batches: set[str] = field(default_factory=set)
    indexes: dict[str, int] = field(default_factory=dict)
    """Where each record of the evidence stands in the log."""
    beyond: set[str] = field(default_factory=set)
    """Batches whose making lies beyond the depth of the bundle."""
    hidden: list[str] = field(default_factory=list)
    """Where the evidence withholds what something was made of."""

    def sold_before(self, batch: str, index: int) -> bool:
        """Whether a batch was sold, and received, before an index."""
        return any(sale.sold and sale.index < index for sale in self.sales.get(batch, ()))


def read_graph(
    records: Iterable[OpenedEntry],
    subject: str,
    cited: Collection[str] = (),
    *,
    limited: bool = False,
    audited: bool = False,
) -> Graph:
    """Follow the subject upstream, and place every record of the evidence.

    Promised: every batch that is named has its making record here, at an earlier index, with an output of that number;
    no record is here without bearing on the subject, or being `cited` by the report. In a bundle that is `limited` by
    depth a record upstream may be missing: what it made counts as withheld. Rule sets bear on what is `audited` only.
    Not checked: what masses show.

    Raises:
        VerificationError: a record upstream is missing, or one is not used.
    """
    graph = Graph(subject)
    making: dict[str, Node] = {}
    receipts: list[tuple[OpenedEntry, PartReceive]] = []
    others: list[OpenedEntry] = []
    for record in records:
        graph.indexes[record.entry.id] = record.entry.index
        said = read_story(record.entry, record.opened)
        if isinstance(said, PartReceive):
            receipts.append((record, said))
        elif said is not None:
            making[record.entry.id] = Node(record, said)
        elif record.type not in _TRUST:
            others.append(record)
    _climb(graph, making, limited=limited)
    used = _custody(graph, making, receipts)
    used |= graph.nodes.keys()
    loose = [node.record for node in making.values() if node.id not in used]
    loose += [record for record, _ in receipts if record.entry.id not in used]
    loose += [
        record for record in others if record.entry.id not in cited and not _bears(record, graph, used, audited=audited)
    ]
    if loose:
        first = min(loose, key=lambda record: record.entry.index)
        raise VerificationError(f"{first.entry}: this {first.type} record does not bear on the report's batch")
    graph.nodes = dict(sorted(graph.nodes.items(), key=lambda item: item[1].index))
    return graph


def _climb(graph: Graph, making: Mapping[str, Node], *, limited: bool) -> None:
    """Mark every batch and record upstream of the subject."""
    waiting: list[tuple[str, str, int]] = [(graph.subject, "the report's batch", 2**62)]
    while waiting:
        name, why, index = waiting.pop()
        if name in graph.beyond:
            continue
        if name in graph.batches:
            if graph.nodes[split_batch_id(name)[0]].index >= index:
                raise VerificationError(f"{why}: the record that made {name} comes later in the log")
            continue
        made_by, place = split_batch_id(name)
        node = making.get(made_by)
        if node is None and limited and name != graph.subject:
            graph.batches.add(name)
            graph.beyond.add(name)
            graph.hidden.append(f"{name}, which is beyond the depth of this bundle")
            continue
        if node is None:
            raise VerificationError(f"{why}: the record that made {name} is missing from the evidence")
        if node.index >= index:
            raise VerificationError(f"{why}: the record that made {name} comes later in the log")
        if place >= _places(node.said):
            raise VerificationError(f"{node.record.entry}: it has no output {place}, which {why} names")
        graph.batches.add(name)
        first_time = made_by not in graph.nodes
        graph.nodes[made_by] = node
        if first_time or isinstance(node.said, PartTransfer):
            made_of = _made_of(node, place, graph)
            waiting += [(up, f"{node.record.entry}, {member}", node.index) for up, member in made_of]


def _places(said: Making) -> int:
    listed = said.batches if isinstance(said, PartTransfer) else said.outputs
    return 10_000 if listed is None else len(listed)  # how many there are may be withheld


def _made_of(node: Node, place: int, graph: Graph) -> Iterator[tuple[str, str]]:
    """The batches that one was made of, with the member that names each; what is withheld is noted."""
    said = node.said
    if isinstance(said, PartSource):
        return
    name, listed = ("inputs", said.inputs) if isinstance(said, PartProcess) else ("batches", said.batches)
    if listed is None:
        graph.hidden.append(f"{node.record.entry}, {name}")
        return
    for number, link in enumerate(listed):
        if isinstance(said, PartTransfer) and number != place:
            continue
        if link is None or link.batch is None:
            graph.hidden.append(f"{node.record.entry}, {name}[{number}]")
        else:
            yield link.batch, f"{name}[{number}]"


def _custody(graph: Graph, making: Mapping[str, Node], receipts: Iterable[tuple[OpenedEntry, PartReceive]]) -> set[str]:
    """Note who sold what; returns the records of transfer and receipt that concern batches on the way."""
    used: set[str] = set()
    for record, said in receipts:
        transfer = making.get(said.transfer or "")
        if transfer is None or not isinstance(transfer.said, PartTransfer) or transfer.index >= record.entry.index:
            raise VerificationError(f"{record.entry}, transfer: the transfer that it receives is missing")
        offered = _offered(transfer)
        taken = [link.batch for link in said.accepted or () if link is not None and link.batch is not None]
        whole = transfer.said.batches is not None and None not in transfer.said.batches
        if whole and not set(taken) <= offered:
            raise VerificationError(f"{record.entry}, accepted: it takes a batch that the transfer does not offer")
        sold = (transfer.said.terms or "sale") in DISPOSED_BY_SALE
        for batch in taken:
            if batch in graph.batches:
                graph.sales.setdefault(batch, []).append(Sale(batch, record.entry.index, sold))
                used |= {record.entry.id, transfer.id}
    return used


def _offered(transfer: Node) -> set[str]:
    """The batches that a transfer may offer: those it names, and parts of them under their new names."""
    assert isinstance(transfer.said, PartTransfer)
    named = {link.batch for link in transfer.said.batches or () if link is not None and link.batch is not None}
    return named | {f"{transfer.id}#{place}" for place in range(len(transfer.said.batches or ()))}


def _bears(record: OpenedEntry, graph: Graph, used: set[str], *, audited: bool) -> bool:
    """Whether a facility, certificate, inquiry, adjustment or rule set has to do with the subject's story."""
    if record.type not in _ABOUT:
        return False
    if record.type == "rules":
        return audited
    if record.type == "facility":
        return any(node.record.opened.get("facility") == record.entry.id for node in graph.nodes.values())
    about = record.opened.get({"certificate": "subject", "inquiry": "about"}.get(record.type, "batch"))
    named = list(about.values()) if isinstance(about, dict) else [about]
    openers = {chain.opened_by.id for node in graph.nodes.values() for chain in node.record.chains}
    concerned = used | graph.batches | openers | {node.record.opened.get("facility") for node in graph.nodes.values()}
    return any(isinstance(name, str) and name in concerned for name in named)
