"""The oracle: a scenario in, every outcome and every report out, as the specification says.

Nothing here imports the program under test or was written from its code. Where the specification leaves a choice, this
is the reading:

Records and rules
 1. A facility may only be used by the organization that recorded it, else `unknown-facility`; then its country is
    not looked at.
 2. `malformed` and `unsupported-type` are of an earlier tier: nothing else is reported beside them.
 3. If an input is unknown, what needs all inputs (elements, total, shares, steps, contents) is not looked at; mass,
    place and custody are.
 4. The sender of an open transfer still has custody: for him too the batch is `in-transit`. A part on offer is in
    his custody likewise.
 5. A batch that left the ledger is in nobody's custody: `unknown-batch`. So is the name of a refused record.
 6. A whole batch of which nothing is left cannot be offered: `mass-exceeded`. Entries of a transfer count one after
    the other.
 7. `bound` is 1 mg for each input and output (additions are not counted) and 5,000 ppm of what goes in, additions
    included.
 8. The trace of 1,000 ppm is that of each output, in handling too. Unlisted: no input states more than 0 ppm of it.
 9. An addition counts as input for the total mass. The total has no tolerance, not even the milligrams of the
    elements.
10. An identity-preserved record names one batch, perhaps several times; additions do not count.
11. An input takes part in forming if its step is not after it. Forming in which no input takes part is not
    impossible.
12. `magnetize` looks for a formed input anywhere in the record, and for a forming step before or after it.
13. Handling changes no material: every output's material is that of some input.
14. With a `period` its end replaces the record's own time in the comparison with the makers of the inputs, not in
    that with the chain.
15. `not-recipient` and `unknown-transfer` end the matter; an answered transfer is `already-received` besides what
    else is wrong.
16. The sender's own `receive` with anything accepted is `not-recipient`. A transfer to oneself is received like any
    other.

Routes
17. A stage with one traced and one declared country is declared. Origins carry the same: of an operator elsewhere
    they are declared.
18. A pool of nothing (an unlisted trace, an element within the bound, a body that nothing enters) is a bare
    `undetermined`; an excess is stamped with all steps of the record.
19. A body that is diffused or coated on: `formed` is asked of the batches as they come in, before a loop takes
    their stages.
20. The steps of an input begin at the first occurrence of its `step`.
21. Selling waste changes the batch itself, from the receipt on; what was drawn before keeps its origin. What was
    refused stays.
22. `was` of a recycled source says nothing about routes.

Assemblies
23. An output `assembly` or `product` without `contents`, of inputs that keep lots apart, keeps all of them, in
    proportion to mass.
24. Without a stated composition an assembly holds the elements of its lots. With one, that is what the balance
    counts.
25. `dismantle` of such an assembly: `contents` name the lots inside and give their routes; outputs without
    `contents` are undetermined.
26. Contents that did not go in are `unknown-batch`, more of them than went in is `mass-exceeded`, and elsewhere
    they are `malformed`.
27. The statement of an assembly adds the cells of its magnet lots, each by its own material, weighted by mass; what
    is no magnet is left out. A lot of material magnet or block without a `magnet_type` is UNKNOWN, unless an
    exception for the end item is met.

Reports
28. not-done goes by the place of the material in the closed list: swarf, in-process, iron and what follows
    `product` are never "before".
29. Completeness and recycled content count the elements of the composition, not the body; fluorinate and
    beneficiate are not in them.
30. A named element that the composition leaves out is unknown, so the verdict is UNKNOWN.
31. The tests of 2026 look at the body too, those that begin in 2027 at the elements only. `dissolve` is
    among the latter as refining (docs/decisions/0010); `hydrogen-process` decides nothing.
32. Where the end item is made is tested only if it is stated, after the exceptions. FAIL and UNKNOWN have the
    ground `chain`.
33. The off-the-shelf exception from 2027 on needs to know that it is no mill product, and both masses; through 2026
    it needs neither.
34. 252.225-7009: not below the threshold; relief for an off-the-shelf end item of which the magnet is a part
    (covered mass below mass, and not said to be a mill product); no other exception. Melt is alloy, strip-cast or
    melt-spin of Sm and Co (strict: of every element).
35. A `waiver` that is stated at all counts; the text of `clause` decides nothing.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.oracle.apply import accept
from tests.oracle.batches import Batch
from tests.oracle.rules import violations
from tests.oracle.statement import Statement, completeness, recycled, statement
from tests.oracle.verdicts import Verdict, verdicts
from tests.oracle.world import World

__all__ = ["Answer", "Outcome", "Report", "answer"]


@dataclass(frozen=True)
class Outcome:
    """What becomes of one record."""

    name: str
    codes: frozenset[str]

    @property
    def accepted(self) -> bool:
        """Whether it is accepted."""
        return not self.codes


@dataclass(frozen=True)
class Report:
    """What one report says, and how far whole milligrams may blur it."""

    batch: Batch
    statement: Statement
    recycled: dict[str, dict[str, Fraction]]
    completeness: dict[str, Fraction]
    verdicts: list[Verdict]
    blurred: list[Verdict]


@dataclass
class Answer:
    """Everything that follows from a scenario."""

    outcomes: list[Outcome] = field(default_factory=list)
    reports: dict[str, Report] = field(default_factory=dict)
    world: World | None = None


def answer(scenario: dict[str, Any]) -> Answer:
    """Read a scenario from its first record to its last report."""
    world = World.of(scenario)
    given = Answer(world=world)
    for index, record in enumerate(scenario["records"]):
        name = record.get("as", f"record-{index}")
        codes = frozenset(violations(record, world))
        given.outcomes.append(Outcome(name, codes))
        if not codes:
            accept(record, name, world)
    for index, wanted in enumerate(scenario.get("reports", [])):
        batch = world.batches[wanted["batch"]]
        when = (wanted.get("delivered"), wanted.get("context"))
        given.reports[wanted.get("as", f"report-{index}")] = Report(
            batch,
            statement(batch),
            recycled(batch),
            completeness(batch),
            verdicts(batch, *when),
            verdicts(batch, *when, blurred=True),
        )
    return given
