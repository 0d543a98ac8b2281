"""Every reader of foreign bytes, with good inputs for it and the errors that it may raise; others are defects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from ledger.bundle.audit import audit
from ledger.bundle.format import read_file
from ledger.bundle.printed import read_credential
from ledger.bundle.receipt import verify_receipts
from ledger.bundle.result import Verification
from ledger.bundle.verify import verify
from ledger.documents.attached import read_paper
from ledger.documents.pdf import render_pdf
from ledger.errors import ConfigError, Refused, UsageError, VerificationError
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.leaf import read_leaf
from ledger.log.note import parse_note, parse_signature_lines, parse_vkey
from ledger.log.policy import parse_policy
from ledger.log.proof import parse_proof, verify_proof
from ledger.log.signatures import open_checkpoint
from ledger.log.tiles import encode_bundle, parse_bundle, parse_tile_path
from ledger.log.witness import parse_add_checkpoint, read_cosignatures
from ledger.report.context import parse_context
from ledger.report.seal import open_sealed
from ledger.report.status import decode_bits, encode_bits
from ledger.rules.submission import read_submission, verify_signatures
from ledger.sheets.parse import parse, read
from ledger.sheets.says import Unreadable
from ledger.sheets.settle import Known, settle
from ledger.sheets.templates import template
from ledger.signing.disclosure import open_with_paths
from ledger.signing.envelope import parse_envelope, parse_evidence
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.keys import check_strength, key_set, public_key
from ledger.signing.pkcs11 import parse_key_uri
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import parse_canonical
from ledger.values.encoding import digest_bytes, split_batch_id, unb64u
from ledger.values.quantity import parse_mass, parse_ppm
from ledger.workflows.monitor_state import read_state
from ledger.workflows.scenario import check_scenario
from tests.fuzz.seeds import envelopes, file, jwks, log_keys, submissions
from tests.unit.sheets.workbooks import FACILITY, PROCESS, SHEET, book, part, with_part

__all__ = ["TARGETS", "Target", "attempt"]


@dataclass(frozen=True, slots=True)
class Target:
    """One reader."""

    name: str
    read: Callable[[bytes], object]
    may: tuple[type[Exception], ...]
    seeds: Callable[[], Sequence[bytes]]


def attempt(target: Target, data: bytes) -> str:
    """Give bytes to a reader: `read` or `refused`; every other error comes out."""
    try:
        target.read(data)
    except target.may as error:
        said = str(error)
    else:
        return "read"
    assert said, f"{target.name}: a refusal without a sentence"
    return "refused"


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: read(data.decode("utf-8", "replace"))


def _json(read: Callable[[Any], object]) -> Callable[[bytes], object]:
    def decoded(data: bytes) -> object:
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            return None
        return read(value)

    return decoded


def _record(data: bytes) -> object:
    ledger = "ledger.example"
    submission = read_submission(data, ledger)
    return verify_signatures(submission, _keys())


def _replayed(data: bytes) -> object:
    return open_with_paths(parse_envelope(data, submission=False))


@cache
def _keys() -> dict[str, Any]:
    found = [public_key(orjson.loads(jwk)) for jwk in jwks()]
    return {key.kid: key for key in found}


def _one_key(value: Any) -> object:
    key = public_key(value)
    check_strength(key)
    return key


def _answered(answer: Verification) -> Verification:
    """An answer: one sentence, and no credential where something failed."""
    shown = answer.as_json()
    assert shown["sentence"]
    assert shown["result"] in ("passed", "failed")
    assert shown["result"] == "passed" or shown.get("credential") is None
    return answer


@cache
def _policy() -> bytes:
    return file("vectors/docs/policy.txt")


@cache
def _log_policy() -> Any:
    return parse_policy(file("vectors/log/policy.txt"))


@cache
def _log_export() -> bytes:
    bundle = orjson.loads(file("vectors/docs/magnet.bundle.json"))
    evidence = bundle["evidence"]
    records = [{k: v for k, v in record.items() if k != "path"} for record in evidence["records"]]
    head = {"checkpoint": evidence["checkpoint"], "genesis": {"leaf": evidence["genesis"]["leaf"]}, "records": records}
    return orjson.dumps({"evidence": head, "v": bundle["v"]}, option=orjson.OPT_SORT_KEYS)


def _credential() -> bytes:
    return unb64u(file("vectors/docs/magnet.jwt").decode().split(".")[1])


def _key_file(data: bytes) -> object:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        path.touch(0o600)
        path.write_bytes(data)
        return read_keys(path)


@cache
def _key_files() -> tuple[bytes, ...]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "keys.json"
        write_keys(path, [LocalSigner.generate()])
        return (path.read_bytes(), b'{"keys":[{"pkcs11":"pkcs11:token=t;object=o?module-path=/x"}]}')


_CONTEXT = {
    "delivered": "2027-02-01",
    "clause": True,
    "above_sat": True,
    "outside_us": False,
    "end_item": {"country": "US", "cots": False, "electronic_device": False, "mass_mg": 5, "covered_mass_mg": 1},
}
_CHECKPOINTS = ("vectors/log/checkpoint.txt", "vectors/log/checkpoint-witnessed.txt")


def _notes() -> list[bytes]:
    return [file(name) for name in _CHECKPOINTS]


def _checkpoints() -> list[bytes]:
    return [note.partition(b"\n\n")[0] + b"\n" for note in _notes()]


@cache
def _note_keys() -> list[Any]:
    return [parse_vkey(key) for key in log_keys().values()]


def _key_sets() -> list[bytes]:
    return [b"[" + b",".join(keys) + b"]" for keys in (jwks()[:1], jwks()[:2], jwks())]


def _leaves() -> list[bytes]:
    return [orjson.dumps(orjson.loads(file("vectors/docs/receipt.json"))["leaf"], option=orjson.OPT_SORT_KEYS)]


def _files(*names: str) -> Callable[[], list[bytes]]:
    return lambda: [file(f"vectors/{name}") for name in names]


def _bundles() -> list[bytes]:
    return [_log_export(), file("vectors/docs/magnet.bundle.json"), file("vectors/docs/magnet.jwt")]


def _scenarios() -> list[bytes]:
    return [file("scenarios/toll-and-return.json"), file("scenarios/refusals.json")]


_KEY_URI = b"pkcs11:token=t;object=o?module-path=/usr/x.so"
_STATE = b'{"v":"lodestone-monitor/1","note":"","edge":"","chains":{},"changes":{},"alarms":[]}'
_VALUE, _BAD = (ValueError,), (VerificationError,)


def _papers() -> list[bytes]:
    return [render_pdf(file("vectors/docs/magnet.jwt").decode())]


def _sheet(data: bytes) -> object:
    return settle(parse(read(data)), Known(lots={})).remarks


def _sheet_of_xml(data: bytes) -> object:
    """A workbook whose only sheet is this XML: changes of a zip file as a whole do not get past its checksums."""
    return _sheet(with_part(_workbooks()[0], SHEET, data))


@cache
def _workbooks() -> list[bytes]:
    return [book({"Facilities": FACILITY, "Processes": PROCESS}), template("magnet-maker", "zh", filled=True)]


def _sheets_of_xml() -> list[bytes]:
    return [part(data, SHEET) for data in _workbooks()]


def _csv_files() -> list[bytes]:
    lines = "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in PROCESS)
    return [
        lines.encode(),
        lines.replace(",", ";").encode("utf-16"),
        "名称,日期,国家\n北矿,2026-01-05,AU".encode("gb18030"),
    ]


TARGETS = {
    target.name: target
    for target in (
        Target("canonical", parse_canonical, _VALUE, lambda: [*envelopes(), b'{"a":[1,"x",{}]}']),
        Target("base64url", _text(unb64u), _VALUE, lambda: [b"AAAA", b"_-8", b"QUI"]),
        Target("digest", _text(digest_bytes), _VALUE, lambda: [b"sha-256:" + b"A" * 43]),
        Target("batch-id", _text(split_batch_id), _VALUE, lambda: [b"sha-256:" + b"A" * 43 + b"#0"]),
        Target("workbook", _sheet, (Unreadable,), _workbooks),
        Target("sheet", _sheet_of_xml, (Unreadable,), _sheets_of_xml),
        Target("csv-file", _sheet, (Unreadable,), _csv_files),
        Target("mass", _text(parse_mass), _VALUE, lambda: [b"12.5 kg", b"1 mg", b"4.99 t"]),
        Target("share", _text(parse_ppm), _VALUE, lambda: [b"6.2 %", b"500 ppm"]),
        Target("record", _record, (Refused,), lambda: [*submissions(), *envelopes()]),
        Target("record-replayed", _replayed, (Refused,), envelopes),
        Target("record-evidence", _json(parse_evidence), (Refused,), envelopes),
        Target("key", _json(_one_key), (Refused,), jwks),
        Target("key-set", _json(key_set), (Refused,), _key_sets),
        Target("key-file", _key_file, (ConfigError,), _key_files),
        Target("key-uri", _text(parse_key_uri), (UsageError,), lambda: [_KEY_URI]),
        Target("note", parse_note, _BAD, _notes),
        Target("note-opened", lambda data: open_checkpoint(data, _note_keys()), _BAD, _notes),
        Target("checkpoint", _text(parse_checkpoint), _BAD, _checkpoints),
        Target("vkey", _text(parse_vkey), _VALUE, lambda: [key.encode() for key in log_keys().values()]),
        Target("signature-lines", _text(parse_signature_lines), _BAD, lambda: [file("vectors/log/cosignatures.txt")]),
        Target(
            "cosignatures",
            lambda data: read_cosignatures(data, _checkpoints()[0].decode(), _note_keys()),
            _BAD,
            lambda: [file("vectors/log/cosignatures.txt")],
        ),
        Target("policy", parse_policy, (ConfigError,), _files("log/policy.txt", "log/policy-witnessed.txt")),
        Target("proof", parse_proof, _BAD, lambda: [file("vectors/log/entry-137.tlog-proof")]),
        Target(
            "proof-verified",
            lambda data: verify_proof(parse_proof(data), b'{"n":137,"t":"example-leaf/1"}', _log_policy()),
            _BAD,
            lambda: [file("vectors/log/entry-137.tlog-proof")],
        ),
        Target("add-checkpoint", parse_add_checkpoint, _BAD, lambda: [file("vectors/log/add-checkpoint.txt")]),
        Target("tile-path", _text(parse_tile_path), _VALUE, lambda: [b"tile/0/x001/x234/067.p/8", b"tile/entries/000"]),
        Target("tile", lambda data: parse_bundle(data, 3), _BAD, lambda: [encode_bundle([b"a", b"", b"c" * 300])]),
        Target("leaf", read_leaf, _BAD, _leaves),
        Target("receipt", lambda data: _answered(verify_receipts(data, _policy())), (), _files("docs/receipt.json")),
        Target("file", read_file, _BAD, _bundles),
        Target("report", lambda data: _answered(verify(data, None, _policy())), (), _files("docs/magnet.jwt")),
        Target("bundle", lambda data: _answered(verify(None, data, _policy())), (), _files("docs/magnet.bundle.json")),
        Target("paper", read_paper, _BAD, _papers),
        Target("log-export", lambda data: _answered(audit(data, _policy(), readers=1)), (), _bundles),
        Target("sealed", _text(open_sealed), _BAD, _files("docs/magnet.jwt")),
        Target("credential", _json(read_credential), _BAD, lambda: [_credential()]),
        Target("status-list", _text(decode_bits), _BAD, lambda: [encode_bits([3], 131_072).encode()]),
        Target("context", _json(parse_context), (UsageError,), lambda: [orjson.dumps(_CONTEXT)]),
        Target("scenario", _json(check_scenario), (UsageError,), _scenarios),
        Target("monitor-state", read_state, (ConfigError,), lambda: [_STATE]),
    )
}  # fmt: skip
"""Name -> reader."""
