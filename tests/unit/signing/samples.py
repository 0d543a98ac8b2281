"""Records, keys and salts that the tests of signing share."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from ledger.signing.build import sign_record
from ledger.signing.signer import LocalSigner
from ledger.values.encoding import b64u, digest, unb64u

EARLIER = digest(b"an earlier record")

SHORT: dict[str, Any] = {
    "v": "lodestone-record/1",
    "log": "ledger.example",
    "type": "hold",
    "batch": f"{EARLIER}#0",
    "chain": {"id": b64u(bytes(32)), "prev": EARLIER, "seq": 7},
    "reason": "quality",
}

PROCESS: dict[str, Any] = {
    "v": "lodestone-record/1",
    "log": "ledger.example",
    "type": "process",
    "at": "2026-01-10T00:00:00Z",
    "chain": {"id": b64u(bytes(32)), "prev": EARLIER, "seq": 3},
    "facility": EARLIER,
    "country": "AU",
    "steps": ["alloy", "strip-cast"],
    "inputs": [
        {"batch": f"{EARLIER}#0", "mass_mg": 10**12, "shares": {"*": 600_000, "Nd": 600_000}},
        {"batch": f"{EARLIER}#1", "mass_mg": 10**12, "shares": {"*": 300_000, "Nd": 400_000}},
    ],
    "additions": [
        {
            "composition": {"Fe": 1_000_000},
            "mass_mg": 5,
            "material": "iron",
            "origin": {"kind": "declared", "stages": {"*": {"mine": ["SE"]}}, "supplier": "Järn AB"},
        }
    ],
    "outputs": [
        {"composition": {"Nd": 300_000}, "lot": "A-1", "mass_mg": 10**11, "material": "alloy"},
        {"contents": [{"batch": f"{EARLIER}#0", "mass_mg": 1}], "lot": "A-2", "material": "assembly"},
    ],
    "evidence": [{"digest": EARLIER, "kind": "assay", "name": "分析書.pdf"}],
    "attributes": {"electroplated": False, "coating": "Ni-Cu-Ni"},
}

SOURCE: dict[str, Any] = {
    "v": "lodestone-record/1",
    "log": "ledger.example",
    "type": "source",
    "facility": EARLIER,
    "origin": {"kind": "mined", "mineral": "monazite"},
    "outputs": [{"lot": "C-1", "mass_mg": 10**14, "material": "concentrate"}],
}

CORRECTION: dict[str, Any] = {
    "v": "lodestone-record/1",
    "log": "ledger.example",
    "type": "correction",
    "corrects": EARLIER,
    "op": "replace",
    "body": {name: value for name, value in SOURCE.items() if name not in ("v", "log", "type")},
}


def organization(signers: Sequence[LocalSigner]) -> dict[str, Any]:
    return {
        "v": "lodestone-record/1",
        "log": "ledger.example",
        "type": "organization",
        "keys": [signer.key.jwk for signer in signers],
        "use": "records",
        "name": "Mt X",
        "country": "AU",
    }


def counted_salts() -> Callable[[], bytes]:
    """Salts that are the same in every run: 0, 1, 2, ..."""
    numbers = itertools.count()
    return lambda: next(numbers).to_bytes(16, "big")


def fixed_signer(alg: str = "Ed25519", seed: int = 1) -> LocalSigner:
    """A key that is the same in every run."""
    return LocalSigner.from_secret(alg, bytes([seed]) * 32)


def signed(record: dict[str, Any], *signers: LocalSigner) -> bytes:
    return sign_record(record, signers or [fixed_signer()], counted_salts())


def content(data: bytes) -> dict[str, Any]:
    value: dict[str, Any] = orjson.loads(data)
    return value


def disclosed(data: bytes) -> list[Any]:
    """What the disclosures of an envelope say, decoded, in their order."""
    return [orjson.loads(unb64u(text)) for text in content(data)["signatures"][0]["header"]["disclosures"]]
