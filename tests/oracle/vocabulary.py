"""The closed words of the specification, written down a second time."""

COVERED = frozenset({"CN", "RU", "IR", "KP"})
QUALIFYING = frozenset("US AU AT BE CA CZ DK EG EE FI FR DE GR IL IT JP LV LT LU NL NO PL PT SI ES SE CH TR GB".split())
"""The United States and the qualifying countries of DFARS 225.003, November 2025."""

RARE_EARTHS = frozenset("La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Y Sc".split())
NAMED = {"NdFeB": ("Nd", "Fe", "B"), "SmCo": ("Sm", "Co")}

MATERIALS = (
    "ore concentrate mixed-compound solution oxide salt metal alloy powder compact block magnet assembly product"
    " scrap swarf residue in-process ferroboron iron cobalt other"
).split()
UNREDUCED = frozenset({"ore", "concentrate", "mixed-compound", "solution", "oxide", "salt"})
BEFORE_BLOCK = frozenset(MATERIALS[: MATERIALS.index("block")])
FORMED_MATERIALS = frozenset({"block", "magnet", "assembly", "product"})
WASTE = frozenset({"scrap", "swarf", "residue"})

HANDLING = frozenset({"split", "blend", "repack", "store"})
FORMING = frozenset({"sinter", "bond", "hot-deform", "hot-isostatic-press"})
MELT = frozenset({"alloy", "strip-cast", "melt-spin"})
AIR = frozenset({"leach", "separate", "calcine", "fluorinate", "dissolve", "decrepitate", "hydrogen-process", "coat"})
UPSTREAM = frozenset({"mine", "beneficiate", "leach", "separate", "calcine", "fluorinate", "reduce", "dissolve"})
RESTRICTED = MELT | FORMING | {"decrepitate", "jet-mill", "press", "magnetize"}
"""What the clause restricts at any date; `UPSTREAM` joins on 2027-01-01."""
LOOP_STEPS = frozenset(
    "beneficiate leach separate calcine fluorinate reduce alloy strip-cast melt-spin decrepitate jet-mill press"
    " hydrogen-process dissolve".split()
)
"""Steps in which a formed body ceases to be one."""
LOST_IN_LOOP = FORMING | {"decrepitate", "jet-mill", "press", "machine", "diffuse", "coat", "magnetize"}

BUCKETS = {
    "mined": frozenset({"mine"}),
    "refined": frozenset({"leach", "separate", "calcine", "dissolve"}),
    "metals_and_alloys": frozenset({"reduce"}) | MELT,
    "sintered_or_bonded": FORMING,
    "magnetized": frozenset({"magnetize"}),
}
ELEMENT_BUCKETS = ("mined", "refined", "metals_and_alloys")
BODY_BUCKETS = ("sintered_or_bonded", "magnetized")
AHEAD = {
    "mined": frozenset[str](),
    "refined": frozenset({"ore", "concentrate"}),
    "metals_and_alloys": UNREDUCED,
    "sintered_or_bonded": BEFORE_BLOCK,
    "magnetized": BEFORE_BLOCK | {"block"},
}
"""For each bucket the materials for which it is still ahead."""
