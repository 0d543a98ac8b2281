"""The timeline of a batch: when each record on its way happened, in lanes by stage.

A time that is not open to the reader is not guessed: such records stand beside the axis, in the order of the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ledger.pictures.graph import COLUMNS
from ledger.pictures.looks import LINE, SIZE
from ledger.pictures.names import column_named
from ledger.pictures.svg import Drawing, Frame
from ledger.pictures.text import fitted, text_width, wrapped
from ledger.words.catalogue import words
from ledger.words.language import Language
from ledger.words.vocabulary import LABELS, country_name, label

__all__ = ["Event", "Timeline", "draw_timeline"]

MARGIN = 120
_LEFT, _AXIS, _ASIDE = 1_500, 6_600, 1_700
_ROW, _MARK = 240, 70
_MOST_ROWS = 12
_TICKS = 7
_DAY = 86_400
_STEPS = (3_600, 6 * 3_600, _DAY, 7 * _DAY, 31 * _DAY, 92 * _DAY, 366 * _DAY, 5 * 366 * _DAY)


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """A record on the way, by its log index. `at` is empty where it is not open to the reader, `lot` likewise."""

    index: int
    kind: str
    record: str
    at: str
    column: str
    material: str
    country: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The records on the way to a batch, the nearest of them; `cut` says whether there are more upstream."""

    events: Sequence[Event]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where times stand: from `first` on, `span` seconds over a length."""

    first: int
    span: int
    length: int

    @property
    def right(self) -> int:
        """Where labels must end."""
        return MARGIN + _LEFT + self.length + 150

    def at(self, seconds: int) -> int:
        """Where a time stands."""
        return MARGIN + _LEFT + 150 + (seconds - self.first) * (self.length - 300) // self.span


@dataclass(slots=True)
class _Lane:
    """Events of one column, in rows so that no two labels meet; what finds no row is drawn without a label."""

    rows: list[int]
    placed: list[tuple[Event, int, int]]
    bare: list[tuple[Event, int]]
    aside: list[Event]


def draw_timeline(timeline: Timeline, name: str, frame: Frame) -> str:
    """When the records that led to a batch of some name happened, as SVG."""
    language = frame.language
    _ = words(language).gettext
    title = _("When the records that led to batch {batch} happened").format(batch=name)
    drawing = Drawing(frame, title, _described(timeline, language))
    axis = _AXIS if any(not event.at for event in timeline.events) else _AXIS + _ASIDE
    known = sorted(_seconds(event.at) for event in timeline.events if event.at)
    first, last = (known[0], known[-1]) if known else (0, 1)
    span = max(last - first, 3_600)
    lanes = _lanes(timeline.events, _Scale(first, span, axis), language)
    width = MARGIN + _LEFT + _AXIS + _ASIDE + MARGIN
    drawing.text("strong", MARGIN, MARGIN + SIZE, fitted(title, width - 2 * MARGIN, SIZE))
    top = MARGIN + 4 * LINE
    heights = {column: _height(lane) for column, lane in lanes.items()}
    bottom = top + sum(heights.values())
    if known:
        _axis(drawing, _Scale(first, span, axis), top, bottom)
    if any(not event.at for event in timeline.events):
        drawing.text("quiet", MARGIN + _LEFT + _AXIS + 200, top - 60, fitted(_("time not open to you"), _ASIDE, 105))
    for column, lane in lanes.items():
        _lane(drawing, column, lane, top, _Scale(first, span, axis), language)
        top += heights[column]
    return drawing.finished(width, _legend(drawing, timeline, bottom + 2 * LINE, width, language))


def _described(timeline: Timeline, language: Language) -> str:
    _ = words(language).gettext
    times = sorted(event.at for event in timeline.events if event.at)
    if not times:
        return _("{n} records, none with a time that is open to you.").format(n=len(timeline.events))
    return _("{n} records, {known} of them with a time, from {first} to {last}.").format(
        n=len(timeline.events), known=len(times), first=times[0][:10], last=times[-1][:10]
    )


def _seconds(at: str) -> int:
    return int(datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())


def _lanes(events: Sequence[Event], scale: _Scale, language: Language) -> dict[str, _Lane]:
    lanes: dict[str, _Lane] = {}
    for column in COLUMNS:
        own = [event for event in events if event.column == column]
        if own:
            lanes[column] = lane = _Lane([], [], [], [])
            for event in sorted(own, key=lambda event: (event.at, event.index)):
                _place(lane, event, scale, language)
    return lanes


def _place(lane: _Lane, event: Event, scale: _Scale, language: Language) -> None:
    if not event.at:
        lane.aside.append(event)
        return
    x = scale.at(_seconds(event.at))
    wide = 2 * _MARK + 60 + text_width(_label(event, language), 105)
    start = x - _MARK if x + wide < scale.right else x - wide
    for row, end in enumerate(lane.rows):
        if start > end:
            lane.rows[row] = start + wide + 90
            lane.placed.append((event, x, row))
            return
    if len(lane.rows) < _MOST_ROWS:
        lane.rows.append(start + wide + 90)
        lane.placed.append((event, x, len(lane.rows) - 1))
    else:
        lane.bare.append((event, x))


def _height(lane: _Lane) -> int:
    rows = max(len(lane.rows) + bool(lane.bare), min(len(lane.aside), _MOST_ROWS) + (len(lane.aside) > _MOST_ROWS), 1)
    return rows * _ROW + 160


def _axis(drawing: Drawing, scale: _Scale, top: int, bottom: int) -> None:
    step = next((step for step in _STEPS if scale.span // step <= _TICKS), _STEPS[-1])
    begin = datetime.fromtimestamp(scale.first, UTC)
    tick = begin.replace(minute=0, second=0)
    tick = tick if step < _DAY else tick.replace(hour=0)
    while (at := int(tick.timestamp())) <= scale.first + scale.span:
        if at >= scale.first:
            x = scale.at(at)
            drawing.line("grid", x, top, x, bottom)
            said = tick.strftime("%m-%d %H:%M" if step < _DAY else "%Y-%m-%d")
            anchor = "end" if x > scale.right - 500 else "middle"
            drawing.text("quiet", x, top - 60, said, anchor=anchor)
        tick = _after(tick, step)


def _after(tick: datetime, step: int) -> datetime:
    """The next tick: whole months and years begin with their first day."""
    months = {31 * _DAY: 1, 92 * _DAY: 3, 366 * _DAY: 12, 5 * 366 * _DAY: 60}.get(step)
    if months is None:
        return tick + timedelta(seconds=step)
    month = tick.month - 1 + months
    return tick.replace(year=tick.year + month // 12, month=month % 12 + 1, day=1)


def _lane(drawing: Drawing, column: str, lane: _Lane, top: int, scale: _Scale, language: Language) -> None:
    drawing.line("rule", MARGIN, top, MARGIN + _LEFT + _AXIS + _ASIDE, top)
    drawing.text("strong", MARGIN, top + 210, fitted(column_named(column, language), _LEFT - 100, SIZE))
    for event, x, row in lane.placed:
        y = top + 170 + row * _ROW
        said = _label(event, language)
        _mark(drawing, event, x, y, language)
        if x + 2 * _MARK + 60 + text_width(said, 105) < scale.right:
            drawing.text("over-quiet", x + _MARK + 50, y + 38, said)
        else:
            drawing.text("over-quiet", x - _MARK - 50, y + 38, said, anchor="end")
    if lane.bare:
        y = top + 170 + len(lane.rows) * _ROW
        for event, x in lane.bare:
            _mark(drawing, event, x, y, language)
        said = words(language).gettext("{n} more without a label").format(n=len(lane.bare))
        drawing.text("quiet", MARGIN, y + 38, fitted(said, _LEFT - 100, 105))
    left = MARGIN + _LEFT + _AXIS + 200
    for row, event in enumerate(lane.aside[:_MOST_ROWS]):
        y = top + 170 + row * _ROW
        _mark(drawing, event, left + _MARK, y, language)
        drawing.text("quiet", left + 3 * _MARK, y + 38, fitted(_label(event, language), _ASIDE - 200, 105))
    if len(lane.aside) > _MOST_ROWS:
        drawing.text("quiet", left, top + 170 + _MOST_ROWS * _ROW, f"+{len(lane.aside) - _MOST_ROWS}")


def _label(event: Event, language: Language) -> str:
    material = label("material", event.material, language) if event.material in LABELS["material"] else ""
    named = fitted(event.lot, 900, 105) or material
    return f"{named} · {event.country}" if event.country and event.kind in ("source", "process") else named


def _mark(drawing: Drawing, event: Event, x: int, y: int, language: Language) -> None:
    """A circle for a source, a square for a process, an open triangle for a transfer, a full one for its receipt."""
    material = label("material", event.material, language) if event.material in LABELS["material"] else ""
    where = country_name(event.country, language) if event.country else ""
    said = [label("record", event.kind, language), event.lot, material, where, event.at.replace("T", " "), event.record]
    tip = " · ".join(each for each in said if each)
    if event.kind == "source":
        drawing.circle("mark-source", x, y, _MARK, tip=tip)
    elif event.kind == "process":
        drawing.rect("mark-process", x - _MARK, y - _MARK, 2 * _MARK, 2 * _MARK, tip=tip)
    elif event.kind == "transfer":
        drawing.path(
            "mark-transfer", ["M", x - _MARK, y - _MARK, "L", x + _MARK, y, x - _MARK, y + _MARK, "Z"], tip=tip
        )
    else:
        drawing.path("mark-receive", ["M", x + _MARK, y - _MARK, "L", x - _MARK, y, x + _MARK, y + _MARK, "Z"], tip=tip)


def _legend(drawing: Drawing, timeline: Timeline, top: int, width: int, language: Language) -> int:
    _ = words(language).gettext
    kinds: Mapping[str, None] = dict.fromkeys(
        kind for kind in ("source", "process", "transfer", "receive") if any(e.kind == kind for e in timeline.events)
    )
    x = MARGIN
    for kind in kinds:
        _mark(drawing, Event(0, kind, "", "", "", ""), x + _MARK, top - 40, language)
        said = label("record", kind, language)
        drawing.text("label", x + 3 * _MARK, top, said)
        x += 3 * _MARK + text_width(said, SIZE) + 300
    top += 2 * LINE
    if timeline.cut:
        said = _("Only the nearest {n} records are drawn; the log has more upstream.").format(n=len(timeline.events))
        for line in wrapped(said, width - 2 * MARGIN, SIZE):
            drawing.text("quiet", MARGIN, top, line)
            top += LINE
    return top
