"""Receipts, verified offline: a record's leaf stands in the log, under a checkpoint that the pinned policy trusts.

A file holds one receipt, or one a line. What a receipt shows is that the record was taken, durably, at its place; what
the record says, and whether that is so, is another question.
"""

import json

from ledger.bundle.result import FAILED, PASSED, Check, Verification, concluded
from ledger.bundle.trust import Later, approve
from ledger.errors import LodestoneError, VerificationError
from ledger.log.leaf import LEAF_VERSION
from ledger.log.merkle import leaf_hash, verify_inclusion
from ledger.log.policy import Policy, parse_policy
from ledger.log.proof import Proof, Proven, parse_proof
from ledger.values.canonical import canonical
from ledger.values.encoding import is_digest

__all__ = ["looks_like_receipts", "verify_receipts"]

_MEMBERS = {"index", "leaf", "proof", "record", "state"}
_BAD = "This receipt proves nothing"
_NOT_SHOWN = (
    "What the record says: only whoever holds it can show that its digest is the one in the leaf.",
    "Anything after the checkpoint of the receipt.",
)


def looks_like_receipts(data: bytes) -> bool:
    """Whether a file is meant to be one receipt or several, by its content. Nothing is verified."""
    return data.startswith(b"{") and b'"proof"' in data and b"c2sp.org/tlog-proof@v1" in data


def verify_receipts(data: bytes, policy: bytes | str, later: Later | None = None) -> Verification:
    """Verify every receipt of a file under the pinned policy.

    `later` finds a witnessed checkpoint that continues that of a receipt, as in `verify`.

    Promised: no bytes raise; each failure says where. Not checked: see `not_shown` of the answer.
    """
    checks: list[Check] = []
    try:
        pinned = parse_policy(policy)
        lines = data.decode().removesuffix("\n").split("\n")
    except LodestoneError as error:
        return concluded([Check("file", FAILED, str(error))], "", _BAD)
    except UnicodeDecodeError:
        return concluded([Check("file", FAILED, "this file is not UTF-8")], "", _BAD)
    for number, line in enumerate(lines):
        where = "receipt" if len(lines) == 1 else f"line {number + 1}"
        try:
            proven, record = _verified(line, pinned, later)
        except VerificationError as error:
            checks.append(Check(where, FAILED, f"{where}: {error}"))
            break
        checkpoint = proven.checkpoint
        detail = f"{record} stands at index {proven.index} of {checkpoint.origin}, under {checkpoint.size} entries"
        checks.append(Check(where, PASSED, detail))
    who = "The record of this receipt is" if len(lines) == 1 else f"The records of these {len(lines)} receipts are"
    not_shown = list(_NOT_SHOWN)
    if not pinned.demands_witness:
        not_shown.append("That everybody sees one and the same log: the policy demands no independent witness.")
    return concluded(checks, f"{who} in the log, durably, under checkpoints that the policy trusts.", _BAD, not_shown)


def _verified(line: str, policy: Policy, later: Later | None) -> tuple[Proven, str]:
    try:
        said = json.loads(line, object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise VerificationError(f"this is not JSON as receipts are: {error}") from None
    if not isinstance(said, dict) or said.keys() != _MEMBERS:
        raise VerificationError(f"expected exactly the members {', '.join(sorted(_MEMBERS))}")
    leaf, proof = said["leaf"], said["proof"]
    if not isinstance(leaf, dict) or leaf.keys() != {"c", "r", "s", "t"} or leaf["t"] != LEAF_VERSION:
        raise VerificationError("leaf: expected exactly c, r, s and t, which names its version")
    if not isinstance(leaf["c"], list) or not all(is_digest(v) for v in (*leaf["c"], leaf["r"], leaf["s"])):
        raise VerificationError("leaf: expected digests")
    if said["record"] != leaf["r"]:
        raise VerificationError("record: it is not the one that the leaf names")
    if said["state"] not in ("integrated", "witnessed"):
        raise VerificationError("state: expected integrated or witnessed")
    if not isinstance(proof, str):
        raise VerificationError("proof: expected a text")
    proven = _proven(parse_proof(proof), canonical(leaf), policy, later)
    if type(said["index"]) is not int or said["index"] != proven.index:
        raise VerificationError(f"index: the proof is for {proven.index}")
    return proven, said["record"]


def _proven(proof: Proof, leaf: bytes, policy: Policy, later: Later | None) -> Proven:
    approval = approve(proof.note, policy, later).approval
    hashed = leaf_hash(leaf)
    verify_inclusion(proof.index, approval.checkpoint.size, hashed, proof.path, approval.checkpoint.root)
    return Proven(proof.index, hashed, approval)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands there twice")
    return members


def _refuse(number: str) -> object:
    raise ValueError(f"{number} is no whole number")
