"""The closed vocabularies of records (docs/formats/record.md) and what the rules read from them."""

__all__ = [
    "ADDED_IN_AIR",
    "BASES",
    "CONSOLIDATIONS",
    "COUNTRIES",
    "CUSTODY_MODELS",
    "DISPOSED_BY_SALE",
    "FORMED_MATERIALS",
    "FORMING_STEPS",
    "HANDLING_STEPS",
    "LOST_IN_LOOP",
    "MAGNET_TYPES",
    "MATERIALS",
    "REENTRY_STEPS",
    "SECONDARY_MATERIALS",
    "STEPS",
    "TERMS",
    "UNFORMABLE_MATERIALS",
]

STEPS = (
    "beneficiate",
    "leach",
    "separate",
    "calcine",
    "fluorinate",
    "reduce",
    "alloy",
    "strip-cast",
    "melt-spin",
    "decrepitate",
    "jet-mill",
    "press",
    "sinter",
    "bond",
    "hot-deform",
    "hot-isostatic-press",
    "machine",
    "diffuse",
    "coat",
    "magnetize",
    "assemble",
    "collect",
    "dismantle",
    "demagnetize",
    "hydrogen-process",
    "dissolve",
    "split",
    "blend",
    "repack",
    "store",
)
"""The steps of a process. Each is a stage of a route, but for handling; `mine` is implied by a mined source."""

HANDLING_STEPS = frozenset({"split", "blend", "repack", "store"})
FORMING_STEPS = frozenset({"sinter", "bond", "hot-deform", "hot-isostatic-press"})
ADDED_IN_AIR = frozenset(
    {"leach", "separate", "calcine", "fluorinate", "dissolve", "decrepitate", "hydrogen-process", "coat"}
)
"""Steps that take mass from air, water, acid or a bath, so that total output may exceed total input."""

REENTRY_STEPS = frozenset(STEPS[: STEPS.index("sinter")]) | {"hydrogen-process", "dissolve"}
"""Steps that take a formed batch back to unformed material (docs/formats/routes-and-shares.md, loops)."""

LOST_IN_LOOP = (
    frozenset({"decrepitate", "jet-mill", "press", "machine", "diffuse", "coat", "magnetize"}) | FORMING_STEPS
)
"""Stages that a formed batch loses when it goes back to unformed material."""

MATERIALS = (
    "ore",
    "concentrate",
    "mixed-compound",
    "solution",
    "oxide",
    "salt",
    "metal",
    "alloy",
    "powder",
    "compact",
    "block",
    "magnet",
    "assembly",
    "product",
    "scrap",
    "swarf",
    "residue",
    "in-process",
    "ferroboron",
    "iron",
    "cobalt",
    "other",
)
FORMED_MATERIALS = frozenset({"block", "magnet", "assembly", "product"})
UNFORMABLE_MATERIALS = frozenset({"ore", "concentrate", "mixed-compound", "solution", "oxide", "salt"})
SECONDARY_MATERIALS = frozenset({"scrap", "swarf", "residue"})

MAGNET_TYPES = ("NdFeB", "SmCo", "SmFeN", "AlNiCo", "ferrite", "other")
CONSOLIDATIONS = ("sintered", "bonded", "hot-deformed", "cast")
BASES = ("assay", "specification", "estimate")
CUSTODY_MODELS = ("identity-preserved", "segregated", "controlled-blending", "mass-balance", "book-and-claim")
"""ISO 22095 models; the last one is known so that it can be refused by its name."""
TERMS = ("sale", "toll", "consignment", "return", "internal")
DISPOSED_BY_SALE = frozenset({"sale", "consignment"})

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD
    GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW
    MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC
    SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY
    UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()
)
"""ISO 3166-1 alpha-2, officially assigned codes."""
