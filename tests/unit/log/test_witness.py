"""What a witness cosigns and what it refuses, in the order of the specification; and what its answers are worth."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import PolicyUnmet, ProofInvalid, SignatureInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.leaf import read_leaf
from ledger.log.merkle import EMPTY_ROOT, leaf_hash
from ledger.log.note import COSIGN_ED25519, COSIGN_MLDSA44, encode_base64, parse_note
from ledger.log.policy import parse_policy, policy_text
from ledger.log.signatures import NoteSigner
from ledger.log.signer import LogSigner
from ledger.log.tree import Tree
from ledger.log.witness import (
    AddCheckpoint,
    Refusal,
    continues,
    judge,
    log_keys,
    origin_hash,
    parse_add_checkpoint,
    read_cosignatures,
)

ORIGIN = "log.example/2026"
LOG = LogSigner.from_seeds(ORIGIN, b"\x01" * 32, b"\x02" * 32)
OTHER = LogSigner.from_seeds("other.example", b"\x01" * 32, b"\x02" * 32)
STRANGER = LogSigner.from_seeds(ORIGIN, b"\x11" * 32, b"\x12" * 32)
LOGS = log_keys(parse_policy(policy_text(*LOG.vkeys())))
WITNESSES = (
    NoteSigner.from_seed("witness.example/one", COSIGN_ED25519, b"\x03" * 32),
    NoteSigner.from_seed("witness.example/one", COSIGN_MLDSA44, b"\x04" * 32),
)
KEYS = [witness.key for witness in WITNESSES]
TREE = Tree(leaf_hash(b"leaf %d" % i) for i in range(50))
FORK = Tree(leaf_hash((b"leaf %d" if i != 20 else b"other %d") % i) for i in range(50))


def at(size: int, tree: Tree = TREE) -> Checkpoint:
    return Checkpoint(ORIGIN, size, tree.root_at(size))


def asked(old: int, new: int, tree: Tree = TREE, signer: LogSigner = LOG) -> AddCheckpoint:
    path = tuple(tree.consistency_path(old, new)) if 0 < old <= new else ()
    return AddCheckpoint(old, path, signer.sign(at(new, tree)))


def test_a_log_that_grows_is_cosigned_from_its_first_checkpoint_on() -> None:
    assert judge(asked(0, 10), LOGS, None) == at(10)
    assert judge(asked(10, 30), LOGS, at(10)) == at(30)
    assert judge(asked(30, 30), LOGS, at(30)) == at(30)  # again: with a newer time
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert judge(asked(0, 10), LOGS, empty) == at(10)


def without(request: AddCheckpoint, line: int) -> AddCheckpoint:
    note = parse_note(request.note)
    kept = [each for place, each in enumerate(note.signatures) if place != line]
    return AddCheckpoint(request.old, request.path, note.text + "\n" + "".join(map(str, kept)))


def spoilt(request: AddCheckpoint) -> AddCheckpoint:
    return AddCheckpoint(request.old, (bytes(32), *request.path[1:]), request.note)


@pytest.mark.parametrize(
    ("request_", "known", "status", "size"),
    [
        (AddCheckpoint(0, (), OTHER.sign(Checkpoint("other.example", 10, TREE.root_at(10)))), None, 404, None),
        (asked(0, 10, signer=STRANGER), None, 403, None),
        (without(asked(0, 10), 0), None, 403, None),
        (without(asked(0, 10), 1), None, 403, None),
        (AddCheckpoint(0, (), asked(0, 10).note.replace("\n10\n", "\n11\n")), None, 403, None),
        (asked(11, 10), at(11), 400, None),
        (asked(11, 10), None, 400, None),
        (asked(0, 30), at(10), 409, 10),
        (asked(9, 30), at(10), 409, 10),
        (asked(10, 30), None, 409, 0),
        (asked(30, 30, FORK), at(30), 409, 30),
        (asked(10, 30, FORK), at(30), 409, 30),
        (spoilt(asked(10, 30)), at(10), 422, None),
        (asked(25, 30, FORK), at(25), 422, None),
        (AddCheckpoint(0, (bytes(32),), asked(0, 10).note), None, 422, None),
        (AddCheckpoint(10, (bytes(32),), asked(10, 10).note), at(10), 422, None),
        (AddCheckpoint(10, (), asked(10, 30).note), at(10), 422, None),
    ],
)  # fmt: skip
def test_what_is_no_continuation_is_refused_as_the_specification_says(
    request_: AddCheckpoint, known: Checkpoint | None, status: int, size: int | None
) -> None:
    verdict = judge(request_, LOGS, known)
    assert isinstance(verdict, Refusal)
    assert (verdict.status, verdict.size) == (status, size)
    assert verdict.sentence


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 50))
def test_whatever_is_asked_only_a_continuation_is_cosigned(old: int, new: int, known: int) -> None:
    """Of a log that forked at leaf 20: what a witness cosigned is always a prefix of what it cosigns next."""
    before = at(known) if known else None
    for tree in (TREE, FORK):
        verdict = judge(asked(old, new, tree), LOGS, before)
        good = old == known <= new and (known <= 20 or tree is TREE)
        assert isinstance(verdict, Checkpoint) is good


def test_a_request_is_read_as_it_was_written() -> None:
    request = asked(10, 30)
    assert parse_add_checkpoint(request.text.encode()) == request
    assert request.text.startswith("old 10\n" + encode_base64(request.path[0]) + "\n")


GOOD = asked(10, 30).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "old 10\n",
        GOOD.replace("old 10", "old 010"),
        GOOD.replace("old 10", "old -1"),
        GOOD.replace("old 10", "old  10"),
        GOOD.replace("old 10", "Old 10"),
        GOOD.replace("old 10", "old 99999999999999999999"),
        GOOD.replace("old 10\n", "old 10\nAAAA\n"),
        GOOD.replace("old 10\n", "old 10\n" + "A" * 44 + "\n"),
        GOOD.replace("old 10\n", "old 10\n" + (encode_base64(bytes(32)) + "\n") * 64),
        GOOD.replace("\n", "\r\n"),
        GOOD[:-1],
        GOOD.rpartition("— ")[0].rpartition("— ")[0],
        GOOD.replace(f"{ORIGIN}\n30", f"{ORIGIN}\n030"),
        "old 0\n\n" + "x" * 1_000_001,
        "old 0\n\n\ud800",
    ],
)
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(VerificationError):
        parse_add_checkpoint(text.encode("utf-8", "surrogatepass"))


def answered(signers: Sequence[NoteSigner] = WITNESSES, text: str = at(30).text) -> bytes:
    return "".join(str(signer.sign(text, 1_700_000_000 + i)) for i, signer in enumerate(signers)).encode()


def test_cosignatures_of_both_kinds_are_read_with_their_times() -> None:
    read = read_cosignatures(answered(), at(30).text, KEYS)
    assert [(signed.key, signed.timestamp) for _, signed in read] == [
        (KEYS[0], 1_700_000_000),
        (KEYS[1], 1_700_000_001),
    ]
    stranger = NoteSigner.from_seed("witness.example/one", COSIGN_ED25519, b"\x07" * 32)
    assert len(read_cosignatures(answered([stranger, *WITNESSES]), at(30).text, KEYS)) == 2
    assert len(read_cosignatures(answered([WITNESSES[0], WITNESSES[0]]), at(30).text, KEYS)) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", VerificationError),
        (b"\n", VerificationError),
        (b"<html>", VerificationError),
        (b"\xff\n", VerificationError),
        (answered()[:-1], VerificationError),
        (answered(text=at(29).text), SignatureInvalid),
        (answered(text=at(30, FORK).text), SignatureInvalid),
        (answered([WITNESSES[0]]).replace(b"witness.example/one", b"witness.example/two"), PolicyUnmet),
        (answered() * 51, VerificationError),
        (b"x" * 64_001, VerificationError),
    ],
)
def test_an_answer_that_proves_nothing_is_refused(answer: bytes, error: type[VerificationError]) -> None:
    with pytest.raises(error):
        read_cosignatures(answer, at(30).text, KEYS)


def test_a_later_checkpoint_is_proven_to_continue_an_earlier_one() -> None:
    assert continues(asked(10, 30), at(10)) == at(30)
    assert continues(asked(30, 30), at(30)) == at(30)
    with pytest.raises(ProofInvalid):
        continues(asked(25, 30, FORK), at(25))
    with pytest.raises(ProofInvalid, match="begins at 10"):
        continues(asked(10, 30), at(11))
    with pytest.raises(ProofInvalid, match="of other"):
        continues(asked(10, 30), Checkpoint("other.example", 10, TREE.root_at(10)))


def test_the_keys_of_a_log_are_its_line_and_those_that_carry_its_name() -> None:
    assert {ORIGIN: LOG.keys} == LOGS
    assert origin_hash("go.sum database tree") == "46613be2987d5d316f5ad065e4aa2eee26ccdd3de17a3735cd0da18156a22bdd"


@given(st.binary(max_size=300) | st.text(alphabet="old 0123456789\n=+/AZaz— .", max_size=300).map(str.encode))
def test_no_bytes_make_a_reader_fail_in_another_way_than_by_refusing(data: bytes) -> None:
    for read in (parse_add_checkpoint, read_leaf, lambda answer: read_cosignatures(answer, at(30).text, KEYS)):
        with pytest.raises(VerificationError):
            read(data)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 127))
def test_a_request_with_one_other_byte_is_refused_or_read_as_what_it_is(place: int, byte: int) -> None:
    data = bytearray(GOOD.encode())
    data[place] = byte
    try:
        request = parse_add_checkpoint(bytes(data))
    except VerificationError:
        return
    assert request.text.encode() == bytes(data)
