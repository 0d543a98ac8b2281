"""Labels of batches, as far as whoever asks may see them."""

from collections.abc import Sequence

from ledger.documents.labels import Label, Wanted, label_of, labels_pdf
from ledger.documents.voice import Reader
from ledger.errors import UsageError
from ledger.store.queries import Viewer
from ledger.values.encoding import split_batch_id
from ledger.workflows.ledger import Ledger
from ledger.workflows.reading import read_batch

__all__ = ["batch_label", "label_sheets"]


def batch_label(ledger: Ledger, viewer: Viewer, batch: str, reader: Reader, wanted: Wanted | None = None) -> Label:
    """The label of a batch.

    Raises:
        NotFound: there is no such batch, or the caller may not know of it.
        UsageError: what is to be carried beside it cannot be right.
    """
    seen = read_batch(ledger, viewer, split_batch_id(batch))
    return label_of(seen, ledger.config.public_url, reader, wanted)


def label_sheets(
    ledger: Ledger,
    viewer: Viewer,
    batches: Sequence[str],
    reader: Reader,
    wanted: Sequence[Wanted] = (),
    *,
    copies: int = 1,
) -> bytes:
    """Sheets of labels as PDF: of several batches, or of one with several `wanted`; each as often as said.

    Raises:
        NotFound: there is no such batch, or the caller may not know of it.
        UsageError: too many labels, or what is to be carried beside a batch cannot be right.
    """
    if len(wanted) > 1 and len(batches) > 1:
        raise UsageError("serial: several go with one batch only")
    labels = [batch_label(ledger, viewer, batch, reader, each) for batch in batches for each in wanted or (Wanted(),)]
    return labels_pdf([label for label in labels for _ in range(copies)], ledger.clock(), reader)
