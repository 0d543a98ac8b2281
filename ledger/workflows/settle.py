"""A change of the service's keys that was interrupted is settled before they are read: the log says which count."""

from collections.abc import Mapping
from pathlib import Path

import orjson
from sqlalchemy import Connection

from ledger.signing.keyfile import read_keys
from ledger.store.evidence import report_chain
from ledger.store.log import read_head
from ledger.store.records import chain_head, chain_sets, record_by_id
from ledger.workflows.config import Config
from ledger.workflows.keys import OPERATOR, REPORTER, next_name

__all__ = ["FILES", "settle_service_keys", "take_place"]

FILES: Mapping[str, str] = {"operator": OPERATOR, "report": REPORTER}
"""The key files of the service that a record can change."""


def settle_service_keys(config: Config, connection: Connection) -> None:
    """Where new keys are in force already, let their file take the place of the old one.

    New keys that are not in force wait: the change can be made again with them.
    """
    for which, name in FILES.items():
        waiting = config.keys / next_name(name)
        if waiting.exists():
            kids = {signer.key.kid for signer in read_keys(waiting, config.unlock)}
            if kids == _in_force(connection, which):
                take_place(config.keys, name)


def take_place(folder: Path, name: str) -> None:
    """The file of the new keys becomes that of the keys in force; the old ones are gone."""
    (folder / next_name(name)).replace(folder / name)


def _in_force(connection: Connection, which: str) -> set[str]:
    if which == "report":
        row = report_chain(connection)
        sets = orjson.loads(row.sets) if row is not None else []
    else:
        operator = record_by_id(connection, read_head(connection).operator)
        sets = chain_sets(connection, chain_head(connection, operator.index)[0]) if operator is not None else []
    return set(sets[-1]["kids"]) if sets else set()
