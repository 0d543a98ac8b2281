"""Outsiders read the served log over HTTP: Go's sumdb/tlog, torchwood's tlog-tiles client, formats' cosignatures."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.witness import create_witness_app
from ledger.errors import LodestoneError, SignatureInvalid
from ledger.log.note import Note, parse_note, parse_vkey
from ledger.log.signatures import open_checkpoint
from ledger.workflows.commit import commit
from ledger.workflows.open import log_policy_of
from ledger.workflows.publish import leaves
from ledger.workflows.witness import known_logs, open_witness
from tests.api.conftest import served_app, serving
from tests.go_programs import build
from tests.unit.log.test_frozen import CHECKPOINT, WITNESSES, frozen
from tests.world import World


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, built once."""
    return build("reader", tmp_path_factory.mktemp("go") / "reader")


def ask(reader: Path, **question: object) -> dict[str, Any]:
    answered = subprocess.run([reader], input=json.dumps(question), capture_output=True, text=True, check=False)
    assert answered.returncode == 0, answered.stderr
    answer = json.loads(answered.stdout)
    assert isinstance(answer, dict)
    return answer


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A log of more than one full tile: 300 records of one mine in a few groups."""
    world = World(tmp_path / "ledger")
    mine = world.organization("mine", "AU")
    for _ in range(3):
        group = []
        for _ in range(100):
            entry = mine.sign("certificate", certificate(mine.id))
            group.append(entry)
            mine.issuer.advance(entry.id)
        assert all(outcome.accepted for outcome in commit(group, world.ledger))
    yield world
    world.close()


def certificate(subject: str) -> dict[str, Any]:
    document = "sha-256:" + "A" * 43
    valid = {"from": "2026-01-01", "to": "2027-01-01"}
    about = {"organization": subject}
    return {"subject": about, "scheme": "ISO 14001", "number": "1", "issuer": "X", "valid": valid, "document": document}


def test_outsiders_read_the_served_log_and_a_witness_of_ours_over_http(
    reader: Path, world: World, tmp_path: Path
) -> None:
    ledger = world.ledger
    logs = known_logs([log_policy_of(ledger).encode()])
    witness = open_witness("witness.example", tmp_path / "keys", tmp_path / "w.db", logs, lambda: world.now)
    with serving(ledger) as http, served_app(create_witness_app(witness)) as other:
        answer = ask(
            reader,
            log=str(http.base_url) + "/log",
            vkey=ledger.signer.vkeys()[0],
            vkeys=[ledger.signer.vkeys()[1]],
            old=77,
            witness=str(other.base_url),
            witness_vkeys=witness.vkeys(),
        )
    size = ledger.tree.size
    assert size > 300
    assert answer["size"] == answer["included"] == size
    assert answer["root"] == b64(ledger.tree.root())
    assert answer["old_root"] == b64(ledger.tree.root_at(77))
    assert [base64.b64decode(entry) for entry in answer["entries"]] == leaves(ledger, 0, size)
    assert answer["cosigners"] == ["+".join(vkey.split("+")[:2]) for vkey in ledger.signer.vkeys()]
    assert answer["witnessed"] == ["+".join(vkey.split("+")[:2]) for vkey in witness.vkeys()]
    assert (answer["refused"], answer["refused_size"]) == (409, f"{size}\n")


def test_outsiders_accept_our_cosignatures_and_no_spoilt_ones(reader: Path) -> None:
    vkeys = [witness.key.vkey for witness in WITNESSES]
    good = [
        frozen("checkpoint-witnessed.txt"),
        str(Note(CHECKPOINT.text, cosigned(0))),
        str(Note(CHECKPOINT.text, cosigned(2**63 - 1))),
    ]
    bad = [frozen("checkpoint.txt"), good[0].replace("\n300\n", "\n301\n")]
    note = parse_note(good[0])
    for line in range(2, 4):
        for place in (0, 7, 8, 40, 71):
            spoilt = bytearray(note.signatures[line].signature)
            spoilt[place] ^= 1
            lines = list(note.signatures)
            lines[line] = type(lines[line])(lines[line].name, lines[line].key_id, bytes(spoilt))
            bad.append(str(Note(note.text, tuple(lines))))
    late = [type(each)(each.name, each.key_id, b"\xff" * 8 + each.signature[8:]) for each in note.signatures[2:]]
    bad.append(str(Note(note.text, tuple(late))))
    cases = [{"note": b64(case.encode()), "vkeys": vkeys} for case in (*good, *bad)]
    assert ask(reader, notes=cases)["notes"] == [True] * len(good) + [False] * len(bad)
    keys = [witness.key for witness in WITNESSES]
    assert [both_open(case, keys) for case in (*good, *bad)] == [True] * len(good) + [False] * len(bad)


def cosigned(time: int) -> tuple[Any, ...]:
    return tuple(witness.sign(CHECKPOINT.text, time) for witness in WITNESSES)


def both_open(note: str, keys: list[Any]) -> bool:
    try:
        return len(open_checkpoint(note, keys)[1].signed) == len(keys)
    except LodestoneError:
        return False


def test_we_accept_the_cosignatures_of_outsiders(reader: Path) -> None:
    answer = ask(reader, text=CHECKPOINT.text, name="outsider.example/w")
    keys = [parse_vkey(vkey) for vkey in answer["cosign_vkeys"]]
    checkpoint, opened = open_checkpoint(answer["cosigned"], keys)
    assert checkpoint == CHECKPOINT
    assert [each.key for each in opened.signed] == keys
    assert all(each.timestamp for each in opened.signed)
    with pytest.raises(SignatureInvalid):
        open_checkpoint(answer["cosigned"].replace("\n300\n", "\n301\n"), keys)
