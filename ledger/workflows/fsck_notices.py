"""Notices of what happens beside the log, in the check of a ledger: numbered without a gap, about what there is."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select

from ledger.store.compare import rows, table_named
from ledger.store.notices import BESIDE
from ledger.store.tokens import organization_number
from ledger.values.encoding import is_digest
from ledger.values.instant import is_time
from ledger.workflows.findings import Findings

__all__ = ["check_notices"]

_NAMED = {"grant-given": "grants", "grant-withdrawn": "grants", "report-revoked": "report"}


def check_notices(connection: Connection, organizations: set[int], findings: Findings) -> int:
    """Look whether notices are what this service makes; how many there are."""
    table = table_named("notice")
    names = [each.name for each in table.columns]
    ids = {name: set(connection.execute(select(table_named(name).c.id)).scalars()) for name in ("grants", "report")}
    expected = 1
    for row in rows(connection, table, ("number",)):
        notice = dict(zip(names, row, strict=True))
        number = notice["number"]
        if number != expected:
            sentence = f"Notices are numbered without a gap: expected {expected}."
            findings.differs("notice", f"notice[{number}].number", sentence, expected=expected, found=number)
        for name in _ill_formed(connection, notice, organizations, ids):
            sentence = f"The column {name} of a notice holds what this service never writes."
            findings.differs("notice", f"notice[{number}].{name}", sentence)
        expected += 1
    return expected - 1


def _ill_formed(
    connection: Connection, notice: Mapping[str, Any], organizations: set[int], ids: Mapping[str, set[str]]
) -> Iterator[str]:
    kind, about = notice["kind"], notice["about"]
    if kind not in BESIDE:
        yield "kind"
    if notice["organization"] not in organizations and (notice["organization"], kind) != (None, "disclosures-erased"):
        yield "organization"
    known = about in ids[_NAMED[kind]] if kind in _NAMED else _is_organization(connection, about)
    if not known and about not in ids["grants"] | ids["report"]:
        yield "about"
    if not is_time(notice["at"]):
        yield "at"


def _is_organization(connection: Connection, about: str) -> bool:
    return is_digest(about) and organization_number(connection, about) is not None
