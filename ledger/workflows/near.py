"""The provenance graph near a batch, as far as the reader may see it, never more than one picture holds.

Upstream everybody sees what a buyer sees of it (material and country); lots and masses only of what is open to him.
Downstream there is only what is open to him: where somebody else's use begins, the graph ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from ledger.material.routes import BODY, RECYCLED_ORIGINS
from ledger.pictures.graph import Card, Graph, Link, column_of
from ledger.store.lineage import Key
from ledger.store.queries import Viewer, seen_of
from ledger.store.walk import Met, counted_inputs, counted_uses, made_from, met, routes_of, taken_by
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import find_whole_batch

__all__ = ["MOST_CARDS", "MOST_DEPTH", "NearRequest", "read_near"]

MOST_CARDS = 200
"""How many cards one picture holds."""
MOST_DEPTH = 2
MOST_USES = 1_000
"""How many uses of one batch are looked at."""
MOST_MET = 2_500
"""How many batches are looked at in all, crowds counted one by one."""
CROWD = 5
"""So many alike are drawn as one card until somebody opens it."""

UP, DOWN = -1, 1


@dataclass(frozen=True, slots=True)
class NearRequest:
    """Around which batch, how many records away each way, and which cards are opened further (`Card.opens`)."""

    batch: tuple[str, int]
    depth: int = 1
    opened: tuple[str, ...] = ()


def read_near(ledger: Ledger, viewer: Viewer, asked: NearRequest) -> tuple[Graph, str]:
    """The graph near a batch, and what people call the batch.

    Raises:
        NotFound: there is no such batch that the viewer holds, held, is offered or was granted.
    """
    with ledger.database.reading() as connection:
        key = find_whole_batch(connection, viewer, asked.batch)
        near = _Near(connection, viewer, frozenset(asked.opened))
        near.begin(key)
        for direction in (UP, DOWN):
            level = [key]
            for depth in range(1, max(asked.depth, _furthest(asked)) + 1):
                level = near.widen(level, direction, depth, only_opened=depth > asked.depth)
        cards = near.finished(ledger)
    name = near.name(key)
    shown = next((card.lot for card in cards if card.name == name), "") or name
    return Graph(name, cards, sorted(near.links), asked.opened, near.cut), shown


def _furthest(asked: NearRequest) -> int:
    """How far opened cards may lead: one record further for each."""
    return MOST_DEPTH + len(asked.opened)


@dataclass(slots=True)
class _Near:
    """Cards and links so far."""

    connection: Connection
    viewer: Viewer
    opened: frozenset[str]
    met: dict[Key, Met] = field(default_factory=dict)
    open: set[Key] = field(default_factory=set)
    depth: dict[Key, int] = field(default_factory=dict)
    crowds: dict[str, Card] = field(default_factory=dict)
    links: set[Link] = field(default_factory=set)
    cut: int = 0

    def begin(self, subject: Key) -> None:
        """The batch itself."""
        self._meet([subject])
        self.depth[subject] = 0

    def name(self, key: Key) -> str:
        """A batch's name."""
        return self.met[key].name

    def widen(self, level: Sequence[Key], direction: int, depth: int, *, only_opened: bool) -> list[Key]:
        """One record further from each of these batches; those that are cards of their own."""
        reached: list[Key] = []
        for key in level:
            if len(self.met) > MOST_MET or (only_opened and _token(direction, self.name(key)) not in self.opened):
                continue
            beside = self._above(key) if direction == UP else self._below(key)
            self._meet([each for each, _ in beside])
            if direction == DOWN:
                beside = [(each, part) for each, part in beside if each in self.open]
            reached += self._placed(key, beside, direction, depth)
        return reached

    def finished(self, ledger: Ledger) -> list[Card]:
        """The cards, each with what is behind it and was not drawn."""
        drawn = [self.met[key] for key in self.depth]
        sources = routes_of(self.connection, [each for each in drawn if each.type == "source"], ledger.book)
        above = counted_inputs(self.connection, {each.key[0] for each in drawn})
        linked_up = {link.end for link in self.links}
        linked_down = {link.start for link in self.links}
        cards = list(self.crowds.values())
        for each in drawn:
            table = sources.get(each.key)
            card = self._card(each, {route.origin for route in table[BODY]} if table else set())
            depth = self.depth[each.key]
            if depth <= 0 and each.name not in linked_up and above[each.key[0]]:
                card = replace(card, more=above[each.key[0]], opens=_token(UP, each.name))
            elif depth >= 0 and each.name not in linked_down and each.key in self.open:
                more = counted_uses(self.connection, each.key, self.viewer.number, MOST_USES)
                card = replace(card, more=more, opens=_token(DOWN, each.name) if more else "")
            cards.append(card)
        return sorted(cards)

    def _above(self, key: Key) -> list[tuple[Key, bool]]:
        taken = taken_by(self.connection, [key[0]])
        if self.met[key].type == "transfer":
            return [(use.batch, True) for use in taken if use.role == "part" and use.at == key[1]]
        return [(batch, False) for batch in dict.fromkeys(use.batch for use in taken if use.role == "input")]

    def _below(self, key: Key) -> list[tuple[Key, bool]]:
        return made_from(self.connection, key, MOST_USES) if key in self.open else []

    def _meet(self, keys: Iterable[Key]) -> None:
        new = [key for key in dict.fromkeys(keys) if key not in self.met]
        self.met |= met(self.connection, new)
        self.open |= seen_of(self.connection, new, self.viewer)

    def _placed(self, key: Key, beside: Sequence[tuple[Key, bool]], direction: int, depth: int) -> list[Key]:
        """Cards for what is beside a batch; crowds of equals become one card unless they were opened."""
        alike: dict[tuple[str, str], list[tuple[Key, bool]]] = {}
        for each, part in beside:
            if each in self.met:
                alike.setdefault((self.met[each].material, self.met[each].country), []).append((each, part))
        reached: list[Key] = []
        for kind, members in sorted(alike.items()):
            name = _token(direction, f"{self.name(key)}~{kind[0]}~{kind[1]}")
            new = [each for each, _ in members if each not in self.depth]
            room = MOST_CARDS - len(self.depth) - len(self.crowds)
            crowded = len(new) >= CROWD and name not in self.opened
            kept = set() if crowded else set(new if len(new) <= room else sorted(new)[: max(0, room - 1)])
            for each, part in members:
                if each in kept or each in self.depth:
                    self._link(key, self.name(each), direction, part=part)
                if each in kept and each not in self.depth:
                    self.depth[each] = direction * depth
                    reached.append(each)
            rest = [each for each in new if each not in kept]
            if rest and room > 0:
                self._crowd(key, name if crowded else "", kind, rest, direction * depth)
            else:
                self.cut += len(rest)
        return reached

    def _crowd(self, key: Key, opens: str, kind: tuple[str, str], members: Sequence[Key], depth: int) -> None:
        """One card for many; without `opens` it is what one picture has no room for."""
        name = opens or f"more:{self.name(key)}~{'~'.join(kind)}"
        known = [self.met[each].mass_mg for each in members if each in self.open]
        self.crowds[name] = replace(
            self._card(self.met[members[0]], set()),
            name=name,
            depth=depth,
            count=len(members),
            lot="",
            mass_mg=sum(known) if len(known) == len(members) else None,
            opens=opens,
        )
        self._link(key, name, UP if depth < 0 else DOWN, part=False)

    def _link(self, key: Key, other: str, direction: int, *, part: bool) -> None:
        ends = (other, self.name(key)) if direction == UP else (self.name(key), other)
        self.links.add(Link(*ends, part))

    def _card(self, each: Met, origins: set[str]) -> Card:
        origin = next(iter(origins)) if len(origins) == 1 else ""
        is_open = each.key in self.open
        return Card(
            name=each.name,
            depth=self.depth.get(each.key, 0),
            column=column_of(each.material, source=origin if origin in RECYCLED_ORIGINS else ""),
            material=each.material,
            country=each.country,
            origin=origin,
            lot=each.lot if is_open else "",
            mass_mg=each.mass_mg if is_open and each.material else None,
        )


def _token(direction: int, name: str) -> str:
    """What to ask for to see more: up or down from a card."""
    return f"{'up' if direction == UP else 'down'}:{name}"
