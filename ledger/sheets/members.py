"""The rows of one record into its draft: one function for each kind of sheet."""

from collections.abc import Callable, Collection
from typing import Any

from ledger.sheets.cells import Cells
from ledger.sheets.drafts import Draft
from ledger.sheets.making import Maker
from ledger.sheets.rows import Group, Line
from ledger.sheets.says import _
from ledger.sheets.table import Cell
from ledger.sheets.vocabularies import Choices, Word
from ledger.values.chemistry import element_of_formula

__all__ = ["draft_of"]

_SAID = ("basis", "form", "grade", "purity", "gross", "HS code", "magnet type", "consolidation", "coating")
_BATCH = ("lot", "material", *_SAID, "serial from", "serial to")
_EVIDENCE = ("document digest", "document kind", "document name")
_MEMBER = {
    "HS code": "hs",
    "magnet type": "magnet_type",
    "owner country": "owner_country",
    "origin": "kind",
    "collected in": "collected",
}
_LINES: dict[str, frozenset[str]] = {
    "input": frozenset({"line", "lot", "material", "mass", "unit", "from step"}),
    "addition": frozenset({"line", "material", "mass", "unit", "from step"}),
    "output": frozenset({"line", "mass", "unit", *_BATCH}),
    "content": frozenset({"line", "lot", "mass", "unit"}),
}
"""Columns that a line of a process may fill, besides those of its record and evidence."""


def draft_of(group: Group, cells: Cells) -> Draft:
    """The draft of a record. What is wrong goes to `cells`; what is missing or wrong is left out of the draft."""
    return _Maker(group, cells).draft()


class _Maker(Maker):
    def draft(self) -> Draft:
        if self.group.name:
            self.put("as", self.group.name, self.record_place("record"))
        kinds: dict[str, Callable[[], None]] = {
            "facility": self._facility,
            "source": self._source,
            "process": self._process,
            "transfer": self._transfer,
            "receive": self._receive,
            "adjust": self._adjust,
        }
        self.record("date", "at", needed=True)
        kinds[self.made.kind]()
        self._evidence("documents" if self.made.kind == "transfer" else "evidence")
        if "as" not in self.entry and self.made.kind in ("source", "process"):
            first = next((lot for _place, lot in self.made.lots), "")
            if first:
                self.put("as", first, self.made.places.get("outputs[0].lot", self.made.where))
        return self.made

    # ---- the kinds

    def _facility(self) -> None:
        self.record("name", "name", needed=True)
        if "name" in self.entry:
            self.put("as", self.entry["name"], self.made.places["name"])
        for name in ("country", "region", "location", "owner country"):
            self.record(name, _MEMBER.get(name, name), needed=name == "country")
        self.refer_record("operator", "operator", "organization")

    def _source(self) -> None:
        self.refer_record("facility", "facility", "facility", needed=True)
        origin: dict[str, Any] = {}
        for name in ("origin", "mineral", "deposit", "feed", "product", "collected in", "supplier"):
            member = _MEMBER.get(name, name)
            self.record(name, f"origin.{member}", needed=name == "origin", into=origin, key=member)
        stages = self._declared()
        if stages:
            origin["stages"] = stages
        self.entry["origin"] = origin
        self.entry["outputs"] = [self._output(line, f"outputs[{n}]") for n, line in enumerate(self.group.lines)]

    def _process(self) -> None:
        self.refer_record("facility", "facility", "facility", needed=True)
        self._steps()
        self.record("custody", "custody")
        self._period()
        for name, member in (("process name", "process"), ("electroplated", "electroplated")):
            said = self.first(name)
            if said is not None and (value := self.value(*said)) is not None:
                self.entry.setdefault("attributes", {})[member] = value == "yes" if name == "electroplated" else value
                self.made.places[f"attributes.{member}"] = said[0].where
        for line in self.group.lines:
            self._process_line(line)
        for member, says in (("inputs", _("This record has no input.")), ("outputs", _("This record has no output."))):
            if member not in self.entry and not any("line" in line.spoilt for line in self.group.lines):
                self.wrong(self.made.where, says)

    def _process_line(self, line: Line) -> None:
        said = line.cells.get("line")
        if said is None:
            self.missing(line, "line")
            return
        kind = self.value(*said)
        if kind is None:
            line.spoilt.add("line")
            return
        self._fits(line, kind)
        if kind == "output":
            place = len(self.entry.setdefault("outputs", []))
            self.entry["outputs"].append(self._output(line, f"outputs[{place}]"))
        elif kind == "content":
            self._content(line)
        else:
            member = "inputs" if kind == "input" else "additions"
            place = len(self.entry.setdefault(member, []))
            self.entry[member].append(self._put_in(line, kind, f"{member}[{place}]"))

    def _put_in(self, line: Line, kind: str, path: str) -> dict[str, Any]:
        put_in: dict[str, Any] = {}
        self.made.places[path] = line.where
        if kind == "input":
            self.refer(line, "lot", "batch", put_in, "batch", f"{path}.batch")
        else:
            self.set(line, "material", put_in, "material", path, needed=True)
            self._composition(line, put_in, path)
        self.set(line, "mass", put_in, "mass", path, needed=True)
        self.set(line, "from step", put_in, "step", path)
        return put_in

    def _content(self, line: Line) -> None:
        outputs = self.entry.get("outputs")
        if not outputs:
            self.wrong(line.where, _("A content stands below the output that it is inside of."))
            return
        contents = outputs[-1].setdefault("contents", [])
        path = f"outputs[{len(outputs) - 1}].contents[{len(contents)}]"
        content: dict[str, Any] = {}
        contents.append(content)
        self.made.places[path] = line.where
        self.refer(line, "lot", "batch", content, "batch", f"{path}.batch")
        self.set(line, "mass", content, "mass", path, needed=True)

    def _transfer(self) -> None:
        inside, outside = self.first("to"), self.first("to outside")
        if (inside is None) == (outside is None) and not self.spoilt("to", "to outside"):
            where = self.record_place("to") if inside is None else inside[0].where
            self.wrong(where, _("Expected either a receiver in the ledger (to) or one outside (to outside)."))
        self.refer_record("to", "to", "organization")
        if outside is not None and inside is None:
            party: dict[str, Any] = {}
            self.record("to outside", "to.external.name", into=party, key="name")
            self.record("outside country", "to.external.country", into=party, key="country")
            self.entry["to"] = {"external": party}
        self.record("terms", "terms")
        self.entry["batches"] = [self._moved(line, f"batches[{n}]") for n, line in enumerate(self.group.lines)]

    def _receive(self) -> None:
        self.refer_record("transfer", "transfer", "transfer")
        self.entry["accepted"] = [self._moved(line, f"accepted[{n}]") for n, line in enumerate(self.group.lines)]

    def _moved(self, line: Line, path: str) -> dict[str, Any]:
        moved: dict[str, Any] = {}
        self.made.places[path] = line.where
        self.refer(line, "lot", "batch", moved, "batch", f"{path}.batch")
        self.set(line, "mass", moved, "mass", path)
        return moved

    def _adjust(self) -> None:
        line = self.group.lines[0]
        self.refer(line, "lot", "batch", self.entry, "batch", "batch")
        self.set(line, "mass", self.entry, "mass", "", needed=True)
        self.set(line, "reason", self.entry, "reason", "", needed=True)

    # ---- parts of records

    def _output(self, line: Line, path: str) -> dict[str, Any]:
        output: dict[str, Any] = {}
        self.made.places[path] = line.where
        for name in ("lot", "material", "mass"):
            self.set(line, name, output, name, path, needed=True)
        for name in _SAID:
            self.set(line, name, output, _MEMBER.get(name, name), path)
        self._composition(line, output, path)
        serials: dict[str, Any] = {}
        for name, member in (("serial from", "from"), ("serial to", "to")):
            self.set(line, name, serials, member, path)
        if "from" in serials:
            output["serials"] = [serials if "to" in serials else serials["from"]]
        elif "to" in serials:
            self.missing(line, "serial from")
        return output

    def _composition(self, line: Line, into: dict[str, Any], path: str) -> None:
        shares: dict[str, str] = {}
        for cell, column in line.composition:
            element = element_of_formula(column.element) or column.element
            share = self.cells.share(cell, column)
            for member in (
                f"composition.{column.element}",
                f"composition.{element}",
                f"assay.{column.element}",
                "composition",
            ):
                self.made.places.setdefault(f"{path}.{member}", cell.where)
            if share is not None:
                shares[column.element] = share
        if shares:
            into["composition"] = shares

    def _declared(self) -> dict[str, dict[str, list[str]]]:
        stages: dict[str, dict[str, list[str]]] = {}
        for cell, column in (each for line in self.group.lines for each in line.declared):
            countries = self.cells.codes(cell, "country")
            self.made.places.setdefault(f"origin.stages.{column.element}.{column.name}", cell.where)
            self.made.places.setdefault("origin.stages", cell.where)
            if countries is None:
                continue
            known = stages.setdefault(column.element, {}).setdefault(column.name, countries)
            if known != countries:
                self.differs(cell)
        return stages

    def _steps(self) -> None:
        steps: list[str] = []
        for line in self.group.lines:
            said = [
                (cell, codes)
                for cell, _column in line.steps
                if (codes := self.cells.codes(cell, "process-step")) is not None
            ]
            found = [code for _cell, codes in said for code in codes]
            if steps and found and found != steps:
                self.differs(said[0][0])
            elif found and not steps:
                steps = found
                places = [cell.where for cell, codes in said for _code in codes]
                self.made.places |= {f"steps[{n}]": where for n, where in enumerate(places)} | {"steps": places[0]}
        if steps:
            self.entry["steps"] = steps
        elif not any("steps" in line.spoilt or line.steps for line in self.group.lines):
            self.wrong(self.made.where, _("This record has no steps: {choices}."), choices=Choices("process-step"))

    def _period(self) -> None:
        period: dict[str, Any] = {}
        for name, member in (("period from", "from"), ("period to", "to")):
            said = self.first(name)
            if said is not None and (moment := self.cells.moment(said[0], whole_days=True)) is not None:
                period[member] = moment
                self.made.places[f"period.{member}"] = said[0].where
        if len(period) == 1 and not self.spoilt("period from", "period to"):
            self.wrong(self.made.where, _("A period has a beginning and an end."))
        if period:
            self.entry["period"] = period

    def _evidence(self, member: str) -> None:
        found: list[dict[str, Any]] = []
        for line in self.group.lines:
            if "document digest" not in line.cells:
                if any(name in line.cells for name in _EVIDENCE):
                    self.missing(line, "document digest")
                continue
            path = f"{member}[{len(found)}]"
            document: dict[str, Any] = {}
            self.set(line, "document digest", document, "digest", path)
            self.set(line, "document kind", document, "kind", path, needed=True)
            self.set(line, "document name", document, "name", path)
            found.append(document)
        if found:
            self.entry[member] = found

    def _fits(self, line: Line, kind: str) -> None:
        """What does not apply to a line of this kind is said, and not silently dropped."""
        allowed: Collection[str] = _LINES[kind]
        for name, (cell, column) in line.cells.items():
            if name not in allowed and not column.record and name not in _EVIDENCE:
                self._odd(cell, kind)
        if kind in ("input", "content"):
            for cell, _column in line.composition:
                self._odd(cell, kind)

    def _odd(self, cell: Cell, kind: str) -> None:
        sentence = _("This says nothing of a line that is {line}: leave the cell empty.")
        self.cells.wrong(cell, sentence, line=Word("line", kind))
