"""What all kinds of records need: cells of a group of rows into members, each with its place."""

from typing import Any

from ledger.sheets.cells import Cells
from ledger.sheets.drafts import Draft, Ref, RefKind
from ledger.sheets.kinds import Column, header_named
from ledger.sheets.rows import Group, Line
from ledger.sheets.says import Spoken, Where, _, remark
from ledger.sheets.table import Cell
from ledger.sheets.vocabularies import read_code

__all__ = ["Maker"]


class Maker:
    """Makes the draft of one record. What is wrong goes to `cells`; what is missing or wrong is left out."""

    def __init__(self, group: Group, cells: Cells) -> None:
        self.group, self.cells = group, cells
        kind = group.sheet.kind.record
        self.made = Draft(kind, group.where, {"type": kind}, rows=[line.where for line in group.lines])
        self.entry = self.made.entry

    def record(
        self, name: str, member: str, *, needed: bool = False, into: dict[str, Any] | None = None, key: str = ""
    ) -> None:
        """What the record says once, from the first row that says it."""
        said = self.first(name)
        if said is None:
            if needed and not self.spoilt(name):
                self.wrong(
                    self.record_place(name),
                    _("A value is missing: {header}."),
                    header=header_named(self.group.sheet.kind, name),
                )
            return
        value = self.value(*said)
        self.made.places[member] = said[0].where
        if value is not None:
            (self.entry if into is None else into)[key or member] = value

    def refer_record(self, name: str, member: str, kind: RefKind, *, needed: bool = False) -> None:
        """A name that the record says once."""
        self.record(name, member, needed=needed)
        if member in self.entry:
            self.made.refs.append(Ref(kind, self.entry[member], self.made.places[member], self.entry, member))

    def put(self, member: str, value: object, where: Where) -> None:
        """A member that is known."""
        self.entry[member] = value
        self.made.places[member] = where

    def wrong(self, where: Where, text: str, **values: "str | int | Spoken") -> None:
        """Something that no single cell is to blame for."""
        self.cells.remarks.append(remark(where, text, **values))

    def first(self, name: str) -> tuple[Cell, Column] | None:
        """The first cell of a column among the rows of the record; a later one that says something else is wrong."""
        found: tuple[Cell, Column] | None = None
        for line in self.group.lines:
            said = line.cells.get(name)
            if said is not None and found is not None and said[0].text.strip() != found[0].text.strip():
                self.differs(said[0])
            found = found or said
        return found

    def differs(self, cell: Cell) -> None:
        """Say that a cell contradicts an earlier row of its record."""
        if not any(each.where == cell.where for each in self.cells.remarks):
            sentence = _("An earlier row of this record ({record}) says something else: {found}.")
            self.cells.wrong(cell, sentence, record=self.group.name or str(self.group.where), found=cell.text)

    def spoilt(self, *names: str) -> bool:
        """Whether one of these cells is wrong already, so that it is not missing."""
        return any(name in line.spoilt for line in self.group.lines for name in names)

    def record_place(self, name: str) -> Where:
        """Where the record would say this, also where it does not."""
        return self.group.sheet.place(self.group.where.row, name)

    def value(self, cell: Cell, column: Column, unit: Cell | None = None) -> str | None:
        """The value of a cell as its column is read; None where it is wrong, which is said."""
        match column.reads:
            case "date":
                return self.cells.moment(cell, whole_days=False)
            case "mass":
                return self.cells.mass(cell, column, unit)
            case "share":
                return self.cells.share(cell, column)
            case "digest":
                return self.cells.digest(cell)
            case "hs":
                return self.cells.hs(cell)
            case "country":
                return self.cells.code(cell, "country")
            case "code" | "line" | "flag":
                return self.cells.code(cell, column.vocabulary)
            case _:
                return self.cells.text(cell)

    def set(self, line: Line, name: str, into: dict[str, Any], member: str, path: str, *, needed: bool = False) -> None:
        """One cell of a row into one member."""
        said = line.cells.get(name)
        if said is None:
            if needed:
                self.missing(line, name)
            return
        cell, column = said
        self.made.places[f"{path}.{member}" if path else member] = cell.where
        if name == "material" and path.startswith("additions"):
            value = read_code("material", cell.text) or self.cells.text(cell)
        else:
            unit = line.cells.get("unit")
            value = self.value(cell, column, unit[0] if unit else None)
        if value is not None:
            into[member] = value

    def refer(self, line: Line, name: str, kind: RefKind, into: dict[str, Any], key: str, path: str) -> None:
        """One cell of a row that names something."""
        said = line.cells.get(name)
        if said is None:
            self.missing(line, name)
            return
        self.made.places[path] = said[0].where
        text = self.cells.text(said[0])
        if text is not None:
            self.made.refs.append(Ref(kind, text, said[0].where, into, key))

    def missing(self, line: Line, name: str) -> None:
        """Say that a cell is empty and must not be."""
        if name not in line.spoilt:
            place = self.group.sheet.place(line.where.row, name)
            self.wrong(place, _("A value is missing: {header}."), header=header_named(self.group.sheet.kind, name))
