"""What only the door judges: sizes, lengths, and whether texts are fit for people (docs/formats/signed-json.md).

A replay leaves all this out: limits and Unicode may change one day, and what was accepted stays accepted.
"""

from collections.abc import Sequence

from ledger.errors import Violation
from ledger.values.canonical import check_text

__all__ = [
    "MAX_DISCLOSURES",
    "MAX_ELEMENTS",
    "MAX_ENVELOPE_BYTES",
    "MAX_PART_BYTES",
    "REPLAY_DEPTH",
    "bad_texts",
    "has_long_array",
    "is_plain_text",
]

MAX_ENVELOPE_BYTES = 1_000_000
MAX_PART_BYTES = 60_000
"""The most decoded bytes of the payload, and of each disclosure, in a submission."""
MAX_DISCLOSURES = 5_000
MAX_ELEMENTS = 500
"""The longest array of a record in a submission; 5,000 disclosures are no array of the record."""
REPLAY_DEPTH = 200
"""Levels of nesting at which a replay gives up: far more than a submission may have, less than Python's stack."""


def is_plain_text(data: bytes) -> bool:
    """Whether canonical JSON is such that no string in it can need a closer look: ASCII, no escapes, no DEL."""
    return data.isascii() and b"\\" not in data and b"\x7f" not in data


def bad_texts(value: object, path: str) -> list[Violation]:
    """A violation for each string in a value that is unfit for people to read."""
    if type(value) is str:
        sentence = check_text(value)
        return [] if sentence is None else [Violation("malformed", sentence, path)]
    if type(value) is dict:
        prefix = f"{path}." if path else ""
        return [found for name, member in value.items() for found in bad_texts(member, prefix + name)]
    if type(value) is list:
        return [found for place, member in enumerate(value) for found in bad_texts(member, f"{path}[{place}]")]
    return []


def has_long_array(value: object, data: bytes) -> bool:
    """Whether a value holds an array of more than 500 elements; `data` are its bytes, which are mostly too few."""
    return len(data) > 2 * MAX_ELEMENTS and _has_long_array(value)


def _has_long_array(value: object) -> bool:
    members: Sequence[object]
    if type(value) is dict:
        members = list(value.values())
    elif type(value) is list:
        if len(value) > MAX_ELEMENTS:
            return True
        members = value
    else:
        return False
    return any(_has_long_array(member) for member in members)
