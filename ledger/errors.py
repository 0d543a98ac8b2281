"""Every way in which Lodestone says no.

Two kinds of bad news are kept apart. What must not be ignored is raised; what people must read is a value.

    LodestoneError                     anything of ours: a plain sentence, never a traceback for the user
    ├── Refused                        a submission or a document broke rules: carries `Violation`s, all of one tier
    ├── VerificationError              a signature, proof, note or link does not hold
    │   ├── SignatureInvalid           a signature does not verify under its key
    │   ├── ProofInvalid               an inclusion or consistency proof does not lead to the root
    │   └── PolicyUnmet                nobody whom the pinned policy trusts has signed
    ├── NotFound                       there is no such thing, or the caller may not know of it
    ├── Forbidden                      the caller may not do this
    ├── Unauthorized                   no token, or one that is unknown, expired or revoked
    ├── UsageError                     the command or request itself is put wrongly
    ├── ConfigError                    a setting is missing or has an impossible value
    └── LedgerUnsafe                   the store disagrees with what was published: the service must not go on
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "CODES",
    "ConfigError",
    "Forbidden",
    "LedgerUnsafe",
    "LodestoneError",
    "NotFound",
    "PolicyUnmet",
    "ProofInvalid",
    "Refused",
    "SignatureInvalid",
    "Unauthorized",
    "UsageError",
    "VerificationError",
    "Violation",
]

CODES = (
    "malformed",
    "not-canonical",
    "too-large",
    "undisclosed",
    "wrong-log",
    "unsupported-type",
    "signature-invalid",
    "unknown-key",
    "weak-key",
    "key-revoked",
    "not-admitted",
    "chain-conflict",
    "unknown-batch",
    "unknown-facility",
    "unknown-organization",
    "unknown-transfer",
    "country-mismatch",
    "not-issuer",
    "not-recipient",
    "already-received",
    "in-transit",
    "on-hold",
    "mass-exceeded",
    "element-exceeded",
    "output-exceeds-input",
    "composition-exceeded",
    "shares-mismatch",
    "custody-mismatch",
    "step-mismatch",
    "time-order",
    "book-and-claim",
    "correction-blocked",
)
"""The stable codes of a refusal (docs/formats/rules.md), in the order of the tiers."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong with a submission: a stable code, a plain sentence, and the member it is about.

    `member` is a path such as `inputs[0].mass_mg`; it is empty where the whole record is meant.
    `head` is given with `chain-conflict` only: where the chain stands, so that the submitter can go on from there.
    """

    code: str
    sentence: str
    member: str = ""
    head: tuple[int, str] | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code} is not a code of a violation")

    def as_json(self) -> dict[str, object]:
        """The violation as problem documents and `outcomes.jsonl` print it."""
        shown: dict[str, object] = {"code": self.code, "sentence": self.sentence, "member": self.member}
        if self.head is not None:
            shown["head"] = {"seq": self.head[0], "id": self.head[1]}
        return shown


class LodestoneError(Exception):
    """Anything that Lodestone refuses or cannot do, said in one plain sentence."""


class Refused(LodestoneError):
    """A submission or a document broke rules; `violations` are all of one tier, never empty."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        if not violations:
            raise ValueError("a refusal names at least one violation")
        self.violations = tuple(violations)
        super().__init__(" ".join(violation.sentence for violation in self.violations))


class VerificationError(LodestoneError):
    """Something that claims to be signed, logged or linked is not."""


class SignatureInvalid(VerificationError):
    """A signature does not verify under the key that it names."""


class ProofInvalid(VerificationError):
    """An inclusion or consistency proof does not lead to the signed root."""


class PolicyUnmet(VerificationError):
    """The pinned policy asks for signatures that the checkpoint does not carry."""


class NotFound(LodestoneError):
    """There is no such thing, or the caller may not know whether there is."""


class Forbidden(LodestoneError):
    """The caller is known, and may not do this."""


class Unauthorized(LodestoneError):
    """There is no token, or it is unknown, expired or revoked."""


class UsageError(LodestoneError):
    """The command or the request is put wrongly."""


class ConfigError(LodestoneError):
    """A setting is missing or impossible."""


class LedgerUnsafe(LodestoneError):
    """The store disagrees with what was published or stored elsewhere; going on could fork the log."""
