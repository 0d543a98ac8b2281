"""What a picture calls its parts, in English and Chinese."""

from collections.abc import Sequence

from ledger.pictures.flows import BATCH, LOSS, STAGE, Node
from ledger.words.catalogue import words
from ledger.words.language import Language
from ledger.words.vocabulary import LABELS, country_name, label

__all__ = [
    "column_named",
    "countries_named",
    "element_named",
    "node_named",
    "origin_named",
    "place_named",
    "stage_named",
]

_MANY = 3


def stage_named(stage: str, language: Language) -> str:
    """A group of steps."""
    _ = words(language).gettext
    return {
        "concentrate": _("Beneficiation"),
        "oxide": _("Separation, oxide"),
        "metal": _("Metal"),
        "alloy": _("Alloy"),
        "magnet": _("Magnet"),
        "assembly": _("Assembly"),
        "recycling": _("Recycling"),
        "handling": _("Handling"),
    }.get(stage) or " + ".join(stage_named(part, language) for part in stage.split("+"))


def column_named(column: str, language: Language) -> str:
    """A column of the provenance graph."""
    _ = words(language).gettext
    return {
        "recycled": _("Recycled feed"),
        "ore": _("Ore, concentrate"),
        "oxide": _("Oxide, compounds"),
        "metal": _("Metal"),
        "alloy": _("Alloy, powder"),
        "magnet": _("Magnet"),
        "product": _("Product"),
        "other": _("Other"),
    }[column]


def origin_named(origin: str, language: Language) -> str:
    """Where mass is from."""
    _ = words(language).gettext
    return {
        "mined": _("Mined"),
        "declared": _("Declared"),
        "post-consumer": _("Recycled, post-consumer"),
        "pre-consumer": _("Recycled, pre-consumer"),
        "unknown": _("Unknown"),
        "undisclosed": _("Unknown: not disclosed"),
        "undetermined": _("Unknown: not determined"),
    }[origin]


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
