"""The zip file that a workbook is: opened within limits, refused where it holds what we do not read."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, cast
from xml.sax import ContentHandler, SAXException

from defusedxml import DefusedXmlException
from defusedxml.sax import parse

from ledger.sheets.limits import MOST_BYTES, MOST_ELEMENTS, MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED
from ledger.sheets.says import Spoken, Unreadable, Where, _, remark

__all__ = ["Package", "Parts", "opened", "unreadable"]

_DAMAGED = (SAXException, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FIRST_MEGABYTE = 1_000_000


def unreadable(text: str, where: Where | None = None, **values: "str | int | Spoken") -> Unreadable:
    """The refusal of a whole file, for one reason."""
    return Unreadable([remark(where or Where(), text, **values)])


class Parts(ContentHandler):
    """What reads one part. Names come without their prefix."""

    elements = 0

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802 - so SAX calls it
        """An element begins."""
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise unreadable(_("This workbook has more in it than rows and cells can be."))
        self.begin(name.rpartition(":")[2], cast("dict[str, str]", attrs))

    def endElement(self, name: str) -> None:  # noqa: N802 - so SAX calls it
        """An element ends."""
        self.end(name.rpartition(":")[2])

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""


class Package:
    """The parts of a workbook, each read within what is left of the limits."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {info.filename.lower(): info for info in archive.infolist()}

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.lower() in self._names

    def read(self, name: str, reader: Parts) -> None:
        """Show a part to its reader, element by element: nothing of it is kept but what the reader keeps.

        Raises:
            Unreadable: it is missing, damaged, no XML, or declares entities.
        """
        info = self._names.get(name.lower())
        if info is None:
            raise unreadable(_("This is no workbook: its part {name} is missing."), name=name)
        try:
            with self._archive.open(info) as stream:
                parse(cast("IO[str]", stream), reader, forbid_dtd=True)
        except DefusedXmlException:
            raise unreadable(
                _("The part {name} of this workbook declares entities: no spreadsheet program does."), name=name
            ) from None
        except _DAMAGED:
            raise unreadable(_("The part {name} of this workbook is damaged."), name=name) from None


@contextmanager
def opened(data: bytes) -> Iterator[Package]:
    """The parts of a workbook.

    Raises:
        Unreadable: it is no workbook, too large, locked with a password, or holds macros or links to other files.
    """
    if len(data) > MOST_BYTES:
        raise unreadable(_("This file is too large: expected at most {most} bytes."), most=MOST_BYTES)
    if data.startswith(_OLD_FORMAT):
        sentence = _("This is an old .xls file, or one with a password: save it as .xlsx without a password.")
        raise unreadable(sentence)
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise unreadable(_("This is neither an .xlsx workbook nor a .csv file.")) from None
    with archive:
        _within_limits(archive.infolist())
        yield Package(archive)


def _within_limits(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise unreadable(_("This workbook has more than {most} files inside."), most=MOST_ENTRIES)
    unpacked = sum(entry.file_size for entry in entries)
    swollen = any(e.file_size > _FIRST_MEGABYTE + MOST_RATIO * e.compress_size for e in entries)
    if unpacked > MOST_UNPACKED or swollen:
        raise unreadable(
            _("This workbook becomes too large when it is unpacked: expected at most {most} bytes."), most=MOST_UNPACKED
        )
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise unreadable(_("This workbook is locked with a password: save it without one."))
    if any(entry.compress_type not in _PACKED for entry in entries):
        raise unreadable(_("This is neither an .xlsx workbook nor a .csv file."))
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) < len(names):
        raise unreadable(_("This workbook holds two files of one name: no spreadsheet program writes that."))
    if any(name.endswith(("vbaproject.bin", ".bas")) or "/macrosheets/" in name for name in names):
        raise unreadable(_("This workbook holds macros: save it as .xlsx, which has none."))
    if any("/externallinks/" in name for name in names):
        raise unreadable(_("This workbook links to other files: break the links, so that every value stands here."))
