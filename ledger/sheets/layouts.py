"""What a template holds for each stage of the chain: its columns, and rows that show how it is filled.

They stand in `stages/<stage>.txt`: for each sheet its title in brackets, its columns, and its rows, separated by `;`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

__all__ = ["WORDS", "Layout", "layout_of"]

WORDS: Mapping[str, str] = {
    "North pit": "北矿坑",
    "North mill": "北选矿厂",
    "monazite": "独居石",
    "Eastern Separation": "东方分离公司",
    "stock difference": "盘点差异",
    "Recycling works": "回收厂",
    "traction motor": "牵引电机",
    "Magnet Works": "磁体公司",
    "Separation plant": "分离厂",
    "Northern Mining": "北方矿业",
    "Metal Works": "金属公司",
    "Metal works": "金属厂",
    "Alloy Works": "合金公司",
    "Alloy works": "合金厂",
    "iron": "铁",
    "ferroboron": "硼铁",
    "flake": "薄片",
    "Magnet works": "磁体厂",
    "arc": "瓦形",
    "Motor Works": "电机公司",
    "sample": "取样",
    "Motor works": "电机厂",
    "steel": "钢",
    "Car Works": "汽车公司",
}
"""The words of the examples in Chinese; whatever else stands in them is a code, a number or a label."""


@dataclass(slots=True)
class Layout:
    """The sheets of a template: their columns by English headers, and example rows by column."""

    columns: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)


@cache
def layout_of(stage: str) -> Layout:
    """The layout for a stage."""
    layout, sheet = Layout(), ""
    for line in files("ledger.sheets").joinpath("stages", f"{stage}.txt").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split(";")]
        if line.startswith("["):
            sheet = line.strip("[]")
        elif line and sheet not in layout.columns:
            layout.columns[sheet], layout.rows[sheet] = cells, []
        elif line:
            row = dict(zip(layout.columns[sheet], cells, strict=False))
            layout.rows[sheet].append({name: value for name, value in row.items() if value})
    return layout
