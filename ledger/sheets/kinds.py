"""The kinds of sheets and their columns: one table that reading, templates and documentation share.

A header is a word that is read back, so both languages stand here side by side; columns may stand in any order.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from ledger.sheets.says import Pair, Remark, Where, _, remark
from ledger.sheets.table import Cell
from ledger.values.chemistry import ELEMENTS, element_of_formula
from ledger.values.vocabulary import HANDLING_STEPS, STEPS
from ledger.words.language import LANGUAGES, Language
from ledger.words.vocabulary import label

__all__ = [
    "KINDS",
    "REMARKS",
    "STAGES",
    "Column",
    "Kind",
    "Reads",
    "column_named",
    "columns_of",
    "header_named",
    "header_of",
    "kind_titled",
    "title_of",
]

Reads = Literal[
    "text", "name", "lot", "date", "country", "code", "suggested", "steps", "mass", "unit", "share", "digest", "hs",
    "flag", "composition", "declared", "line", "remarks",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its English and Chinese header, and how its cells are read. `unit` is the one that a header names.

    `record`: the column says something of the whole record, and is written once for all rows of a record.
    """

    name: str
    zh: str
    reads: Reads = "text"
    vocabulary: str = ""
    record: bool = False
    unit: str = ""
    element: str = ""
    """An element or an oxide, where the column is one of composition; for a declared stage the element, or `*`."""
    step: int = 0
    """The place of a step among several columns of steps."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sheet: its title is its name; each row is a line of a record of `record`."""

    name: str
    zh: str
    record: str
    columns: tuple[Column, ...]
    composition: bool = False
    declared: bool = False
    steps: bool = False
    needed: tuple[str, ...] = ()
    """The columns that a sheet of this kind cannot be without."""


_RECORD = Column("record", "记录", "name", record=True)
_DATE = Column("date", "日期", "date", record=True)
_FACILITY = Column("facility", "设施", "name", record=True)
_LOT = Column("lot", "批号", "lot")
_MATERIAL = Column("material", "物料", "code", "material")
_MASS = Column("mass", "质量", "mass")
_UNIT = Column("unit", "单位", "unit", "unit")
_BATCH = (
    Column("basis", "成分依据", "code", "composition-basis"),
    Column("form", "形态", "suggested", "form"),
    Column("grade", "牌号"),
    Column("purity", "纯度", "share"),
    Column("gross", "毛重", "mass"),
    Column("HS code", "HS编码", "hs"),
    Column("magnet type", "磁体类型", "code", "magnet-type"),
    Column("consolidation", "成型方式", "code", "consolidation"),
    Column("coating", "涂层", "suggested", "coating"),
    Column("serial from", "序列号起"),
    Column("serial to", "序列号止"),
)
_EVIDENCE = (
    Column("document digest", "文件摘要", "digest"),
    Column("document kind", "文件类型"),
    Column("document name", "文件名称"),
)
REMARKS = Column("remarks", "批注", "remarks")

KINDS: tuple[Kind, ...] = (
    Kind(
        "Facilities",
        "设施",
        "facility",
        (
            Column("name", "名称", "name", record=True),
            _DATE,
            Column("country", "国家", "country", record=True),
            Column("region", "地区", record=True),
            Column("location", "位置", record=True),
            Column("owner country", "所有者国家", "country", record=True),
            Column("operator", "运营组织", "name", record=True),
        ),
        needed=("name", "date", "country"),
    ),
    Kind(
        "Sources",
        "来源",
        "source",
        (
            _RECORD,
            _DATE,
            _FACILITY,
            Column("origin", "来源类型", "code", "source-origin", record=True),
            Column("mineral", "矿物", record=True),
            Column("deposit", "矿床", record=True),
            Column("feed", "回收类别", "code", "feed", record=True),
            Column("product", "回收产品", record=True),
            Column("collected in", "收集国家", "country", record=True),
            Column("supplier", "供应商", record=True),
            _LOT, _MATERIAL, _MASS, _UNIT, *_BATCH, *_EVIDENCE,
        ),
        composition=True,
        declared=True,
        needed=("date", "facility", "origin", "lot", "material", "mass"),
    ),
    Kind(
        "Receipts",
        "接收",
        "receive",
        (
            _RECORD,
            _DATE,
            Column("transfer", "移交", "name", record=True),
            _LOT,
            Column("mass", "质量", "mass"),
            _UNIT,
        ),
        needed=("date", "lot"),
    ),
    Kind(
        "Processes",
        "加工",
        "process",
        (
            _RECORD,
            _DATE,
            _FACILITY,
            Column("line", "行类型", "line", "line"),
            _LOT, _MATERIAL, _MASS, _UNIT,
            Column("from step", "起始工序", "code", "process-step"),
            Column("custody", "监管模式", "code", "custody", record=True),
            Column("period from", "期间起", "date", record=True),
            Column("period to", "期间止", "date", record=True),
            Column("process name", "工艺名称", record=True),
            Column("electroplated", "电镀", "flag", "flag", record=True),
            *_BATCH, *_EVIDENCE,
        ),
        composition=True,
        steps=True,
        needed=("record", "date", "facility", "line", "lot", "mass"),
    ),
    Kind(
        "Transfers",
        "移交",
        "transfer",
        (
            _RECORD,
            _DATE,
            Column("to", "接收方", "name", record=True),
            Column("to outside", "外部接收方", record=True),
            Column("outside country", "外部国家", "country", record=True),
            Column("terms", "条款", "code", "terms", record=True),
            _LOT,
            Column("mass", "质量", "mass"),
            _UNIT, *_EVIDENCE,
        ),
        needed=("date", "lot"),
    ),
    Kind(
        "Adjustments",
        "调整",
        "adjust",
        (
            _DATE,
            _LOT,
            _MASS,
            _UNIT,
            Column("reason", "原因"),
            *_EVIDENCE,
        ),
        needed=("date", "lot", "mass", "reason"),
    ),
)  # fmt: skip
"""In the order in which a workbook shows them."""

STAGES: dict[str, Pair] = {
    "mine": Pair("Mine", "矿山"),
    "recycler": Pair("Recycler", "回收商"),
    "separator": Pair("Separator", "分离厂"),
    "metal-maker": Pair("Metal maker", "金属生产商"),
    "alloy-maker": Pair("Alloy maker", "合金生产商"),
    "magnet-maker": Pair("Magnet maker", "磁体生产商"),
    "assembler": Pair("Assembler", "装配商"),
}
"""Who a template is for."""

_SPACES = re.compile(r"\s+")
_IN_UNIT = re.compile(r"(.*?)\s*[(\[]\s*([^()\[\]]+?)\s*[)\]]")
_COMPOSITION = re.compile(
    r"(?:[\u4e00-\u9fff]+\s*)?([A-Z][A-Za-z0-9]{0,11})(?:\s*\(?\s*(%|wt\s?%|mass\s?%|ppm|质量分数\s?%)\s*\)?)?"
)
_STEP = re.compile(r"(?:step|工序)\s*([1-9]|1[0-9]|2[0-9]|30)")
_UNITS = {"毫克": "mg", "克": "g", "千克": "kg", "公斤": "kg", "吨": "t"}
_STAGES_DECLARED = ("mine", *(step for step in STEPS if step not in HANDLING_STEPS))


def title_of(kind: Kind, language: Language) -> str:
    """What a sheet of a kind is called."""
    return kind.zh if language == "zh" else kind.name


def header_of(column: Column, language: Language) -> str:
    """What stands above a column: its name in a language, with its unit, where it has one."""
    if column.reads == "composition":
        return f"{column.element} ({column.unit})" if column.unit else column.element
    if column.reads == "declared":
        element = "" if column.element == "*" else f" {column.element}"
        return f"{'声明' if language == 'zh' else 'declared'}{element} {label('step', column.name, language)}"
    name = column.zh if language == "zh" else "step" if column.step else column.name
    return f"{name} {column.step}" if column.step else f"{name} ({column.unit})" if column.unit else name


def header_named(kind: Kind, name: str) -> Pair:
    """The header of a column, by its name."""
    return next((Pair(column.name, column.zh) for column in kind.columns if column.name == name), Pair(name, name))


def kind_titled(title: str) -> Kind | None:
    """The kind of sheet that has this title in one of our languages."""
    plain = _plain(title)
    return next((k for k in KINDS for each in LANGUAGES if _plain(title_of(k, each)) == plain), None)


def columns_of(kind: Kind, headers: Sequence[Cell]) -> tuple[dict[int, Column], list[Remark]]:
    """Which column stands where, and what is wrong with the headers: unknown, twice, or missing."""
    found: dict[int, Column] = {}
    wrong: list[Remark] = []
    seen: dict[tuple[str, str, str, int], str] = {}
    for cell in headers:
        column = _column(kind, cell.text)
        if column is None:
            said = cell.text.strip()
            wrong.append(remark(cell.where, _("There is no column {header} in a sheet of this kind."), header=said))
            continue
        key = (
            column.reads if column.reads in ("composition", "declared") else "",
            column.name,
            column.element,
            column.step,
        )
        if key in seen:
            wrong.append(remark(cell.where, _("This column stands twice: {header}."), header=cell.text.strip()))
            continue
        seen[key] = cell.text
        found[cell.where.column] = column
    names = {column.name for column in found.values()}
    row = headers[0].where if headers else Where()
    for name in kind.needed:
        if name not in names:
            header = header_named(kind, name)
            wrong.append(remark(replace(row, column=0), _("A column is missing: {header}."), header=header))
    return found, wrong


def column_named(kind: Kind, header: str) -> Column | None:
    """The column that a header means, in any language; None where there is none such."""
    return _column(kind, header)


def _column(kind: Kind, header: str) -> Column | None:
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", header)).strip().rstrip("*").strip()
    known = _headers(kind)
    if (column := known.get(text.casefold())) is not None:
        return column
    if kind.steps and (step := _STEP.fullmatch(text.casefold())):
        return Column("steps", "工序", "steps", "process-step", record=True, step=int(step[1]))
    in_unit = _IN_UNIT.fullmatch(text)
    if in_unit and (column := known.get(in_unit[1].casefold())) is not None:
        unit = _UNITS.get(in_unit[2], in_unit[2].casefold())
        fits = (
            unit in ("mg", "g", "kg", "t")
            if column.reads == "mass"
            else column.reads == "share" and unit in ("%", "ppm")
        )
        return replace(column, unit=unit) if fits else None
    shares = _COMPOSITION.fullmatch(text) if kind.composition else None
    if shares and (shares[1] in ELEMENTS or element_of_formula(shares[1])):
        unit = "ppm" if shares[2] == "ppm" else "%" if shares[2] else ""
        return Column("composition", "", "composition", unit=unit, element=shares[1])
    return None


@cache
def _headers(kind: Kind) -> dict[str, Column]:
    """Every header of a kind in every language, as it is compared."""
    known: dict[str, Column] = {}
    columns = [*kind.columns, REMARKS, *(_declared() if kind.declared else ())]
    if kind.steps:
        columns.append(Column("steps", "工序", "steps", "process-step", record=True))
    for column in columns:
        for language in LANGUAGES:
            known[_plain(header_of(column, language))] = column
        if column.reads == "declared":
            element = "" if column.element == "*" else f"{column.element} "
            known[_plain(f"declared {element}{column.name}")] = column
    return known


def _declared() -> Iterator[Column]:
    for element in ("*", "Nd", "Pr", "Dy", "Tb", "Sm", "Ce", "La", "Gd", "Ho", "Y", "Fe", "B", "Co"):
        for stage in _STAGES_DECLARED:
            yield Column(stage, "", "declared", "country", record=True, element=element)


def _plain(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
