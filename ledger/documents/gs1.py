"""GS1 Digital Link (URI syntax 1.2 and later): an article number, lot and serial number as a web address.

    https://example.com/01/09521234543213/10/LOT-7/21/0001

A GTIN is given by its owner and never made up here.
"""

import re
from urllib.parse import quote, urlsplit

from ledger.errors import UsageError

__all__ = ["article_number", "digital_link", "human_readable", "web_address"]

_LONGEST = 20
_ENCODABLE = re.compile(r"""[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}""")
"""GS1 AI encodable character set 82, as AI 10 and 21 take it."""
_LONGEST_ADDRESS = 200
_LENGTHS = (8, 12, 13, 14)


def article_number(text: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits as one of 14.

    Raises:
        UsageError: it is none, or its check digit is another.
    """
    if not text.isascii() or not text.isdigit() or len(text) not in _LENGTHS:
        raise UsageError(f"gtin: expected 8, 12, 13 or 14 digits, got {text[:30]!r}")
    digits = text.rjust(14, "0")
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[:13]))
    if int(digits[13]) != -weighted % 10:
        raise UsageError(f"gtin: the check digit of {text} should be {-weighted % 10}")
    if not int(digits):
        raise UsageError("gtin: all zeros is nobody's number")
    return digits


def digital_link(base: str, gtin: str, lot: str, serial: str | None = None) -> str:
    """The address of a lot, or of one piece of it, of an article. `base` is where the owner's resolver answers.

    Raises:
        UsageError: the lot or serial number has more than 20 characters, or one that GS1 has not.
    """
    link = f"{base.rstrip('/')}/01/{article_number(gtin)}/10/{_value('lot', lot)}"
    return link if serial is None else f"{link}/21/{_value('serial', serial)}"


def human_readable(gtin: str, lot: str, serial: str | None = None) -> str:
    """What is printed beside the code: `(01) 09521234543213 (10) LOT-7`."""
    told = f"(01) {article_number(gtin)} (10) {lot}"
    return told if serial is None else f"{told} (21) {serial}"


def web_address(text: str) -> str:
    """A resolver's address, without a query.

    Raises:
        UsageError: it is no https address.
    """
    try:
        parts = urlsplit(text)
    except ValueError:  # brackets that hold no address
        parts = urlsplit("")
    if (
        parts.scheme != "https"
        or not parts.hostname
        or parts.query
        or parts.fragment
        or parts.username
        or len(text) > 200
    ):
        raise UsageError("resolver: expected an address such as https://id.example.com")
    return text


def _value(name: str, text: str) -> str:
    if not _ENCODABLE.fullmatch(text):
        raise UsageError(
            f"{name}: GS1 takes up to {_LONGEST} characters of its set 82 (Latin letters, digits, some signs): leave"
            " the GTIN out, and the label carries the batch's own address"
        )
    return quote(text, safe="")
