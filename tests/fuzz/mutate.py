"""Changes of bytes that know what they change: bytes, lines, JSON, and what is packed in base64url inside of JSON.

All of it is drawn from one generator of random numbers, so a number tells a whole change.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from random import Random
from typing import Any

__all__ = ["mutated"]

_ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**53 - 1,
    2**53,
    2**63,
    2**64,
    10**40,
    1.0,
    1.5,
    1e-7,
    1e400,
    float("nan"),
    "",
    "0",
    "-1",
    "\0",
    "\ud800",
    "\u202e",
    "e\u0301",
    "\uffff",
    "A" * 43,
    "=" * 43,
    "sha-256:",
    "sha-256:" + "A" * 43,
    "2026-02-30T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "0000-00-00",
    "lodestone-record/2",
    "Ed25519",
    "none",
    "ES256",
    "XX",
    [],
    {},
    [[]],
    [{}],
    {"": ""},
    {"_sd": []},
    {"...": "A" * 43},
    {"_sd": ["A" * 43]},
    {"__proto__": 1},
)
_BITS: tuple[bytes, ...] = (
    b"",
    b"\0",
    b"\n",
    b"\n\n",
    b"\r\n",
    b" ",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"=",
    b"+",
    b"/",
    b".",
    b"~",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    "\u2014".encode(),
    b"\xef\xbb\xbf",
    b"null",
    b"1e999",
    b"-0",
    b"0x1",
    b"9" * 400,
    b"{" * 200,
    b"[" * 200,
    b'"\\ud800"',
    b"AAAA",
    b"18446744073709551616",
    b"99999999999999999999",
)
_LONGEST = 1_500_000


def mutated(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    """The bytes after one to four changes; sometimes as they are."""
    for _ in range(random.randrange(5)):
        data = random.choice((_bytes, _lines, _json, _json, _json))(data, seeds, random)
    return data[:_LONGEST]


def _bytes(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    at = random.randint(0, len(data))
    end = min(len(data), at + random.choice((0, 1, 1, 2, 8, 64, 1_000)))
    other = random.choice(seeds) if seeds else b""
    start = random.randint(0, len(other))
    part = random.choice((random.choice(_BITS), random.choice(_BITS), other[start : start + random.randrange(200)]))
    if random.random() < 0.2 and at < len(data):
        return data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]
    if random.random() < 0.1:
        return data[:at] + data[at:end] * random.choice((2, 3, 50)) + data[end:]
    if random.random() < 0.1:
        return data[:at]
    return data[:at] + part + data[end:]


def _lines(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    kind = random.randrange(6)
    if kind == 0:
        lines.insert(at, lines[random.randrange(len(lines))])
    elif kind == 1:
        del lines[at]
    elif kind == 2:
        other = random.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == 3:
        words = lines[at].split(b" ")
        words[random.randrange(len(words))] = random.choice(_BITS)
        lines[at] = b" ".join(words)
    elif kind == 4:
        lines[at:at] = [lines[at]] * random.choice((2, 20, 150))
    elif seeds:
        lines[at] = random.choice(random.choice(seeds).split(b"\n"))
    return b"\n".join(lines)


def _json(data: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    """The same with one value, member or element of its JSON changed; other bytes if it is not JSON."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _bytes(data, seeds, random)
    changed = _changed(value, seeds, random, 0)
    if random.random() < 0.8:
        text = json.dumps(changed, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    else:
        text = json.dumps(changed, indent=random.choice((None, 1)))
    if random.random() < 0.05:  # the same member twice
        text = text.replace("{", '{"payload":1,', 1)
    return text.encode("utf-8", "surrogatepass")


def _changed(value: Any, seeds: Sequence[bytes], random: Random, depth: int) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.85:
        name = random.choice(list(value))
        return _object(dict(value), name, seeds, random, depth)
    if isinstance(value, list) and value and random.random() < 0.85:
        return _array(list(value), random.randrange(len(value)), seeds, random, depth)
    if isinstance(value, str) and random.random() < 0.7:
        return _text(value, seeds, random)
    if isinstance(value, int) and not isinstance(value, bool) and random.random() < 0.7:
        return value + random.choice((-1, 1, 2**31, 10**15, -(10**15), 2**53))
    return random.choice(_ODD)


def _object(members: dict[str, Any], name: str, seeds: Sequence[bytes], random: Random, depth: int) -> Any:
    kind = random.randrange(10)
    if kind == 0:
        del members[name]
    elif kind == 1:
        members[random.choice(("x", "_sd", "...", "", "keys", "chain", "v", "é", "k" * 65))] = random.choice(_ODD)
    elif kind == 2:
        members[random.choice(list(members))] = members[name]
    elif kind == 3:
        members[name] = _nested(members[name], random)
    else:
        members[name] = _changed(members[name], seeds, random, depth + 1)
    return members


def _array(elements: list[Any], at: int, seeds: Sequence[bytes], random: Random, depth: int) -> Any:
    kind = random.randrange(10)
    if kind == 0:
        del elements[at]
    elif kind == 1:
        elements.insert(at, random.choice([*elements, *_ODD]))
    elif kind == 2:
        elements.extend(elements[at : at + 1] * random.choice((1, 20, 600)))
    elif kind == 3:
        random.shuffle(elements)
    else:
        elements[at] = _changed(elements[at], seeds, random, depth + 1)
    return elements


def _nested(value: Any, random: Random) -> Any:
    for _ in range(random.choice((1, 15, 17, 200))):
        value = [value] if random.random() < 0.5 else {"a": value}
    return value


def _text(text: str, seeds: Sequence[bytes], random: Random) -> str:
    """A text changed: where it is base64url, what is inside of it."""
    if len(text) > 8 and random.random() < 0.7:
        head, dot, rest = text.partition(".")
        try:
            inside = urlsafe_b64decode(head + "=" * (-len(head) % 4))
        except ValueError:
            inside = b""
        if inside:
            made = (_json if inside[:1] in b'{["' else _bytes)(inside, seeds, random)
            return urlsafe_b64encode(made).rstrip(b"=").decode() + dot + rest
    if random.random() < 0.3:
        return str(random.choice([odd for odd in _ODD if isinstance(odd, str)]))
    return _bytes(text.encode("utf-8", "surrogatepass"), seeds, random).decode("utf-8", "replace")
