"""What others' code says of our envelopes: jwcrypto of signatures and thumbprints, sd-jwt of disclosures."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS, InvalidJWSSignature
from nacl.signing import VerifyKey
from sd_jwt.verifier import SDJWTVerifier

from ledger.signing.disclosure import disclosure_digest, envelope_with, open_record
from ledger.signing.envelope import Envelope, parse_envelope, parse_evidence
from ledger.signing.keys import ALGORITHMS, public_key
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, unb64u
from tests.unit.log.public_vectors import public_vectors
from tests.unit.signing.samples import CORRECTION, PROCESS, SHORT, SOURCE, content, fixed_signer, organization, signed

RECORDS = [SHORT, PROCESS, SOURCE, CORRECTION, organization([fixed_signer()])]


def compact(envelope: Envelope) -> str:
    """The envelope in SD-JWT's compact form, which has one signature."""
    (signature,) = envelope.signatures
    jws = f"{signature.protected}.{envelope.encoded_payload}.{signature.signature}"
    return "~".join([jws, *envelope.disclosures, ""])


def opened_by_sd_jwt(envelope: Envelope, signer: LocalSigner) -> dict[str, Any]:
    key = JWK.from_json(json.dumps(signer.key.jwk))
    claims: dict[str, Any] = SDJWTVerifier(compact(envelope), lambda issuer, header: key).get_verified_payload()
    return claims


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_jwcrypto_has_the_same_thumbprints(alg: str) -> None:
    for seed in range(1, 6):
        key = fixed_signer(alg, seed).key
        assert JWK.from_json(json.dumps(key.jwk)).thumbprint() == key.kid


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_jwcrypto_reads_our_private_keys_and_we_read_its(alg: str) -> None:
    ours = fixed_signer(alg)
    theirs = JWK.from_json(json.dumps(ours.private_jwk()))
    assert public_key(json.loads(theirs.export_public())) == ours.key
    kinds = {"Ed25519": {"kty": "OKP", "crv": "Ed25519"}, "ES256": {"kty": "EC", "crv": "P-256"}}
    made = json.loads(JWK.generate(**kinds.get(alg, {"kty": "AKP", "alg": alg})).export_private())
    assert LocalSigner.from_jwk(made).private_jwk() == made


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_jwcrypto_verifies_our_signatures_and_we_verify_its(alg: str) -> None:
    signer = fixed_signer(alg)
    envelope = parse_envelope(signed(SHORT, signer))
    key = JWK.from_json(json.dumps(signer.private_jwk()))
    jws = JWS()
    jws.deserialize(compact(envelope).split("~")[0])
    jws.verify(key)
    assert jws.payload == envelope.payload
    jws.deserialize(compact(parse_envelope(signed(SHORT, fixed_signer(alg, 2)))).split("~")[0])
    with pytest.raises(InvalidJWSSignature):
        jws.verify(key)
    theirs = JWS(envelope.payload)
    theirs.add_signature(key, alg, unb64u(envelope.signatures[0].protected).decode())
    made = json.loads(theirs.serialize())
    signer.key.verify(f"{made['protected']}.{made['payload']}".encode(), unb64u(made["signature"]))


def test_jwcrypto_verifies_a_hybrid_as_general_json() -> None:
    signers = fixed_signer("ES256"), fixed_signer("ML-DSA-87")
    data = signed(SHORT, *signers)
    for signer in signers:
        jws = JWS()
        jws.deserialize(data.decode())
        jws.verify(JWK.from_json(json.dumps(signer.key.jwk)))
        assert jws.payload == parse_envelope(data).payload


def test_libsodium_verifies_our_ed25519_signatures() -> None:
    signer = fixed_signer()
    envelope = parse_envelope(signed(SHORT, signer))
    VerifyKey(signer.key.raw).verify(envelope.signing_input(0), envelope.signatures[0].raw)


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", "ML-DSA-65"])
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["type"])
def test_sd_jwt_opens_our_records_as_we_do(record: dict[str, Any], alg: str) -> None:
    signer = fixed_signer(alg)
    envelope = parse_envelope(signed(record, signer))
    assert opened_by_sd_jwt(envelope, signer) == record == open_record(envelope)


def test_sd_jwt_drops_a_withheld_element_and_we_keep_its_place() -> None:
    signer = fixed_signer()
    envelope = parse_envelope(signed(PROCESS, signer))
    kept = parse_evidence(envelope_with(envelope, lambda path: not path.startswith("inputs[0]")))
    theirs = opened_by_sd_jwt(kept, signer)
    ours: Any = open_record(kept, submission=False)
    assert theirs["inputs"] == PROCESS["inputs"][1:] == ours["inputs"][1:]
    assert len(ours["inputs"]) == 2


def _folders() -> list[Path]:
    return sorted(path.parent for path in (public_vectors("sd-jwt") / "generated").glob("*/sd_jwt_issuance.txt"))


def test_digests_of_the_public_vectors_are_those_we_compute() -> None:
    """Their disclosures are not canonical JSON, so we would refuse such records; what is hashed is the same."""
    for folder in _folders():
        jws, *disclosures, _ = (folder / "sd_jwt_issuance.txt").read_text().strip().split("~")
        payload = (folder / "sd_jwt_payload.json").read_text()
        signed_payload = unb64u(jws.split(".")[1]).decode()
        assert json.loads(payload) == json.loads(signed_payload)
        inside = signed_payload + "".join(unb64u(each).decode() for each in disclosures)
        assert disclosures
        for each in disclosures:
            assert f'"{disclosure_digest(each)}"' in inside, folder.name
            decoded = orjson.loads(unb64u(each))
            assert len(unb64u(decoded[0])) == 16
            assert canonical(decoded) != unb64u(each)


def test_signatures_of_the_public_vectors_verify() -> None:
    settings = (public_vectors("sd-jwt") / "generated" / "settings-used.yml").read_text()
    lines = [line.split(":") for line in settings.partition("issuer_key:")[2].partition("holder_key:")[0].splitlines()]
    jwk = {
        line[0].strip(): line[1].strip()
        for line in lines
        if len(line) == 2 and line[0].strip() in ("kty", "crv", "x", "y")
    }
    key = public_key(jwk)
    for folder in _folders():
        protected, payload, signature = (folder / "sd_jwt_jws_part.txt").read_text().strip().split(".")
        key.verify(f"{protected}.{payload}".encode(), unb64u(signature))


def test_an_envelope_is_json_that_anyone_reads() -> None:
    value = content(signed(PROCESS))
    assert json.loads(signed(PROCESS)) == value
    assert b64u(unb64u(value["payload"])) == value["payload"]
