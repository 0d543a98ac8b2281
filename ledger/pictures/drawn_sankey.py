"""The Sankey picture drawn: bands, bars, labels, a legend, and in words what the picture cannot show."""

from collections.abc import Sequence
from dataclasses import replace

from ledger.pictures.flows import BATCH, LOSS, ORIGINS, STAGE, Flow, Flows, Node
from ledger.pictures.looks import LINE, SIZE
from ledger.pictures.masses import exact_mass, percent, short_mass
from ledger.pictures.names import countries_named, element_named, node_named, origin_named, place_named
from ledger.pictures.sankey import BAR, MARGIN, STEP, Band, Bar, Layout, laid_out, simplified
from ledger.pictures.svg import Drawing, Frame
from ledger.pictures.text import fitted, text_width, wrapped
from ledger.words.catalogue import words
from ledger.words.language import Language

__all__ = ["draw_sankey", "drawn_legend", "endings_said", "summary_said"]

_LEAST_WIDTH = 7_600
_SWATCH = 220
_NARROW = 12


def draw_sankey(flows: Flows, name: str, frame: Frame) -> str:
    """The flows of an element into a batch of some name, as SVG."""
    language = frame.language
    _ = words(language).gettext
    title = _("{element} in batch {batch}").format(
        element=element_named(flows.element, language, begins=True), batch=name
    )
    drawing = Drawing(frame, title, summary_said(flows, language))
    shown = simplified(flows)
    layout = laid_out(_losses_in_one(shown), MARGIN + 4 * LINE)
    width = max(layout.width, _LEAST_WIDTH)
    drawing.text("strong", MARGIN, MARGIN + SIZE, fitted(title, width - 2 * MARGIN, SIZE))
    for row, line in enumerate(wrapped(summary_said(flows, language), width - 2 * MARGIN, SIZE)[:2]):
        drawing.text("quiet", MARGIN, MARGIN + SIZE + (row + 1) * LINE, line)
    for band in layout.bands:
        _band(drawing, band, language)
        _hair(drawing, band)
    for bar in layout.bars:
        _bar(drawing, bar, shown, language)
    for bar in layout.bars:
        _label(drawing, bar, shown, language)
    bottom = _legend(drawing, shown, layout, width, language)
    for said in endings_said(flows, language):
        for line in wrapped(said, width - 2 * MARGIN, SIZE):
            drawing.text("quiet", MARGIN, bottom, line)
            bottom += LINE
    return drawing.finished(width, bottom)


def summary_said(flows: Flows, language: Language) -> str:
    """In one sentence what went in, what is in the batch and what was lost."""
    _ = words(language).gettext
    lost = sum(flow.mass_mg for flow in flows.flows if flow.end.kind == LOSS)
    unknown = sum(f.mass_mg for f in flows.flows if f.end.kind == BATCH and f.origin == "unknown")
    recycled = sum(f.mass_mg for f in flows.flows if f.end.kind == BATCH and f.origin.endswith("-consumer"))
    return _(
        "{put_in} went in = {held} in the batch + {lost} lost on the way. Of the batch {recycled} is recycled, "
        "{unknown} of unknown origin."
    ).format(
        put_in=exact_mass(flows.mass_mg + lost),
        held=exact_mass(flows.mass_mg),
        lost=exact_mass(lost),
        recycled=percent(recycled, flows.mass_mg),
        unknown=percent(unknown, flows.mass_mg),
    )


def endings_said(flows: Flows, language: Language) -> list[str]:
    """What the picture cannot show, in words."""
    _ = words(language).gettext
    said = {
        "withheld": _("{mass} comes from records whose masses are not open to you: its way is drawn by its routes, "
                      "and what was lost there is unknown."),
        "limit": _("{mass} comes from further upstream than one picture walks: its way is drawn by its routes, "
                   "and what was lost there is not shown."),
        "returned": _("{mass} is scrap of other products: what was lost before it fell off belongs to them."),
        "apart": _("{mass} was taken out of assemblies, which keep what is inside apart: its way is drawn by its "
                   "routes, and what was lost there is not shown."),
        "erased": _("{mass} comes from records that were erased: what was lost there is unknown."),
    }  # fmt: skip
    return [
        text.format(mass=exact_mass(flows.ended[ending])) for ending, text in said.items() if flows.ended.get(ending)
    ]


def _losses_in_one(flows: Flows) -> Flows:
    """A loss is one band, of whatever origin."""
    masses: dict[tuple[Node, Node, str], int] = {}
    for flow in flows.flows:
        key = (flow.start, flow.end, "unknown" if flow.end.kind == LOSS else flow.origin)
        masses[key] = masses.get(key, 0) + flow.mass_mg
    return replace(flows, flows=[Flow(*key, mass) for key, mass in sorted(masses.items())])


def _band(drawing: Drawing, band: Band, language: Language) -> None:
    middle = (band.x1 + band.x2) // 2
    flow = band.flow
    tip = f"{place_named(flow.start, language)} → {place_named(flow.end, language)}: {exact_mass(flow.mass_mg)}"
    lost = flow.end.kind == LOSS
    drawing.path(
        "loss" if lost else flow.origin,
        [
            "M", band.x1, band.top1, "C", middle, band.top1, middle, band.top2, band.x2, band.top2,
            "V", band.bottom2, "C", middle, band.bottom2, middle, band.bottom1, band.x1, band.bottom1, "Z",
        ],
        tip=tip if lost else f"{tip} ({origin_named(flow.origin, language)})",
    )  # fmt: skip


def _hair(drawing: Drawing, band: Band) -> None:
    """What is too narrow to be seen gets a line, so that a milligram of unknown is not drawn as nothing."""
    if max(band.bottom1 - band.top1, band.bottom2 - band.top2) >= _NARROW:
        return
    middle = (band.x1 + band.x2) // 2
    role = "hair-unknown" if band.flow.origin == "unknown" else "hair"
    drawing.path(role, ["M", band.x1, band.top1, "C", middle, band.top1, middle, band.top2, band.x2, band.top2])


def _bar(drawing: Drawing, bar: Bar, flows: Flows, language: Language) -> None:
    role = "node"
    if bar.node.kind == LOSS:
        role = "loss"
    elif bar.node in flows.unweighed:
        role = "node-unweighed"
    tip = f"{place_named(bar.node, language)}: {exact_mass(bar.mass_mg)}"
    drawing.rect(role, bar.x, bar.y, BAR, max(bar.height, 10), tip=tip)


def _label(drawing: Drawing, bar: Bar, flows: Flows, language: Language) -> None:
    room = STEP - BAR - 120
    said = [short_mass(bar.mass_mg)]
    if bar.node.kind == LOSS:
        said = [f"{said[0]} ({percent(bar.mass_mg, flows.into(Node(STAGE, bar.node.stage, bar.node.countries)))})"]
    elif bar.node.countries:
        said = [countries_named(bar.node.countries, language), *said]
    middle = bar.y + bar.height // 2
    x = bar.x + BAR + 60
    first, second = fitted(node_named(bar.node, language), room, SIZE), fitted(" · ".join(said), room, SIZE)
    if bar.node.kind == LOSS:  # other bands may pass behind it
        wide = max(text_width(first, SIZE), text_width(second, SIZE - 15)) * 9 // 10
        drawing.rect("behind", x - 30, middle - 145, wide + 40, 2 * LINE - 10, rounded=40)
    drawing.text("over", x, middle - 20, first)
    drawing.text("over-quiet", x, middle + LINE - 30, second)


def _legend(drawing: Drawing, flows: Flows, layout: Layout, width: int, language: Language) -> int:
    """What the fillings mean, of those that are there; returns where the next line goes."""
    _ = words(language).gettext
    present = {flow.origin for flow in flows.flows}
    entries = [(origin, origin_named(origin, language)) for origin in ORIGINS if origin in present]
    if any(flow.end.kind == LOSS for flow in flows.flows):
        entries.append(("loss", _("Loss")))
    if flows.unweighed & set(flows.nodes()):
        entries.append(("node-unweighed", _("Losses there are not known to you")))
    return drawn_legend(drawing, entries, layout.height + 3 * LINE, width)


def drawn_legend(drawing: Drawing, entries: Sequence[tuple[str, str]], top: int, width: int) -> int:
    """Swatches with their meaning, in rows; returns where the next line goes."""
    x, y = MARGIN, top
    for role, meaning in entries:
        needed = _SWATCH + 80 + text_width(meaning, SIZE) + 240
        if x + needed > width and x > MARGIN:
            x, y = MARGIN, y + LINE + 60
        drawing.rect(role, x, y - 105, _SWATCH, 125)
        drawing.text("label", x + _SWATCH + 80, y, meaning)
        x += needed
    return y + 2 * LINE
