"""The tables beside pictures: columns with their words."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.web.formats import short_digest
from api.web.org.sections import batch_path, record_path
from api.web.twins import Column, Row, Table
from api.web.words import N_
from ledger.pictures.twins import Rows
from ledger.workflows.pictures import Picture

__all__ = ["STAGES", "balance_table", "pictures_path", "tables_of"]

STAGES: Mapping[str, str] = {
    "concentrate": N_("Beneficiation"),
    "oxide": N_("Separation, oxide"),
    "metal": N_("Metal"),
    "alloy": N_("Alloy"),
    "magnet": N_("Magnet"),
    "assembly": N_("Assembly"),
    "recycling": N_("Recycling"),
    "handling": N_("Handling"),
}
_ORIGINS: Mapping[str, str] = {
    "mined": N_("Mined"),
    "declared": N_("Declared"),
    "post-consumer": N_("Recycled, post-consumer"),
    "pre-consumer": N_("Recycled, pre-consumer"),
    "unknown": N_("Unknown"),
}
_NODES: Mapping[str, str] = {
    **_ORIGINS,
    "undisclosed": N_("Unknown: not disclosed"),
    "undetermined": N_("Unknown: not determined"),
    "addition": N_("Added"),
    "stage": N_("Stage"),
    "batch": N_("This batch"),
    "loss": N_("Loss"),
}
_COLUMNS: Mapping[str, str] = {
    "recycled": N_("Recycled feed"),
    "ore": N_("Ore, concentrate"),
    "oxide": N_("Oxide, compounds"),
    "metal": N_("Metal"),
    "alloy": N_("Alloy, powder"),
    "magnet": N_("Magnet"),
    "product": N_("Product"),
    "other": N_("Other"),
}

_FLOWS = (
    Column("from", N_("Comes from"), said=_NODES),
    Column("from_stage", N_("Stage"), said=STAGES),
    Column("from_countries", N_("Countries")),
    Column("to", N_("Goes to"), said=_NODES),
    Column("to_stage", N_("Stage"), said=STAGES),
    Column("to_countries", N_("Countries")),
    Column("origin", N_("Origin"), said=_ORIGINS),
    Column("mass_mg", N_("Mass"), "mass"),
)
_BALANCE = (
    Column("stage", N_("Stage"), said=STAGES),
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
    Column("column", N_("Stage"), said=_COLUMNS),
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
    Column("column", N_("Stage"), said=_COLUMNS),
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
