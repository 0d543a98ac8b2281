"""Proof files: their one form, and what they prove."""

import base64

import pytest

from ledger.errors import PolicyUnmet, ProofInvalid, SignatureInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.policy import parse_policy, policy_text
from ledger.log.proof import Proof, parse_proof, verify_proof
from ledger.log.signer import LogSigner
from ledger.log.tree import Tree

ORIGIN = "log.example/2026"
LOG = LogSigner.from_seeds(ORIGIN, b"\x01" * 32, b"\x02" * 32)
POLICY = parse_policy(policy_text(*LOG.vkeys()))
LEAVES = [b"leaf %d" % i for i in range(23)]
TREE = Tree(leaf_hash(leaf) for leaf in LEAVES)
NOTE = LOG.sign(Checkpoint(ORIGIN, 23, TREE.root()))


def proof_of(index: int) -> Proof:
    return Proof(index, tuple(TREE.inclusion_path(index, 23)), NOTE)


def test_every_entry_proves_itself_after_writing_and_reading() -> None:
    for index, leaf in enumerate(LEAVES):
        proof = parse_proof(proof_of(index).text)
        assert proof == proof_of(index)
        proven = verify_proof(proof, leaf, POLICY)
        assert (proven.index, proven.leaf_hash, proven.checkpoint.size) == (index, leaf_hash(leaf), 23)
        assert proven.approval.names == (ORIGIN, "log-ml-dsa-44")


def test_a_log_of_one_entry_has_an_empty_path() -> None:
    note = LOG.sign(Checkpoint(ORIGIN, 1, leaf_hash(b"only")))
    text = Proof(0, (), note).text
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example/2026\n1\n")
    assert verify_proof(parse_proof(text.encode()), b"only", POLICY).index == 0


def test_extra_data_is_carried_and_proves_nothing() -> None:
    text = proof_of(3).text.replace("index", "extra aGVsbG8=\nindex", 1)
    proof = parse_proof(text)
    assert proof.extra == b"hello"
    assert proof.text == text
    assert verify_proof(proof, LEAVES[3], POLICY) == verify_proof(proof_of(3), LEAVES[3], POLICY)


def test_a_proof_is_for_its_own_leaf_index_path_and_root_only() -> None:
    proof = proof_of(3)
    with pytest.raises(ProofInvalid):
        verify_proof(proof, LEAVES[4], POLICY)
    with pytest.raises(ProofInvalid):
        verify_proof(Proof(4, proof.path, NOTE), LEAVES[3], POLICY)
    with pytest.raises(ProofInvalid):
        verify_proof(Proof(23, proof.path, NOTE), LEAVES[3], POLICY)
    for place in range(len(proof.path)):
        with pytest.raises(ProofInvalid):
            verify_proof(Proof(3, proof.path[:place] + proof.path[place + 1 :], NOTE), LEAVES[3], POLICY)
        spoilt = (*proof.path[:place], bytes(32), *proof.path[place + 1 :])
        with pytest.raises(ProofInvalid):
            verify_proof(Proof(3, spoilt, NOTE), LEAVES[3], POLICY)
    other = LOG.sign(Checkpoint(ORIGIN, 23, bytes(32)))
    with pytest.raises(ProofInvalid):
        verify_proof(Proof(3, proof.path, other), LEAVES[3], POLICY)


def test_a_proof_under_a_log_that_the_policy_does_not_know_proves_nothing() -> None:
    stranger = LogSigner.from_seeds(ORIGIN, b"\x03" * 32, b"\x04" * 32)
    note = stranger.sign(Checkpoint(ORIGIN, 23, TREE.root()))
    with pytest.raises(PolicyUnmet):
        verify_proof(Proof(3, proof_of(3).path, note), LEAVES[3], POLICY)


def test_every_changed_character_of_a_proof_is_met_somewhere() -> None:
    proof = proof_of(3)
    text = proof.text
    assert len(text) > 1001
    for place in range(1001):  # header, path, checkpoint, one whole signature and the beginning of the other
        other = "A" if text[place] != "A" else "B"
        with pytest.raises((VerificationError, ProofInvalid, SignatureInvalid)):
            verify_proof(parse_proof(text[:place] + other + text[place + 1 :]), LEAVES[3], POLICY)
    for end in range(0, len(text), 7):
        with pytest.raises(VerificationError):
            parse_proof(text[:end])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        ("c2sp.org/tlog-proof@v1\n", ""),
        ("index 3", "index 03"),
        ("index 3", "index  3"),
        ("index 3", "index 3 "),
        ("index 3", "index -3"),
        ("index 3", "index +3"),
        ("index 3", "index 9999999999999999999"),
        ("index 3", "index 18446744073709551616"),
        ("index 3", "index"),
        ("index 3\n", ""),
        ("index 3", "extra aGVsbG8\nindex 3"),
        ("index 3", "extra aGVsbG8=\nextra aGVsbG8=\nindex 3"),
        ("index 3\n", "index 3\nextra aGVsbG8=\n"),
        ("index 3\n", "index 3\n\n"),
        ("index 3\n", "index 3\n" + base64.b64encode(bytes(31)).decode() + "\n"),
        ("index 3\n", "index 3\n" + base64.b64encode(bytes(33)).decode() + "\n"),
        ("index 3\n", "index 3\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 64),
        ("index 3\n", "index 3\n" + "A" * 44 + "\n"),
        ("\nlog.example/2026\n23\n", "\nlog.example/2026\n023\n"),
        ("\nlog.example/2026\n23\n", "\n\nlog.example/2026\n23\n"),
        ("\n\n— ", "\n— "),
        ("\n", "\r\n"),
    ],
)
def test_proofs_in_any_other_form_are_refused(old: str, new: str) -> None:
    text = proof_of(3).text
    assert old in text
    with pytest.raises(VerificationError):
        parse_proof(text.replace(old, new))


def test_bytes_that_are_no_text_are_no_proof() -> None:
    for data in (b"", b"\xff\xfe", proof_of(3).text.encode("utf-16"), proof_of(3).text.encode() + b"\xff"):
        with pytest.raises(VerificationError):
            parse_proof(data)
