"""An organization's own chains: their records, newest first, and the keys that speak for them."""

from ledger.errors import NotFound
from ledger.signing.keys import public_key
from ledger.store.own import OwnChain, own_chains, records_of_chain, times_of
from ledger.store.queries import Viewer
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import Shown
from ledger.workflows.report import OPERATOR

__all__ = ["chain_records", "chains_and_keys"]


def chains_and_keys(ledger: Ledger, viewer: Viewer) -> tuple[list[Shown], list[Shown]]:
    """The viewer's chains, and every key that speaks or spoke for one of them, newest set first.

    A set is in force from the index after the record that names it; `since` is the time of that record, `until` that of
    the record that named the next one.
    """
    with ledger.database.reading() as connection:
        chains = own_chains(connection, _own(viewer))
        named = times_of(connection, [each["index"] for chain in chains for each in chain.sets])
    shown = [_chain(chain) for chain in chains]
    keys = []
    for chain in chains:
        for place in reversed(range(len(chain.sets))):
            each = chain.sets[place]
            after = chain.sets[place + 1]["index"] if place + 1 < len(chain.sets) else None
            ended = chain.standing != "admitted"
            for jwk in each["jwks"]:
                key = public_key(jwk)
                keys.append(
                    {
                        "kid": key.kid,
                        "algorithm": key.alg,
                        "chain": chain.id,
                        "use": chain.use,
                        "since": named[each["index"]][1],
                        "record": named[each["index"]][0],
                        "until": named[after][1] if after is not None else "",
                        "standing": "replaced" if after is not None else chain.standing if ended else "in-force",
                    }
                )
    return shown, keys


def chain_records(
    ledger: Ledger, viewer: Viewer, chain: str | None, before: int | None, limit: int = 50
) -> tuple[Shown, list[Shown], int | None]:
    """One of the viewer's chains (the newest of records, if none is named), a page of its records, and where to go on.

    Raises:
        NotFound: there is no such chain of the viewer's.
    """
    with ledger.database.reading() as connection:
        chains = own_chains(connection, _own(viewer))
        wanted = [each for each in chains if each.id == chain] if chain else [c for c in chains if c.use == "records"]
        if not wanted:
            raise NotFound("You have no chain of this id.")
        found = records_of_chain(connection, wanted[-1].number, before, limit + 1)
    rows: list[Shown] = [
        {"seq": each.seq, "record": each.id, "type": each.type, "at": each.at, "index": each.index}
        for each in found[:limit]
    ]
    return _chain(wanted[-1]), rows, found[limit - 1].seq if len(found) > limit else None


def _own(viewer: Viewer) -> int:
    return viewer.number if viewer.number is not None else OPERATOR


def _chain(chain: OwnChain) -> Shown:
    return {
        "chain": chain.id,
        "use": chain.use,
        "standing": chain.standing,
        "records": chain.seq + 1,
        "head": chain.head,
        "at": chain.head_at,
    }
