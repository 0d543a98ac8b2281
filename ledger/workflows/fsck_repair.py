"""Making anew what is derived: tables and tiles, out of the shadow. Called only where the shadow is proven.

Never changed: records, leaves, signatures, checkpoints, reports.
"""

from ledger.log.merkle import leaf_hash
from ledger.log.tiles import TILE_WIDTH
from ledger.store.compare import Side
from ledger.store.database import Database
from ledger.store.log import rewritten
from ledger.store.published import PublishedDirectory
from ledger.store.rebuild import make_indexes, rebuild_records, rebuild_table
from ledger.workflows.config import Config
from ledger.workflows.findings import Findings
from ledger.workflows.fsck_look import Looked
from ledger.workflows.fsck_tiles import TileCheck, stray_files
from ledger.workflows.shadow import Shadow

__all__ = ["repair_ledger"]


def repair_ledger(config: Config, database: Database, looked: Looked) -> None:
    """Make anew what differs, in one transaction, then the tiles. Nothing is done where the records do not prove it."""
    shadow = looked.shadow
    if shadow is None or not looked.provable:
        return
    with database.writing(locked=False) as connection, shadow.database.reading() as anew:
        if looked.indexes:
            make_indexes(connection)
        names = looked.tables | ({"route", "batch"} if looked.tables & {"route", "batch"} else set())
        for name in sorted(names - {"record"}):
            rebuild_table(connection, anew, name)
        if "record" in names:
            rebuild_records(Side(connection), Side(anew))
        if names:
            rewritten(connection)
    if looked.findings.counts["tile"]:
        _tiles(config, shadow, looked.published)


def _tiles(config: Config, shadow: Shadow, published: int) -> None:
    folder = PublishedDirectory(config.tiles)
    check = TileCheck(config.tiles, published, Findings(), alone=True, mend=folder)
    for start in range(0, shadow.size, TILE_WIDTH):
        for each in shadow.leaves(start, min(shadow.size, start + TILE_WIDTH)):
            check.take(each.leaf, leaf_hash(each.leaf))
    check.finish()
    stray_files(config.tiles, shadow.size, Findings(), alone=True, mend=True)
