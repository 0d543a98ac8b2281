"""Good inputs, from which bad ones are made: the frozen files of tests/vectors and a scenario."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import orjson

from ledger.records import RECORD_VERSION
from ledger.signing.build import sign_record
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u

__all__ = ["ROOT", "envelopes", "file", "jwks", "log_keys", "submissions"]

ROOT = Path(__file__).resolve().parents[1]


def file(name: str) -> bytes:
    """A file below tests/."""
    return (ROOT / name).read_bytes()


@cache
def envelopes() -> tuple[bytes, ...]:
    """Envelopes of several types and algorithms."""
    found = [orjson.loads(path.read_bytes())["envelope"] for path in sorted((ROOT / "vectors/signing").glob("*.json"))]
    return tuple(text.encode() if isinstance(text, str) else orjson.dumps(text) for text in found)


@cache
def submissions() -> tuple[bytes, ...]:
    """Records that a ledger named ledger.example would take for well formed, the same on every day."""
    signers = [LocalSigner.from_jwk(key) for key in _private()[:1]]
    chain = {"id": b64u(bytes(32)), "seq": 1, "prev": f"sha-256:{b64u(bytes(32))}"}
    head = {"v": RECORD_VERSION, "log": "ledger.example", "chain": chain, "at": "2026-01-10T00:00:00Z"}
    batch = f"sha-256:{b64u(bytes(32))}#0"
    place = {"facility": batch[:-2], "country": "AU", "operated": "self"}
    output = {"lot": "L-1", "material": "oxide", "mass_mg": 5_000_000, "composition": {"Nd": 800_000}}
    shares = {"Nd": 1_000_000, "*": 1_000_000}
    records: list[dict[str, object]] = [
        {"type": "source", **place, "origin": {"kind": "mined", "mineral": "monazite"}, "outputs": [output]},
        {
            "type": "process",
            **place,
            "steps": ["reduce"],
            "custody": "segregated",
            "inputs": [{"batch": batch, "mass_mg": 6_000_000, "shares": shares}],
            "outputs": [{**output, "material": "metal", "serials": ["A-1", {"from": "B-1", "to": "B-9"}]}],
        },
        {"type": "transfer", "batches": [{"batch": batch, "mass_mg": 7}], "to": batch[:-2], "terms": "sale"},
        {"type": "adjust", "batch": batch, "mass_mg": 1, "reason": "spill"},
    ]
    salts = (bytes([number % 256]) * 16 for number in range(10_000))
    return tuple(sign_record({**head, **record}, signers, lambda: next(salts)) for record in records)


def _private() -> list[dict[str, str]]:
    vectors = [orjson.loads(path.read_bytes()) for path in sorted((ROOT / "vectors/signing").glob("*.json"))]
    return [key for vector in vectors for key in vector["private_keys"]]


@cache
def jwks() -> tuple[bytes, ...]:
    """Public keys of every algorithm."""
    found = [
        orjson.dumps({name: value for name, value in key.items() if name not in ("d", "priv")}) for key in _private()
    ]
    return tuple(dict.fromkeys(found))


@cache
def log_keys() -> Mapping[str, str]:
    """Verifier keys of the frozen log and its witnesses."""
    said: Mapping[str, str] = orjson.loads(file("vectors/log/keys.json"))["vkeys"]
    return said
