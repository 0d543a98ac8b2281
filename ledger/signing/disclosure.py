"""Opening a record: every disclosure in the place of its digest, every hole kept (RFC 9901 section 7, and stricter).

RFC 9901 drops what is not disclosed. Here a withheld element stays in its place as `WITHHELD`, and an object knows how
many of its members are withheld: a withheld input must not vanish. The shape of records (`shape.py`) is checked on the
way, since it says what each disclosure may hold.

The common case is decided for all disclosures at once; only where that fails each is looked at alone, to say what is
wrong with it. That is sound: joined canonical arrays equal the joined bytes only if each array equals its bytes,
because no complete array begins another one.
"""

import hashlib
import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeVar

import orjson

from ledger.errors import Refused, Violation
from ledger.signing.envelope import Envelope, read_envelope
from ledger.signing.limits import MAX_ELEMENTS, MAX_PART_BYTES, REPLAY_DEPTH, bad_texts, has_long_array, is_plain_text
from ledger.signing.shape import KNOWN_NAMES, Part, Parts, clear_members, holds_digests, is_name, parts_of
from ledger.values.canonical import MAX_DEPTH, MAX_INTEGER, NotCanonical, TooDeep, canonical, check_profile
from ledger.values.encoding import ALPHABET, b64u, b64u_digests, unb64u, unb64u_all

__all__ = [
    "WITHHELD",
    "Opened",
    "Withheld",
    "disclosure_digest",
    "envelope_with",
    "open_record",
    "open_with_paths",
    "read_record",
]

_ITEM = re.compile(rb'\["[A-Za-z0-9_-]{21}[AQgw]",')
_DIGEST = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_SALT_ENDS = frozenset("AQgw")
_BAD: Final = ()
"""Stands for a disclosure of which `wrong` already says what is wrong."""


class Withheld(Enum):
    """The type of `WITHHELD`."""

    WITHHELD = "withheld"

    def __repr__(self) -> str:
        return "WITHHELD"

    def __bool__(self) -> bool:
        """Neither true nor false: unknown is asked for with `is WITHHELD`."""
        raise TypeError("a withheld value is unknown, neither true nor false")


WITHHELD: Final = Withheld.WITHHELD
"""An element that is there and not disclosed."""


class Opened(dict[str, object]):
    """An object whose members were disclosures, as far as they were disclosed.

    `withheld` counts the digests that stay closed: so many members are unknown, and nobody can say which. At submission
    nothing may stay closed: there only the record itself is one of these, and what is in it are plain objects.
    """

    withheld = 0


_Tree = TypeVar("_Tree", bound=dict[str, Any])


def disclosure_digest(disclosure: str) -> str:
    """The digest that stands for a disclosure (RFC 9901 section 4.2.3): of its text, not of what is in it."""
    return b64u(hashlib.sha256(disclosure.encode("ascii")).digest())


def open_record(envelope: Envelope, *, submission: bool = True) -> Opened:
    """The record as a tree: the members in the clear and every disclosure in its place.

    At submission each digest needs exactly one disclosure and each disclosure exactly one digest. A replay
    (`submission=False`) takes holes, but no disclosure without its digest. Not checked: signatures, and everything that
    the members mean.

    Raises:
        Refused: `undisclosed` (submission), `malformed`, `not-canonical`, `too-large`: all that is wrong, at once.
    """
    wrong: list[Violation] = []
    tree = _Opening(envelope, wrong, submission=submission).tree()
    if wrong:
        raise Refused(wrong)
    return tree


def open_with_paths(envelope: Envelope, *, submission: bool = False) -> tuple[Opened, dict[str, str]]:
    """As `open_record`, and each disclosure by the path of what it opens: `inputs`, `inputs[0]`, `inputs[0].batch`.

    A disclosure comes after the one that holds its digest. Raises as `open_record`.
    """
    wrong: list[Violation] = []
    paths: dict[str, str] = {}
    tree = _Opening(envelope, wrong, submission=submission, paths=paths).tree()
    if wrong:
        raise Refused(wrong)
    return tree, paths


def read_record(data: bytes, *, submission: bool = True) -> tuple[Envelope, Opened]:
    """`parse_envelope` and `open_record` in one, so that everything wrong with the bytes is said at once.

    Raises:
        Refused: as both.
    """
    wrong: list[Violation] = []
    envelope = read_envelope(data, wrong, submission=submission)
    if envelope is None:
        raise Refused(wrong)
    tree = _Opening(envelope, wrong, submission=submission).tree()
    if wrong:
        raise Refused(wrong)
    return envelope, tree


def envelope_with(envelope: Envelope, keep: Callable[[str], bool]) -> dict[str, object]:
    """The envelope as JSON with only those disclosures whose path is kept, in ascending order: the form of evidence.

    What stands inside something that is not kept is not kept either; so nothing is shown that was not asked for.

    Raises:
        Refused: the disclosures do not fit the digests.
    """
    _, paths = open_with_paths(envelope)
    kept: dict[str, str] = {}
    for path, disclosure in paths.items():
        parent = path[: path.rindex("[")] if path.endswith("]") else path.rpartition(".")[0]
        if (not parent or parent in kept) and keep(path):
            kept[path] = disclosure
    signatures: list[dict[str, object]] = [
        {"protected": each.protected, "signature": each.signature} for each in envelope.signatures
    ]
    if kept:
        signatures[0] = {"header": {"disclosures": sorted(kept.values())}, **signatures[0]}
    return {"payload": envelope.encoded_payload, "signatures": signatures}


def _are_salts(salts: list[object]) -> bool:
    """Whether all are strict base64url of 16 bytes: 22 characters, of which the last has four unused bits."""
    joined = "".join(salts)  # type: ignore[arg-type]  # a TypeError means no
    return (
        set(map(len, salts)) <= {22}  # type: ignore[arg-type]
        and set(joined[21::22]) <= _SALT_ENDS
        and not joined.encode().translate(None, ALPHABET)
    )


def _is_number(value: object) -> bool:
    return type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER


class _Opening:
    """One record being opened. `closed` maps the digest of each disclosure that is not used yet to its place."""

    __slots__ = (
        "closed",
        "depth",
        "envelope",
        "items",
        "judge_text",
        "kind",
        "parts",
        "paths",
        "seen",
        "submission",
        "wrong",
    )
    kind: type[dict[str, Any]]

    def __init__(
        self, envelope: Envelope, wrong: list[Violation], *, submission: bool, paths: dict[str, str] | None = None
    ) -> None:
        self.envelope = envelope
        self.wrong = wrong
        self.submission = submission
        self.paths = paths
        self.depth = (MAX_DEPTH if submission else REPLAY_DEPTH) - 1
        self.kind = dict if submission else Opened  # where a hole is refused, nobody counts holes
        self.seen: list[str] = []
        self._decode(envelope.disclosures)

    def tree(self) -> Opened:
        claims = self.envelope.claims
        kind = claims.get("type")
        clear = clear_members(kind)
        tree = Opened({name: claims[name] for name in claims if name in clear})
        self._members(claims.get("_sd"), parts_of(kind), "", tree, clear)
        if len(set(self.seen)) != len(self.seen):
            self._malformed("a digest stands in two places", "_sd")
        if self.closed:
            count, place = len(self.closed), min(self.closed.values())
            code = "undisclosed" if self.submission else "malformed"
            sentence = f"{count} of the disclosures fit no digest of this record"
            self.wrong.append(Violation(code, sentence, f"disclosures[{place}]"))
        return tree

    def _decode(self, texts: tuple[str, ...]) -> None:
        """Reads all disclosures, and finds the digest of each."""
        try:
            self.parts = unb64u_all(texts)
            self.items = [orjson.loads(part) for part in self.parts]
            joined = b"[" + b",".join(self.parts) + b"]"
            fine = canonical(self.items) == joined and _are_salts([item[0] for item in self.items])
        except (ValueError, TypeError, LookupError):
            fine = False
        if not fine:
            self.parts, self.items = [], []
            for place, text in enumerate(texts):
                self._decode_alone(text, place)
            joined = b",".join(self.parts)
        self.judge_text = self.submission and not is_plain_text(joined)
        if self.submission and len(self.envelope.data) > MAX_PART_BYTES:
            for place, part in enumerate(self.parts):
                if len(part) > MAX_PART_BYTES:
                    sentence = f"expected at most {MAX_PART_BYTES:,} bytes"
                    self.wrong.append(Violation("too-large", sentence, f"disclosures[{place}]"))
        sha256 = hashlib.sha256
        digests = b64u_digests([sha256(text.encode()).digest() for text in texts])
        self.closed = dict(zip(digests, range(len(digests)), strict=True))
        if len(self.closed) != len(digests):
            code = "undisclosed" if self.submission else "malformed"
            self.wrong.append(Violation(code, "a disclosure is there twice", "disclosures"))

    def _decode_alone(self, text: str, place: int) -> None:
        part = b""
        item: object = _BAD
        sentence = ""
        code = "malformed"
        try:
            part = unb64u(text)
            item = orjson.loads(part)
            if canonical(item) != part:
                code, sentence = "not-canonical", "expected the disclosure in its one canonical form (RFC 8785)"
            elif not _ITEM.match(part):
                sentence = "expected a list that begins with a salt of 16 bytes"
        except orjson.JSONDecodeError:
            sentence = "this disclosure is not JSON in UTF-8"
        except ValueError as error:
            sentence = str(error)
        except TypeError:
            sentence = "nested too deeply"
        if sentence:
            item = _BAD
            self.wrong.append(Violation(code, sentence, f"disclosures[{place}]"))
        self.parts.append(part)
        self.items.append(item)

    def _members(self, digests: object, parts: Parts, prefix: str, tree: _Tree, clear: frozenset[str]) -> _Tree:
        """Puts the disclosed members of an object into `tree`."""
        if type(digests) is not list:
            self._malformed("expected a list of digests", prefix + "_sd")
            return tree
        withheld = 0
        last = ""
        careful = self.judge_text or self.paths is not None
        closed, items = self.closed, self.items
        for digest in digests:
            if type(digest) is not str or digest <= last:
                self._malformed("expected digests in ascending order, each once", prefix + "_sd")
                return tree
            last = digest
            place = closed.pop(digest, None)
            if place is None:
                withheld += 1
                self._check_digest(digest, prefix + "_sd")
                continue
            item = items[place]
            if len(item) != 3:
                self._unfit(place, "[salt, name, value]")
                continue
            _, name, value = item
            if type(name) is not str or (name not in KNOWN_NAMES and not is_name(name)) or name in clear:
                self._malformed("a disclosed member cannot have this name", f"disclosures[{place}]")
            elif name in tree:
                self._malformed("this object has two members of one name", prefix + name)
            elif careful or name in parts or (type(value) is not str and not _is_number(value)):
                tree[name] = self._member(value, parts.get(name), place, prefix + name)
            else:
                tree[name] = value
        self.seen += digests
        if withheld:
            self._hole(withheld, prefix)
            if isinstance(tree, Opened):
                tree.withheld = withheld
        return tree

    def _member(self, value: object, part: Part | None, place: int, path: str) -> object:
        """A member that is more than a text: opened, or checked to open whole."""
        if self.paths is not None:
            self.paths[path] = self.envelope.disclosures[place]
        if part is not None:
            return self._part(value, part, path)
        if type(value) is not str and not _is_number(value):
            self._whole(value, place, path)
        if self.judge_text:
            self.wrong += bad_texts(value, path)
        return value

    def _part(self, value: object, part: Part, path: str) -> object:
        """Opens a list of elements, or an object, of which each is made of digests."""
        if not part.is_list:
            return self._object(value, part.parts, path)
        if type(value) is not list:
            self._malformed("expected a list of disclosures", path)
            return []
        if self.submission and len(value) > MAX_ELEMENTS:
            self.wrong.append(Violation("too-large", f"expected at most {MAX_ELEMENTS} elements", path))
        elements: list[object] = []
        for number, each in enumerate(value):
            where = f"{path}[{number}]"
            digest = each.get("...") if type(each) is dict and len(each) == 1 else None
            if type(digest) is not str:
                self._malformed('expected an element that is a disclosure: {"...": digest}', where)
                continue
            self.seen.append(digest)
            place = self.closed.pop(digest, None)
            if place is None:
                self._hole(1, where)
                self._check_digest(digest, where)
                elements.append(WITHHELD)
                continue
            item = self.items[place]
            if len(item) != 2:
                self._unfit(place, "[salt, value]")
                continue
            if self.paths is not None:
                self.paths[where] = self.envelope.disclosures[place]
            elements.append(self._object(item[1], part.parts, where))
        return elements

    def _object(self, value: object, parts: Parts, path: str) -> dict[str, Any]:
        tree = self.kind()
        if type(value) is not dict or len(value) != 1 or "_sd" not in value:
            self._malformed("expected an object that consists of _sd only", path)
            return tree
        return self._members(value["_sd"], parts, path + ".", tree, frozenset())

    def _check_digest(self, digest: str, where: str) -> None:
        if not _DIGEST.fullmatch(digest):
            self._malformed("expected digests of 43 characters in base64url", where)

    def _whole(self, value: object, place: int, path: str) -> None:
        """Checks a value that opens whole."""
        try:
            check_profile(value, self.depth)
        except TooDeep as error:
            self.wrong.append(Violation("too-large", str(error), path))
            return
        except NotCanonical as error:
            self.wrong.append(Violation("not-canonical", str(error), path))
            return
        part = self.parts[place]
        if (b'"_sd' in part or b'"..."' in part) and holds_digests(value):
            self._malformed("what opens whole holds no digests", path)
        if self.submission and has_long_array(value, part):
            self.wrong.append(Violation("too-large", f"expected at most {MAX_ELEMENTS} elements in an array", path))

    def _hole(self, count: int, where: str) -> None:
        if self.submission:
            sentence = "a digest has no disclosure" if count == 1 else f"{count} digests have no disclosure"
            self.wrong.append(Violation("undisclosed", sentence, where.rstrip(".") or "_sd"))

    def _unfit(self, place: int, form: str) -> None:
        if self.items[place] is not _BAD:
            self._malformed(f"expected a disclosure {form} for this digest", f"disclosures[{place}]")

    def _malformed(self, sentence: str, member: str) -> None:
        self.wrong.append(Violation("malformed", sentence, member))
