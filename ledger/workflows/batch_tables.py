"""An auditor's bundle of a batch with its tables, as one zip file: made, audited as anybody would, written down."""

import tempfile
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from ledger.bundle.audit import audit
from ledger.documents.tables.workbook import plain_zip
from ledger.errors import UsageError, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.workflows.cosigned import continuation
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import policy_of
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from ledger.workflows.tables import FORMATS, audit_into

__all__ = ["MOST_BYTES", "write_batch_tables"]

MOST_BYTES = 16_000_000
"""The largest bundle of which the service itself makes tables: a workbook costs three milliseconds for a record."""


def write_batch_tables(
    ledger: Ledger, batch: str, caller: str | None, out: BinaryIO, depth: int | None = None, table_format: str = "all"
) -> str:
    """Write a zip of `bundle.json` and `tables/...` on a batch; returns the id of the report that was made for it.

    The tables hold what an audit of that very bundle has proven under this service's policy, so nothing that the
    caller's own bundle would not show him.

    Raises:
        NotFound: there is no such batch, or the caller may not audit it.
        UsageError: the format or depth is put wrongly, or the bundle is too large to be audited here.
        VerificationError: the bundle does not pass its own audit.
    """
    if table_format != "all" and table_format not in FORMATS:
        raise UsageError(f"Expected the format {', '.join(FORMATS)} or all.")
    made = make_report(ledger, ReportRequest(batch, "auditor", caller))
    bundle = _Limited()
    write_bundle(ledger, made.id, bundle, depth)
    data = bundle.getvalue()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "tables"
        formats = FORMATS if table_format == "all" else (table_format,)
        answer = audit_into(
            folder,
            formats,
            lambda follower: audit(
                data,
                policy_of(ledger),
                issuer=ledger.config.did,
                readers=1,
                later=lambda old: _later(ledger, old),
                follower=follower,
            ),
        )
        if not answer.passed:
            raise VerificationError(f"The bundle does not pass its own audit: {answer.sentence}")
        with plain_zip(out) as archive:
            archive.writestr("bundle.json", data)
            for path in sorted(folder.iterdir()):
                archive.write(path, f"tables/{path.name}")
    return made.id


class _Limited(BytesIO):
    def write(self, data: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(data) > MOST_BYTES:
            raise UsageError(
                f"The bundle is larger than {MOST_BYTES // 1_000_000} MB: ask for less depth, or export it and let"
                " `lodestone audit --tables` make its tables."
            )
        return super().write(data)


def _later(ledger: Ledger, old: Checkpoint) -> bytes | None:
    text = continuation(ledger, old.size) if old.origin == ledger.config.origin else None
    return text.encode() if text is not None else None
