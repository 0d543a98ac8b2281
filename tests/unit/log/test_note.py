"""Signed notes: what is read, what is refused, and the public vectors."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import PolicyUnmet, SignatureInvalid, VerificationError
from ledger.log.note import (
    COSIGN_ED25519,
    COSIGN_MLDSA44,
    ED25519,
    Note,
    NoteKey,
    SignatureLine,
    decode_base64,
    is_key_name,
    parse_note,
    parse_vkey,
)
from ledger.log.signatures import NoteSigner, open_note
from tests.unit.log.public_vectors import public_vectors

SIGNER = NoteSigner.from_seed("example.com/log", ED25519, b"\x01" * 32)
OTHER = NoteSigner.from_seed("example.com/other", ED25519, b"\x02" * 32)
TEXT = "one line\n\nanother, after a blank one\n"
NOTE = Note(TEXT, (SIGNER.sign(TEXT),))


def test_a_note_is_read_back_as_it_was_written() -> None:
    assert parse_note(str(NOTE)) == parse_note(str(NOTE).encode()) == NOTE
    opened = open_note(str(NOTE), [OTHER.key, SIGNER.key])
    assert opened.note == NOTE
    assert [(signed.key, signed.timestamp) for signed in opened.signed] == [(SIGNER.key, None)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda note: note.replace("\n\n— ", "\n— "), "signature line"),  # the blank line in the text is the last now
        (lambda note: note.rstrip("\n"), "no blank line"),
        (lambda note: note + "\n", "no blank line"),
        (lambda note: note + "more\n", "signature line"),
        (lambda note: note.replace("one", "on\x00e"), "control"),
        (lambda note: note.replace("one", "on\te"), "control"),
        (lambda note: note.replace("\n", "\r\n"), "control"),
        (lambda note: note.replace("— ", "—"), "signature line"),
        (lambda note: note.replace("— ", "-- "), "signature line"),
        (lambda note: note.replace("example.com/log ", "example.com/log  "), "base64"),
        (lambda note: note.replace("example.com/log ", " "), "signature line"),
        (lambda note: note.replace("example.com/log ", "example+com "), "signature line"),
        (lambda note: note.replace("example.com/log ", "example\u2003com "), "signature line"),
        (lambda note: note.replace("=\n", "\n"), "base64"),
        (lambda note: note[:-1] + "AAAA\n", "base64"),
        (lambda _: TEXT + "\n— example.com/log AAAAAA==\n", "too short"),
        (lambda _: TEXT + "\n— example.com/log \n", "too short"),
        (lambda _: TEXT + "\n\n", "no blank line"),
        (lambda _: "", "no blank line"),
        (lambda note: note + note.rpartition("\n\n")[2] * 100, "more than 100"),
        (lambda note: "x" * 1_000_000 + note, "longer"),
        (lambda note: note + "\ud800", "UTF-8"),
        (lambda note: note.encode() + b"\xff", "UTF-8"),
        (lambda note: note.encode("utf-16"), "UTF-8"),
    ],
)
def test_malformed_notes_are_refused(change: Callable[[str], str | bytes], reason: str) -> None:
    with pytest.raises(VerificationError, match=reason):
        parse_note(change(str(NOTE)))


def test_a_hundred_signatures_are_read() -> None:
    line = str(NOTE).rpartition("\n\n")[2]
    assert len(open_note(str(NOTE) + line * 99, [SIGNER.key]).signed) == 1


def test_changing_any_byte_of_the_text_breaks_the_signature() -> None:
    raw = str(NOTE).encode()
    for place in range(len(TEXT) - 1):
        changed = bytearray(raw)
        changed[place] ^= 0x01
        with pytest.raises(VerificationError):
            open_note(bytes(changed), [SIGNER.key])


def test_changing_any_bit_of_the_signature_breaks_it() -> None:
    line = NOTE.signatures[0]
    for place in range(64):
        for bit in range(8):
            changed = bytearray(line.signature)
            changed[place] ^= 1 << bit
            note = Note(TEXT, (SignatureLine(line.name, line.key_id, bytes(changed)),))
            with pytest.raises(SignatureInvalid, match=r"example\.com/log\+"):
                open_note(str(note), [SIGNER.key])
    for wrong in (line.signature[:-1], line.signature + b"\x00"):
        with pytest.raises(SignatureInvalid):
            open_note(str(Note(TEXT, (SignatureLine(line.name, line.key_id, wrong),))), [SIGNER.key])


def test_one_failing_signature_by_a_known_key_spoils_a_note_that_others_signed() -> None:
    good = OTHER.sign(TEXT)
    forged = SignatureLine(SIGNER.key.name, SIGNER.key.key_id, b"\x00" * 64)
    assert open_note(str(Note(TEXT, (good, forged))), [OTHER.key]).signed[0].key == OTHER.key
    with pytest.raises(SignatureInvalid):
        open_note(str(Note(TEXT, (good, forged))), [OTHER.key, SIGNER.key])
    with pytest.raises(SignatureInvalid):  # also behind a good one by the same key
        open_note(str(NOTE.signed_by([forged])), [SIGNER.key])


def test_signatures_that_share_only_name_or_key_id_with_a_known_key_are_ignored() -> None:
    line = SIGNER.sign(TEXT)
    same_name = SignatureLine(line.name, b"\x00\x00\x00\x00", b"junk")
    same_id = SignatureLine("example.com/elsewhere", line.key_id, b"junk")
    assert len(open_note(str(Note(TEXT, (same_name, same_id, line))), [SIGNER.key]).signed) == 1
    with pytest.raises(PolicyUnmet, match="known key"):
        open_note(str(Note(TEXT, (same_name, same_id))), [SIGNER.key])


def test_adding_signatures_keeps_the_old_ones_and_repeats_none() -> None:
    added = NOTE.signed_by([OTHER.sign(TEXT), *NOTE.signatures])
    assert [line.name for line in added.signatures] == ["example.com/log", "example.com/other"]
    assert len(open_note(str(added), [SIGNER.key, OTHER.key]).signed) == 2


@pytest.mark.parametrize("kind", [ED25519, COSIGN_ED25519, COSIGN_MLDSA44])
def test_a_verifier_key_is_read_back_as_it_was_written(kind: int) -> None:
    key = NoteSigner.from_seed("example.com/ключ", kind, b"\x03" * 32).key
    assert parse_vkey(key.vkey) == key


def test_verifier_keys_that_are_not_what_they_say_are_refused() -> None:
    name, key_id, data = SIGNER.key.vkey.split("+", 2)
    raw = base64.b64decode(data)
    unknown = base64.b64encode(b"\x02" + raw[1:]).decode()
    for bad in (
        "",
        name,
        f"{name}+{key_id}",
        f"{name}+{key_id}+",
        f"+{key_id}+{data}",
        f"{name}+{key_id.upper()}x+{data}",
        f"{name}+00000000+{data}",
        f"{name}x+{key_id}+{data}",
        f"{name}+{key_id}+{data[:-4]}",
        f"{name}+{key_id}+{data}=",
        f"{name}+{key_id}+{data}\n",
        f"{name}+{key_id}+{unknown}",
        f"a b+{key_id}+{data}",
    ):
        with pytest.raises(ValueError, match=r"key|base64"):
            parse_vkey(bad)
    with pytest.raises(ValueError, match="1312"):
        NoteKey("a", COSIGN_MLDSA44, b"\x00" * 32)


def test_names_that_no_line_can_hold_name_no_key() -> None:
    for bad in ("", "a b", "a\u00a0b", "a\u2028b", "a+b", "a\nb", "a\x00b", "\ud800"):
        assert not is_key_name(bad)
        with pytest.raises(ValueError, match="name"):
            NoteKey(bad, ED25519, bytes(32))
    assert is_key_name("log.example/2026")


def test_two_different_keys_with_one_name_and_key_id_are_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NoteKey, "key_id", property(lambda _: b"same"))
    twin = NoteSigner.from_seed("example.com/log", ED25519, b"\x04" * 32)
    with pytest.raises(ValueError, match="two keys"):
        open_note(str(NOTE), [SIGNER.key, twin.key])


@given(st.text())
def test_a_key_name_never_breaks_the_line_that_it_stands_in(name: str) -> None:
    if is_key_name(name):
        line = SignatureLine(name, b"abcd", b"signature")
        assert parse_note(f"text\n\n{line}").signatures == (line,)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_another_way_than_by_refusing(data: bytes) -> None:
    for raw in (data, b"text\n\n" + "— ".encode() + data, b"text\n\n" + "— a ".encode() + data + b"\n"):
        with suppress(VerificationError):
            assert str(parse_note(raw)).encode() == raw


def test_base64_has_one_form() -> None:
    assert decode_base64("QUI=") == b"AB"
    for bad in ("QUJ=", "QUI", "QUI=\n", "QU I=", "QUI=QUI=", "Q_-=", "QUIä"):
        with pytest.raises(ValueError, match="base64"):
            decode_base64(bad)


def test_the_public_vectors_of_signed_notes() -> None:
    vectors = json.loads((public_vectors("signed-note") / "vectors.json").read_text())
    for case in vectors["valid"]:
        assert len(open_note(case["note"], map(parse_vkey, case["vkeys"])).signed) == case["verified"]
    for case in vectors["invalid"]:
        with pytest.raises(VerificationError):
            open_note(case["note"], map(parse_vkey, case["vkeys"]))
    for vkey in vectors["bad_vkeys"]:
        with pytest.raises(ValueError, match=r"key|base64"):
            parse_vkey(vkey)
    skey = vectors["sign"]["skey"].split("+")
    signer = NoteSigner.from_seed(skey[2], ED25519, base64.b64decode("+".join(skey[4:]))[1:])
    assert str(Note(vectors["sign"]["text"], (signer.sign(vectors["sign"]["text"]),))) == vectors["sign"]["want"]
