"""Checkpoints, the log's two signatures, and cosignatures by witnesses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import LedgerUnsafe, PolicyUnmet, SignatureInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.merkle import EMPTY_ROOT, MAX_SIZE
from ledger.log.note import COSIGN_ED25519, COSIGN_MLDSA44, ED25519, Note, SignatureLine, encode_base64, parse_note
from ledger.log.note import parse_vkey as read_key
from ledger.log.signatures import MAX_TIMESTAMP, NoteSigner, open_checkpoint, subtree_message
from ledger.log.signer import LogSigner
from tests.unit.log.public_vectors import public_vectors

ORIGIN = "log.example/2026"
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(ORIGIN, 42, ROOT)
LOG = LogSigner.from_seeds(ORIGIN, b"\x01" * 32, b"\x02" * 32)
WITNESSES = [
    NoteSigner.from_seed("witness.example/one", COSIGN_ED25519, b"\x03" * 32),
    NoteSigner.from_seed("witness.example/two", COSIGN_MLDSA44, b"\x04" * 32),
]


def test_a_checkpoint_is_three_lines() -> None:
    assert CHECKPOINT.text == "log.example/2026\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    assert parse_checkpoint(CHECKPOINT.text) == CHECKPOINT
    assert parse_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text).size == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        CHECKPOINT.text[:-1],
        CHECKPOINT.text + "extension\n",
        CHECKPOINT.text + "\n",
        CHECKPOINT.text.replace("42", "042"),
        CHECKPOINT.text.replace("42", "+42"),
        CHECKPOINT.text.replace("42", "-42"),
        CHECKPOINT.text.replace("42", " 42"),
        CHECKPOINT.text.replace("42", "٤٢"),
        CHECKPOINT.text.replace("42", "4_2"),
        CHECKPOINT.text.replace("42", ""),
        CHECKPOINT.text.replace("42", str(MAX_SIZE + 1)),
        CHECKPOINT.text.replace("42", "9" * 5000),
        CHECKPOINT.text.replace("42", "0"),
        CHECKPOINT.text.replace("=", ""),
        CHECKPOINT.text.replace("h8=", "h9="),
        CHECKPOINT.text.replace("AAEC", ""),
        CHECKPOINT.text.replace(ORIGIN, ""),
        CHECKPOINT.text.replace(ORIGIN, "log example"),
        CHECKPOINT.text.replace(ORIGIN, "log+example"),
        CHECKPOINT.text.replace(ORIGIN, "x" * 256),
        CHECKPOINT.text.replace("\n", "\r\n"),
    ],
)
def test_anything_but_the_three_lines_is_refused(text: str) -> None:
    with pytest.raises(VerificationError, match="malformed checkpoint"):
        parse_checkpoint(text)


@given(st.integers(1, MAX_SIZE), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_is_read_back_as_it_was_written(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint(checkpoint.text) == checkpoint


def test_the_log_signs_with_both_keys_under_its_origin_and_at_no_time() -> None:
    note = LOG.sign(CHECKPOINT)
    checkpoint, opened = open_checkpoint(note, [read_key(vkey) for vkey in LOG.vkeys()])
    assert checkpoint == CHECKPOINT
    assert [(signed.key.kind, signed.timestamp) for signed in opened.signed] == [(ED25519, None), (COSIGN_MLDSA44, 0)]
    assert {line.name for line in opened.note.signatures} == {LOG.origin} == {ORIGIN}


def test_the_log_signs_no_checkpoint_of_another_log() -> None:
    with pytest.raises(ValueError, match="not for other"):
        LOG.sign(Checkpoint("other.example/2026", 42, ROOT))


def test_a_log_needs_one_key_of_each_kind_under_one_name() -> None:
    plain = NoteSigner.from_seed(ORIGIN, ED25519, b"\x01" * 32)
    quantum = NoteSigner.from_seed(ORIGIN, COSIGN_MLDSA44, b"\x02" * 32)
    with pytest.raises(ValueError, match="a log signs with"):
        LogSigner(quantum, plain)
    with pytest.raises(ValueError, match="origin"):
        LogSigner(plain, NoteSigner.from_seed("other.example", COSIGN_MLDSA44, b"\x02" * 32))


def test_a_signature_that_comes_out_wrong_never_leaves_the_log() -> None:
    plain = NoteSigner.from_seed(ORIGIN, ED25519, b"\x01" * 32)
    quantum = NoteSigner.from_seed(ORIGIN, COSIGN_MLDSA44, b"\x02" * 32)
    faulty = NoteSigner(quantum.key, NoteSigner.from_seed(ORIGIN, COSIGN_MLDSA44, b"\x05" * 32)._private)
    with pytest.raises(LedgerUnsafe, match="does not verify"):
        LogSigner(plain, faulty).sign(CHECKPOINT)


@pytest.mark.parametrize("forged", range(2))
def test_either_signature_of_the_log_spoils_the_note_where_it_fails(forged: int) -> None:
    note = parse_note(LOG.sign(CHECKPOINT))
    for place in (0, 7, 8, 63):
        lines = list(note.signatures)
        broken = bytearray(lines[forged].signature)
        broken[place] ^= 1
        lines[forged] = SignatureLine(lines[forged].name, lines[forged].key_id, bytes(broken))
        with pytest.raises(SignatureInvalid):
            open_checkpoint(str(Note(note.text, tuple(lines))), LOG.keys)


@pytest.mark.parametrize("other", [Checkpoint(ORIGIN, 43, ROOT), Checkpoint("log.example/2027", 42, ROOT)])
def test_signatures_do_not_move_to_another_checkpoint(other: Checkpoint) -> None:
    lines = parse_note(LOG.sign(CHECKPOINT)).signatures
    for line, key in zip(lines, LOG.keys, strict=True):
        with pytest.raises(SignatureInvalid):
            open_checkpoint(str(Note(other.text, (line,))), [key])


@pytest.mark.parametrize("witness", WITNESSES, ids=["ed25519", "mldsa44"])
def test_a_witness_adds_its_cosignature_with_the_time(witness: NoteSigner) -> None:
    note = parse_note(LOG.sign(CHECKPOINT)).signed_by([witness.sign(CHECKPOINT.text, 1_767_225_600)])
    _, opened = open_checkpoint(str(note), [*LOG.keys, witness.key])
    assert opened.signed[-1].key == witness.key
    assert opened.signed[-1].timestamp == 1_767_225_600


@pytest.mark.parametrize("witness", WITNESSES, ids=["ed25519", "mldsa44"])
def test_the_time_of_a_cosignature_cannot_be_changed(witness: NoteSigner) -> None:
    line = witness.sign(CHECKPOINT.text, 1_767_225_600)
    for time in (0, 1_767_225_601, MAX_TIMESTAMP, MAX_TIMESTAMP + 1, 2**64 - 1):
        moved = SignatureLine(line.name, line.key_id, time.to_bytes(8, "big") + line.signature[8:])
        with pytest.raises(SignatureInvalid):
            open_checkpoint(str(Note(CHECKPOINT.text, (moved,))), [witness.key])


def test_an_ml_dsa_cosignature_belongs_to_the_name_of_its_witness() -> None:
    stranger = NoteSigner.from_seed("witness.example/three", COSIGN_MLDSA44, b"\x04" * 32)
    line = WITNESSES[1].sign(CHECKPOINT.text, 5)
    renamed = SignatureLine(stranger.key.name, stranger.key.key_id, line.signature)
    with pytest.raises(SignatureInvalid):
        open_checkpoint(str(Note(CHECKPOINT.text, (renamed,))), [stranger.key])


def test_kinds_of_signatures_do_not_pass_for_each_other() -> None:
    plain = NoteSigner.from_seed(ORIGIN, ED25519, b"\x03" * 32)
    cosigner = NoteSigner.from_seed(ORIGIN, COSIGN_ED25519, b"\x03" * 32)
    text = CHECKPOINT.text
    raw = plain.sign(text).signature
    stamped = SignatureLine(ORIGIN, cosigner.key.key_id, bytes(8) + raw)
    with pytest.raises(SignatureInvalid):
        open_checkpoint(str(Note(text, (stamped,))), [cosigner.key])
    bare = SignatureLine(ORIGIN, plain.key.key_id, cosigner.sign(text, 0).signature[8:])
    with pytest.raises(SignatureInvalid):
        open_checkpoint(str(Note(text, (bare,))), [plain.key])


def test_times_are_given_exactly_where_they_are_signed() -> None:
    plain = NoteSigner.from_seed(ORIGIN, ED25519, b"\x01" * 32)
    with pytest.raises(ValueError, match="state a time"):
        plain.sign(CHECKPOINT.text, 5)
    for witness in WITNESSES:
        with pytest.raises(ValueError, match="state a time"):
            witness.sign(CHECKPOINT.text)
        for time in (-1, MAX_TIMESTAMP + 1):
            with pytest.raises(ValueError, match="a time is"):
                witness.sign(CHECKPOINT.text, time)
        assert witness.sign(CHECKPOINT.text, MAX_TIMESTAMP).signature[:8] == b"\x7f" + b"\xff" * 7


def test_an_ml_dsa_key_signs_checkpoints_only() -> None:
    with pytest.raises(VerificationError, match="malformed checkpoint"):
        WITNESSES[1].sign("hello\n", 0)
    with pytest.raises(VerificationError, match="malformed checkpoint"):
        WITNESSES[1].sign(CHECKPOINT.text + "extension\n", 0)
    with pytest.raises(ValueError, match="255"):
        NoteSigner.from_seed("x" * 256, COSIGN_MLDSA44, b"\x04" * 32).sign(CHECKPOINT.text, 0)


def test_a_signed_note_that_is_no_checkpoint_is_refused() -> None:
    plain = NoteSigner.from_seed(ORIGIN, ED25519, b"\x01" * 32)
    for text in ("hello\n", CHECKPOINT.text + "extension\n"):
        with pytest.raises(VerificationError, match="malformed checkpoint"):
            open_checkpoint(str(Note(text, (plain.sign(text),))), [plain.key])
    with pytest.raises(PolicyUnmet):
        open_checkpoint(LOG.sign(CHECKPOINT), [WITNESSES[0].key])


def test_the_signed_structure_is_laid_out_as_the_specification_says() -> None:
    message = subtree_message("w", 7, Checkpoint("log", 258, ROOT))
    want = b"subtree/v1\n\x00" + b"\x01w" + bytes(7) + b"\x07" + b"\x03log" + bytes(8) + bytes(6) + b"\x01\x02" + ROOT
    assert message == want


def test_the_public_vector_of_an_ml_dsa_log() -> None:
    folder = public_vectors("tlog-mldsa44-torchwood")
    note = (folder / "checkpoint.txt").read_text()
    key = read_key((folder / "log.vkey").read_text().strip())
    checkpoint, opened = open_checkpoint(note, [key])
    assert (checkpoint.origin, checkpoint.size) == (key.name, 1)
    assert opened.signed[0].timestamp == 0
    with pytest.raises(SignatureInvalid):
        open_checkpoint(note.replace("\n1\n", "\n2\n"), [key])
    changed = encode_base64(bytes([checkpoint.root[0] ^ 1]) + checkpoint.root[1:])
    with pytest.raises(SignatureInvalid):
        open_checkpoint(note.replace(encode_base64(checkpoint.root), changed), [key])
