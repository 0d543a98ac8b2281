"""Moves that are wrong on purpose, one for every code of the facts tier that a scenario can provoke."""

from typing import Any

from tests.oracle.batches import Batch
from tests.oracle.story import Story

__all__ = ["MISTAKES"]

NOTHING = "sha-256:" + "A" * 43


def _someones(story: Story, *materials: str) -> Batch | None:
    there = story.held(*materials)
    return story.rng.choice(there) if there else None


def _process(batch: Batch, story: Story, **more: Any) -> dict[str, Any]:
    issuer = str(batch.holder)
    share = {element: f"{ppm} ppm" for element, ppm in batch.composition.items()}
    mass = max(1, batch.left // 3)
    output = {"material": batch.material, "mass": f"{mass} mg", "composition": share}
    record = {"by": issuer, "type": "process", "facility": story.place(issuer), "steps": ["store"]}
    return {**record, "inputs": [{"batch": batch.name, "mass": f"{mass} mg"}], "outputs": [output], **more}


def too_much(story: Story) -> None:
    """One milligram more than is left, at once or in two draws."""
    batch = _someones(story)
    if batch is None or batch.left < 2:
        return
    halves = [batch.left // 2, batch.left - batch.left // 2 + 1] if story.rng.random() < 0.5 else [batch.left + 1]
    inputs = [{"batch": batch.name, "mass": f"{mass} mg"} for mass in halves]
    if story.rng.random() < 0.3:
        story.add(
            {
                "by": batch.holder,
                "type": "adjust",
                "batch": batch.name,
                "mass": f"{batch.left + 1} mg",
                "reason": "sample",
            }
        )
    else:
        story.add(_process(batch, story, inputs=inputs))


def alchemy(story: Story) -> None:
    """More of a rare earth than goes in, just within or just beyond the bound."""
    batch = _someones(story, "metal", "oxide", "alloy", "powder")
    if batch is None or "Nd" not in batch.composition or batch.left < 10_000_000:
        return
    taken = batch.drawn("Nd", batch.left)
    mass = batch.left
    bound = 2 + taken * 5_000 // 1_000_000
    wanted = taken + bound + story.rng.choice([0, 1])
    ppm = wanted * 1_000_000 // mass + story.rng.choice([0, 1])
    output = {"material": batch.material, "mass": f"{mass} mg", "composition": {"Nd": f"{min(ppm, 1_000_000)} ppm"}}
    story.add(
        _process(
            batch, story, steps=["decrepitate"], inputs=[{"batch": batch.name, "mass": f"{mass} mg"}], outputs=[output]
        )
    )


def heavier(story: Story) -> None:
    """More mass out than in, without air or with it."""
    batch = _someones(story, "metal", "powder", "magnet")
    if batch is None:
        return
    steps = story.rng.choice([["machine"], ["coat"]])
    output = {"material": batch.material, "mass": f"{batch.left + 1} mg", "composition": {}}
    story.add(
        _process(
            batch, story, steps=steps, inputs=[{"batch": batch.name, "mass": f"{batch.left} mg"}], outputs=[output]
        )
    )


def overfull(story: Story) -> None:
    """A composition of more than everything."""
    issuer = story.someone()
    output = {"material": "alloy", "mass": "1 t", "composition": {"Nd": "60 %", "Fe": "40.0001 %"}}
    story.add(
        {
            "by": issuer,
            "type": "source",
            "facility": story.place(issuer),
            "origin": {"kind": "undisclosed"},
            "outputs": [output],
        }
    )


def thief(story: Story) -> None:
    """Somebody else's batch, or one that never was."""
    batch = _someones(story)
    if batch is None:
        return
    other = story.someone(besides=str(batch.holder))
    record = _process(batch, story) | {"by": other, "facility": story.place(other)}
    if story.rng.random() < 0.3:
        record["inputs"] = [{"batch": f"{NOTHING}#0", "mass": "1 kg"}]
    if story.rng.random() < 0.3:
        own = story.held(by=other)
        record["inputs"] += [{"batch": own[0].name, "mass": f"{own[0].left + 1} mg"}] if own else []
    story.add(record)


def early_bird(story: Story) -> None:
    """A batch on the road, used by the sender or the addressee."""
    there = [batch for batch in story.world.batches.values() if batch.offered and batch.holder]
    if there:
        batch = story.rng.choice(there)
        user = story.rng.choice([str(batch.holder), str(story.world.offers[str(batch.offered)].to)])
        kind = story.rng.random()
        if kind < 0.5:
            story.add(_process(batch, story) | {"by": user, "facility": story.place(user)})
        elif kind < 0.8:
            story.add({"by": user, "type": "transfer", "to": story.someone(besides=user), "batches": [batch.name]})
        else:
            story.add(
                {"by": user, "type": "adjust", "batch": batch.name, "mass": f"{batch.left + 1} mg", "reason": "spill"}
            )


def nowhere(story: Story) -> None:
    """Somebody else's facility, or none."""
    batch = _someones(story)
    if batch is not None:
        theirs = story.place(story.someone(besides=str(batch.holder)))
        story.add(_process(batch, story, facility=story.rng.choice([theirs, "no-such-place"])))


def untrue(story: Story) -> None:
    """A facility's country, owner or operator told otherwise."""
    batch = _someones(story)
    if batch is None:
        return
    record = _process(batch, story)
    said = story.scenario["facilities"][record["facility"]]
    lie = story.rng.choice(["country", "owner_country", "operated"])
    if lie == "country":
        record["country"] = "NZ"
    elif lie == "owner_country" and "owner_country" in said:
        record["owner_country"] = "NZ"
    elif lie == "operated" and "operator" in said:
        record["operated"] = "self"
    story.add(record)


def astray(story: Story) -> None:
    """Transfers to nobody, answers to nothing, answers by others, answers twice, answers to what was not offered."""
    batch, offers = _someones(story), story.world.offers
    kind = story.rng.randint(0, 4)
    if kind == 0 and batch is not None:
        story.add({"by": batch.holder, "type": "transfer", "to": NOTHING, "batches": [batch.name]})
    if kind == 1:
        story.add({"by": story.someone(), "type": "receive", "transfer": NOTHING, "accepted": []})
    likely = [(name, found) for name, found in offers.items() if found.to and found.answered == (kind == 3)]
    if kind < 2 or not likely:
        return
    name, found = story.rng.choice(likely)
    answer = {"by": found.to, "type": "receive", "transfer": name, "accepted": list(found.batches)}
    if kind == 2:
        others = [other for other in story.scenario["organizations"] if other not in (found.to, found.sender)]
        answer |= {"by": story.rng.choice([*others, found.sender]), "accepted": [found.batches[0]]}
    elif kind == 4:
        strange = [other.name for other in story.world.batches.values() if other.name not in found.batches]
        answer["accepted"] = [story.rng.choice(strange)]
    story.add(answer)


def false_claims(story: Story) -> None:
    """Book and claim; identity preserved with two sources; shares that do not follow."""
    batch = _someones(story)
    if batch is None:
        return
    record = _process(batch, story)
    kind = story.rng.randint(0, 2)
    if kind == 0:
        record["custody"] = "book-and-claim"
    elif kind == 1:
        record["inputs"][0]["shares"] = {"*": 1_000_000, **dict.fromkeys(batch.composition, 999_999)}
    else:
        record["custody"] = "identity-preserved"
        own = [other for other in story.held(batch.material, by=str(batch.holder)) if other is not batch]
        record["inputs"] += [{"batch": other.name, "mass": "1 mg"} for other in own[:1]]
    story.add(record)


def impossible(story: Story) -> None:
    """Sintering oxide, magnetizing powder, handling that changes the material."""
    batch = _someones(story, "oxide", "ore", "powder", "metal", "alloy")
    if batch is not None and not batch.formed:
        steps, material = story.rng.choice(
            [(["press", "sinter"], "block"), (["magnetize"], "magnet"), (["repack"], "other")]
        )
        record = _process(batch, story, steps=steps)
        record["outputs"][0]["material"] = material
        story.add(record)


def backwards(story: Story) -> None:
    """A time before that of the chain's previous record, or a period that ends before its input was."""
    batch = _someones(story)
    if batch is None:
        return
    if story.rng.random() < 0.5:
        story.add(_process(batch, story) | {"at": story.at(-1)})
    else:
        story.add(_process(batch, story, period={"from": "2024-12-01", "to": "2024-12-31"}))


def malformed(story: Story) -> None:
    """What has no meaning at all."""
    batch = _someones(story)
    if batch is None:
        return
    kind = story.rng.randint(0, 3)
    if kind == 0:
        story.add(_process(batch, story, steps=["split", "machine"]))
    elif kind == 1:
        story.add(
            _process(
                batch, story, additions=[{"material": "dysprosium", "mass": "1 kg", "composition": {"Dy": "99 %"}}]
            )
        )
    elif kind == 2:
        story.add(_process(batch, story, inputs=[{"batch": batch.name, "mass": "1 mg", "step": "sinter"}]))
    else:
        story.add({"by": batch.holder, "type": "hold", "batch": batch.name, "reason": "quality"})


MISTAKES = [
    too_much,
    alchemy,
    heavier,
    overfull,
    thief,
    early_bird,
    nowhere,
    untrue,
    astray,
    false_claims,
    impossible,
    backwards,
    malformed,
]
