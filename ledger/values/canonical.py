"""Signed JSON: the one byte form of everything that is signed or hashed (docs/formats/signed-json.md).

In this profile (keys of a small ASCII set, strings, integers up to 2^53-1, true, false, arrays, objects) RFC 8785 and
sorted `orjson` give the same bytes. Bytes are never repaired: what is not its own canonical form is refused, which also
refuses duplicate keys, white space and other spellings of the same value.
"""

import re
import unicodedata

import orjson

__all__ = [
    "MAX_DEPTH",
    "MAX_INTEGER",
    "JsonValue",
    "NotCanonical",
    "NotJson",
    "TooDeep",
    "canonical",
    "check_profile",
    "check_text",
    "is_key",
    "object_of",
    "one_form",
    "parse_canonical",
]

_ALLOWED = "expected strings, integers, true, false, arrays and objects only"

JsonValue = str | int | bool | list["JsonValue"] | dict[str, "JsonValue"]

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16
"""Levels of nesting that a submission may have; reports, bundles and tiles may go deeper."""

_UNLIMITED = 200
_KEY = re.compile(r"[A-Za-z0-9_@.:/*-]{1,64}")
_KNOWN_KEYS: set[str] = set()
_TEXTS = {str}
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class NotJson(ValueError):
    """The bytes are not JSON at all."""


class NotCanonical(ValueError):
    """The bytes are JSON, but not signed JSON in its one form."""


class TooDeep(NotCanonical):
    """The value is nested more deeply than a submission may be."""


def canonical(value: object) -> bytes:
    """The canonical bytes of a value that is made of strings, integers, booleans, lists and dictionaries.

    Not checked: that the value keeps to the profile. Values that came from outside went through `parse_canonical`.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def parse_canonical(data: bytes, *, max_depth: int = MAX_DEPTH) -> JsonValue:
    """The value of canonical bytes.

    Not checked: size, and whether strings are fit for people to read (`check_text`).

    Raises:
        NotJson: the bytes are not JSON in UTF-8.
        TooDeep: more than `max_depth` levels.
        NotCanonical: a float, null, large integer, unusual key, duplicate key, or any other spelling than the one form.
    """
    value = _loaded(data)
    check_profile(value, max_depth)
    return _in_one_form(value, data)


def one_form(data: bytes) -> JsonValue:
    """As `parse_canonical`, for a large document of which the caller reads each member by its name and type.

    Not checked: depth, and whether values keep to the profile; so the value may hold what `JsonValue` does not.

    Raises:
        NotJson: the bytes are not JSON in UTF-8.
        NotCanonical: a duplicate key, or any other spelling than the one form.
    """
    return _in_one_form(_loaded(data), data)


def check_profile(value: object, max_depth: int = MAX_DEPTH) -> None:
    """Checks that a value is made of nothing but what signed JSON allows.

    Not checked: the bytes that it was read from; `parse_canonical` is for those.

    Raises:
        TooDeep: more than `max_depth` levels.
        NotCanonical: a float, null, large integer or unusual key.
    """
    _walk(value, min(max_depth, _UNLIMITED))


def is_key(name: object) -> bool:
    """Whether a value may be the key of an object in signed JSON."""
    return isinstance(name, str) and (name in _KNOWN_KEYS or _KEY.fullmatch(name) is not None)


def object_of(value: JsonValue) -> dict[str, JsonValue]:
    """The value, if it is an object.

    Raises:
        NotCanonical: it is something else.
    """
    if not isinstance(value, dict):
        raise NotCanonical("expected a JSON object")
    return value


def check_text(text: str) -> str | None:
    """What makes a string unfit for people: a sentence, or None where it is fit.

    Judged at submission only, never in a replay: Unicode moves on, and a record stays what it was.
    """
    if text.isascii():
        return None if text.isprintable() else "control characters are not allowed in text"
    if not unicodedata.is_normalized("NFC", text):
        return "expected text in Unicode normalization form C"
    for character in text:
        if character in _BIDI:
            return "characters that change the direction of writing are not allowed in text"
        if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs"):
            return "control characters are not allowed in text"
    return None


def _loaded(data: bytes) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotJson("these bytes are not JSON in UTF-8") from error


def _in_one_form(value: object, data: bytes) -> JsonValue:
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
        raise NotCanonical("expected the one canonical form (RFC 8785): sorted keys, each once, no white space")
    return value  # type: ignore[return-value]


def _walk(value: object, levels: int) -> None:
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:  # type: ignore[operator]
            raise NotCanonical("expected integers of at most 2^53-1 in magnitude")
        return
    if kind is dict:
        if levels == 0:
            raise TooDeep("nested too deeply")
        unusual = not _KNOWN_KEYS.issuperset(value)  # type: ignore[arg-type]
        for key, member in value.items():  # type: ignore[attr-defined]
            if unusual and key not in _KNOWN_KEYS:
                _check_key(key)
            inner = type(member)  # texts and small numbers, nearly all there is, are judged without a call
            if inner is not str and not (inner is int and -MAX_INTEGER <= member <= MAX_INTEGER):
                _walk(member, levels - 1)
        return
    if kind is list:
        if levels == 0:
            raise TooDeep("nested too deeply")
        if set(map(type, value)) != _TEXTS:  # type: ignore[call-overload]
            for member in value:  # type: ignore[attr-defined]
                _walk(member, levels - 1)
        return
    raise NotCanonical("null and numbers with a fraction or of great size are not allowed: " + _ALLOWED)


def _check_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        raise NotCanonical("expected keys of 1 to 64 characters out of A-Z a-z 0-9 _ @ . : / * -")
    if len(_KNOWN_KEYS) < 1024:  # spares the pattern for the few names that all records share
        _KNOWN_KEYS.add(key)
