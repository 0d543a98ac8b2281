"""`step-mismatch`: impossibilities of a process, and nothing that is merely unusual."""

from collections.abc import Collection, Iterator

from ledger.errors import Violation
from ledger.records import Process
from ledger.rules.balance import place_of
from ledger.rules.facts import Facts
from ledger.values.vocabulary import FORMING_STEPS, UNFORMABLE_MATERIALS

__all__ = ["steps_possible"]


def steps_possible(facts: Facts) -> Iterator[Violation]:
    """Forming of compounds, magnetizing of what was never formed, handling that changes the material."""
    record = facts.record
    if not isinstance(record, Process) or not facts.all_known:
        return
    if record.handling:
        yield from _handling(facts, record)
        return
    forming = FORMING_STEPS.intersection(record.steps)
    if forming:
        yield from _forming(facts, record, forming)
    elif "magnetize" in record.steps and not any(t.batch and t.batch.formed for t in facts.taken):
        sentence = "Nothing formed goes in, and nothing is formed: it cannot be magnetized."
        yield Violation("step-mismatch", sentence, "steps")


def _handling(facts: Facts, record: Process) -> Iterator[Violation]:
    before = {taken.batch.material for taken in facts.taken if taken.batch}
    for place, output in enumerate(record.outputs):
        if output.material not in before:
            yield Violation(
                "step-mismatch",
                f"Handling changes no material: expected {' or '.join(sorted(before))}.",
                f"outputs[{place}].material",
            )


def _forming(facts: Facts, record: Process, forming: Collection[str]) -> Iterator[Violation]:
    if {"reduce", "alloy"}.intersection(record.steps):
        return
    where = place_of(record)
    for step in sorted(forming, key=record.steps.index):
        materials = [
            taken.batch.material
            for entry, taken in zip(record.inputs, facts.taken, strict=True)
            if taken.batch and step in where.steps_from(entry.step)
        ]
        if materials and all(material in UNFORMABLE_MATERIALS for material in materials):
            yield Violation(
                "step-mismatch",
                f"{', '.join(sorted(set(materials)))} cannot be formed by {step} without a metal.",
                "steps",
            )
