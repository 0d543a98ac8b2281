"""The map of the stages: where in the world each step of the statement happened, and in words what is unknown.

It draws cells of a section 857 statement as they are printed, so page, report and map cannot differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.material.routes import DECLARED, TRACED
from ledger.pictures.looks import LINE, SIZE
from ledger.pictures.names import element_named
from ledger.pictures.svg import Drawing, Frame
from ledger.pictures.text import fitted, text_width, wrapped
from ledger.pictures.world import HEIGHT, WIDTH, outlines, point_of
from ledger.report.statement import BODY_BUCKETS, ELEMENT_BUCKETS, UNKNOWN_BASIS
from ledger.values.quantity import PPM
from ledger.words.catalogue import words
from ledger.words.language import Language
from ledger.words.vocabulary import LABELS, country_name, label

__all__ = ["StageCells", "cells_said", "draw_map", "map_of_statement"]

MARGIN = 120
_BADGE = 95
_STEP = 210
_TALL = 230
_TOP = MARGIN + 2 * LINE
_BAR_LEFT, _BAR = 2_700, 1_600
_MOST_CELLS, _MOST_NAMES = 4, 3

Cell = Mapping[str, Any]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class StageCells:
    """One statutory step with its cells, as a statement prints them."""

    bucket: str
    cells: Sequence[Cell]


@dataclass(slots=True)
class _Place:
    """A country that is marked: the numbers of its stages, each with how it is known."""

    code: str
    stages: dict[int, str] = field(default_factory=dict)


def map_of_statement(statement: Mapping[str, Any], element: str) -> list[StageCells]:
    """The stages of an element, and of the body, out of a printed statement (docs/formats/report.md)."""
    told = statement["elements"][element]
    cells = [StageCells(bucket.name, told[bucket.name]) for bucket in ELEMENT_BUCKETS]
    return cells + [StageCells(bucket.name, statement[bucket.name]) for bucket in BODY_BUCKETS]


def draw_map(stages: Sequence[StageCells], element: str, name: str, frame: Frame) -> str:
    """The stages of an element of a batch of some name on a map of the world, as SVG."""
    language = frame.language
    _ = words(language).gettext
    title = _("Where {element} of batch {batch} has been").format(element=element_named(element, language), batch=name)
    lines = [(number, stage, cells_said(stage, language)) for number, stage in enumerate(stages, 1)]
    description = "; ".join(f"{label('bucket', stage.bucket, language)}: {said}" for _number, stage, said in lines)
    drawing = Drawing(frame, title, description)
    drawing.text("strong", MARGIN, MARGIN + SIZE, fitted(title, WIDTH - 2 * MARGIN, SIZE))
    places = _places(stages)
    _land(drawing, places, language)
    _labels(drawing, places, language)
    bottom = _TOP + HEIGHT + 2 * LINE
    for number, stage, said in lines:
        bottom = _line(drawing, number, stage, said, bottom, language)
    bottom = _legend(drawing, stages, bottom + 40, language)
    off = [place for place in places.values() if point_of(place.code) is None]
    if off:
        names = ", ".join(country_name(place.code, language) for place in off)
        drawing.text("quiet", MARGIN, bottom, _("Not on this map: {countries}").format(countries=names))
        bottom += LINE
    return drawing.finished(WIDTH, bottom + LINE)


def cells_said(stage: StageCells, language: Language) -> str:
    """The cells of a stage in one line: countries with their shares, and what is unknown with its reason.

    Of many only the largest are named, and all that is unknown.
    """
    _ = words(language).gettext
    known = sorted(
        (cell for cell in stage.cells if cell["basis"] != UNKNOWN_BASIS), key=lambda cell: -int(cell["share_ppm"])
    )
    unknown = [cell for cell in stage.cells if cell["basis"] == UNKNOWN_BASIS]
    said = [_cell_said(cell, language) for cell in [*known[:_MOST_CELLS], *unknown]]
    if left := known[_MOST_CELLS:]:
        share = _share(sum(int(cell["share_ppm"]) for cell in left))
        said.append(_("{n} others {share}").format(n=len(left), share=share))
    return "; ".join(said)


def _cell_said(cell: Cell, language: Language) -> str:
    share = _share(int(cell["share_ppm"]))
    basis = label("basis", str(cell["basis"]), language)
    if cell["countries"]:
        codes = cell["countries"]
        names = [country_name(code, language) for code in codes] if len(codes) <= _MOST_NAMES else codes
        return f"{' + '.join(names)} {share} ({basis})"
    reason = str(cell.get("reason", ""))
    return f"{basis} {share}" + (f" ({label('reason', reason, language)})" if reason else "")


def _share(ppm: int) -> str:
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "\u00a0%"


def _places(stages: Sequence[StageCells]) -> dict[str, _Place]:
    """The countries of all stages. One is traced at a stage only if all that is said of it there is."""
    places: dict[str, _Place] = {}
    for number, stage in enumerate(stages, 1):
        for cell in stage.cells:
            for code in cell["countries"]:
                known = places.setdefault(code, _Place(code)).stages
                basis = str(cell["basis"])
                known[number] = basis if known.get(number, basis) == basis else DECLARED
    return dict(sorted(places.items()))


def _land(drawing: Drawing, places: Mapping[str, _Place], language: Language) -> None:
    drawing.rect("sea", 0, _TOP, WIDTH, HEIGHT)
    with drawing.moved(0, _TOP):
        plain = [step for code, outline in outlines().items() if code not in places for step in outline]
        drawing.path("land", plain)
        for code in places:
            if code in outlines():
                drawing.path("land-marked", outlines()[code], tip=country_name(code, language))


def _labels(drawing: Drawing, places: Mapping[str, _Place], language: Language) -> None:
    """Beside each country its stages by number and its name, nearest first where nothing else is."""
    taken: list[Box] = []
    for place in places.values():
        point = point_of(place.code)
        if point is None:
            continue
        x, y = point[0], point[1] + _TOP
        name = country_name(place.code, language)
        width = len(place.stages) * _STEP + text_width(name, SIZE) + 130
        box = _free(x, y, width, taken)
        taken.append(box)
        _mark(drawing, place, name, (x, y), box)


def _mark(drawing: Drawing, place: _Place, name: str, point: tuple[int, int], box: Box) -> None:
    left, top, right, bottom = box
    x = min(max(point[0], left), right)
    y = min(max(point[1], top), bottom)
    drawing.line("leader", *point, x, y)
    drawing.circle("arrow", *point, 30)
    drawing.rect("tag", left, top, right - left, bottom - top, rounded=60)
    at = left + 20 + _BADGE
    middle = (top + bottom) // 2
    for number, basis in sorted(place.stages.items()):
        _badge(drawing, number, at, middle, traced=basis == TRACED)
        at += _STEP
    drawing.text("label", at - _BADGE + 20, middle + 42, name)


def _badge(drawing: Drawing, number: int, x: int, y: int, *, traced: bool) -> None:
    """A stage's number: filled where it is traced, in a broken ring where it is only declared."""
    drawing.circle("badge" if traced else "badge-declared", x, y, _BADGE)
    drawing.text("badge-text" if traced else "badge-text-declared", x, y + 38, str(number or ""), anchor="middle")


def _free(x: int, y: int, width: int, taken: Sequence[Box]) -> Box:
    """The nearest place for a label that is within the map and on no other label."""
    for dx, dy in _around():
        left = x + dx if dx >= 0 else x + dx - width
        left = min(max(left, 20), WIDTH - width - 20)
        top = y + dy - _TALL // 2
        box = (left, top, left + width, top + _TALL)
        inside = top >= _TOP and top + _TALL <= _TOP + HEIGHT
        if inside and not any(_overlap(box, other) for other in taken):
            return box
    return (min(max(x, 20), WIDTH - width - 20), y, min(max(x, 20), WIDTH - width - 20) + width, y + _TALL)


def _around() -> Iterator[tuple[int, int]]:
    """Ways from a point, the shortest first."""
    for ring in range(1, 16):
        for dx, dy in ((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1)):
            yield dx * 110 * ring, dy * 190 * ring


def _overlap(one: Box, other: Box) -> bool:
    gap = 25
    return one[0] < other[2] + gap and other[0] < one[2] + gap and one[1] < other[3] + gap and other[1] < one[3] + gap


def _line(drawing: Drawing, number: int, stage: StageCells, said: str, top: int, language: Language) -> int:
    """What a stage's number means, its cells as a bar and in words; returns where the next one goes."""
    _badge(drawing, number, MARGIN + _BADGE, top - 40, traced=True)
    drawing.text("strong", MARGIN + 260, top, fitted(label("bucket", stage.bucket, language), _BAR_LEFT - 500, SIZE))
    shown = so_far = 0
    for cell in stage.cells:
        so_far += int(cell["share_ppm"])
        right = so_far * _BAR // PPM
        tip = _cell_said(cell, language)
        gap = 10 if right - shown > 60 and right < _BAR else 0
        drawing.rect(f"basis-{cell['basis']}", _BAR_LEFT + shown, top - 110, right - shown - gap, 135, tip=tip)
        shown = right
    start = _BAR_LEFT + _BAR + 150
    for line in wrapped(said, WIDTH - start - MARGIN, SIZE):
        drawing.text("label", start, top, line)
        top += LINE
    return top + 90


def _legend(drawing: Drawing, stages: Sequence[StageCells], top: int, language: Language) -> int:
    bases = {str(cell["basis"]) for stage in stages for cell in stage.cells}
    x = MARGIN
    for basis in [each for each in LABELS["basis"] if each in bases]:
        meaning = label("basis", basis, language)
        drawing.rect(f"basis-{basis}", x, top - 105, 220, 125)
        x += 290
        if basis in (TRACED, DECLARED):
            _badge(drawing, 0, x + _BADGE, top - 40, traced=basis == TRACED)
            x += 240
        drawing.text("label", x, top, meaning)
        x += text_width(meaning, SIZE) + 300
    return top + LINE
