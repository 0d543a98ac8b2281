"""People's units into records: `12.5 kg`, `6.2 %`, oxide assays. What cannot be read is a violation, not a guess."""

from collections.abc import Mapping

from ledger.errors import Violation
from ledger.values.chemistry import element_of_formula, elemental_ppm
from ledger.values.quantity import parse_mass, parse_ppm

__all__ = ["Reader"]

_MASSES = {"mass": "mass_mg", "gross": "gross_mg"}
_SHARES = {"purity": "purity_ppm"}


class Reader:
    """Turns the units of one record; `wrong` collects everything that cannot be read, each with its member."""

    def __init__(self) -> None:
        self.wrong: list[Violation] = []

    def quantities(self, said: Mapping[str, object], member: str) -> dict[str, object]:
        """A batch or an entry with `mass`, `gross`, `purity` and `composition` as records state them."""
        members: dict[str, object] = {}
        for name, value in said.items():
            where = f"{member}.{name}" if member else name
            if name in _MASSES:
                members[_MASSES[name]] = self._number(value, where, mass=True)
            elif name in _SHARES:
                members[_SHARES[name]] = self._number(value, where, mass=False)
            elif name == "composition" and isinstance(value, Mapping):
                members.update(self._composition(value, where))
            else:
                members[name] = value
        return members

    def _number(self, value: object, member: str, *, mass: bool) -> object:
        if not isinstance(value, str):
            self._say(f"expected a text such as {'12.5 kg' if mass else '6.2 %'}", member)
            return None
        try:
            return parse_mass(value) if mass else parse_ppm(value)
        except ValueError as error:
            self._say(str(error), member)
            return None

    def _composition(self, said: Mapping[str, object], member: str) -> dict[str, object]:
        """Elemental shares; an oxide is converted and its formula kept under `assay`."""
        elements: dict[str, int] = {}
        assay: dict[str, int] = {}
        for name, value in said.items():
            share = value if isinstance(value, int) else self._number(value, f"{member}.{name}", mass=False)
            if not isinstance(share, int):
                continue
            symbol = element_of_formula(name)
            if symbol is None:
                elements[name] = elements.get(name, 0) + share
            else:
                assay[name] = share
                elements[symbol] = elements.get(symbol, 0) + elemental_ppm(name, share)
        return {"composition": elements, **({"assay": assay} if assay else {})}

    def _say(self, sentence: str, member: str) -> None:
        self.wrong.append(Violation("malformed", f"{member}: {sentence}.", member))
