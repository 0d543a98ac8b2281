"""Whether exactly the keys that must sign a record have signed it."""

from ledger.errors import Refused, SignatureInvalid, Violation
from ledger.signing.envelope import Envelope
from ledger.signing.keys import KeySet, PublicKey

__all__ = ["signature_fault", "verify_signatures"]


def verify_signatures(envelope: Envelope, *sets: KeySet, proven: bool = False) -> None:
    """Checks that each key of the sets has signed exactly once, and nobody else.

    Usually that is one set; a record that changes the keys is signed by the old and the new set together, a key of both
    once. So a hybrid cannot be stripped of one half, and nothing can be added. `proven` says that each signature was
    found to verify already, by the key of its thumbprint; who has signed is checked all the same. Not checked: which
    sets these must be.

    Raises:
        Refused: `unknown-key` for a signature by a key of no set; `signature-invalid` for one that is missing, double,
            under another algorithm than its key's, or false. All together.
    """
    required = {key.kid: key for keys in sets for key in keys.keys}
    wrong: list[Violation] = []
    signed: set[str] = set()
    for place, signature in enumerate(envelope.signatures):
        where = f"signatures[{place}]"
        key = required.get(signature.kid)
        if key is None:
            sentence = f"the key {signature.kid} does not speak for this chain here"
            wrong.append(Violation("unknown-key", sentence, where))
        elif signature.kid in signed:
            wrong.append(Violation("signature-invalid", f"the key {signature.kid} has signed twice", where))
        else:
            signed.add(signature.kid)
            sentence = "" if proven else signature_fault(envelope, place, key)
            if sentence:
                wrong.append(Violation("signature-invalid", sentence, where))
    wrong += [
        Violation("signature-invalid", f"the signature by the key {kid} is missing", "signatures")
        for kid in sorted(required.keys() - signed)
    ]
    if wrong:
        raise Refused(wrong)


def signature_fault(envelope: Envelope, place: int, key: PublicKey) -> str:
    """What is wrong with one signature of a record under the key of its thumbprint: empty if it verifies."""
    signature = envelope.signatures[place]
    if signature.alg != key.alg:
        return f"the key {key.kid} signs with {key.alg}, not {signature.alg}"
    try:
        key.verify(envelope.signing_input(place), signature.raw)
    except SignatureInvalid as error:
        return str(error)
    return ""
