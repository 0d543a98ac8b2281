"""Moves that make batches out of batches: the chain from ore to magnet, its loops, and the steps between."""

from collections.abc import Sequence
from typing import Any

from tests.oracle.batches import Batch
from tests.oracle.story import Story
from tests.oracle.units import mass_mg
from tests.oracle.vocabulary import HANDLING, RARE_EARTHS

__all__ = ["MAKING", "make", "pooled"]

BONDING = [("press", "sinter"), ("press", "sinter", "hot-isostatic-press"), ("bond",), ("hot-deform",)]
EXTRAS = [("Fe", "2 %"), ("Cu", "1000 ppm"), ("Al", "0.4 %")]


def pooled(inputs: Sequence[tuple[Batch, int]], additions: Sequence[dict[str, Any]] = ()) -> tuple[int, dict[str, int]]:
    """The mass that goes in, and that of every element."""
    total = sum(mass for _, mass in inputs) + sum(mass_mg(said) or 0 for said in additions)
    elements: dict[str, int] = {}
    for batch, mass in inputs:
        for element in batch.composition:
            elements[element] = elements.get(element, 0) + batch.drawn(element, mass)
    for said in additions:
        for element, text in said.get("composition", {}).items():
            share = float(text.split()[0]) / 100
            elements[element] = elements.get(element, 0) + int((mass_mg(said) or 0) * share * 0.999)
    return total, elements


def make(
    story: Story, steps: Sequence[str], batches: Sequence[Batch], materials: Sequence[str], **more: Any
) -> set[str]:
    """A process on some of the batches of one holder, with outputs that its inputs can give."""
    rng, issuer = story.rng, batches[0].holder
    inputs = [story.draw(batch) for batch in batches]
    if len(inputs) > 1 and len(steps) > 1 and rng.random() < 0.4:
        inputs[-1]["step"] = rng.choice(list(steps))
    drawn = [(batch, mass_mg(said) or 0) for batch, said in zip(batches, inputs, strict=True)]
    total, elements = pooled(drawn, more.get("additions", []))
    kind = next((batch.magnet_type for batch in batches if batch.magnet_type), None) or more.pop("kind", None)
    more.pop("kind", None)
    outputs = _outputs(story, total, elements, materials, handling=steps[0] in HANDLING)
    if kind:
        outputs = [{**output, "magnet_type": kind} for output in outputs]
    record = {"by": issuer, "type": "process", "facility": story.place(str(issuer)), "steps": list(steps)}
    custody = rng.choice(["segregated", "controlled-blending", "mass-balance", None])
    record |= {"custody": custody} if custody else {}
    return story.add({**record, "inputs": inputs, "outputs": outputs, **more})


def _outputs(
    story: Story, total: int, elements: dict[str, int], materials: Sequence[str], handling: bool
) -> list[dict[str, Any]]:
    rng, made = story.rng, []
    weights = [rng.uniform(0.1, 1.0) for _ in materials]
    recovery = 1.0 if handling or rng.random() < 0.2 else rng.uniform(0.7, 1.0)
    for weight, material in zip(weights, materials, strict=True):
        mass = max(1, int(total * recovery * weight / sum(weights) * 0.999))
        shares = {element: story.ppm(int(there * mass / total), mass) for element, there in elements.items()}
        shares = {element: share for element, share in shares.items() if share and (handling or rng.random() < 0.97)}
        stated = {"composition": {element: f"{share} ppm" for element, share in shares.items()}} if shares else {}
        made.append({"material": material, "mass": f"{mass} mg", **stated})
    return made


def _choose(story: Story, *materials: str, most: int = 3) -> list[Batch]:
    """Some batches of one holder, of the materials; none if there are none."""
    there = story.held(*materials)
    if not there:
        return []
    first = story.rng.choice(there)
    alike = [batch for batch in there if batch.holder == first.holder and batch is not first]
    return [first, *story.rng.sample(alike, min(len(alike), story.rng.randint(0, most - 1)))]


def refine(story: Story) -> None:
    """Ore, compounds or scrap into separated oxides: each element goes mostly into one of them."""
    batches = _choose(story, "ore", "concentrate", "mixed-compound", "solution", "scrap", "swarf", "residue")
    if not batches:
        return
    waste = any(batch.material in ("scrap", "swarf", "residue") for batch in batches)
    steps = (["dissolve"] if waste else ["leach"]) + story.rng.choice(
        [["separate", "calcine"], ["separate"], ["separate", "calcine", "fluorinate"]]
    )
    inputs = [story.draw(batch) for batch in batches]
    _, elements = pooled([(batch, mass_mg(said) or 0) for batch, said in zip(batches, inputs, strict=True)])
    outputs = []
    groups = [["Nd", "Pr"], ["Ce", "La"], ["Dy", "Tb"], ["Sm"], ["Fe", "Co"]]
    for group in groups:
        parts = {
            element: int(elements[element] * story.rng.uniform(0.6, 1.0)) for element in group if elements.get(element)
        }
        if sum(parts.values()) > 1000:
            mass = int(sum(parts.values()) / 0.8)
            shares = {element: f"{story.ppm(part, mass)} ppm" for element, part in parts.items()}
            outputs.append(
                {"material": "salt" if "fluorinate" in steps else "oxide", "mass": f"{mass} mg", "composition": shares}
            )
    if outputs:
        issuer = str(batches[0].holder)
        record = {
            "by": issuer,
            "type": "process",
            "facility": story.place(issuer),
            "steps": steps,
            "custody": "controlled-blending",
        }
        story.add({**record, "inputs": inputs, "outputs": outputs})


def reduce(story: Story) -> None:
    """Oxide into metal, in one batch or from cells that are never empty."""
    batches = _choose(story, "oxide", "salt")
    if not batches:
        return
    cells = story.held("in-process", by=str(batches[0].holder))
    if story.rng.random() < 0.4:
        more: dict[str, Any] = {"period": {"from": story.at(-48), "to": story.at(1)}}
        make(story, ["reduce"], [*cells[:1], *batches], ["metal", "in-process"], **more)
    else:
        make(story, ["reduce"], batches, ["metal"])


def alloy(story: Story) -> None:
    """Metals, base metals and additions into alloy."""
    metals = _choose(story, "metal", "in-process", "scrap", "swarf")
    if not metals:
        return
    issuer, rng = str(metals[0].holder), story.rng
    others = story.held("iron", "ferroboron", "cobalt", by=issuer)
    batches = [*metals, *rng.sample(others, min(len(others), rng.randint(0, 2)))]
    countries = [said["country"] for said in story.scenario["facilities"].values()]
    additions: list[dict[str, Any]] = []
    for material, composition in (
        ("iron", {"Fe": "99 %"}),
        ("ferroboron", {"Fe": "80 %", "B": "18 %"}),
        ("cobalt", {"Co": "99 %"}),
    ):
        if rng.random() < 0.5:
            said: dict[str, Any] = {
                "material": material,
                "mass": f"{story.share(metals[0].left)} mg",
                "composition": composition,
            }
            if rng.random() < 0.6:
                stages = {
                    step: [rng.choice(countries)] for step in rng.sample(["mine", "reduce", "leach"], rng.randint(1, 3))
                }
                said["origin"] = {"kind": "declared", "stages": {rng.choice(["*", "Fe"]): stages}}
            additions.append(said)
    steps = rng.choice([["alloy"], ["alloy", "strip-cast"], ["melt-spin"], ["strip-cast"]])
    make(story, steps, batches, ["alloy"], additions=additions, kind=rng.choice(["NdFeB", "NdFeB", "SmCo", None]))


def powder(story: Story) -> None:
    """Alloy, or what was a magnet, into powder."""
    batches = _choose(story, "alloy", "scrap", "swarf", "magnet", "product", "powder")
    if batches:
        steps = story.rng.choice(
            [
                ["decrepitate", "jet-mill"],
                ["jet-mill"],
                ["hydrogen-process"],
                ["demagnetize", "hydrogen-process", "jet-mill"],
            ]
        )
        make(story, steps, batches, ["powder"] + ["residue"] * (story.rng.random() < 0.3))


def form(story: Story) -> None:
    """Powder or alloy into a body, and perhaps a magnet at once."""
    batches = _choose(story, "powder", "alloy", "compact", most=2)
    if batches:
        steps = [
            *story.rng.choice([["jet-mill"], []]),
            *story.rng.choice(BONDING),
            *story.rng.choice([[], [], ["machine", "magnetize"]]),
        ]
        materials = ["magnet" if "magnetize" in steps else "block"] + ["scrap"] * (story.rng.random() < 0.3)
        make(story, steps, batches, materials)


def finish(story: Story) -> None:
    """Blocks into magnets, with swarf; grain boundary diffusion and coating too."""
    batches = _choose(story, "block", "magnet", most=2)
    if not batches:
        return
    steps = story.rng.choice(
        [
            ["machine", "coat", "magnetize"],
            ["machine", "diffuse", "coat", "magnetize"],
            ["magnetize"],
            ["machine", "magnetize"],
            ["machine"],
        ]
    )
    if "diffuse" in steps:
        batches += story.held("salt", "metal", by=str(batches[0].holder))[:1]
    more: dict[str, Any] = {}
    if "coat" in steps and story.rng.random() < 0.5:
        nickel = {
            "material": "nickel",
            "mass": f"{story.share(batches[0].left, 0.001, 0.01)} mg",
            "composition": {"Ni": "99 %"},
            "step": "coat",
        }
        more["additions"] = [nickel]
    make(
        story,
        steps,
        batches,
        ["magnet" if "magnetize" in steps else "block"] + ["swarf"] * (story.rng.random() < 0.5),
        **more,
    )


def handle(story: Story) -> None:
    """Split or blend."""
    batches = _choose(story)
    if not batches:
        return
    material = batches[0].material
    batches = [batch for batch in batches if batch.material == material and not batch.pieces] or batches[:1]
    make(story, [story.rng.choice(sorted(HANDLING))], batches, [material] * story.rng.randint(1, 3))


def enrich(story: Story) -> None:
    """A process whose output claims an element that nobody put in, or a trace of a rare earth."""
    batches = _choose(story, "alloy", "metal", "powder", most=2)
    if not batches:
        return
    there = {element for batch in batches for element in batch.composition}
    element, share = story.rng.choice([*EXTRAS, ("Ho", "900 ppm"), ("Ho", "1000 ppm"), ("Ho", "1001 ppm")])
    if element in there and element in RARE_EARTHS:
        return
    inputs = [story.draw(batch) for batch in batches]
    total, elements = pooled([(batch, mass_mg(said) or 0) for batch, said in zip(batches, inputs, strict=True)])
    output = _outputs(story, total, elements, ["alloy"], handling=False)[0]
    issuer = str(batches[0].holder)
    output["composition"] = {**output.get("composition", {}), element: share}
    record = {"by": issuer, "type": "process", "facility": story.place(issuer), "steps": ["alloy", "strip-cast"]}
    story.add({**record, "inputs": inputs, "outputs": [output]})


def assemble(story: Story) -> None:
    """Magnets into a motor that keeps them apart, or a step on a motor."""
    motors = story.held("assembly")
    if motors and story.rng.random() < 0.4:
        make(story, [story.rng.choice(["magnetize", "coat"])], [story.rng.choice(motors)], ["assembly"])
        return
    magnets = _choose(story, "magnet", "block")
    if not magnets:
        return
    inputs = [story.draw(batch) for batch in magnets]
    drawn = [(batch, mass_mg(said) or 0) for batch, said in zip(magnets, inputs, strict=True)]
    total, elements = pooled(drawn)
    steel = {"material": "steel", "mass": f"{total * 3} mg", "composition": {"Fe": "98 %"}}
    mass = total * 4
    composition = {element: f"{story.ppm(there, mass)} ppm" for element, there in elements.items()}
    output: dict[str, Any] = {"material": "assembly", "mass": f"{mass} mg", "contents": inputs}
    output |= {"composition": composition} if story.rng.random() < 0.7 else {}
    issuer = str(magnets[0].holder)
    record: dict[str, Any] = {
        "by": issuer,
        "type": "process",
        "facility": story.place(issuer),
        "steps": ["assemble"],
        "additions": [steel],
    }
    story.add({**record, "inputs": [dict(said) for said in inputs], "outputs": [output]})


def dismantle(story: Story) -> None:
    """A motor taken apart: some of the lots inside come back."""
    motors = [batch for batch in story.held("assembly") if batch.pieces]
    if not motors:
        return
    motor = story.rng.choice(motors)
    mass = story.share(motor.left, 0.2, 1.0)
    outputs: list[dict[str, Any]] = []
    for piece in motor.pieces:
        back = piece.mass * mass // motor.mass
        if back and all(piece.origin != other["contents"][0]["batch"] for other in outputs):
            contents = [{"batch": piece.origin, "mass": f"{back} mg"}]
            shares = {element: f"{share} ppm" for element, share in piece.batch.composition.items()}
            more = {"magnet_type": piece.batch.magnet_type} if piece.batch.magnet_type else {}
            outputs.append(
                {
                    "material": piece.batch.material,
                    "mass": f"{back} mg",
                    "composition": shares,
                    "contents": contents,
                    **more,
                }
            )
    if outputs:
        record = {
            "by": motor.holder,
            "type": "process",
            "facility": story.place(str(motor.holder)),
            "steps": ["dismantle"],
        }
        story.add({**record, "inputs": [{"batch": motor.name, "mass": f"{mass} mg"}], "outputs": outputs})


MAKING = [
    refine,
    refine,
    reduce,
    reduce,
    alloy,
    alloy,
    powder,
    form,
    form,
    finish,
    finish,
    handle,
    handle,
    enrich,
    assemble,
    dismantle,
]
