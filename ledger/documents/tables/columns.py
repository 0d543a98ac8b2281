"""The tables and their columns: one place that says of each what it means, in which unit, and where it comes from.

Every sentence here is translated (`ledger.words`); the table `dictionary` hands both languages out beside the data.
"""

from dataclasses import dataclass

__all__ = ["TABLES", "Column", "Table", "translatable"]

INTEGER, TEXT = "integer", "text"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `kind` is integer or text; `unit` is empty where there is none."""

    name: str
    kind: str
    meaning: str
    source: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table. Rows stand in the order of the log."""

    name: str
    meaning: str
    columns: tuple[Column, ...]


def translatable(text: str) -> str:
    """Marks a sentence for the catalogues."""
    return text


_ = translatable

_RECORD = _("the record's own member of this name")
_LOG = _("the log")
_OUTPUT = _("the output in the making record")
_REPLAY = _("computed anew by the audit")
_AUDIT = _("the audit")

_INDEX = Column("index", INTEGER, _("where the record stands in the log"), _LOG)
_ID = Column("record", TEXT, _("the record's id: the digest of its payload"), _LOG)
_TYPE = Column("type", TEXT, _("what sort of record it is"), _RECORD)
_AT = Column("at", TEXT, _("the time of the fact"), _RECORD, "UTC")
_ORGANIZATION = Column("organization", TEXT, _("the record that opened the issuer's chain"), _LOG)
_BATCH = Column("batch", TEXT, _("the batch: <id of the record that made it>#<number of the output>"), _LOG)
_ELEMENT = Column("element", TEXT, _("the element; * is the body, the batch as a whole"), _OUTPUT)
_KNOWN = Column(
    "known",
    TEXT,
    _("yes: empty cells of this row are absent; partly or no: empty cells are unknown, never zero"),
    _AUDIT,
)
_REASON = Column(
    "reason",
    TEXT,
    _(
        "why something in this row is unknown: withheld: it is not disclosed to the reader of this file; closed: the"
        " whole record is not; erased: nobody can read it any more; not-weighed: masses, compositions or records that"
        " this needs are not in the file; only-upstream: a bundle does not show what else was taken of a batch, and who"
        " holds it"
    ),
    _AUDIT,
)


def _mass(name: str, meaning: str, source: str = _REPLAY) -> Column:
    return Column(name, INTEGER, meaning, source, "mg")


_RECORDS = Table(
    "records",
    _("every record of the file, each leaf of it if the file is the export of a log"),
    (
        _INDEX,
        _ID,
        _TYPE,
        Column(
            "state",
            TEXT,
            _("open: all of it can be read; partly: some is withheld; closed: only its leaf is here; erased"),
            _AUDIT,
        ),
        Column("withheld", INTEGER, _("how many disclosures are withheld; what is inside them is not counted"), _AUDIT),
        _ORGANIZATION,
        Column("organization_name", TEXT, _("its name, in its own script"), _("the organization's record")),
        Column("organization_name_latin", TEXT, _("its name in Latin letters"), _("the organization's record")),
        Column("chain", TEXT, _("the issuer's chain"), _RECORD),
        Column("seq", INTEGER, _("the record's number in its chain"), _RECORD),
        _AT,
        Column("facility", TEXT, _("the record of the place where it happened"), _RECORD),
        Column("facility_name", TEXT, _("that place's name"), _("the facility's record")),
        Column("country", TEXT, _("the country where it happened"), _RECORD, "ISO 3166-1 alpha-2"),
        Column("owner_country", TEXT, _("the country of the place's owner"), _RECORD, "ISO 3166-1 alpha-2"),
        Column("operated", TEXT, _("self: by the issuer; other: by somebody else, who is declared"), _RECORD),
        Column("steps", TEXT, _("the steps of a process, in order"), _RECORD),
        Column("custody", TEXT, _("the custody model of a process (ISO 22095)"), _RECORD),
        Column("algorithms", TEXT, _("the algorithms of its signatures, all of which were verified"), _LOG),
        Column("keys", TEXT, _("the thumbprints of the keys that signed (RFC 7638)"), _LOG),
        _KNOWN,
        _REASON,
    ),
)

_BATCHES = Table(
    "batches",
    _("every batch that a record of the file made"),
    (
        _BATCH,
        _INDEX,
        Column("made_at", TEXT, _("the time at which it was made"), _RECORD, "UTC"),
        Column("maker", TEXT, _("the record that opened the maker's chain"), _LOG),
        Column("lot", TEXT, _("the producer's own label"), _OUTPUT),
        Column("material", TEXT, _("what it is"), _OUTPUT),
        _mass("mass_mg", _("the mass that was made"), _OUTPUT),
        Column("mass_kg", TEXT, _("the same mass, exactly, for people"), _OUTPUT, "kg"),
        _mass("left_mg", _("what is left of it at the end of the log")),
        Column("standing", TEXT, _("held, in transit, or left the ledger, at the end of the log"), _REPLAY),
        Column("holder", TEXT, _("who holds it at the end of the log"), _REPLAY),
        Column("form", TEXT, _("its form"), _OUTPUT),
        Column("grade", TEXT, _("its grade"), _OUTPUT),
        Column("magnet_type", TEXT, _("the sort of magnet"), _OUTPUT),
        Column("consolidation", TEXT, _("how it was consolidated"), _OUTPUT),
        Column("coating", TEXT, _("its coating"), _OUTPUT),
        Column("basis", TEXT, _("whether the composition is an assay, a specification or an estimate"), _OUTPUT),
        Column("purity_ppm", INTEGER, _("its purity"), _OUTPUT, "ppm"),
        Column("hs", TEXT, _("its customs code (HS)"), _OUTPUT),
        _mass("gross_mg", _("its gross mass"), _OUTPUT),
        Column("weighed", TEXT, _("yes: its routes follow to the milligram from the records here"), _AUDIT),
        _KNOWN,
        _REASON,
    ),
)

_COMPOSITIONS = Table(
    "compositions",
    _("the elements of every batch whose composition is disclosed"),
    (
        _BATCH,
        _ELEMENT,
        Column("ppm", INTEGER, _("its share of the batch's mass"), _OUTPUT, "ppm"),
        _mass("mass_mg", _("its mass: the batch's mass times the share, rounded down")),
    ),
)

_INPUTS = Table(
    "inputs",
    _("what each record takes: the links from batch to batch"),
    (
        _INDEX,
        _ID,
        _TYPE,
        Column("kind", TEXT, _("input, addition, offered, accepted or adjusted"), _RECORD),
        Column("place", INTEGER, _("its number in the record's list, from 0"), _RECORD),
        _BATCH,
        Column("material", TEXT, _("what an addition is"), _RECORD),
        _mass("mass_mg", _("the mass that is taken; of a whole batch it is not stated"), _RECORD),
        Column("step", TEXT, _("the first step that it takes part in, if not the first of all"), _RECORD),
        _KNOWN,
        _REASON,
    ),
)

_BALANCES = Table(
    "balances",
    _("the balance of each element in each record that makes or ends material: in = out + loss, to the milligram"),
    (
        _INDEX,
        _ID,
        _TYPE,
        _AT,
        _ELEMENT,
        _mass("from_origin_mg", _("what enters the ledger here")),
        _mass("from_batches_mg", _("what is taken from batches")),
        _mass("from_additions_mg", _("what is added without a batch")),
        _mass("undetermined_mg", _("what comes out and no input accounts for; its origin is undetermined")),
        _mass("tolerance_mg", _("what comes out beyond the inputs within the tolerance of assay and air")),
        _mass("in_mg", _("the sum of the five columns before")),
        _mass("out_mg", _("what the batches made here hold")),
        _mass("loss_mg", _("what no batch made here is stated to hold: loss, or in an output of unstated composition")),
        _KNOWN,
        _REASON,
    ),
)

_ROUTES = Table(
    "routes",
    _("for each element of each weighed batch: how much of it came on which route"),
    (
        _BATCH,
        Column("part", TEXT, _("the batch inside an assembly; empty for the whole"), _OUTPUT),
        _ELEMENT,
        Column("route", TEXT, _("the digest of the route, which the table route_stages explains"), _REPLAY),
        _mass("mass_mg", _("how much of the element came on this route")),
        Column("origin", TEXT, _("where it began"), _REPLAY),
        Column("origin_known", TEXT, _("how a recycled origin is known: traced or declared"), _REPLAY),
        Column("origin_reason", TEXT, _("why the origin is unknown, where more is known than that"), _REPLAY),
        Column("stages", TEXT, _("every stage with its countries and how they are known"), _REPLAY),
        _KNOWN,
        _REASON,
    ),
)

_ROUTE_STAGES = Table(
    "route_stages",
    _("the stages of each route, one row for each country"),
    (
        Column("route", TEXT, _("the digest of the route"), _REPLAY),
        Column("stage", TEXT, _("the stage"), _REPLAY),
        Column("country", TEXT, _("a country where it happened"), _REPLAY, "ISO 3166-1 alpha-2"),
        Column("basis", TEXT, _("traced: the log shows it; declared: somebody says so"), _REPLAY),
    ),
)

_CERTIFICATES = Table(
    "certificates",
    _("third parties' documents, cited by digest; the audit has not opened them"),
    (
        _INDEX,
        _ID,
        _ORGANIZATION,
        _AT,
        Column("subject_kind", TEXT, _("what it is about: organization, facility, batch or transfer"), _RECORD),
        Column("subject", TEXT, _("the record or batch that it is about"), _RECORD),
        Column("scheme", TEXT, _("the scheme"), _RECORD),
        Column("number", TEXT, _("the number of the document"), _RECORD),
        Column("issuer", TEXT, _("who issued the document"), _RECORD),
        Column("issuer_country", TEXT, _("the issuer's country"), _RECORD, "ISO 3166-1 alpha-2"),
        Column("valid_from", TEXT, _("the first day on which it is valid"), _RECORD),
        Column("valid_to", TEXT, _("the last day on which it is valid"), _RECORD),
        Column("document", TEXT, _("the digest of the document"), _RECORD),
        Column("limits", TEXT, _("what it is limited to"), _RECORD),
        _KNOWN,
        _REASON,
    ),
)

_INQUIRIES = Table(
    "inquiries",
    _("questions that were sent upstream, and what came of them"),
    (
        _INDEX,
        _ID,
        _ORGANIZATION,
        _AT,
        _BATCH,
        Column("elements", TEXT, _("the elements asked about; empty means all"), _RECORD),
        Column("stages", TEXT, _("the stages asked about; empty means all"), _RECORD),
        Column("to_name", TEXT, _("who was asked"), _RECORD),
        Column("to_country", TEXT, _("the country of whom was asked"), _RECORD, "ISO 3166-1 alpha-2"),
        Column("method", TEXT, _("how it was asked"), _RECORD),
        Column("sent", TEXT, _("when it was sent"), _RECORD),
        Column("due", TEXT, _("when an answer is due"), _RECORD),
        Column("closed", TEXT, _("when it was closed"), _RECORD),
        Column("outcome", TEXT, _("what came of it"), _RECORD),
        Column("follows", TEXT, _("the inquiry that it follows"), _RECORD),
        _KNOWN,
        _REASON,
    ),
)

_DICTIONARY = Table(
    "dictionary",
    _("what every column of every table means"),
    (
        Column("table", TEXT, _("the table"), _AUDIT),
        Column("column", TEXT, _("the column; empty for the table as a whole"), _AUDIT),
        Column("kind", TEXT, _("integer or text"), _AUDIT),
        Column("unit", TEXT, _("the unit"), _AUDIT),
        Column("meaning_en", TEXT, _("what it means, in English"), _AUDIT),
        Column("meaning_zh", TEXT, _("what it means, in Chinese"), _AUDIT),
        Column("source_en", TEXT, _("where it comes from, in English"), _AUDIT),
        Column("source_zh", TEXT, _("where it comes from, in Chinese"), _AUDIT),
    ),
)

TABLES = {
    table.name: table
    for table in (
        _RECORDS,
        _BATCHES,
        _COMPOSITIONS,
        _INPUTS,
        _BALANCES,
        _ROUTES,
        _ROUTE_STAGES,
        _CERTIFICATES,
        _INQUIRIES,
        _DICTIONARY,
    )
}
"""Every table by its name, in the order in which they are written."""
