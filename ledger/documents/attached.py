"""Taking the signed report and its evidence out of a PDF that anybody may have made.

Only what leads to the attachments is read: trailer, catalog, the tree of names, the files. No page is drawn, no script
run, no address followed. A file that is larger, deeper or wider than any of ours is refused before its size matters.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader, apply_configuration
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from ledger.documents.pdf import BUNDLE_NAME, MOST_BUNDLE, REPORT_NAME, VERSION
from ledger.errors import VerificationError

__all__ = ["MOST_PDF", "Paper", "looks_like_pdf", "read_paper"]

MOST_PDF = 48_000_000
"""Bytes of a PDF under test."""
_BEGINS = b"%PDF-"
_MOST_OBJECTS = 200_000
_MOST_NODES = 64
"""Nodes and entries of the tree of attached files."""
_FILTERS: tuple[object, ...] = (None, "/FlateDecode", ["/FlateDecode"])
_SMALL = 1_000_000
"""Bytes that a filter which none of our files uses may give."""

logging.getLogger("pypdf").addHandler(logging.NullHandler())  # what it remarks on, we say in our own words
logging.getLogger("pypdf").propagate = False


@dataclass(frozen=True, slots=True)
class Paper:
    """What is in a PDF. `edition`, `language`, `attached` are what its metadata says; empty where it says nothing."""

    report: bytes
    bundle: bytes | None
    edition: str
    language: str
    attached: tuple[str, ...]


def looks_like_pdf(data: bytes) -> bool:
    """Whether these bytes begin as a PDF does."""
    return data.startswith(_BEGINS)


def read_paper(data: bytes) -> Paper:
    """The attachments of a PDF, and what it says of its making. Not checked: anything that they claim.

    Promised: bounded memory; no attachment is longer than 16,000,000 bytes.

    Raises:
        VerificationError: it is no PDF that can be read safely, or no signed report is attached to it.
    """
    if len(data) > MOST_PDF:
        raise VerificationError(f"this PDF has more than {MOST_PDF:,} bytes")
    try:
        with apply_configuration(
            zlib_maximum_output_length=MOST_BUNDLE,
            zlib_maximum_recovery_input_length=0,
            array_based_stream_maximum_output_length=MOST_BUNDLE,
            lzw_maximum_output_length=_SMALL,
            run_length_maximum_output_length=_SMALL,
            jbig2_maximum_output_length=_SMALL,
        ):
            file = BytesIO(data)
            return _paper(
                PdfReader(file, strict=True, root_object_recovery_limit=0, xref_stream_maximum_entries=_MOST_OBJECTS)
            )
    except VerificationError:
        raise
    except Exception as error:
        said = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise VerificationError(f"this PDF cannot be read: {said}") from error


def _paper(pdf: PdfReader) -> Paper:
    if pdf.is_encrypted:
        raise VerificationError("this PDF is encrypted: ours never are")
    if sum(len(section) for section in pdf.xref.values()) + len(pdf.xref_objStm) > _MOST_OBJECTS:
        raise VerificationError(f"this PDF has more than {_MOST_OBJECTS:,} objects")
    files: dict[str, bytes] = {}
    for name, stream in _attachments(pdf):
        if name not in (REPORT_NAME, BUNDLE_NAME):
            continue
        if name in files:
            raise VerificationError(f"this PDF holds two attachments named {name}")
        files[name] = _content(name, stream)
    if REPORT_NAME not in files:
        raise VerificationError(f"no {REPORT_NAME} is attached to this PDF: there is nothing signed in it")
    said = _keywords(pdf)
    return Paper(
        files[REPORT_NAME],
        files.get(BUNDLE_NAME),
        said.get("edition", [""])[0],
        said.get("language", [""])[0],
        tuple(said.get("attached", [])),
    )


def _attachments(pdf: PdfReader) -> Iterator[tuple[str, object]]:
    """Name and stream of every file in the catalog's tree of names."""
    names = _followed(pdf.root_object.get("/Names"))
    waiting = [names.get("/EmbeddedFiles")] if isinstance(names, DictionaryObject) else []
    seen = 0
    while waiting:
        node = _followed(waiting.pop())
        seen += 1
        if seen > _MOST_NODES or not isinstance(node, DictionaryObject):
            raise VerificationError("the tree of attached files in this PDF is not one of ours")
        kids, pairs = _followed(node.get("/Kids")), _followed(node.get("/Names"))
        waiting += kids if isinstance(kids, ArrayObject) else []
        files = pairs[1::2] if isinstance(pairs, ArrayObject) else []
        seen += len(files)
        for each in files[:_MOST_NODES]:
            file = _followed(each)
            held = _followed(file.get("/EF")) if isinstance(file, DictionaryObject) else None
            if isinstance(file, DictionaryObject) and isinstance(held, DictionaryObject):
                yield str(file.get("/UF", file.get("/F", ""))), _followed(held.get("/UF", held.get("/F")))


def _content(name: str, stream: object) -> bytes:
    if not isinstance(stream, StreamObject):
        raise VerificationError(f"the attachment {name} of this PDF is no file")
    if _followed(stream.get("/Filter")) not in _FILTERS or "/DecodeParms" in stream:
        raise VerificationError(f"the attachment {name} of this PDF is packed in another way than ours")
    data = stream.get_data()
    if len(data) > MOST_BUNDLE:
        raise VerificationError(f"the attachment {name} of this PDF is longer than {MOST_BUNDLE:,} bytes")
    return bytes(data)


def _keywords(pdf: PdfReader) -> dict[str, list[str]]:
    """What the metadata says of how it was made; nothing, if it does not say that it is a report of ours."""
    info = pdf.metadata
    told = str(info.get("/Keywords", "") if info is not None else "").split(", ")
    if told[0] != VERSION:
        return {}
    said: dict[str, list[str]] = {}
    for each in told[1:]:
        name, _, value = each.partition(" ")
        said.setdefault(name, []).append(value)
    return said


def _followed(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value
