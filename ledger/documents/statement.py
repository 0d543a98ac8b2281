"""The parts of a report that answer section 857, and how complete they are: cells in words, unknowns in plain sight."""

from collections.abc import Mapping, Sequence

from ledger.bundle.printed import PrintedBeneath, PrintedCell, PrintedEntry, PrintedStatement, PrintedSubject
from ledger.documents.layout import Block, Cell, Line, Note, Picture, Section, Table, Text, data, joined, line
from ledger.documents.voice import Voice
from ledger.pictures.svg import Frame
from ledger.pictures.worldmap import cells_said, draw_map, map_of_statement
from ledger.report.content import CLOSED_LOOP_PPM, TOTAL
from ledger.report.statement import TITLE
from ledger.values.chemistry import RARE_EARTHS
from ledger.words.vocabulary import LABELS, label

__all__ = [
    "completeness_section",
    "content_section",
    "gaps_section",
    "map_section",
    "percent",
    "statement_blocks",
    "statement_section",
]

_STEPS = ("mined", "refined", "metals_and_alloys")
_BODY = ("sintered_or_bonded", "magnetized")
_SOURCES = ("post_consumer_ppm", "pre_consumer_ppm", "primary_ppm", "unknown_ppm")
_KNOWN = ("traced_ppm", "declared_ppm", "unknown_ppm")


def percent(ppm: int) -> str:
    """A share as people read it: `12.5 %`, exact, so that a share above zero is never printed as 0."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + " %"


def statement_section(voice: Voice, subject: PrintedSubject) -> Section:
    """The statement, first of all: what was asked, and what is known of it."""
    _ = voice.gettext
    heading = _("Statement on the origin of the material")
    return Section("statement", heading, statement_blocks(voice, subject, subject.composition))


def statement_blocks(voice: Voice, entry: PrintedEntry, composition: Mapping[str, int] | None) -> tuple[Block, ...]:
    """The statement of a batch, or of one magnet lot: elements by weight, then the body."""
    _, said = voice.gettext, entry.statement
    weights = composition or {}
    elements = sorted(said.elements, key=lambda element: (-weights.get(element, 0), element))
    columns = (_("Element"), *(voice.label("bucket", step) for step in _STEPS))
    rows = tuple(
        (
            line(voice.element(element), "strong"),
            _cells(voice, said.elements[element].mined) + _beneath(voice, said, element, "beneficiated"),
            _cells(voice, said.elements[element].refined) + _beneath(voice, said, element, "fluorinated"),
            _cells(voice, said.elements[element].metals_and_alloys),
        )
        for element in elements
    )
    body = (line(_("The magnet itself"), "strong"), *(_cells(voice, getattr(said, step)) for step in _BODY))
    titles = (_("Body"), *(voice.label("bucket", step) for step in _BODY))
    return (
        Note(_prepared(voice, said), "soft"),
        Table(columns, rows, (16, 28, 28, 28)),
        Table(titles, (body,), (16, 42, 42)),
    )


def content_section(voice: Voice, subject: PrintedSubject) -> Section:
    """What the batch is made of, and where it came from: post-consumer and pre-consumer apart, against the target."""
    _, shares, weights = voice.gettext, subject.recycled, subject.composition
    target = subject.recycled_target.get("target_ppm")
    said = _(
        "Recovered means post-consumer and pre-consumer together; it is held against {target}, the share of a closed"
        " loop. Unknown material never counts as recovered.",
        target=percent(target if isinstance(target, int) else CLOSED_LOOP_PPM),
    )
    blocks: list[Block] = [Note(said, "soft")]
    if weights is None:
        withheld = _("The composition is not known from this report: not disclosed, or withheld from this audience.")
        blocks.append(Note(withheld, "unknown"))
    columns = (
        _("Element"),
        _("Share by mass"),
        *(voice.label("source", source) for source in _SOURCES),
        _("Target"),
    )
    order = sorted(shares, key=lambda name: (name != TOTAL, -(weights or {}).get(name, 0), name))
    rows = [_content_row(voice, subject, name) for name in order]
    rest = 1_000_000 - sum((weights or {}).values())
    if weights is not None and rest > 0:
        unknown = line(voice.label("basis", "unknown"), "unknown")
        rows.append(
            (line(_("not stated"), "unknown"), line(percent(rest), "unknown"), *(unknown for _each in columns[2:]))
        )
    table = Table(columns, tuple(rows), (22, 13, 14, 13, 13, 13, 12))
    return Section("content", _("Composition and recycled content"), (*blocks, table))


def _content_row(voice: Voice, subject: PrintedSubject, name: str) -> tuple[Cell, ...]:
    shares, weights = subject.recycled[name], subject.composition
    bar: tuple[tuple[str, int], ...] = ()
    if name == TOTAL:
        title, bar = voice.label("source", TOTAL), tuple((source, getattr(shares, source)) for source in _SOURCES)
        weight = None if weights is None else sum(ppm for each, ppm in weights.items() if each in RARE_EARTHS)
    else:
        title, weight = voice.element(name), None if weights is None else weights.get(name)
    held = subject.recycled_target.get("shares")
    return (
        (Line(title, "strong", bar),),
        line(percent(weight)) if weight is not None else line(voice.label("basis", "unknown"), "unknown"),
        *(_share(getattr(shares, source), source) for source in _SOURCES),
        _met(voice, held.get(name) if isinstance(held, Mapping) else None),
    )


def map_section(voice: Voice, subject: PrintedSubject) -> Section | None:
    """Where the heaviest rare earth has been, on a map of the statement's own cells.

    None where a code has no words in this version: the map could not say it, and the table says it as it was signed.
    """
    said, weights = subject.statement, subject.composition or {}
    known = [each for each in said.elements if each in LABELS["element"]]
    if not known:
        return None
    element = min(known, key=lambda each: (each not in RARE_EARTHS, -weights.get(each, 0), each))
    stages = map_of_statement(said.model_dump(exclude_none=True), element)
    if any(cell.get("reason", "undisclosed") not in LABELS["reason"] for stage in stages for cell in stage.cells):
        return None
    name = f"{subject.batch[:16]}…#{subject.batch.rpartition('#')[2]}"
    frame = Frame(voice.languages[0], standalone=True, ident="report-map")
    drawn = "".join(draw_map(stages, element, name, frame).splitlines())  # a line end is a character without a shape
    described = voice.each(
        lambda language: "; ".join(
            f"{label('bucket', stage.bucket, language)}: {cells_said(stage, language)}" for stage in stages
        )
    )
    heading = voice.gettext("Where it has been: {element}", element=voice.element(element))
    return Section("map", heading, (Picture(drawn, described),))


def completeness_section(voice: Voice, subject: PrintedSubject) -> Section:
    """How much of the statement is traced, declared, unknown."""
    _, known = voice.gettext, subject.completeness
    columns = tuple(voice.label("completeness", name) for name in _KNOWN)
    row = tuple(_share(getattr(known, name), name) for name in _KNOWN)
    bar = tuple((name, getattr(known, name)) for name in _KNOWN)
    said = _(
        "Of what the statement asks of the elements, by mass. Declared means stated by somebody, not followed here."
    )
    first = (Line(row[0][0].text, row[0][0].tone, bar),)
    return Section(
        "completeness", _("Completeness"), (Note(said, "soft"), Table(columns, ((first, *row[1:]),), (40, 30, 30)))
    )


def gaps_section(voice: Voice, subject: PrintedSubject) -> Section:
    """What is still open, by when it is to be followed up, and what was asked about it."""
    _, gaps = voice.gettext, subject.gaps
    blocks: list[Block] = []
    if not gaps.cells:
        blocks.append(Note(_("The statement leaves nothing open.")))
        return Section("gaps", _("What is still open"), tuple(blocks))
    if gaps.delivered and gaps.due:
        said = _("Delivered on {day}: to be followed up by {due}, 180 days later.", day=gaps.delivered, due=gaps.due)
    else:
        said = _("No day of delivery was stated, so no day to follow up by follows from it.")
    rows = tuple(
        (
            line(voice.element(gap.element), "strong"),
            line(voice.label("bucket", gap.bucket)),
            line(percent(gap.share_ppm), "unknown"),
            line(voice.label("reason", gap.reason), "unknown"),
            line(voice.listed([voice.label("outcome", each.outcome) for each in gap.inquiries]))
            if gap.inquiries
            else line(_("none was recorded"), "unknown"),
        )
        for gap in gaps.cells
    )
    columns = (_("Element"), _("Step"), _("Share"), _("Unknown because"), _("Inquiries"))
    return Section("gaps", _("What is still open"), (Note(said), Table(columns, rows, (18, 24, 14, 22, 22))))


def _prepared(voice: Voice, said: PrintedStatement) -> Text:
    """The title as it was signed, in English; its meaning in Chinese, if it is the title that we know."""
    known = voice.gettext(
        "Prepared against section 857(a)(2) of the James M. Inhofe National Defense Authorization Act for Fiscal Year"
        " 2023 (Public Law 117-263)."
    )
    signed = f"{said.title[:1].upper()}{said.title[1:]}."
    return voice.each(
        lambda language: voice.of(known, language) if said.title == TITLE and language != "en" else signed
    )


def _cells(voice: Voice, cells: Sequence[PrintedCell]) -> Cell:
    """The cells of one bucket, the largest first."""
    return tuple(_cell(voice, cell) for cell in sorted(cells, key=lambda cell: (-cell.share_ppm, cell.said)))


def _cell(voice: Voice, cell: PrintedCell) -> Line:
    share, basis = data(percent(cell.share_ppm)), voice.label("basis", cell.basis)
    if cell.basis == "unknown":
        why = voice.label("reason", cell.reason) if cell.reason else voice.gettext("no reason given")
        return Line(voice.gettext("Unknown: {why}, {share}", why=why, share=share), "unknown")
    if not cell.countries:
        return Line(joined([basis, share]), "soft" if cell.basis == "not-done" else "")
    where = voice.each(
        lambda language: " + ".join(voice.of(voice.country(country), language) for country in cell.countries)
    )
    if cell.basis == "declared":
        return Line(voice.gettext("{where}, declared, {share}", where=where, share=share))
    return Line(voice.gettext("{where}, {share}", where=where, share=share))


def _beneath(voice: Voice, said: PrintedStatement, element: str, step: str) -> Cell:
    """What is shown apart beneath a bucket, where it occurs."""
    beneath = (said.beneath or {}).get(element, PrintedBeneath())
    cells: list[PrintedCell] = getattr(beneath, step) or []
    title = voice.label("bucket", step)
    return tuple(
        Line(voice.gettext("{what}: {where}", what=title, where=each.text), each.tone or "soft")
        for each in _cells(voice, cells)
    )


def _share(ppm: int, name: str) -> Cell:
    return line(percent(ppm), "unknown" if name == "unknown_ppm" and ppm else "")


def _met(voice: Voice, held: object) -> Cell:
    met = held.get("met") if isinstance(held, Mapping) else None
    code = met if isinstance(met, str) else "unknown"
    return line(voice.label("met", code), "unknown" if code == "unknown" else "")
