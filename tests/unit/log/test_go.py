"""Go's own notes and logs as an outside judge of ours, and ours of Go's."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import VerificationError
from ledger.log import merkle
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import parse_vkey
from ledger.log.signatures import open_checkpoint, open_note
from ledger.log.signer import LogSigner
from ledger.log.tiles import hash_tiles
from ledger.log.tree import Tree
from tests.go_programs import build

ORIGIN = "log.example/2026"
LOG = LogSigner.from_seeds(ORIGIN, b"\x01" * 32, b"\x02" * 32)
LEAVES = [b"leaf %d" % i for i in range(600)]
TREE = Tree(map(merkle.leaf_hash, LEAVES))
SIZES = (1, 2, 3, 7, 8, 9, 64, 65, 255, 256, 257, 600)

Answer = dict[str, Any]


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built once."""
    return build("judge", tmp_path_factory.mktemp("go") / "judge")


def ask(judge: Path, **question: object) -> Answer:
    text = json.dumps(question)
    answered = subprocess.run([judge], input=text, capture_output=True, text=True, check=True, timeout=60)
    answer = json.loads(answered.stdout)
    assert isinstance(answer, dict)
    return answer


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def flipped(data: bytes, place: int = 0) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_go_opens_our_checkpoints_and_refuses_what_we_refuse(judge: Path) -> None:
    note = LOG.sign(Checkpoint(ORIGIN, 600, TREE.root())).encode()
    text, _, lines = note.rpartition(b"\n\n")
    plain, quantum = (line + b"\n" for line in lines[:-1].split(b"\n"))
    cases = [
        note,
        text + b"\n\n" + plain,
        text + b"\n\n" + plain * 100,
        text + b"\n\n" + plain * 101,
        text + b"\n\n" + quantum,
        text + b"\n" + plain,
        text + b"\n\n" + plain[:-1],
        b"x" + note,
        note.replace(b"600", b"601"),
        note.replace(b"600", b"6\x0000"),
        note.replace(b"600", b"6\xff00"),
        note.replace(b"\n", b"\r\n"),
        note + b"\n",
        note + b"more\n",
        note + "— a\n".encode(),
        note + "— a b\n".encode(),
        note + "— a YWJjZA==\n".encode(),
        note + "— a YWJjZGU=\n".encode(),
        note + "— a+b YWJjZGU=\n".encode(),
        note + "— a\u3000b YWJjZGU=\n".encode(),
        note.replace(plain[30:80], plain[30:79] + (b"A" if plain[79:80] != b"A" else b"B")),
        b"",
        b"\n\n",
    ]
    vkey = LOG.vkeys()[0]
    answers = ask(judge, notes=[{"note": b64(case), "vkeys": [vkey]} for case in cases])["notes"]
    assert [bool(answer["signed"]) for answer in answers] == [opens(case, vkey) for case in cases]
    assert {opens(case, vkey) for case in cases} == {True, False}
    assert answers[0] == {"signed": 1, "text": text.decode() + "\n"}


def opens(note: bytes, vkey: str) -> bool:
    try:
        open_note(note, [parse_vkey(vkey)])
    except VerificationError:
        return False
    return True


def test_go_accepts_our_inclusion_proofs_and_no_spoilt_ones(judge: Path) -> None:
    good, bad = [], []
    for size in SIZES:
        root = TREE.root_at(size)
        for index in {0, 1 % size, size // 2, size - 1}:
            path = TREE.inclusion_path(index, size)
            leaf = TREE.leaf(index)
            good.append((index, size, leaf, path, root))
            bad.append((index, size, flipped(leaf), path, root))
            bad.append((index, size, leaf, [*path, root], root))
            bad += [
                (index, size, leaf, [*path[:i], flipped(path[i], 31), *path[i + 1 :]], root) for i in range(len(path))
            ]
    answers = ask(judge, inclusion=[inclusion_case(*case) for case in good + bad])["inclusion"]
    assert answers == [True] * len(good) + [False] * len(bad)


def inclusion_case(index: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> dict[str, object]:
    return {"index": index, "size": size, "leaf": b64(leaf), "path": list(map(b64, path)), "root": b64(root)}


def test_go_accepts_our_consistency_proofs_and_no_spoilt_ones(judge: Path) -> None:
    good, bad = [], []
    for new in SIZES:
        for old in (size for size in SIZES if size <= new):
            path = TREE.consistency_path(old, new)
            roots = TREE.root_at(old), TREE.root_at(new)
            good.append((old, new, path, *roots))
            bad.append((old, new, path, flipped(roots[0]), roots[1]))
            bad.append((old, new, [*path, roots[0]], *roots))
            bad += [(old, new, [*path[:i], flipped(path[i], 31), *path[i + 1 :]], *roots) for i in range(len(path))]
    answers = ask(judge, consistency=[consistency_case(*case) for case in good + bad])["consistency"]
    assert answers == [True] * len(good) + [False] * len(bad)


def consistency_case(old: int, new: int, path: list[bytes], old_root: bytes, new_root: bytes) -> dict[str, object]:
    roots = {"old_root": b64(old_root), "new_root": b64(new_root)}
    return {"old": old, "new": new, "path": list(map(b64, path)), **roots}


@pytest.mark.parametrize("size", SIZES)
def test_we_accept_a_log_that_go_made(judge: Path, size: int) -> None:
    old = max(1, size // 3)
    question = {"origin": ORIGIN, "seed": b64(b"\x01" * 32), "leaves": list(map(b64, LEAVES[:size])), "old": old}
    made = ask(judge, make=question)["made"]
    assert made["vkey"] == LOG.vkeys()[0]
    checkpoint, _ = open_checkpoint(made["note"], [parse_vkey(made["vkey"])])
    assert checkpoint == Checkpoint(ORIGIN, size, TREE.root_at(size))
    assert made["note"] == LOG.sign(checkpoint).rpartition("— ")[0]  # Go wrote the first of our two signatures
    for index, path in enumerate(made["inclusion"]):
        hashes = [base64.b64decode(value) for value in path or []]
        merkle.verify_inclusion(index, size, TREE.leaf(index), hashes, checkpoint.root)
    hashes = [base64.b64decode(value) for value in made["consistency"] or []]
    merkle.verify_consistency(old, size, hashes, base64.b64decode(made["old_root"]), checkpoint.root)
    # Go's own log has the height of its tiles in their paths.
    tiles = {path.replace("tile/8/", "tile/"): base64.b64decode(data) for path, data in made["tiles"].items()}
    assert tiles == dict(hash_tiles(TREE, old, size))
