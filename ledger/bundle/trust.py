"""From a pinned policy to every key: checkpoint, inclusion, the operator, and the chain that signs reports.

The way is: policy, checkpoint, genesis (index 0), the operator's record (index 1), admissions, every chain's keys.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ledger.bundle.chains import Chain, Chains
from ledger.bundle.format import Report
from ledger.errors import PolicyUnmet, SignatureInvalid, VerificationError
from ledger.log.checkpoint import Checkpoint, parse_checkpoint
from ledger.log.note import parse_note
from ledger.log.policy import Approval, Policy
from ledger.log.signatures import open_checkpoint
from ledger.log.witness import continues, log_keys, parse_add_checkpoint
from ledger.values.instant import instant_of

__all__ = [
    "Approved",
    "Later",
    "approve",
    "issuer_known",
    "report_signer",
    "signed_by_log",
    "verify_credential",
]


Later = Callable[[Checkpoint], bytes | None]
"""Finds a witnessed checkpoint that continues an earlier one, in the form in which witnesses are asked."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A checkpoint that the pinned policy trusts, by itself or by a later one that the witnesses have signed."""

    approval: Approval
    later: Checkpoint | None = None

    @property
    def checkpoint(self) -> Checkpoint:
        """What is trusted."""
        return self.approval.checkpoint

    @property
    def said(self) -> str:
        """Who has signed, in words: the log, and the witnesses with their times."""
        times = {name: time for name, time in self.approval.witnesses.items() if time}
        seen = ", ".join(f"{name} ({instant_of(time)})" for name, time in times.items())
        own = ", ".join(name for name in self.approval.names if name not in times)
        at = f" at {self.later.size} entries, which continue these" if self.later is not None else ""
        return f"signed by {own}" + (f", witnessed{at} by {seen}" if seen else "")


def approve(note: str, policy: Policy, later: Later | None = None) -> Approved:
    """The checkpoint of a note, if the pinned policy trusts it.

    Where the quorum has not signed this one, `later` is asked for one that it has signed and that continues it: as good
    as a cosignature on this one. The log must have signed both.

    Raises:
        VerificationError: it does not, and the sentence says who has not signed.
    """
    try:
        try:
            return Approved(policy.evaluate(note))
        except PolicyUnmet:
            known = signed_by_log(note, policy) if later is not None else None
            text = later(known) if later is not None and known is not None else None
            if known is None or text is None:
                raise
            return _continued(known, text, policy)
    except PolicyUnmet as error:
        raise PolicyUnmet(f"checkpoint: I cannot say who signed this: {error}") from error
    except (VerificationError, ValueError) as error:
        raise SignatureInvalid(f"checkpoint: {error}") from error


def signed_by_log(note: str, policy: Policy) -> Checkpoint | None:
    """The checkpoint of a note that every key of its log has signed, as far as the policy names them; else None.

    Raises:
        VerificationError: not a checkpoint note, or one of the signatures does not verify.
    """
    keys = log_keys(policy).get(parse_checkpoint(parse_note(note).text).origin)
    if not keys:
        return None
    checkpoint, opened = open_checkpoint(note, keys)
    return checkpoint if {signed.key for signed in opened.signed} == set(keys) else None


def _continued(known: Checkpoint, text: bytes, policy: Policy) -> Approved:
    try:
        request = parse_add_checkpoint(text)
        approval = policy.evaluate(request.note)
        later = continues(request, known)
    except PolicyUnmet as error:
        raise PolicyUnmet(f"the later checkpoint does not help: {error}") from error
    except VerificationError as error:
        raise SignatureInvalid(f"the later checkpoint: {error}") from error
    return Approved(replace(approval, checkpoint=known), later)


def report_signer(report: Report, chains: Chains) -> Chain:
    """The operator's chain whose key in force at the checkpoint is the one that the report names.

    Raises:
        SignatureInvalid: there is none.
    """
    for chain in chains.reporters:
        for key in chain.keys.keys:
            if key.kid == report.thumbprint and key.alg == report.alg and chain.standing == "admitted":
                return chain
    raise SignatureInvalid(
        f"report, header: the key {report.thumbprint[:60]} is not one that signs reports of this log at its checkpoint"
    )


def verify_credential(report: Report, signer: Chain) -> None:
    """Verify the report's signature by the key that it names.

    Raises:
        SignatureInvalid: it does not verify.
    """
    key = next(key for key in signer.keys.keys if key.kid == report.thumbprint)
    try:
        key.verify(report.signing_input, report.signature)
    except SignatureInvalid as error:
        raise SignatureInvalid(f"report, signature: {error}") from error


def issuer_known(report: Report, signer: Chain, chains: Chains, expected: str | None) -> str:
    """Whom the issuer was held against: a sentence, or an empty text where there is nothing to hold it against.

    Expected is the caller's word, else the DID in the log's own record of the chain that signed.

    Raises:
        VerificationError: issuer and key belong to different DIDs, or it is not the expected one.
    """
    issuer = report.credential.get("issuer")
    if issuer != report.did:
        raise VerificationError("report, issuer: it is not the DID that the header's kid names")
    if expected is not None:
        if issuer != expected:
            raise VerificationError(f"report, issuer: it is {str(issuer)[:120]}, expected {expected}")
        return f"{issuer}, as expected"
    opened = next(record.opened for record in chains.records if record.entry is signer.opened_by)
    identifiers = opened.get("identifiers")
    named = [identifiers.get(name) for name in ("did", "did:web")] if isinstance(identifiers, dict) else []
    stated = [did for did in named if isinstance(did, str)]
    if not stated:
        return ""
    if issuer not in stated:
        raise VerificationError(f"report, issuer: it is {str(issuer)[:120]}, but the log says {stated[0][:120]}")
    return f"{issuer}, as the log's own record of the signing chain says"
