"""Pictures out of a file that was verified first: the map of any report, the Sankey picture of an auditor's file."""

from collections.abc import Mapping
from typing import Any

from ledger.bundle.audit import audit
from ledger.bundle.format import Bundle, LogExport, read_file
from ledger.bundle.result import Verification
from ledger.bundle.verify import verify
from ledger.errors import UsageError
from ledger.pictures.audited import Audited
from ledger.pictures.drawn_sankey import draw_sankey
from ledger.pictures.svg import Frame
from ledger.pictures.worldmap import draw_map, map_of_statement
from ledger.report.seal import open_sealed
from ledger.values.chemistry import RARE_EARTHS

__all__ = ["map_of_file", "sankey_of_file"]


def map_of_file(data: bytes, policy: bytes, element: str, frame: Frame) -> tuple[Verification, str]:
    """The map of a report (`.jwt`) or bundle, and what its verification said; no picture if that failed.

    Raises:
        UsageError: the report states no such element.
    """
    answer = verify(data, None, policy)
    if not answer.passed:
        return answer, ""
    subject = _subject_of(data)
    stated, weights = subject["statement"], subject.get("composition", {})
    elements = sorted(stated["elements"], key=lambda each: (each not in RARE_EARTHS, -weights.get(each, 0), each))
    wanted = element or next(iter(elements), "")
    if wanted not in elements:
        raise UsageError(f"Expected an element of the report, one of {', '.join(elements)}.")
    return answer, draw_map(map_of_statement(stated, wanted), wanted, subject["batch"], frame)


def sankey_of_file(data: bytes, policy: bytes, batch: str, element: str, frame: Frame) -> tuple[Verification, str]:
    """The Sankey picture of a batch in an auditor's bundle (of its subject, if none is named) or a log.

    Raises:
        NotFound: the file does not disclose the masses of the batch.
        UsageError: no batch is named where there are many, or it has no such element.
    """
    seen = Audited()
    answer = audit(data, policy, follower=seen)
    if not answer.passed:
        return answer, ""
    named = batch or str(_subject_of(data)["batch"])
    return answer, draw_sankey(seen.flows(named, element), named, frame)


def _subject_of(data: bytes) -> Mapping[str, Any]:
    """What a verified report, or the one in a bundle, is about."""
    read = read_file(data)
    if isinstance(read, LogExport):
        raise UsageError("A log holds many batches: name the one that is wanted.")
    report = read.report if isinstance(read, Bundle) else read
    subject: Any = open_sealed(report.text).payload["credentialSubject"]
    return dict(subject)
