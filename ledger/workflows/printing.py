"""Printing a report that was made: as a page, or as PDF with the signed report and, if asked for, its evidence."""

from io import BytesIO

from ledger.documents.html import render_document
from ledger.documents.pdf import MOST_BUNDLE, render_pdf
from ledger.documents.voice import Reader
from ledger.errors import UsageError
from ledger.store.reports import StoredReport
from ledger.workflows.ledger import Ledger
from ledger.workflows.report import write_bundle

__all__ = ["report_page", "report_pdf"]


def report_page(report: StoredReport, reader: Reader) -> str:
    """The report as a whole HTML page. It was signed by this ledger: nothing is verified again."""
    return render_document(report.jwt, reader)


def report_pdf(ledger: Ledger, report: StoredReport, reader: Reader, *, evidence: bool = False) -> bytes:
    """The report as PDF. It was signed by this ledger: nothing is verified again.

    Raises:
        UsageError: its evidence is larger than paper should carry.
    """
    bundle = _Limited()
    if evidence:
        write_bundle(ledger, report, bundle)
    return render_pdf(report.jwt, reader, bundle.getvalue() if evidence else None)


class _Limited(BytesIO):
    """A place for evidence that does not grow beyond what is wanted."""

    def write(self, data: bytes) -> int:  # type: ignore[override]  # only bytes are written
        if self.tell() + len(data) > MOST_BUNDLE:
            raise UsageError(
                f"The evidence is larger than the {MOST_BUNDLE:,} bytes that a PDF carries: take the bundle."
            )
        return super().write(data)
