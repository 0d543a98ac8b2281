"""The tables beside pictures: columns with their words."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.web.formats import short_digest
from api.web.org.sections import batch_path, record_path
from api.web.twins import Column, Row, Table
from api.web.words import N_
from ledger.pictures.names import COLUMN_WORDS, ORIGIN_WORDS, STAGE_WORDS
from ledger.pictures.twins import Rows
from ledger.workflows.pictures import Picture

__all__ = ["balance_table", "pictures_path", "tables_of"]

_NODES: Mapping[str, str] = {
    **ORIGIN_WORDS,
    "addition": N_("Added"),
    "stage": N_("Stage"),
    "batch": N_("This batch"),
    "loss": N_("Loss"),
}

_FLOWS = (
    Column("from", N_("Comes from"), said=_NODES),
    Column("from_stage", N_("Stage"), said=STAGE_WORDS),
    Column("from_countries", N_("Countries")),
    Column("to", N_("Goes to"), said=_NODES),
    Column("to_stage", N_("Stage"), said=STAGE_WORDS),
    Column("to_countries", N_("Countries")),
    Column("origin", N_("Origin"), said=ORIGIN_WORDS),
    Column("mass_mg", N_("Mass"), "mass"),
)
_BALANCE = (
    Column("stage", N_("Stage"), said=STAGE_WORDS),
    Column("countries", N_("Countries")),
    Column("in_mg", N_("Put in"), "mass"),
    Column("out_mg", N_("Passed on"), "mass"),
    Column("lost_mg", N_("Lost"), "mass"),
    Column("recycled_ppm", N_("Recycled"), "share"),
    Column("unknown_ppm", N_("Unknown"), "share"),
)
_MAP = (
    Column("stage", N_("Stage"), "term:bucket"),
    Column("countries", N_("Countries")),
    Column("share_ppm", N_("Share"), "share"),
    Column("basis", N_("How it is known"), "term:basis"),
    Column("reason", N_("Reason"), "term:reason"),
)


def pictures_path(name: str) -> str:
    """The address of a batch's pictures."""
    return f"{batch_path(name)}/pictures"


def _to_batch(row: Mapping[str, Any]) -> str | None:
    """Cards of one batch that is open to the reader lead to its pictures."""
    return pictures_path(row["batch"]) if row["count"] == 1 and "mass_mg" in row else None


_GRAPH = (
    Column("batch", N_("Batch"), "digest", _to_batch),
    Column("depth", N_("Records away")),
    Column("column", N_("Stage"), said=COLUMN_WORDS),
    Column("material", N_("Material"), "term:material"),
    Column("country", N_("Country"), "country"),
    Column("origin", N_("Origin"), "term:origin"),
    Column("lot", N_("Lot")),
    Column("mass_mg", N_("Mass"), "mass"),
    Column("count", N_("Batches"), "count"),
    Column("more", N_("Behind it"), "count"),
    Column("made_of", N_("Made of")),
)
_TIMELINE = (
    Column("index", N_("Place in the log"), "count"),
    Column("record", N_("Record"), "digest", lambda row: record_path(row["record"])),
    Column("type", N_("Type"), "term:record"),
    Column("at", N_("Time"), "time"),
    Column("column", N_("Stage"), said=COLUMN_WORDS),
    Column("material", N_("Material"), "term:material"),
    Column("country", N_("Country"), "country"),
    Column("lot", N_("Lot")),
)


def tables_of(kind: str, picture: Picture, *, for_people: bool = True) -> list[Table]:
    """What a picture shows, as tables: the first one is what its CSV has. People read lots where programs read ids."""
    rows = picture.rows.rows
    if kind == "sankey" and picture.balance is not None:
        return [balance_table(picture.balance), Table("flows", N_("Flows"), _FLOWS, rows)]
    if kind == "map":
        return [Table("map", N_("Where each stage was"), _MAP, rows)]
    if kind == "timeline":
        return [Table("timeline", N_("Records on the way, in the order of the log"), _TIMELINE, rows)]
    return [Table("graph", N_("Batches near this one"), _GRAPH, _with_lots(rows) if for_people else rows)]


def _with_lots(rows: Sequence[Row]) -> list[Row]:
    """What each card was made of, by the lots that the reader knows, else by shortened ids."""
    called = {row["batch"]: row.get("lot") or short_digest(row["batch"]) for row in rows}
    return [{**row, "made_of": ", ".join(called[name] for name in row["made_of"].split())} for row in rows]


def balance_table(balance: Rows) -> Table:
    """An element's balance by stage."""
    return Table("balance", N_("Balance by stage"), _BALANCE, balance.rows)
