"""Envelopes that were frozen once: if a test here fails, the format has changed and old logs no longer verify."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.signing.build import sign_record
from ledger.signing.disclosure import open_with_paths, read_record
from ledger.signing.envelope import parse_envelope
from ledger.signing.keys import KeySet, key_set
from ledger.signing.signer import LocalSigner
from ledger.signing.verify import verify_signatures
from ledger.values.canonical import canonical
from ledger.values.encoding import digest
from tests.unit.signing.samples import counted_salts

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "signing"
VECTORS = {path.stem: json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))}


def test_all_kinds_of_signing_are_frozen() -> None:
    assert set(VECTORS) == {"correction-es256", "organization-hybrid", "process-ed25519", "process-hybrid"}


@pytest.mark.parametrize("name", VECTORS)
def test_a_frozen_envelope_reads_as_it_did(name: str) -> None:
    vector: dict[str, Any] = VECTORS[name]
    data = vector["envelope"].encode()
    envelope, tree = read_record(data)
    assert envelope.record_id == vector["record_id"]
    assert envelope.signatures_digest() == vector["s"]
    assert envelope.payload.decode() == vector["payload"]
    assert tree == vector["record"]
    assert [signature.kid for signature in envelope.signatures] == vector["kids"]
    keys = KeySet(tuple(LocalSigner.from_jwk(jwk).key for jwk in vector["private_keys"]))
    verify_signatures(envelope, keys)
    _, paths = open_with_paths(envelope)
    assert {path: digest(text.encode()).removeprefix("sha-256:") for path, text in paths.items()} == vector["digests"]


@pytest.mark.parametrize("name", [name for name in VECTORS if "hybrid" not in name])
def test_a_frozen_envelope_is_built_to_the_byte(name: str) -> None:
    vector = VECTORS[name]
    signers = [LocalSigner.from_jwk(jwk) for jwk in vector["private_keys"]]
    assert sign_record(vector["record"], signers, counted_salts()).decode() == vector["envelope"]


@pytest.mark.parametrize("name", [name for name in VECTORS if "hybrid" in name])
def test_a_frozen_hybrid_has_the_same_payload_and_first_signature_when_built_again(name: str) -> None:
    """ML-DSA signs at random, so its signature is another one each time; the record's name is not."""
    vector = VECTORS[name]
    signers = [LocalSigner.from_jwk(jwk) for jwk in vector["private_keys"]]
    again = parse_envelope(sign_record(vector["record"], signers, counted_salts()))
    frozen = parse_envelope(vector["envelope"].encode())
    assert again.record_id == frozen.record_id
    assert again.disclosures == frozen.disclosures
    assert again.signatures[0] == frozen.signatures[0]
    assert again.signatures[1].protected == frozen.signatures[1].protected
    assert again.signatures_digest() != frozen.signatures_digest()


def test_the_organization_is_signed_by_the_keys_that_it_names() -> None:
    vector = VECTORS["organization-hybrid"]
    envelope = parse_envelope(vector["envelope"].encode())
    verify_signatures(envelope, key_set(envelope.claims["keys"]))


def test_the_frozen_texts_are_canonical_where_the_format_says_so() -> None:
    for vector in VECTORS.values():
        for text in (vector["envelope"], vector["payload"]):
            assert canonical(json.loads(text)).decode() == text
