"""The fixed shape of a record: what stands in the clear, and what each disclosure holds (docs/formats/record.md).

A record has one way of being cut into disclosures, so that the same facts always look the same to the log, and nobody
learns anything from how an issuer cut his record. Building and opening both follow these tables:

- in the clear: `v`, `log`, `type`, `_sd`, `_sd_alg`, and in `organization` and `key` records `keys`, `use`, `op`;
- every other member is one disclosure `[salt, name, value]`;
- each element of the lists below is one disclosure `[salt, value]`, whose value consists of `_sd` only;
- so do the objects below; whatever is in neither table opens whole, and holds no digests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ledger.errors import Violation
from ledger.values.canonical import JsonValue, is_key

__all__ = [
    "CLEAR",
    "CLEAR_OF_KEYS",
    "VERSION",
    "Part",
    "Parts",
    "check_claims",
    "clear_members",
    "holds_digests",
    "is_name",
    "parts_of",
]

VERSION = "lodestone-record/1"
CLEAR = frozenset({"v", "log", "type"})
CLEAR_OF_KEYS = CLEAR | {"keys", "use", "op"}
_RESERVED = ("_sd", "_sd_alg", "...")
KNOWN_NAMES: set[str] = set()
"""Names that `is_name` has approved: it spares looking again at the few names that all records share."""


@dataclass(frozen=True, slots=True)
class Part:
    """A member that does not open whole: an object of `_sd`, or a list of such objects; and the parts inside them."""

    is_list: bool
    parts: "Parts"

    @classmethod
    def objects(cls, parts: "Parts") -> Self:
        """A list whose elements are disclosures."""
        return cls(is_list=True, parts=parts)

    @classmethod
    def object(cls, parts: "Parts") -> Self:
        """An object whose members are disclosures."""
        return cls(is_list=False, parts=parts)


Parts = Mapping[str, Part]

_ORIGIN: Parts = {"origin": Part.object({})}
_OUTPUT: Parts = {**_ORIGIN, "contents": Part.objects(_ORIGIN)}
_RECORD: Parts = {
    **_ORIGIN,
    "inputs": Part.objects(_ORIGIN),
    "outputs": Part.objects(_OUTPUT),
    "batches": Part.objects(_ORIGIN),
    "accepted": Part.objects(_ORIGIN),
    "additions": Part.objects(_ORIGIN),
    "evidence": Part.objects(_ORIGIN),
}
_CORRECTION: Parts = {**_RECORD, "body": Part.object(_RECORD)}


def parts_of(kind: object) -> Parts:
    """What a record of this type has besides members that open whole."""
    return _CORRECTION if kind == "correction" else _RECORD


def clear_members(kind: object) -> frozenset[str]:
    """The members that a record of this type has in the clear, where it has them."""
    return CLEAR_OF_KEYS if kind in ("organization", "key") else CLEAR


def is_name(name: object) -> bool:
    """Whether a disclosed member may be called so: a key of signed JSON, not reserved, without the dot of paths."""
    if not is_key(name) or name in _RESERVED or "." in str(name):
        return False
    if len(KNOWN_NAMES) < 1024:
        KNOWN_NAMES.add(str(name))
    return True


def holds_digests(value: object) -> bool:
    """Whether a value that opens whole uses a name that is reserved for digests, at any depth."""
    if isinstance(value, dict):
        return any(name in _RESERVED or holds_digests(member) for name, member in value.items())
    return isinstance(value, list) and any(holds_digests(member) for member in value)


def check_claims(claims: Mapping[str, JsonValue]) -> list[Violation]:
    """What is wrong with the members in the clear; their digests are the business of opening.

    Not checked: that the ledger is this one, that the type is known, and what `keys`, `use` and `op` say.
    """
    wrong = []
    if claims.get("v") != VERSION:
        wrong.append(Violation("malformed", f'expected "{VERSION}"', "v"))
    missing = [name for name in ("log", "type") if type(claims.get(name)) is not str]
    wrong += [Violation("malformed", "expected a text in the clear", name) for name in missing]
    if claims.get("_sd_alg") != "sha-256":
        wrong.append(Violation("malformed", 'expected "sha-256"', "_sd_alg"))
    if type(claims.get("_sd")) is not list:
        wrong.append(Violation("malformed", "expected a list of digests", "_sd"))
    clear = clear_members(claims.get("type"))
    for name, value in claims.items():
        if name in clear:
            if type(value) is not str and holds_digests(value):
                wrong.append(Violation("malformed", "a member in the clear holds no digests", name))
        elif name not in ("_sd", "_sd_alg"):
            wrong.append(Violation("malformed", "this member is never in the clear, only a disclosure", name))
    return wrong
