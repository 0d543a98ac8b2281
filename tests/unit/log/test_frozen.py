"""Frozen bytes: what was signed and proven once must verify for ever (tests/vectors/log)."""

import json
from pathlib import Path

import pytest

from ledger.errors import PolicyUnmet
from ledger.log import (
    COSIGN_ED25519,
    COSIGN_MLDSA44,
    AddCheckpoint,
    Checkpoint,
    LogSigner,
    NoteSigner,
    Tree,
    judge,
    leaf_hash,
    log_keys,
    parse_add_checkpoint,
    parse_note,
    parse_policy,
    parse_proof,
    policy_text,
    verify_proof,
)
from ledger.log.note import parse_signature_lines
from ledger.log.signatures import subtree_message
from ledger.log.witness import read_cosignatures

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "log"
KEYS = json.loads((FOLDER / "keys.json").read_text())
SEEDS = {name: bytes.fromhex(seed) for name, seed in KEYS["seeds"].items()}
VKEYS = KEYS["vkeys"]
LEAVES = [KEYS["leaf"].replace("<index>", str(index)).encode() for index in range(KEYS["size"])]
LOG = LogSigner.from_seeds(KEYS["origin"], SEEDS["log_ed25519"], SEEDS["log_mldsa44"])
WITNESSES = (
    NoteSigner.from_seed("witness.example/one", COSIGN_ED25519, SEEDS["witness_ed25519"]),
    NoteSigner.from_seed("witness.example/two", COSIGN_MLDSA44, SEEDS["witness_mldsa44"]),
)
CHECKPOINT = Checkpoint(KEYS["origin"], KEYS["size"], bytes.fromhex(KEYS["root"]))


def frozen(name: str) -> str:
    return (FOLDER / name).read_bytes().decode()


def test_the_seeds_still_give_the_keys() -> None:
    assert LOG.vkeys() == (VKEYS["log_ed25519"], VKEYS["log_mldsa44"])
    assert [witness.key.vkey for witness in WITNESSES] == [VKEYS["witness_ed25519"], VKEYS["witness_mldsa44"]]


def test_the_leaves_still_give_the_root() -> None:
    assert Tree(map(leaf_hash, LEAVES)).root() == CHECKPOINT.root


def test_the_same_checkpoint_is_signed_the_same_but_for_what_is_randomised() -> None:
    old, new = parse_note(frozen("checkpoint.txt")), parse_note(LOG.sign(CHECKPOINT))
    assert new.text == old.text
    assert new.signatures[0] == old.signatures[0]
    assert new.signatures[1].key_id == old.signatures[1].key_id
    assert new.signatures[1].signature[:8] == old.signatures[1].signature[:8] == bytes(8)
    assert subtree_message(CHECKPOINT.origin, 0, CHECKPOINT).hex() == KEYS["subtree_message"]


def test_the_frozen_policies_are_those_that_we_write() -> None:
    named = "".join(f"witness {name} {w.key.vkey}\n" for name, w in zip(("one", "two"), WITNESSES, strict=True))
    group = parse_policy(f"{named}group witnesses 2 one two\nquorum witnesses\n")
    assert policy_text(*LOG.vkeys()) == frozen("policy.txt")
    assert policy_text(*LOG.vkeys(), group) == frozen("policy-witnessed.txt")


def test_the_frozen_checkpoints_meet_the_frozen_policies() -> None:
    both, alone = parse_policy(frozen("policy-witnessed.txt")), parse_policy(frozen("policy.txt"))
    assert alone.evaluate(frozen("checkpoint.txt")).checkpoint == CHECKPOINT
    assert alone.evaluate(frozen("checkpoint-witnessed.txt")).checkpoint == CHECKPOINT
    times = both.evaluate(frozen("checkpoint-witnessed.txt")).witnesses
    assert [times["one"], times["two"]] == KEYS["witness_times"]
    with pytest.raises(PolicyUnmet):
        both.evaluate(frozen("checkpoint.txt"))


def test_the_frozen_proof_proves_its_entry() -> None:
    text = frozen("entry-137.tlog-proof")
    proof = parse_proof(text)
    proven = verify_proof(proof, LEAVES[KEYS["proof_index"]], parse_policy(frozen("policy.txt")))
    assert (proven.index, proven.checkpoint) == (137, CHECKPOINT)
    assert proof.text == text
    assert list(proof.path) == Tree(map(leaf_hash, LEAVES)).inclusion_path(137, 300)


def test_the_frozen_request_to_a_witness_is_the_one_that_we_send_and_it_is_cosigned_the_same() -> None:
    path = Tree(map(leaf_hash, LEAVES)).consistency_path(137, 300)
    text = frozen("add-checkpoint.txt")
    request = AddCheckpoint(137, tuple(path), frozen("checkpoint.txt"))
    assert (request.text, parse_add_checkpoint(text.encode())) == (text, request)
    known = Checkpoint(KEYS["origin"], 137, Tree(map(leaf_hash, LEAVES)).root_at(137))
    assert judge(request, log_keys(parse_policy(frozen("policy.txt"))), known) == CHECKPOINT
    plain, quantum = parse_signature_lines(frozen("cosignatures.txt"))
    assert WITNESSES[0].sign(CHECKPOINT.text, KEYS["witness_times"][0]) == plain  # the other kind is randomised
    keys = [witness.key for witness in WITNESSES]
    read = read_cosignatures(frozen("cosignatures.txt").encode(), CHECKPOINT.text, keys)
    assert [line for line, _ in read] == [plain, quantum]
    assert [signed.timestamp for _, signed in read] == KEYS["witness_times"]
