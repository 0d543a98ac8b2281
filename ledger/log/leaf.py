"""Leaves: what the public log says of a record, which is nothing but commitments (docs/formats/leaf-and-log.md).

A leaf names the record's id, which signatures were seen, and two tags. Whoever knows a chain's id sees that there is
exactly one leaf for each of its numbers; whoever holds a record's payload sees whether its standing was changed later.
Everybody else sees random bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from ledger.errors import VerificationError
from ledger.log.merkle import leaf_hash
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, b64u_digests, digest, digest_bytes

__all__ = [
    "LEAF_VERSION",
    "LeafParts",
    "PublicLeaf",
    "chain_tag",
    "filler_tag",
    "genesis_leaf",
    "leaf_bytes",
    "leaf_from_parts",
    "leaf_parts",
    "read_leaf",
    "status_tag",
    "tags",
]

LEAF_VERSION = "lodestone-leaf/1"
GENESIS_VERSION = "lodestone-genesis/1"

_DIGEST = rb'"(sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048])"'
_LEAF = re.compile(rb'\{"c":\[%b,%b\],"r":%b,"s":%b,"t":"lodestone-leaf/1"\}' % ((_DIGEST,) * 4))


class LeafParts(NamedTuple):
    """What a leaf is made of, as it is stored: raw digests, `tags` being both, one after the other; and its hash."""

    record: bytes
    signatures: bytes
    tags: bytes
    hash: bytes


def leaf_parts(record: str, signatures: str, both: Sequence[str]) -> LeafParts:
    """The parts of the leaf of a record id, a digest of signatures, and two sorted tags."""
    name, seen, tagged = digest_bytes(record), digest_bytes(signatures), b"".join(map(digest_bytes, both))
    return LeafParts(name, seen, tagged, leaf_hash(leaf_from_parts(name, seen, tagged)))


def chain_tag(chain: str, seq: int) -> str:
    """The tag of a record's place in its chain."""
    return digest(canonical(["lodestone-chain/1", chain, seq]))


def filler_tag(chain: str, seq: int) -> str:
    """The second tag of a record that changes nothing: it looks like any other."""
    return digest(canonical(["lodestone-filler/1", chain, seq]))


def status_tag(payload: bytes, number: int) -> str:
    """The second tag of a record that changes the standing of the one with this payload; `number` did so before."""
    return "sha-256:" + b64u(sha256(f"lodestone-status/1\n{number}\n".encode() + payload).digest())


def tags(chain: str, seq: int, changes: tuple[bytes, int] | None) -> list[str]:
    """Both tags, sorted. `changes`: payload of the record whose standing changes, and how many did so before."""
    second = filler_tag(chain, seq) if changes is None else status_tag(*changes)
    return sorted([chain_tag(chain, seq), second])


def leaf_bytes(record: str, signatures: str, both: Sequence[str]) -> bytes:
    """The bytes of a leaf."""
    return canonical({"c": list(both), "r": record, "s": signatures, "t": LEAF_VERSION})


def leaf_from_parts(record: bytes, signatures: bytes, both: bytes) -> bytes:
    """The bytes of a leaf out of raw digests, as they are stored; `both` are the two tags, one after the other."""
    first, second, name, seen = b64u_digests((both[:32], both[32:], record, signatures))
    return (
        f'{{"c":["sha-256:{first}","sha-256:{second}"],"r":"sha-256:{name}","s":"sha-256:{seen}","t":"{LEAF_VERSION}"}}'
    ).encode()


@dataclass(frozen=True, slots=True)
class PublicLeaf:
    """What anybody reads in a leaf: both tags, the record's id, and the digest of its signatures."""

    tags: tuple[str, str]
    record: str
    signatures: str


def read_leaf(data: bytes) -> PublicLeaf:
    """The leaf that an entry of the log is, in its one form.

    Raises:
        VerificationError: it is none.
    """
    found = _LEAF.fullmatch(data)
    if found is None or found[1] > found[2]:
        raise VerificationError("it is not a leaf in its one form")
    first, second, record, signatures = (part.decode("ascii") for part in found.groups())
    return PublicLeaf((first, second), record, signatures)


def genesis_leaf(ledger: str, operator: str, origin: str, rules: str) -> bytes:
    """Entry 0: the ledger's name, its operator's organization record, and the first rule set."""
    return canonical({"ledger": ledger, "operator": operator, "origin": origin, "rules": rules, "t": GENESIS_VERSION})
