"""Route tables: for each element of a batch, and for its body, the mass on each route.

A table knows its totals from the beginning; how they divide over routes is worked out when somebody asks. Whoever only
weighs (rules of mass, shares of a process) never pays for routes; whoever stores or reports them asks at once. Both see
the same whole milligrams, since a table is a value: what it was made from does not change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import add, attrgetter, itemgetter
from typing import Protocol

from ledger.material.routes import BODY, Masses, Route, is_formed
from ledger.values.quantity import apportion

__all__ = [
    "NOTHING",
    "Columns",
    "Recipe",
    "RouteTable",
    "RoutesByElement",
    "as_table",
    "beside",
    "gathered",
    "shared_out",
    "summed",
]

RoutesByElement = Mapping[str, Masses]
"""Element (and `*`) -> route -> mass in mg."""
Columns = tuple[Sequence[Route], Mapping[str, Sequence[int]]]
"""Routes in canonical order, each once, and for each element the mass in mg on each of them; 0 where there is none."""

_KEY = attrgetter("key")


class Recipe(Protocol):
    """How the columns of a table come about."""

    @property
    def needs(self) -> Sequence["RouteTable"]:
        """The tables whose columns must be worked out before."""

    def columns(self) -> Columns:
        """The columns, which sum to the table's totals."""


class RouteTable(Mapping[str, Masses]):
    """Element (and `*` for the body) -> route -> mass in mg; immutable.

    As a mapping it shows only routes with mass; an element of no mass is there with no route. `totals` are the masses
    of the elements, known without any route.
    """

    __slots__ = ("_columns", "_recipe", "_routes", "totals")
    totals: Mapping[str, int]

    def __init__(self, totals: Mapping[str, int], recipe: Recipe | None = None, columns: Columns | None = None) -> None:
        """A table of these totals; its columns are given, or come of the recipe, and sum to them (not checked)."""
        self.totals = totals
        self._recipe = recipe
        self._routes, self._columns = columns if columns is not None else ((), {})

    def worked_out(self) -> Columns:
        """Routes in canonical order, and each element's masses on them."""
        if self._recipe is not None:
            _work_out(self)
        return self._routes, self._columns

    @property
    def is_worked_out(self) -> bool:
        """Whether nothing is left to be worked out."""
        return self._recipe is None

    @property
    def formed(self) -> bool:
        """Whether some of the body has been through a forming stage."""
        return is_formed(self.get(BODY, ()))

    def __getitem__(self, element: str) -> Masses:
        if element not in self.totals:
            raise KeyError(element)
        routes, columns = self.worked_out()
        column = columns[element]
        if 0 not in column:
            return dict(zip(routes, column, strict=True))
        return {route: mass for route, mass in zip(routes, column, strict=True) if mass}

    def __iter__(self) -> Iterator[str]:
        return iter(self.totals)

    def __len__(self) -> int:
        return len(self.totals)

    def __reduce__(self) -> tuple[type["RouteTable"], tuple[object, ...]]:
        return RouteTable, (self.totals, None, self.worked_out())

    def __repr__(self) -> str:
        return f"RouteTable({dict(self.totals)!r})"


Shape = bool | RouteTable
"""Whether something is formed, or the table of which its body tells."""

NOTHING = RouteTable({})
"""The table of nothing at all."""


def _work_out(wanted: RouteTable) -> None:
    """Work out a table and what it needs, deepest first: a chain of records may be longer than calls may nest."""
    waiting = [wanted]
    while waiting:
        table = waiting[-1]
        recipe = table._recipe  # noqa: SLF001 - a table's own business
        if recipe is None:
            waiting.pop()
            continue
        before = [needed for needed in recipe.needs if needed._recipe is not None]  # noqa: SLF001
        if before:
            waiting += before
            continue
        table._routes, table._columns = recipe.columns()  # noqa: SLF001
        table._recipe = None  # noqa: SLF001 - and lets go of what it was made from
        waiting.pop()


def as_table(masses: RoutesByElement) -> RouteTable:
    """The table of such a mapping."""
    if isinstance(masses, RouteTable):
        return masses
    routes = sorted({route for each in masses.values() for route in each}, key=_KEY)
    columns = {element: [each.get(route, 0) for route in routes] for element, each in masses.items()}
    totals = {element: sum(column) for element, column in columns.items()}
    return RouteTable(totals, columns=_without_empty(routes, columns))


@dataclass(frozen=True, slots=True)
class _Summed:
    """The recipe of a sum."""

    needs: Sequence[RouteTable]

    def columns(self) -> Columns:
        return gathered([table.worked_out() for table in self.needs])


def summed(tables: Sequence[RouteTable]) -> RouteTable:
    """The sum of some tables."""
    totals: dict[str, int] = {}
    for table in tables:
        for element, mass in table.totals.items():
            totals[element] = totals.get(element, 0) + mass
    return RouteTable(totals, _Summed(tables))


@dataclass(frozen=True, slots=True)
class _Beside:
    """The recipe of a table with the body of another."""

    needs: Sequence[RouteTable]

    def columns(self) -> Columns:
        (routes, columns), body = (table.worked_out() for table in self.needs)
        return gathered([(routes, {e: column for e, column in columns.items() if e != BODY}), body])


def beside(elements: RouteTable, body: RouteTable) -> RouteTable:
    """The elements of one table and the body, which is all that it has, of another."""
    return RouteTable({**elements.totals, **body.totals}, _Beside((elements, body)))


def shared_out(totals: Mapping[str, int], source: Columns) -> Columns:
    """Each element's total apportioned over the masses that a source has of it; routes that get nothing are left out.

    An element of which the source has nothing gets nothing.
    """
    routes, masses = source
    none = [0] * len(routes)
    shared = {element: apportion(total, masses.get(element, none)) for element, total in totals.items()}
    return _without_empty(routes, shared)


def gathered(parts: Sequence[Columns]) -> Columns:
    """The sum of some columns, whose routes may stand in any order and more than once; equal routes become one."""
    routes = sorted({route for listed, _ in parts for route in listed}, key=_KEY)
    if len(parts) == 1 and routes == parts[0][0]:
        return parts[0]
    place = {route: number for number, route in enumerate(routes)}
    sums: dict[str, Sequence[int]] = {}
    for listed, columns in parts:
        if not listed:
            for element in columns:
                sums.setdefault(element, [0] * len(routes))
            continue
        aligned = _aligner([place[route] for route in listed], len(routes))
        for element, column in columns.items():
            more = aligned(column)
            before = sums.get(element)
            sums[element] = more if before is None else list(map(add, before, more))
    return routes, sums


def _aligner(places: Sequence[int], width: int) -> Callable[[Sequence[int]], Sequence[int]]:
    """Puts the masses of a column at their places in a longer one; masses of one place are added up."""
    if width > 1 and len(set(places)) == len(places):
        back = [len(places)] * width  # where there is no mass, the 0 behind the last
        for number, place in enumerate(places):
            back[place] = number
        take = itemgetter(*back)
        return lambda column: take([*column, 0])

    def added(column: Sequence[int]) -> Sequence[int]:
        sums = [0] * width
        for place, mass in zip(places, column, strict=True):
            sums[place] += mass
        return sums

    return added


def _without_empty(routes: Sequence[Route], columns: Mapping[str, Sequence[int]]) -> Columns:
    """Without the routes on which no element has mass."""
    if any(0 not in column for column in columns.values()):
        return routes, columns
    used = [any(masses) for masses in zip(*columns.values(), strict=True)]
    if all(used) and len(used) == len(routes):
        return routes, columns
    kept = [number for number, is_used in enumerate(used) if is_used]
    return [routes[n] for n in kept], {element: [column[n] for n in kept] for element, column in columns.items()}
