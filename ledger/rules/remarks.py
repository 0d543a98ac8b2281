"""Remarks: what is unusual but allowed. Kept with the record and shown to its issuer; a remark never refuses."""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.records import Process, Receive
from ledger.rules.balance import Balance, balance_of
from ledger.rules.contents import has_links
from ledger.rules.facts import Facts
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.quantity import PPM

__all__ = ["Remark", "remarks"]

_RARE_EARTHS = frozenset(RARE_EARTHS)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something worth a look: a short code, a plain sentence, the member it is about."""

    code: str
    sentence: str
    member: str = ""


def remarks(facts: Facts) -> list[Remark]:
    """Everything unusual about a record that the rules accept."""
    return [*_weighed_more(facts), *_undetermined(facts), *_yields(facts), *_magnets(facts)]


def _weighed_more(facts: Facts) -> Iterator[Remark]:
    if not isinstance(facts.record, Receive):
        return
    for place, entry in enumerate(facts.record.accepted):
        batch = facts.state.batches.get(entry.batch)
        if batch is not None and entry.mass_mg is not None and entry.mass_mg > batch.left_mg:
            sentence = (
                f"Weighed {entry.mass_mg} mg of {batch.left_mg} mg sent: mass never grows on the road, so those count."
            )
            yield Remark("weighed-more", sentence, f"accepted[{place}].mass_mg")


def _undetermined(facts: Facts) -> Iterator[Remark]:
    if not isinstance(facts.record, Process) or has_links(facts):
        return
    for element, mass in sorted(balance_of(facts).undetermined.items()):
        sentence = (
            f"{mass} mg of {element} come out that no input or addition accounts for: their origin is undetermined."
        )
        yield Remark("undetermined-excess", sentence, "outputs")


def _yields(facts: Facts) -> Iterator[Remark]:
    record = facts.record
    if not isinstance(record, Process) or has_links(facts):
        return
    bands = [facts.state.rules.yields[step] for step in record.steps if step in facts.state.rules.yields]
    gained, before = _rare_earths(balance_of(facts))
    if not bands or not before:
        return
    low, high = PPM, 0
    product = PPM
    for floor, ceiling in bands:
        product = product * floor // PPM
        high = max(high, ceiling)
    low = min(low, product)
    if gained * PPM < low * before:
        sentence = (
            f"Of the rare earths that went in, {gained * 100 // before} % come out: unusually little for these steps."
        )
        yield Remark("low-yield", sentence, "outputs")
    elif gained * PPM > high * before:
        sentence = (
            f"Of the rare earths that went in, {gained * 100 // before} % come out: unusually much for these steps."
        )
        yield Remark("high-yield", sentence, "outputs")


def _rare_earths(balance: Balance) -> tuple[int, int]:
    out = sum([mass for element, mass in balance.taken_out.items() if element in _RARE_EARTHS])
    return out, sum([mass for element, mass in balance.put_in.items() if element in _RARE_EARTHS])


def _magnets(facts: Facts) -> Iterator[Remark]:
    if not isinstance(facts.record, Process):
        return
    for place, output in enumerate(facts.record.outputs):
        band = facts.state.rules.composition.get(output.magnet_type or "")
        if band is None or output.material != "magnet" or not output.composition:
            continue
        total = sum(output.composition.get(element, 0) for element in RARE_EARTHS)
        if not band[0] <= total <= band[1]:
            sentence = f"{total} ppm of rare earths are unusual for a {output.magnet_type} magnet."
            yield Remark("unusual-composition", sentence, f"outputs[{place}].composition")
