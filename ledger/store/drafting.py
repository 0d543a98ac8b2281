"""What an organization's drafts need: the facilities that it has described, and the chain that its keys speak for."""

from collections.abc import Collection
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, select

from ledger.store.queries import names_of
from ledger.store.tables import ChainRow, FacilityRow
from ledger.values.encoding import b64u

__all__ = ["Place", "chain_by_keys", "places_of"]

_chain = ChainRow.__table__  # type: ignore[attr-defined]
_facility = FacilityRow.__table__  # type: ignore[attr-defined]
_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """A facility: its id and name, who runs it (empty: somebody outside the ledger), its country and its owner's."""

    id: str
    name: str
    operator: str
    country: str
    owner_country: str | None


def places_of(connection: Connection, organization: int) -> list[Place]:
    """The newest facilities of an organization, older ones first."""
    wanted = select(_facility).where(_facility.c.organization == organization)
    rows = connection.execute(wanted.order_by(_facility.c.idx.desc()).limit(_MOST)).all()
    numbers = {row.idx for row in rows} | {row.operator for row in rows if row.operator is not None}
    names = names_of(connection, numbers)
    return [
        Place(
            names[row.idx][0],
            row.name,
            names[row.operator][0] if row.operator is not None else "",
            row.country,
            row.owner_country,
        )
        for row in reversed(rows)
    ]


def chain_by_keys(connection: Connection, organization: int, kids: Collection[str]) -> str | None:
    """The id of an organization's newest chain for which exactly these keys speak now; None where there is none."""
    mine = select(_chain).where(_chain.c.organization == organization, _chain.c.use == "records")
    for row in connection.execute(mine.order_by(_chain.c.no.desc())).all():
        if not row.retired and set(orjson.loads(row.sets)[-1]["kids"]) == set(kids):
            return b64u(bytes(row.id))
    return None
