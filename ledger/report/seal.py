"""Sealing: a credential as a compact JWS of type `vc+jwt` (RFC 7515, VC-JOSE-COSE), and reading one in its one form.

    base64url(header) . base64url(payload) . base64url(signature)

Header and payload are canonical JSON, the header exactly `alg`, `kid` and `typ`. `kid` is `<did>#<RFC 7638
thumbprint>`, so the name of the key commits to the key; the key decides the algorithm, never the header.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.errors import SignatureInvalid, VerificationError
from ledger.signing.keys import ALGORITHMS, PublicKey
from ledger.signing.signer import Signer
from ledger.values.canonical import JsonValue, NotCanonical, canonical, check_profile, parse_canonical
from ledger.values.encoding import b64u, unb64u

__all__ = ["TYP", "Sealed", "open_sealed", "seal", "verify_sealed"]

TYP = "vc+jwt"
_DEPTH = 200
_LONGEST_HEADER = 2_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """A well-formed sealed credential. Not checked: its signature (`verify_sealed`), and what it says."""

    alg: str
    did: str
    thumbprint: str
    payload: dict[str, JsonValue] = field(repr=False)
    signing_input: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def kid(self) -> str:
        """The name of the key: a verification method of the issuer's DID document."""
        return f"{self.did}#{self.thumbprint}"


def seal(payload: Mapping[str, object], signer: Signer, did: str) -> str:
    """The credential signed by a key of this issuer.

    Raises:
        NotCanonical: the payload is not signed JSON.
    """
    check_profile(payload, _DEPTH)
    header = {"alg": signer.key.alg, "kid": f"{did}#{signer.key.kid}", "typ": TYP}
    text = f"{b64u(canonical(header))}.{b64u(canonical(payload))}"
    return f"{text}.{b64u(signer.sign(text.encode('ascii')))}"


def open_sealed(text: str) -> Sealed:
    """Read a sealed credential in its one form.

    Not checked: the signature. Nothing in the payload is to be believed before `verify_sealed`.

    Raises:
        VerificationError: not three parts of strict base64url, another header, or not canonical JSON.
    """
    parts = text.split(".")
    if len(parts) != 3 or len(parts[0]) > _LONGEST_HEADER:
        raise VerificationError("malformed report: expected the three parts of a compact JWS")
    try:
        header = parse_canonical(unb64u(parts[0]), max_depth=1)
        payload = parse_canonical(unb64u(parts[1]), max_depth=_DEPTH)
        signature = unb64u(parts[2])
    except NotCanonical as error:
        raise VerificationError(f"malformed report: {error}") from error
    except ValueError as error:
        raise VerificationError(f"malformed report: {error}") from error
    if not isinstance(payload, dict):
        raise VerificationError("malformed report: expected a JSON object as payload")
    alg, did, thumbprint = _header(header)
    return Sealed(alg, did, thumbprint, payload, f"{parts[0]}.{parts[1]}".encode("ascii"), signature)


def verify_sealed(sealed: Sealed, key: PublicKey) -> None:
    """Check that this key signed the credential.

    Not checked: that the key speaks for the issuer; the log shows that.

    Raises:
        SignatureInvalid: another key or algorithm is named, or the signature does not fit.
    """
    if sealed.thumbprint != key.kid:
        raise SignatureInvalid(f"the report names the key {sealed.thumbprint}, not {key.kid}")
    if sealed.alg != key.alg:
        raise SignatureInvalid(f"the key {key.kid} signs with {key.alg}, not {sealed.alg}")
    key.verify(sealed.signing_input, sealed.signature)


def _header(header: JsonValue) -> tuple[str, str, str]:
    if not isinstance(header, dict) or sorted(header) != ["alg", "kid", "typ"] or header["typ"] != TYP:
        raise VerificationError(f'malformed report: expected a header of "alg", "kid" and "typ", which is "{TYP}"')
    alg, kid = header["alg"], header["kid"]
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise VerificationError(f"malformed report: expected one of the algorithms {', '.join(ALGORITHMS)}")
    did, sign, thumbprint = kid.rpartition("#") if isinstance(kid, str) else ("", "", "")
    if not sign or not did.startswith("did:") or "#" in did or not _is_thumbprint(thumbprint):
        raise VerificationError("malformed report: expected <did>#<RFC 7638 thumbprint> as kid")
    return alg, did, thumbprint


def _is_thumbprint(text: str) -> bool:
    try:
        return len(unb64u(text)) == 32
    except ValueError:
        return False
