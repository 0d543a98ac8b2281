"""What belongs below a header: the comments of header cells, the table of a template's instructions, and the manual."""

from collections.abc import Mapping

from ledger.sheets.says import _

__all__ = ["hint_of"]

_HINTS: Mapping[tuple[str, str], str] = {
    ("", "record"): _(
        "A name of your own for this record, never used before. Rows of one record stand below each "
        "other; the rows after its first may leave it empty."
    ),
    ("", "date"): _(
        "When it happened: 2026-01-31, or with the time 2026-01-31 14:30 (UTC), or 2026-01-31 22:30 +08:00."
    ),
    ("", "facility"): _("The name of a facility in the sheet Facilities, or one that the ledger has from you."),
    ("", "lot"): _(
        "Your own label of a batch. A lot that comes in is one made in this file, one that you hold, or "
        "the id of a batch."
    ),
    ("", "material"): _("What the batch is. For an addition any word, such as iron."),
    ("", "mass"): _("A number, with its unit in the next column; dry mass where the assay is dry."),
    ("", "unit"): _("mg, g, kg or t."),
    ("", "basis"): _("How the composition is known."),
    ("", "purity"): _("Such as 99.5 %."),
    ("", "gross"): _("Gross mass, in the same unit."),
    ("", "document digest"): _("sha-256:… of a document that proves it; lodestone never asks for the document itself."),
    ("", "remarks"): _("What is wrong with this row. It is not read."),
    ("Facilities", "name"): _("The name of the place, by which other sheets call it."),
    ("Facilities", "owner country"): _("Where its owner is, if that is another country."),
    ("Facilities", "operator"): _("Who runs it, if that is not you."),
    ("Sources", "origin"): _("mined, recycled, declared (bought outside the ledger) or not disclosed."),
    ("Sources", "feed"): _("Recycled: from used products, or from production scrap."),
    ("Sources", "product"): _("Recycled: out of what, such as traction motor."),
    ("Receipts", "transfer"): _("The id of the transfer; empty where the lot says it."),
    ("Receipts", "mass"): _("Your own weighing, if you made one."),
    ("Processes", "line"): _(
        "input, addition (iron, ferroboron: no batch), output, or content (of an assembly: below its output)."
    ),
    ("Processes", "from step"): _("The first step that an input takes part in, if not the record's first."),
    ("Processes", "custody"): _("The ISO 22095 model; segregated if empty."),
    ("Processes", "process name"): _("What you call it, where no step has its name."),
    ("Transfers", "to"): _("A name from lodestone org name, or the id of an organization."),
    ("Transfers", "to outside"): _("The name of a receiver who is not in the ledger: the material leaves it."),
    ("Transfers", "mass"): _("Empty for all that is left."),
    ("Adjustments", "reason"): _("Why material ends: stock difference, spill, sample, destroyed."),
}
"""(kind of sheet, column) -> what belongs there; without a kind: in every kind that has the column."""


def hint_of(kind: str, column: str) -> str:
    """What belongs below a column's header, to be translated; empty where its name says it."""
    return _HINTS.get((kind, column), _HINTS.get(("", column), ""))
