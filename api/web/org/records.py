"""The records of an organization's chains, with their receipts; and one record as its reader may see it."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from api.cursors import cursor, position
from api.deps import LedgerDep, viewer_of
from api.routes.records import RecordPath
from api.web.headers import PAGE_HEADERS
from api.web.org.sections import record_path
from api.web.session import PageReader
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.signing.disclosure import open_record
from ledger.signing.envelope import parse_envelope
from ledger.values.canonical import canonical
from ledger.workflows.own_chains import chain_records, chains_and_keys
from ledger.workflows.reading import read_receipt, read_record

__all__ = ["receipt", "record_page", "records", "router"]

router = APIRouter(include_in_schema=False)

_RECORDS = (
    Column("seq", N_("Number"), "count"),
    Column("record", N_("Record"), "digest", lambda row: record_path(row["record"])),
    Column("type", N_("Type"), "term:record"),
    Column("at", N_("Time of the fact"), "time"),
    Column("index", N_("In the log"), "count"),
    Column("receipt", N_("Receipt"), "text", lambda row: f"/o/records/{row['record']}/receipt"),
)


@twinned(router, "/o/records")
def records(
    request: Request,
    ledger: LedgerDep,
    caller: PageReader,
    chain: Annotated[str | None, Query(max_length=64)] = None,
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """One of the reader's chains, its records newest first."""
    viewer = viewer_of(caller)
    start = position(after or None, 1)
    shown, rows, more = chain_records(ledger, viewer, chain or None, start[0] if start else None)
    chains, _ = chains_and_keys(ledger, viewer)
    table = Table(
        "records",
        N_("Records, newest first"),
        _RECORDS,
        [{**row, "receipt": "receipt.json"} for row in rows],
        cursor((more,) if more is not None else None),
    )
    return answer(request, "org/records.html", table, data={"chain": shown, "chains": chains})


@router.get("/o/records/{record}/receipt")
def receipt(record: RecordPath, ledger: LedgerDep, caller: PageReader) -> Response:
    """The receipt of a record as a file, which `lodestone verify` checks."""
    found = read_receipt(ledger, viewer_of(caller), record)
    name = record.removeprefix("sha-256:")
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{name}.receipt.json"'}
    return Response(orjson.dumps(found, option=orjson.OPT_SORT_KEYS), headers=headers, media_type="application/json")


@twinned(router, "/o/records/{record}")
def record_page(request: Request, record: RecordPath, ledger: LedgerDep, caller: PageReader) -> Response:
    """A record, opened as far as the reader may see it."""
    seen = read_record(ledger, viewer_of(caller), record)
    envelope = parse_envelope(canonical(seen["envelope"]), submission=False)
    opened = open_record(envelope, submission=False)
    hidden = ("_sd", "_sd_alg")
    members = {name: value for name, value in opened.items() if name not in hidden}
    said = orjson.dumps(members, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
    signatures = [{"algorithm": each.alg, "kid": each.kid} for each in envelope.signatures]
    table = Table("signatures", N_("Signatures"), _SIGNATURES, signatures)
    shown = {name: value for name, value in seen.items() if name != "envelope"}
    return answer(
        request,
        "org/record.html",
        table,
        data={"record": shown, "members": members, "envelope": seen["envelope"]},
        said=said,
        made=[f"{seen['record']}#{place}" for place in range(len(_listed(members.get("outputs"))))],
    )


_SIGNATURES = (Column("kid", N_("Key"), "code"), Column("algorithm", N_("Algorithm"), "code"))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
