"""Rules of mass: nothing comes out that did not go in, element by element (docs/formats/rules.md)."""

from collections.abc import Iterator, Sequence

from ledger.errors import Violation
from ledger.records import Process, Source
from ledger.records.batches import Output
from ledger.records.processes import Addition
from ledger.rules.balance import balance_of
from ledger.rules.contents import has_links
from ledger.rules.facts import Facts
from ledger.values.quantity import PPM, format_mass
from ledger.values.vocabulary import ADDED_IN_AIR

__all__ = ["composition_sums", "elements_balance", "shares_signed", "total_balance"]


def composition_sums(facts: Facts) -> Iterator[Violation]:
    """`composition-exceeded`: shares of a composition above the whole."""
    record = facts.record
    if not isinstance(record, Source | Process):
        return
    entries: list[tuple[str, Sequence[Output | Addition]]] = [("outputs", record.outputs)]
    if isinstance(record, Process) and record.additions:
        entries.append(("additions", record.additions))
    for name, listed in entries:
        for place, entry in enumerate(listed):
            total = sum(entry.composition.values()) if entry.composition else 0
            if total > PPM:
                yield Violation(
                    "composition-exceeded",
                    f"The composition sums to {total} ppm: expected at most 1,000,000.",
                    f"{name}[{place}].composition",
                )


def elements_balance(facts: Facts) -> Iterator[Violation]:
    """`element-exceeded`: more of an element comes out than went in, rounding and assay tolerance allowed."""
    if not isinstance(facts.record, Process) or not facts.all_known:
        return
    balance = balance_of(facts)
    for element, places in sorted(balance.exceeded.items()):
        out, before = balance.taken_out[element], balance.put_in.get(element, 0)
        for place in places:
            yield Violation(
                "element-exceeded",
                f"{format_mass(out)} of {element} comes out of {format_mass(before)} that went in.",
                f"outputs[{place}].composition.{element}",
            )


def total_balance(facts: Facts) -> Iterator[Violation]:
    """`output-exceeds-input`: more mass comes out than went in, where no step takes any from the air."""
    record = facts.record
    if not isinstance(record, Process) or not facts.all_known or ADDED_IN_AIR.intersection(record.steps):
        return
    out = sum([output.mass_mg for output in record.outputs])
    put_in = sum([entry.mass_mg for entry in (*record.inputs, *(record.additions or ()))])
    if out > put_in:
        sentence = f"{format_mass(out)} comes out of {format_mass(put_in)} that went in."
        yield Violation("output-exceeds-input", sentence, "outputs")


def shares_signed(facts: Facts) -> Iterator[Violation]:
    """`shares-mismatch`: the signed shares are not those of the masses. Assemblies have links instead."""
    record = facts.record
    if not isinstance(record, Process) or not facts.all_known:
        return
    stated = [entry.shares or {} for entry in (*record.inputs, *(record.additions or ()))]
    stated.append(record.undetermined or {})
    expected = [{} for _ in stated] if has_links(facts) else balance_of(facts).signed_shares()
    if stated == expected:
        return
    names = [f"inputs[{i}].shares" for i in range(len(record.inputs))]
    names += [f"additions[{i}].shares" for i in range(len(record.additions or ()))]
    names.append("undetermined")
    for name, said, right in zip(names, stated, expected, strict=True):
        if said != right:
            elements = sorted(e for e in {*said, *right} if said.get(e) != right.get(e))
            yield Violation(
                "shares-mismatch", f"Expected {name} to be {right or 'absent'}: {', '.join(elements)} differ.", name
            )
