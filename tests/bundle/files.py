"""What a reader gets: report, bundle, policy; and the same forged by somebody who can do more than a reader."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import orjson

from ledger.bundle.result import Verification
from ledger.report.seal import seal
from ledger.signing.signer import Signer
from ledger.values.canonical import canonical
from ledger.values.encoding import b64u, unb64u
from ledger.workflows.export import write_log_export
from ledger.workflows.report import MadeReport
from tests.bundle.both import verify
from tests.world import World

Change = Callable[[dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Files:
    """A report with its bundle, and the policy to pin."""

    world: World
    report: bytes
    bundle: bytes
    policy: str

    @property
    def credential(self) -> dict[str, Any]:
        """The report, decoded, as a new dictionary."""
        decoded: dict[str, Any] = orjson.loads(unb64u(self.report.decode().split(".")[1]))
        return decoded

    def with_evidence(self, change: Change) -> bytes:
        """The bundle with changed evidence and the same report."""
        bundle = orjson.loads(self.bundle)
        change(bundle["evidence"])
        return canonical(bundle)

    def resealed(self, change: Change, signer: Signer | None = None) -> "Files":
        """A report with a changed subject, signed anew: with the ledger's own key, as only its operator could."""
        credential = self.credential
        change(credential["credentialSubject"])
        report = seal(credential, signer or self.world.ledger.reporter[0], self.world.config.did)
        bundle = canonical({**orjson.loads(self.bundle), "report": report})
        return Files(self.world, report.encode(), bundle, self.policy)

    def verified(self) -> Verification:
        """What a reader is told of both files."""
        return verify(self.report, self.bundle, self.policy)


def files_of(world: World, made: MadeReport) -> Files:
    return Files(world, made.jwt.encode(), world.bundle_bytes(made), world.policy)


def log_export(world: World, caller: str | None = None) -> bytes:
    out = BytesIO()
    write_log_export(world.ledger, out, caller)
    return out.getvalue()


def results(verification: Verification) -> dict[str, str]:
    """Check -> result."""
    return {check.name: check.result for check in verification.checks}


def failure(verification: Verification) -> str:
    """The sentence of the first check that failed; the answer must have said no, and shown nothing."""
    assert verification.result == "failed", verification.sentence
    assert verification.credential is None
    detail = next(check.detail for check in verification.checks if check.result == "failed")
    assert detail
    assert detail in verification.sentence
    return detail


def record_of(evidence: dict[str, Any], kind: str, number: int = 0) -> dict[str, Any]:
    """The entry of a record of this type in evidence."""
    found: list[dict[str, Any]] = [entry for entry in evidence["records"] if payload(entry)["type"] == kind]
    return found[number]


def payload(entry: dict[str, Any]) -> dict[str, Any]:
    """The members in the clear of an entry's record."""
    clear: dict[str, Any] = orjson.loads(unb64u(entry["envelope"]["payload"]))
    return clear


def with_payload(entry: dict[str, Any], change: Change) -> None:
    """Change the payload of an entry's record, and nothing else."""
    clear = payload(entry)
    change(clear)
    entry["envelope"]["payload"] = b64u(canonical(clear))
