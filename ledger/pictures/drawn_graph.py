"""The provenance graph drawn: cards in the columns of their stages, edges from what was taken to what was made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ledger.pictures.graph import COLUMNS, Card, Graph
from ledger.pictures.layers import circles, columns, ordered
from ledger.pictures.looks import LINE, SIZE
from ledger.pictures.masses import exact_mass, short_mass
from ledger.pictures.names import column_named, origin_named
from ledger.pictures.svg import Drawing, Frame
from ledger.pictures.text import fitted, text_width
from ledger.words.catalogue import words
from ledger.words.language import Language
from ledger.words.vocabulary import LABELS, country_name, label

__all__ = ["Addresses", "draw_graph"]

MARGIN = 120
WIDE, TALL, STEP, GAP = 1_640, 600, 2_250, 170
_WAY = 60
_CHIP = 330
_RANK = 1_000

Addresses = Callable[[Card], str]
"""Where a click on a card leads; empty for nowhere."""


@dataclass(frozen=True, slots=True, order=True)
class _Spot:
    """A place in a column: a card, or the way of a link that passes by."""

    name: str
    way: int = 0


def draw_graph(graph: Graph, name: str, frame: Frame, to_card: Addresses, to_more: Addresses) -> str:
    """The graph near a batch of some name, as SVG. A crowd, and what has more behind it, leads to more of it."""
    language = frame.language
    _ = words(language).gettext
    title = _("What batch {batch} was made of, and what was made of it").format(batch=name)
    drawing = Drawing(frame, title, _described(graph, language), linked=True)
    cards = {card.name: card for card in graph.cards}
    placed = _placed(graph, cards)
    chips = any(card.more and card.depth <= 0 and placed[_Spot(card.name)][0] == 0 for card in graph.cards)
    left, top = MARGIN + (_CHIP if chips else 0), MARGIN + 4 * LINE
    where = {spot: (left + x * STEP, top + y) for spot, (x, y) in placed.items()}
    width = max(x for x, _y in where.values()) + WIDE + MARGIN + _CHIP
    height = max(y for _x, y in where.values()) + TALL + MARGIN
    drawing.text("strong", MARGIN, MARGIN + SIZE, fitted(title, width - 2 * MARGIN, SIZE))
    _headings(drawing, graph, where, language)
    for link in sorted(graph.links):
        _edge(drawing, link.start, link.end, where, part=link.part)
    painter = _Cards(drawing, language, to_card, to_more)
    for card in sorted(graph.cards):
        painter.draw(card, *where[_Spot(card.name)], subject=card.name == graph.subject)
    if graph.cut:
        drawing.text("quiet", MARGIN, height, _("{n} more are not drawn: see the table.").format(n=graph.cut))
        height += LINE
    return drawing.finished(max(width, MARGIN * 2 + text_width(title, SIZE)), height)


def _described(graph: Graph, language: Language) -> str:
    _ = words(language).gettext
    up = sum(card.count for card in graph.cards if card.depth < 0)
    down = sum(card.count for card in graph.cards if card.depth > 0)
    return _("{up} batches upstream and {down} downstream are shown; the table beside it has the same.").format(
        up=up, down=down
    )


def _placed(graph: Graph, cards: Mapping[str, Card]) -> dict[_Spot, tuple[int, int]]:
    """Column and height of every card, and of the ways of links between columns that are not neighbours."""
    edges = sorted({(link.start, link.end) for link in graph.links})
    looped = {name for circle in circles(cards, edges) for name in circle}
    edges = [edge for edge in edges if not looped.issuperset(edge)]
    least = {card.name: COLUMNS.index(card.column) * _RANK for card in graph.cards}
    column = columns(cards, edges, least)
    spots = {_Spot(name): place for name, place in column.items()}
    weights: dict[tuple[_Spot, _Spot], int] = {}
    for start, end in edges:
        chain = [_Spot(start)]
        for place in range(column[start] + 1, column[end]):
            spot = _Spot(f"{start}>{end}", place)
            spots[spot] = place
            chain.append(spot)
        for pair in zip(chain, [*chain[1:], _Spot(end)], strict=True):
            weights[pair] = 1
    many = max(spots.values()) + 1
    layers = ordered([sorted(spot for spot, at in spots.items() if at == place) for place in range(many)], weights)
    return _stacked(layers, weights)


def _stacked(
    layers: Sequence[Sequence[_Spot]], weights: Mapping[tuple[_Spot, _Spot], int]
) -> dict[_Spot, tuple[int, int]]:
    """Cards beneath each other, columns in the middle, each as near to what it touches as its neighbours let it."""
    near: dict[_Spot, list[_Spot]] = {spot: [] for layer in layers for spot in layer}
    for start, end in weights:
        near[start].append(end)
        near[end].append(start)
    tall = max(sum(_height(spot) + GAP for spot in layer) for layer in layers) - GAP
    tops: dict[_Spot, int] = {}
    for layer in layers:
        at = (tall - sum(_height(spot) + GAP for spot in layer) + GAP) // 2
        for spot in layer:
            tops[spot] = at
            at += _height(spot) + GAP
    for _ in range(6):
        for layer in layers:
            at = 0
            for spot in layer:
                middles = [tops[each] + _height(each) // 2 for each in near[spot]]
                wanted = sum(middles) // len(middles) - _height(spot) // 2 if middles else tops[spot]
                tops[spot] = max(at, wanted)
                at = tops[spot] + _height(spot) + GAP
            at = tall
            for spot in reversed(layer):
                tops[spot] = min(tops[spot], at - _height(spot))
                at = tops[spot] - GAP
    return {spot: (place, tops[spot]) for place, layer in enumerate(layers) for spot in layer}


def _height(spot: _Spot) -> int:
    return _WAY if spot.way else TALL


def _headings(drawing: Drawing, graph: Graph, where: Mapping[_Spot, tuple[int, int]], language: Language) -> None:
    names: dict[int, dict[str, None]] = {}
    for card in sorted(graph.cards, key=lambda card: COLUMNS.index(card.column)):
        names.setdefault(where[_Spot(card.name)][0], {})[card.column] = None
    for x, stages in sorted(names.items()):
        said = " / ".join(column_named(stage, language) for stage in stages)
        drawing.text("quiet", x, MARGIN + 3 * LINE, fitted(said, STEP - 100, 105))
        drawing.line("rule", x, MARGIN + 3 * LINE + 50, x + WIDE, MARGIN + 3 * LINE + 50)


def _edge(drawing: Drawing, start: str, end: str, where: Mapping[_Spot, tuple[int, int]], *, part: bool) -> None:
    x, y = where[_Spot(start)]
    x, y = x + WIDE, y + TALL // 2
    steps: list[str | int] = ["M", x, y]
    target = where[_Spot(end)]
    ways = sorted((spot.way, at) for spot, at in where.items() if spot.name == f"{start}>{end}")
    for _place, (wx, wy) in ways:
        middle = (x + wx) // 2
        steps += ["C", middle, y, middle, wy + _WAY // 2, wx, wy + _WAY // 2, "H", wx + WIDE]
        x, y = wx + WIDE, wy + _WAY // 2
    tx, ty = target[0] - 70, target[1] + TALL // 2
    middle = (x + tx) // 2
    steps += ["C", middle, y, middle, ty, tx, ty]
    drawing.path("edge-part" if part else "edge", steps)
    drawing.path("arrow", ["M", target[0] - 10, ty, "l", -90, -45, "v", 90, "z"])


@dataclass(frozen=True, slots=True)
class _Cards:
    """Drawing cards: in a language, each leading somewhere."""

    drawing: Drawing
    language: Language
    to_card: Addresses
    to_more: Addresses

    def draw(self, card: Card, x: int, y: int, *, subject: bool) -> None:
        """A card with three lines; a crowd as two cards, one behind the other."""
        lines = _lines(card, self.language)
        address = "" if subject else self.to_more(card) if card.count > 1 else self.to_card(card)
        wide, tall = (WIDE - 60, TALL - 60) if card.count > 1 else (WIDE, TALL)
        with self.drawing.link(address, " · ".join(lines)):
            if card.count > 1:
                self.drawing.rect("card-group", x + 60, y + 60, wide, tall, rounded=70)
            role = _role(card, subject=subject)
            self.drawing.rect(role, x, y, wide, tall, rounded=70, tip=_tip(card, self.language))
            for row, line in enumerate(lines):
                size = 105 if row else SIZE
                place = y + 190 + row * LINE
                self.drawing.text("over-quiet" if row else "over", x + 100, place, fitted(line, wide - 180, size))
        if card.more and card.opens:
            self._chip(card, x if card.depth <= 0 else x + WIDE, y + TALL // 2)

    def _chip(self, card: Card, x: int, y: int) -> None:
        """How many more there are behind a card, on the side where they are."""
        _ = words(self.language).gettext
        said = f"+{card.more}"
        wide = text_width(said, 105) + 110
        left = x - wide + 60 if card.depth <= 0 else x - 60
        with self.drawing.link(self.to_more(card), _("Show {n} more").format(n=card.more)):
            self.drawing.rect("chip", left, y - 110, wide, 220, rounded=110)
            self.drawing.text("label-small", left + wide // 2, y + 38, said, anchor="middle")


def _role(card: Card, *, subject: bool) -> str:
    if subject:
        return "card-self"
    if card.origin in ("undisclosed", "undetermined"):
        return "card-unknown"
    return "card-recycled" if card.column == "recycled" else "card-group" if card.count > 1 else "card"


def _lines(card: Card, language: Language) -> list[str]:
    _ = words(language).gettext
    material = label("material", card.material, language) if card.material in LABELS["material"] else _("unknown")
    first = f"{card.count} × {material}" if card.count > 1 else card.lot or material
    where = country_name(card.country, language) if card.country else _("country unknown")
    second = where if first != card.lot else f"{material} · {where}"
    if card.origin:
        second = f"{origin_named(card.origin, language)} · {where}"
    third = short_mass(card.mass_mg) if card.mass_mg is not None else _("mass not open to you")
    return [first, second, third]


def _tip(card: Card, language: Language) -> str:
    said = [*_lines(card, language)[:2], exact_mass(card.mass_mg) if card.mass_mg is not None else "", card.name]
    return " · ".join(each for each in said if each)
