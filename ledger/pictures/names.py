"""What a picture calls its parts, in English and Chinese."""

from collections.abc import Mapping, Sequence

from ledger.pictures.flows import BATCH, LOSS, STAGE, Node
from ledger.words.catalogue import words
from ledger.words.language import Language
from ledger.words.vocabulary import LABELS, country_name, label

__all__ = [
    "COLUMN_WORDS",
    "N_",
    "ORIGIN_WORDS",
    "STAGE_WORDS",
    "column_named",
    "countries_named",
    "element_named",
    "node_named",
    "origin_named",
    "place_named",
    "stage_named",
]


def N_(text: str) -> str:  # noqa: N802 - the name by which Babel finds what is translated later
    """Mark a sentence that is translated later."""
    return text


STAGE_WORDS: Mapping[str, str] = {
    "concentrate": N_("Beneficiation"),
    "oxide": N_("Separation, oxide"),
    "metal": N_("Metal"),
    "alloy": N_("Alloy"),
    "magnet": N_("Magnet"),
    "assembly": N_("Assembly"),
    "recycling": N_("Recycling"),
    "handling": N_("Handling"),
}
"""What a group of steps is called, in English."""
COLUMN_WORDS: Mapping[str, str] = {
    "recycled": N_("Recycled feed"),
    "ore": N_("Ore, concentrate"),
    "oxide": N_("Oxide, compounds"),
    "metal": N_("Metal"),
    "alloy": N_("Alloy, powder"),
    "magnet": N_("Magnet"),
    "product": N_("Product"),
    "other": N_("Other"),
}
"""What a column of the graph is called, in English."""
ORIGIN_WORDS: Mapping[str, str] = {
    "mined": N_("Mined"),
    "declared": N_("Declared"),
    "post-consumer": N_("Recycled, post-consumer"),
    "pre-consumer": N_("Recycled, pre-consumer"),
    "unknown": N_("Unknown"),
    "undisclosed": N_("Unknown: not disclosed"),
    "undetermined": N_("Unknown: not determined"),
}
"""Where mass is from, in English."""
_MANY = 3


def stage_named(stage: str, language: Language) -> str:
    """A group of steps, or several that are drawn as one."""
    _ = words(language).gettext
    return " + ".join(_(STAGE_WORDS[part]) for part in stage.split("+"))


def column_named(column: str, language: Language) -> str:
    """A column of the provenance graph."""
    return words(language).gettext(COLUMN_WORDS[column])


def origin_named(origin: str, language: Language) -> str:
    """Where mass is from."""
    return words(language).gettext(ORIGIN_WORDS[origin])


def node_named(node: Node, language: Language) -> str:
    """A node of the flows, without its countries."""
    _ = words(language).gettext
    if node.kind == STAGE:
        return stage_named(node.stage, language)
    if node.kind == BATCH:
        return _("This batch")
    if node.kind == LOSS:
        return _("Loss")
    if node.kind == "addition":
        return _("Added: {material}").format(material=_material(node.stage, language))
    if node.kind == "undisclosed" and node.stage in LABELS["reason"]:
        return _("Unknown: {reason}").format(reason=label("reason", node.stage, language))
    return origin_named(node.kind, language)


def countries_named(countries: Sequence[str], language: Language) -> str:
    """One country by its name, some by their codes, many by their number."""
    _ = words(language).gettext
    if len(countries) == 1:
        return country_name(countries[0], language)
    if len(countries) <= _MANY:
        return ", ".join(countries)
    return _("{n} countries").format(n=len(countries))


def place_named(node: Node, language: Language) -> str:
    """A node with its countries."""
    name = node_named(node, language)
    if not node.countries or node.kind == LOSS:
        return name
    return f"{name} · {countries_named(node.countries, language)}"


def element_named(element: str, language: Language, *, begins: bool = False) -> str:
    """An element with its symbol; with a capital where it begins a sentence."""
    name = label("element", element, language) if element in LABELS["element"] else element
    if name == element:
        return name
    return f"{name[:1].upper() if begins else name[:1]}{name[1:]} ({element})"


def _material(material: str, language: Language) -> str:
    return label("material", material, language) if material in LABELS["material"] else material
