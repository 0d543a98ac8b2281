"""A story out of a list of numbers: splits, blends, losses, loops, tolls, assemblies, in whatever order.

Each step of a story is a verb and some numbers, which choose among what there is; so any list of them is a story, and
a shorter list is a simpler one. What the rules refuse is part of the story too.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tests.helpers.desk import Desk, Maker, entry, lot

__all__ = ["VERBS", "Story"]

ELEMENTS = ("Nd", "Pr", "Dy", "Fe", "B")
TERMS = ("sale", "toll", "consignment", "return", "internal")
ORIGINS: tuple[dict[str, Any], ...] = (
    {"kind": "mined"},
    {"kind": "recycled", "feed": "post-consumer"},
    {"kind": "recycled", "feed": "pre-consumer"},
    {"kind": "declared", "stages": {"*": {"mine": ["CN", "MM"], "separate": ["CN"]}, "Fe": {"mine": ["BR"]}}},
    {"kind": "undisclosed"},
)
WAYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("leach", "separate"), "oxide"),
    (("reduce",), "metal"),
    (("alloy", "strip-cast"), "alloy"),
    (("decrepitate", "jet-mill"), "powder"),
    (("press", "sinter"), "block"),
    (("machine",), "block"),
    (("machine", "coat", "magnetize"), "magnet"),
    (("diffuse",), "magnet"),
    (("hydrogen-process",), "powder"),
    (("collect", "dismantle"), "scrap"),
    (("dissolve", "calcine"), "oxide"),
)


class Story:
    """Two or three organizations and what they do."""

    def __init__(self, desk: Desk, makers: Sequence[Maker]) -> None:
        self.desk, self.makers = desk, list(makers)
        self.used: dict[str, int] = {}
        self.open: list[tuple[str, Maker, Maker]] = []

    def tell(self, verb: str, numbers: Sequence[int]) -> None:
        """One more sentence; nothing where there is nothing to tell of."""
        VERBS[verb](self, list(numbers))

    def held(self, maker: Maker) -> list[str]:
        """What somebody can use, oldest first."""
        organization = maker.organization
        batches = self.desk.state.batches.values()
        return [b.id for b in batches if b.holder == organization and b.transit is None and b.left_mg]

    def take(self, batch: str, mass_mg: int) -> None:
        self.used[batch] = self.used.get(batch, 0) + mass_mg

    def source(self, n: list[int]) -> None:
        maker = self.makers[n[0] % len(self.makers)]
        mass = 1 + n[1] * n[2] % 10**7
        composition = {element: (n[3 + i] * 37) % 200_000 for i, element in enumerate(ELEMENTS)}
        material = ("concentrate", "alloy", "scrap", "magnet", "product")[n[2] % 5]
        outputs = [lot(material, mass, composition)]
        maker.attempt("source", origin=ORIGINS[n[1] % 5], outputs=outputs)

    def process(self, n: list[int]) -> None:
        """One, two or three inputs go some way together, come out in two outputs, and lose a little."""
        maker = self.makers[n[0] % len(self.makers)]
        there = self.held(maker)
        if not there:
            return
        chosen = list(dict.fromkeys(there[i % len(there)] for i in n[1 : 2 + n[1] % 3]))
        steps, material = WAYS[n[2] % len(WAYS)]
        inputs, pools, total = [], dict.fromkeys(ELEMENTS, 0), 0
        for place, batch in enumerate(chosen):
            known = self.desk.batch(batch)
            mass = 1 + n[3 + place] % known.left_mg if n[6] % 3 else known.left_mg
            late = {"step": steps[-1]} if place and n[7] % 3 == 0 else {}
            inputs.append(entry(batch, mass, **late))
            total += mass
            for element in ELEMENTS:
                pools[element] += known.element_masses.get(element, 0) * mass // known.mass_mg
        shares = [total * (300 + n[4] % 700) // 1_000, total * (n[5] % 250) // 1_000]
        outputs = []
        for mass, what in zip(shares, (material, ("scrap", "swarf", "residue")[n[5] % 3]), strict=True):
            if mass:
                composition = {e: min(have * 10**6 // total, 190_000) for e, have in pools.items()}
                outputs.append(lot(what, mass, composition))
        if outputs and self._made(maker.attempt("process", steps=list(steps), inputs=inputs, outputs=outputs), inputs):
            return

    def handle(self, n: list[int]) -> None:
        """Split, blend or store: nothing is lost and nothing changes."""
        maker = self.makers[n[0] % len(self.makers)]
        there = self.held(maker)
        if not there:
            return
        first = self.desk.batch(there[n[1] % len(there)])
        alike = [batch for batch in there if self.desk.batch(batch).material == first.material]
        chosen = list(dict.fromkeys([first.id, alike[n[2] % len(alike)]]))
        inputs = [entry(batch, 1 + n[3 + i] % self.desk.batch(batch).left_mg) for i, batch in enumerate(chosen)]
        total = sum(taken["mass_mg"] for taken in inputs)
        half = total * (1 + n[5] % 99) // 100
        composition = dict(first.composition or {}) if len(chosen) == 1 else {}
        outputs = [lot(first.material, mass, composition) for mass in (half, total - half) if mass]
        step = ("split", "blend", "repack", "store")[n[6] % 4]
        self._made(maker.attempt("process", steps=[step], inputs=inputs, outputs=outputs), inputs)

    def assemble(self, n: list[int]) -> None:
        """Two batches become one thing that keeps them apart."""
        maker = self.makers[n[0] % len(self.makers)]
        there = self.held(maker)
        if not there:
            return
        chosen = list(dict.fromkeys(there[i % len(there)] for i in n[1:3]))
        inputs = [entry(batch, 1 + n[3] % self.desk.batch(batch).left_mg) for batch in chosen]
        inside = [dict(taken) for taken in inputs]
        outputs = [lot("assembly", sum(taken["mass_mg"] for taken in inputs), contents=inside)]
        self._made(maker.attempt("process", steps=["assemble"], inputs=inputs, outputs=outputs), inputs)

    def dismantle(self, n: list[int]) -> None:
        """An assembly is taken apart; its first part comes out."""
        maker = self.makers[n[0] % len(self.makers)]
        whole = [batch for batch in self.held(maker) if self.desk.batch(batch).contents]
        if not whole:
            return
        known = self.desk.batch(whole[n[1] % len(whole)])
        mass = 1 + n[2] % known.left_mg
        part = known.contents[n[3] % len(known.contents)]
        found = part.mass_mg * mass // known.mass_mg
        if found:
            inside = [{"batch": part.batch, "mass_mg": found}]
            outputs = [lot(part.material, found, part.composition, contents=inside)]
            inputs = [entry(known.id, mass)]
            self._made(maker.attempt("process", steps=["dismantle"], inputs=inputs, outputs=outputs), inputs)

    def send(self, n: list[int]) -> None:
        """A batch or a part of it goes to somebody, whole or to the toller and back."""
        maker, to = self.makers[n[0] % len(self.makers)], self.makers[n[1] % len(self.makers)]
        there = self.held(maker)
        if not there:
            return
        batch = there[n[2] % len(there)]
        mass = 1 + n[3] % self.desk.batch(batch).left_mg if n[4] % 3 else None
        addressee = {"external": {"name": "A dealer"}} if n[5] % 11 == 0 else to.organization
        said = {"batches": [entry(batch, mass)], "to": addressee, "terms": TERMS[n[4] % 5]}
        transfer = maker.attempt("transfer", **said)
        if transfer is None:
            return
        if mass is not None:
            self.take(batch, mass)
        if n[5] % 11:
            self.open.append((transfer, maker, to))
            if n[6] % 4:
                self.receive(n[1:])

    def receive(self, n: list[int]) -> None:
        """The last open transfer is taken (weighed, maybe), refused or withdrawn."""
        if not self.open:
            return
        transfer, sender, to = self.open.pop()
        (batch,) = self.desk.state.transfers[transfer].batches
        left = self.desk.batch(batch).left_mg
        if n[0] % 7 == 0:
            (sender if n[1] % 2 else to).attempt("receive", transfer=transfer, accepted=[])
            return
        weighed = None if n[0] % 3 else max(1, left - n[2] % 5)
        if to.attempt("receive", transfer=transfer, accepted=[entry(batch, weighed)]) and weighed is not None:
            self.take(batch, left - weighed)

    def adjust(self, n: list[int]) -> None:
        """A spill, sometimes of more than there is."""
        maker = self.makers[n[0] % len(self.makers)]
        there = self.held(maker)
        if not there:
            return
        batch = there[n[1] % len(there)]
        mass = 1 + n[2] % (self.desk.batch(batch).left_mg + 2)
        if maker.attempt("adjust", batch=batch, mass_mg=mass, reason="spill"):
            self.take(batch, mass)

    def steal(self, n: list[int]) -> None:
        """Somebody uses whatever there is, his or not."""
        maker = self.makers[n[0] % len(self.makers)]
        everything = list(self.desk.state.batches)
        if everything:
            inputs = [entry(everything[n[1] % len(everything)], 1 + n[2])]
            said = {"steps": ["alloy"], "inputs": inputs, "outputs": [lot("alloy", 1)]}
            self._made(maker.attempt("process", **said), inputs)

    def _made(self, record: str | None, inputs: Sequence[dict[str, Any]]) -> bool:
        if record is None:
            return False
        for taken in inputs:
            self.take(taken["batch"], taken["mass_mg"])
        return True


VERBS: dict[str, Callable[[Story, list[int]], None]] = {
    "source": Story.source,
    "process": Story.process,
    "handle": Story.handle,
    "assemble": Story.assemble,
    "dismantle": Story.dismantle,
    "send": Story.send,
    "receive": Story.receive,
    "adjust": Story.adjust,
    "steal": Story.steal,
}
