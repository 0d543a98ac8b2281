"""What verification answers: one sentence, then checks, each passed, failed, or not checked, with the reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["FAILED", "NOT_CHECKED", "PASSED", "Check", "Verification", "concluded"]

PASSED = "passed"
FAILED = "failed"
NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. Where it failed, `detail` says where: the member, the index, the record."""

    name: str
    result: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """The check as `--json` and the HTTP API print it."""
        return {"check": self.name, "detail": self.detail, "result": self.result}


@dataclass(frozen=True, slots=True)
class Verification:
    """The whole answer. `credential` is the decoded report, and is there only if nothing failed."""

    sentence: str
    result: str
    checks: tuple[Check, ...]
    not_shown: tuple[str, ...] = ()
    credential: Mapping[str, object] | None = None

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return self.result == PASSED

    def as_json(self) -> dict[str, object]:
        """The answer as `--json` and the HTTP API print it."""
        shown: dict[str, object] = {
            "checks": [check.as_json() for check in self.checks],
            "not_shown": list(self.not_shown),
            "result": self.result,
            "sentence": self.sentence,
        }
        return shown if self.credential is None else {**shown, "credential": dict(self.credential)}


def concluded(
    checks: Sequence[Check],
    good: str,
    bad: str,
    not_shown: Sequence[str] = (),
    credential: Mapping[str, object] | None = None,
) -> Verification:
    """The answer that follows from the checks: `good` if none failed, else `bad` and the first failure.

    What an unverified credential says is not handed on, so that nobody can take it for verified.
    """
    failed = next((check for check in checks if check.result == FAILED), None)
    if failed is None:
        return Verification(good, PASSED, tuple(checks), tuple(not_shown), credential)
    return Verification(f"{bad}: {failed.detail}", FAILED, tuple(checks), tuple(not_shown))
