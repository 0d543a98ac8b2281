"""Rules of custody: batches are used by who holds them, transfers are received once, nothing is used twice."""

from collections.abc import Iterator

from ledger.errors import Violation
from ledger.records import Adjust, Process, Receive, Transfer
from ledger.rules.facts import Facts, Taken
from ledger.values.quantity import format_mass

__all__ = ["batches_held", "mass_left", "received_once", "source_batch"]


def batches_held(facts: Facts) -> Iterator[Violation]:
    """`unknown-batch`, `in-transit`: a batch that the issuer cannot use."""
    for taken in facts.taken:
        if taken.standing == "unknown":
            yield Violation(
                "unknown-batch", "Expected a batch in the issuer's custody: this one is not known to him.", taken.member
            )
        elif taken.standing == "in-transit":
            yield Violation(
                "in-transit",
                "This batch is on the road: until it is received or withdrawn nobody can use it.",
                taken.member,
            )


def mass_left(facts: Facts) -> Iterator[Violation]:
    """`mass-exceeded`: more than is left of a batch, counting everything that this record takes of it."""
    if not isinstance(facts.record, Process | Transfer | Adjust):
        return
    left: dict[str, int] = {}
    for taken in facts.taken:
        if taken.batch is None or taken.standing == "unknown":
            continue
        before = left.setdefault(taken.batch_id, taken.batch.left_mg)
        wanted = before if taken.mass_mg is None else taken.mass_mg
        if wanted > before or before == 0:
            yield Violation("mass-exceeded", _too_much(taken, before), taken.member.removesuffix("batch") + "mass_mg")
        left[taken.batch_id] = max(0, before - wanted)


def _too_much(taken: Taken, left: int) -> str:
    if taken.standing == "in-transit":
        return "More is taken than is left of this batch."
    if not left:
        return "Nothing is left of this batch."
    wanted = format_mass(taken.mass_mg) if taken.mass_mg else "more"
    return f"Of this batch {format_mass(left)} is left: {wanted} cannot be taken."


def received_once(facts: Facts) -> Iterator[Violation]:
    """A `receive` needs a transfer, its addressee, an open offer, and batches that were offered."""
    record, transfer = facts.record, facts.transfer
    if not isinstance(record, Receive):
        return
    if transfer is None:
        yield Violation("unknown-transfer", "There is no transfer of this id.", "transfer")
        return
    withdraws = facts.organization == transfer.sender and not record.accepted and transfer.to
    if facts.organization != transfer.to and not withdraws:
        yield Violation("not-recipient", "Only the addressee of a transfer receives it.", "transfer")
        return
    if transfer.standing != "open":
        yield Violation("already-received", f"This transfer has been {transfer.standing} already.", "transfer")
    for place, entry in enumerate(record.accepted):
        if entry.batch not in transfer.batches:
            yield Violation("unknown-batch", "This batch is not part of the transfer.", f"accepted[{place}].batch")


def source_batch(facts: Facts) -> Iterator[Violation]:
    """`custody-mismatch`, `book-and-claim`: the chain-of-custody model does not fit what is done (ISO 22095)."""
    record = facts.record
    if not isinstance(record, Process):
        return
    if record.custody == "book-and-claim":
        yield Violation(
            "book-and-claim",
            "Book and claim decouples the claim from the material: no origin can be traced by it.",
            "custody",
        )
    if record.custody == "identity-preserved" and len({entry.batch for entry in record.inputs}) > 1:
        yield Violation("custody-mismatch", "An identity-preserved record has one source batch.", "custody")
