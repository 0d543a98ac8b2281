"""Which codes a record of a scenario is refused with; none means accepted."""

from collections import Counter
from typing import Any

from tests.oracle.batches import Batch
from tests.oracle.process import Flow, flow
from tests.oracle.shares import shares_differ
from tests.oracle.units import MILLION, composition, mass_mg, period_end
from tests.oracle.vocabulary import AIR, FORMING, HANDLING, RARE_EARTHS, UNREDUCED
from tests.oracle.world import World

__all__ = ["violations"]

TRACE = 1_000


def violations(record: dict[str, Any], world: World) -> set[str]:
    """Every code of the tier at which the record fails."""
    kind = record["type"]
    if kind in ("correction", "hold", "release"):
        return {"unsupported-type"}
    if kind in ("source", "process") and _malformed(record):
        return {"malformed"}
    found = {"time-order"} if record["at"] < world.clock[record["by"]] else set()
    if kind in ("source", "process"):
        found |= _place(record, world)
        found |= {"composition-exceeded" for said in record["outputs"] if sum(composition(said).values()) > MILLION}
    check = {"process": _process, "transfer": _transfer, "receive": _receive, "adjust": _adjust}.get(kind)
    return found | (check(record, world) if check else set())


def _malformed(record: dict[str, Any]) -> bool:
    steps = record.get("steps", ["mine"])
    if any("contents" in said for said in record["outputs"]) and not {"assemble", "dismantle"} & set(steps):
        return True
    if record["type"] == "source":
        return False
    mixed = 0 < sum(step in HANDLING for step in steps) < len(steps)
    entries = [*record["inputs"], *record.get("additions", [])]
    astray = any(entry.get("step", steps[0]) not in steps for entry in entries)
    earths = any(RARE_EARTHS & composition(said).keys() for said in record.get("additions", []))
    return mixed or astray or earths


def _place(record: dict[str, Any], world: World) -> set[str]:
    place = world.places.get(record["facility"])
    if place is None or place.of != record["by"]:
        return {"unknown-facility"}
    untrue = record.get("country", place.country) != place.country
    untrue |= record.get("owner_country", place.owner_country) != place.owner_country
    untrue |= record.get("operated") == "self" and not place.own
    return {"country-mismatch"} if untrue else set()


def _held(names: list[str], record: dict[str, Any], world: World) -> tuple[list[Batch], set[str]]:
    """The batches among `names` that the issuer may name at all, and what is wrong with naming them."""
    found, wrong = [], set()
    for name in names:
        batch = world.visible(name, record["by"])
        if batch is None:
            wrong.add("unknown-batch")
        else:
            found.append(batch)
            if batch.offered is not None:
                wrong.add("in-transit")
    return found, wrong


def _exceeded(drawn: list[tuple[str, int]], record: dict[str, Any], world: World) -> set[str]:
    totals: Counter[str] = Counter()
    for name, mass in drawn:
        totals[name] += mass
    for name, total in totals.items():
        batch = world.visible(name, record["by"])
        if batch is not None and total > batch.left:
            return {"mass-exceeded"}
    return set()


def _process(record: dict[str, Any], world: World) -> set[str]:
    names = [said["batch"] for said in record["inputs"]]
    batches, found = _held(names, record, world)
    found |= _exceeded([(said["batch"], mass_mg(said) or 0) for said in record["inputs"]], record, world)
    found |= {
        "composition-exceeded" for said in record.get("additions", []) if sum(composition(said).values()) > MILLION
    }
    if record.get("custody") == "book-and-claim":
        found.add("book-and-claim")
    if record.get("custody") == "identity-preserved" and len(set(names)) > 1:
        found.add("custody-mismatch")
    limit = period_end(record["period"]) if "period" in record else record["at"]
    if any(batch.made_at > limit for batch in batches):
        found.add("time-order")
    if "unknown-batch" in found:
        return found
    whole = flow(record, batches, "")
    return (
        found
        | _balance(whole)
        | _steps(whole)
        | _contents(whole)
        | ({"shares-mismatch"} if shares_differ(whole) else set())
    )


def _balance(whole: Flow) -> set[str]:
    found = set()
    for element in whole.elements():
        if not whole.excess(element) or (element not in RARE_EARTHS and not whole.handling):
            continue
        listed = any(charge.batch.composition.get(element) for charge in whole.inputs if charge.batch)
        shares = [composition(said).get(element, 0) for said in whole.record["outputs"]]
        if listed or element not in RARE_EARTHS or max(shares) > TRACE:
            found.add("element-exceeded")
    total_in = sum(charge.mass for charge in whole.charges)
    if not AIR & set(whole.steps) and sum(mass for mass, _ in whole.outputs) > total_in:
        found.add("output-exceeds-input")
    return found


def _contents(whole: Flow) -> set[str]:
    """What is inside must be what went in, or what an opened assembly held, and no more of it."""
    there: Counter[str] = Counter()
    for charge in whole.inputs:
        if charge.batch is None:
            continue
        apart = charge.batch.pieces if whole.opened else []
        if not apart:
            there[charge.batch.name] += charge.mass
        for piece in apart:
            there[piece.origin] += piece.mass * charge.mass // charge.batch.mass
    named: Counter[str] = Counter()
    for entry in (entry for said in whole.record["outputs"] for entry in said.get("contents", ())):
        named[entry["batch"]] += mass_mg(entry) or 0
    found = {"unknown-batch"} if named.keys() - there.keys() else set()
    return found | (
        {"mass-exceeded"} if any(there[name] and mass > there[name] for name, mass in named.items()) else set()
    )


def _steps(whole: Flow) -> set[str]:
    steps, inputs = whole.steps, whole.inputs
    batches = [charge.batch for charge in inputs if charge.batch is not None]
    if whole.handling:
        materials = {batch.material for batch in batches}
        return (
            {"step-mismatch"} if any(said["material"] not in materials for said in whole.record["outputs"]) else set()
        )
    for index, step in enumerate(steps):
        if step in FORMING and not {"reduce", "alloy"} & set(steps):
            parts = [
                charge.batch.material for charge in inputs if charge.batch and len(steps) - len(charge.steps) <= index
            ]
            if parts and all(material in UNREDUCED for material in parts):
                return {"step-mismatch"}
    if "magnetize" in steps and not FORMING & set(steps) and not any(batch.formed for batch in batches):
        return {"step-mismatch"}
    return set()


def _transfer(record: dict[str, Any], world: World) -> set[str]:
    entries = [said if isinstance(said, dict) else {"batch": said} for said in record["batches"]]
    batches, found = _held([said["batch"] for said in entries], record, world)
    left = {batch.name: batch.left for batch in batches}
    for said in entries:
        if said["batch"] in left:
            wanted = mass_mg(said) or left[said["batch"]]
            found |= {"mass-exceeded"} if not 0 < wanted <= left[said["batch"]] else set()
            left[said["batch"]] -= wanted
    if not isinstance(record["to"], dict) and record["to"] not in world.organizations:
        found.add("unknown-organization")
    return found


def _receive(record: dict[str, Any], world: World) -> set[str]:
    offer = world.offers.get(record["transfer"])
    if offer is None:
        return {"unknown-transfer"}
    withdrawn = record["by"] == offer.sender and not record["accepted"]
    if record["by"] != offer.to and not withdrawn:
        return {"not-recipient"}
    found = {"already-received"} if offer.answered else set()
    named = [said if isinstance(said, str) else said["batch"] for said in record["accepted"]]
    if any(name not in offer.batches for name in named):
        found.add("unknown-batch")
    if record["at"] < offer.at:
        found.add("time-order")
    return found


def _adjust(record: dict[str, Any], world: World) -> set[str]:
    _, found = _held([record["batch"]], record, world)
    return found | _exceeded([(record["batch"], mass_mg(record) or 0)], record, world)
