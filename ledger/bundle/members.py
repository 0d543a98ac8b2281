"""Members of a file by name and type: whatever is not as expected is refused with a sentence that says where."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import orjson

from ledger.errors import VerificationError
from ledger.values.canonical import JsonValue, NotCanonical, canonical, check_profile, parse_canonical
from ledger.values.encoding import unb64u

__all__ = ["DEPTH", "decoded", "exactly", "list_at", "object_at", "parsed", "text_at"]

DEPTH = 100
"""Levels of nesting at which a file is refused: far more than any has, less than Python's stack."""


def parsed(
    data: bytes, where: str, read: Callable[[bytes], JsonValue] = partial(parse_canonical, max_depth=DEPTH)
) -> dict[str, JsonValue]:
    """The object that canonical bytes are.

    Raises:
        VerificationError: they are none; the sentence says where that shows.
    """
    try:
        return object_at(read(data), where)
    except (NotCanonical, ValueError, TypeError) as error:
        raise VerificationError(f"{where}: {error}{_place(data)}") from None


def _place(data: bytes) -> str:
    """Where bytes are not their own canonical form, as far as that can be said."""
    try:
        value = orjson.loads(data)
        check_profile(value, DEPTH)
        right = canonical(value)
    except orjson.JSONDecodeError as error:
        return f" (near byte {error.pos})"
    except (ValueError, TypeError):
        return ""
    return f" (near byte {_common(data, right)})"


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def decoded(text: str, where: str) -> bytes:
    """The bytes of a base64url text."""
    try:
        return unb64u(text)
    except ValueError as error:
        raise VerificationError(f"{where}: {error}") from None


def object_at(value: JsonValue | None, where: str) -> dict[str, JsonValue]:
    """The value, which must be an object."""
    if type(value) is not dict:
        raise VerificationError(f"{where}: expected an object")
    return value


def list_at(value: JsonValue, where: str) -> list[JsonValue]:
    """The value, which must be a list."""
    if type(value) is not list:
        raise VerificationError(f"{where}: expected a list")
    return value


def text_at(members: Mapping[str, JsonValue], name: str, where: str) -> str:
    """A member, which must be a text."""
    value = members[name]
    if type(value) is not str:
        raise VerificationError(f"{where}.{name}: expected a text")
    return value


def exactly(members: Iterable[str], names: Sequence[str], where: str) -> None:
    """Refuse an object that has other members than these."""
    have, want = set(members), set(names)
    if have == want:
        return
    unknown, missing = sorted(have - want), sorted(want - have)
    said = [f"the member {unknown[0]} is not known" if unknown else "", f"{missing[0]} is missing" if missing else ""]
    raise VerificationError(f"{where}: {', '.join(word for word in said if word)}")
