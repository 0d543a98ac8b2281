"""Trust policies: the file format, strictly, and who must have signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import ConfigError, PolicyUnmet, SignatureInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import COSIGN_ED25519, COSIGN_MLDSA44, ED25519, Note, SignatureLine, parse_note
from ledger.log.policy import LOG_WITNESS, Policy, parse_policy, policy_text
from ledger.log.signatures import NoteSigner
from ledger.log.signer import LogSigner

ORIGIN = "log.example/2026"
CHECKPOINT = Checkpoint(ORIGIN, 42, bytes(range(32)))
LOG = LogSigner.from_seeds(ORIGIN, b"\x01" * 32, b"\x02" * 32)
ED, ML = LOG.vkeys()
SIGNED = parse_note(LOG.sign(CHECKPOINT))
PLAIN_LINE, QUANTUM_LINE = SIGNED.signatures
W = {n: NoteSigner.from_seed(f"{n}.example", COSIGN_ED25519, n.encode() * 16) for n in ("w1", "w2", "w3", "w4")}
WLINES = {name: signer.sign(CHECKPOINT.text, 1000 + place) for place, (name, signer) in enumerate(W.items())}
WITNESS_LINES = "".join(f"witness {name} {signer.key.vkey}\n" for name, signer in W.items())


def note_by(*lines: SignatureLine) -> str:
    return str(Note(CHECKPOINT.text, lines))


def witnessed(*names: str) -> str:
    return note_by(PLAIN_LINE, QUANTUM_LINE, *(WLINES[name] for name in names))


def test_our_policy_demands_both_keys_of_the_log() -> None:
    policy = parse_policy(policy_text(ED, ML))
    approval = policy.evaluate(str(SIGNED))
    assert approval.checkpoint == CHECKPOINT
    assert approval.names == (ORIGIN, LOG_WITNESS)
    assert approval.witnesses == {LOG_WITNESS: 0}
    assert not policy.demands_witness
    with pytest.raises(PolicyUnmet, match="the witness log-ml-dsa-44"):
        policy.evaluate(note_by(PLAIN_LINE))
    with pytest.raises(PolicyUnmet, match="no log"):
        policy.evaluate(note_by(QUANTUM_LINE))


def test_our_policy_puts_the_witnesses_beside_the_log() -> None:
    witnesses = parse_policy(f"{WITNESS_LINES}group two 2 {' '.join(W)}\nquorum two\n")
    policy = parse_policy(policy_text(ED, ML, witnesses))
    assert policy.demands_witness
    assert policy.evaluate(witnessed("w2", "w4")).witnesses == {LOG_WITNESS: 0, "w2": 1001, "w4": 1003}
    with pytest.raises(PolicyUnmet, match=r"1 of \(the witness w1, the witness w2, the witness w4\)"):
        policy.evaluate(witnessed("w3"))
    with pytest.raises(PolicyUnmet, match="2 of"):
        policy.evaluate(str(SIGNED))
    with pytest.raises(PolicyUnmet, match=LOG_WITNESS):
        policy.evaluate(note_by(PLAIN_LINE, WLINES["w1"], WLINES["w2"]))


@pytest.mark.parametrize(
    ("first", "second", "witnesses"),
    [
        (ML, ED, None),
        (ED, ED, None),
        (ED, LogSigner.from_seeds("other.example", b"\x01" * 32, b"\x02" * 32).vkeys()[1], None),
        (ED, "nonsense", None),
        (ED + "\nquorum none", ML, None),
        (ED, ML, f"witness w1 {ML}\nquorum none\n"),
        (ED, ML, f"witness {LOG_WITNESS} {W['w1'].key.vkey}\nquorum none\n"),
        (ED, ML, f"witness trusted {W['w1'].key.vkey}\nquorum trusted\n"),
        (ED, ML, f"{WITNESS_LINES}group two 2 w1 w2\nquorum w1\n"),
    ],
)
def test_no_policy_is_written_that_says_something_else(first: str, second: str, witnesses: str | None) -> None:
    with pytest.raises(ConfigError):
        policy_text(first, second, None if witnesses is None else parse_policy(witnesses))


def test_groups_in_groups_go_into_the_policy_as_they_are_and_addresses_do_not() -> None:
    named = WITNESS_LINES.replace("\n", " https://witness.example/\n")
    said = parse_policy(f"{named}group some any w1 w2\ngroup both all some w3\nquorum both\n")
    assert said.urls == dict.fromkeys(W, "https://witness.example/")
    text = policy_text(ED, ML, said)
    assert "https" not in text
    policy = parse_policy(text)
    assert policy.groups["both"].members == ("some", "w3")
    assert policy.evaluate(witnessed("w2", "w3")).names == (ORIGIN, LOG_WITNESS, "w2", "w3")
    with pytest.raises(PolicyUnmet):
        policy.evaluate(witnessed("w1", "w2", "w4"))


def test_witnesses_without_a_quorum_are_named_and_not_demanded() -> None:
    policy = parse_policy(policy_text(ED, ML, parse_policy(f"{WITNESS_LINES}quorum none\n")))
    assert not policy.demands_witness
    assert policy.evaluate(str(SIGNED)).names == (ORIGIN, LOG_WITNESS)
    assert policy.evaluate(witnessed("w4")).names == (ORIGIN, LOG_WITNESS, "w4")


def test_a_policy_of_groups_in_groups_is_met_exactly_as_it_says() -> None:
    policy = parse_policy(
        f"# trusted since the beginning\n\n\t log  {ED}\thttps://log.example/2026 \n{WITNESS_LINES}"
        "group some 1 w1 w2\ngroup more any w3\ngroup both all some more\nquorum both\n"
    )
    for names, met in (("w1 w3", True), ("w2 w3", True), ("w1 w2", False), ("w3", False), ("w1 w2 w3 w4", True)):
        note = witnessed(*names.split())
        if met:
            assert policy.evaluate(note).names == (ORIGIN, *names.split())
        else:
            with pytest.raises(PolicyUnmet, match="lacks"):
                policy.evaluate(note)


def test_a_single_witness_or_nobody_can_be_the_quorum() -> None:
    one = parse_policy(f"log {ED}\n{WITNESS_LINES}quorum w1\n")
    assert one.evaluate(witnessed("w1")).names == (ORIGIN, "w1")
    with pytest.raises(PolicyUnmet, match="the witness w1"):
        one.evaluate(witnessed("w2"))
    nobody = parse_policy(f"log {ED}\nquorum none\n")
    assert nobody.evaluate(note_by(PLAIN_LINE)).names == (ORIGIN,)
    assert one.demands_witness
    assert not nobody.demands_witness


def test_a_log_may_be_known_by_its_ml_dsa_key_alone() -> None:
    assert parse_policy(f"log {ML}\nquorum none\n").evaluate(note_by(QUANTUM_LINE)).log.kind == COSIGN_MLDSA44


def test_a_policy_without_logs_trusts_no_checkpoint() -> None:
    with pytest.raises(PolicyUnmet):
        parse_policy("quorum none\n").evaluate(str(SIGNED))
    with pytest.raises(PolicyUnmet, match="no log"):
        parse_policy(f"{WITNESS_LINES}quorum w1\n").evaluate(witnessed("w1"))


def test_a_log_signs_for_its_own_origin_only() -> None:
    stranger = LogSigner.from_seeds("other.example/2026", b"\x07" * 32, b"\x08" * 32)
    policy = parse_policy(f"log {ED}\nlog {stranger.vkeys()[0]}\nquorum none\n")
    line = NoteSigner.from_seed("other.example/2026", ED25519, b"\x07" * 32).sign(CHECKPOINT.text)
    with pytest.raises(PolicyUnmet, match=r"no log that the policy trusts as log\.example/2026"):
        policy.evaluate(note_by(line))


def test_a_forged_cosignature_of_a_witness_that_the_quorum_does_not_need_spoils_the_note() -> None:
    policy = parse_policy(f"log {ED}\n{WITNESS_LINES}quorum w1\n")
    forged = SignatureLine("w2.example", W["w2"].key.key_id, WLINES["w1"].signature)
    with pytest.raises(SignatureInvalid, match=r"w2\.example"):
        policy.evaluate(note_by(PLAIN_LINE, WLINES["w1"], forged))
    with pytest.raises(VerificationError):
        policy.evaluate("no note at all")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cut short"),
        ("\n", "no quorum"),
        (f"log {ED}\n", "no quorum"),
        (f"log {ED}\nquorum none", "cut short"),
        (f"log {ED}\r\nquorum none\r\n", "control"),
        (f"log {ED}\x7f\nquorum none\n", "control"),
        (f"log {ED}\x0bquorum none\n", "control"),
        ("quorum none\nquorum none\n", "line 2.*quorum already"),
        ("quorum nobody\n", "line 1.*not defined"),
        ("quorum none none\n", "expected a log"),
        (f"quorum w1\n{WITNESS_LINES}", "line 1.*not defined"),
        ("Log x\nquorum none\n", "expected a log"),
        ("logs\nquorum none\n", "expected a log"),
        (f"log {ED} url more\nquorum none\n", "expected a log"),
        ("log\nquorum none\n", "expected a log"),
        (f"witness {ED}\nquorum none\n", "expected a log"),
        (f"log\u00a0{ED}\nquorum none\n", "expected a log"),
        (f"log {ED}\nlog {ED}\nquorum none\n", "line 2.*given twice"),
        (f"log {ED}\nwitness w {ED}\nquorum none\n", "cannot stand"),
        (f"log {W['w1'].key.vkey}\nquorum none\n", "cannot stand"),
        (f"log {ML}\nwitness w {ML}\nquorum none\n", "share this name"),
        (f"witness w {ML}\nlog {ML}\nquorum none\n", "share this name"),
        (f"witness w {ML}\nwitness v {ML}\nquorum none\n", "given twice"),
        (f"log {ED[:-2]}\nquorum none\n", "base64"),
        (f"log x{ED}\nquorum none\n", "key id"),
        (f"witness none {ML}\nquorum none\n", "taken"),
        (f"witness w {ML}\ngroup w any w\nquorum none\n", "taken"),
        (f"{WITNESS_LINES}witness w1 {ML}\nquorum none\n", "taken"),
        (f"{WITNESS_LINES}group g any\nquorum none\n", "expected a log"),
        (f"{WITNESS_LINES}group g 0 w1\nquorum g\n", "from 1 to 1"),
        (f"{WITNESS_LINES}group g 2 w1\nquorum g\n", "from 1 to 1"),
        (f"{WITNESS_LINES}group g 01 w1\nquorum g\n", "from 1 to 1"),
        (f"{WITNESS_LINES}group g +1 w1\nquorum g\n", "from 1 to 1"),
        (f"{WITNESS_LINES}group g ١ w1\nquorum g\n", "from 1 to 1"),
        (f"{WITNESS_LINES}group g Any w1\nquorum g\n", "from 1 to 1"),
        (f"{WITNESS_LINES}group g any w1 w1\nquorum g\n", "nobody counts twice"),
        (f"{WITNESS_LINES}group g any w1\ngroup h any w1\nquorum g\n", "nobody counts twice"),
        (f"{WITNESS_LINES}group g any none\nquorum g\n", "not defined"),
        (f"{WITNESS_LINES}group g any g\nquorum g\n", "not defined"),
        (f"{WITNESS_LINES}group g any h\ngroup h any w1\nquorum g\n", "not defined"),
        (f"witness w0 {ML}\n" + "".join(f"group w{i + 1} any w{i}\n" for i in range(300)) + "quorum w9\n", "more than"),
    ],
)
def test_malformed_policies_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_policy(text)
    with pytest.raises(ConfigError, match=reason):
        parse_policy(text.encode())


def test_names_of_any_bytes_are_told_apart_and_can_be_shown() -> None:
    key = W["w1"].key.vkey.encode()
    kelvin = b"K " + W["w2"].key.vkey.encode()
    policy = parse_policy(
        b"log " + ED.encode() + b"\nwitness \xff " + key + b"\nwitness " + kelvin + b"\nquorum \xff\n"
    )
    with pytest.raises(PolicyUnmet) as refusal:
        policy.evaluate(witnessed("w2"))
    assert str(refusal.value).isprintable()
    assert len(policy.evaluate(witnessed("w1")).witnesses) == 1


@given(st.sets(st.sampled_from(sorted(W))), st.integers(1, 4))
def test_a_group_is_met_by_any_so_many_of_its_members(names: set[str], threshold: int) -> None:
    policy: Policy = parse_policy(f"log {ED}\n{WITNESS_LINES}group g {threshold} w1 w2 w3 w4\nquorum g\n")
    note = witnessed(*sorted(names))
    if len(names) >= threshold:
        assert set(policy.evaluate(note).witnesses) == names
    else:
        with pytest.raises(PolicyUnmet):
            policy.evaluate(note)
