"""`verify` as the tests of bundles ask it: Python answers at once, JavaScript is asked the same when all is done."""

import os
from collections.abc import Mapping
from typing import Any

from ledger.bundle.result import Verification
from ledger.bundle.verify import verify as verify_in_python
from ledger.rules.ruleset import known_rule_sets
from tests.verifier.agreement import Case, compared

__all__ = ["ask_both", "verify"]

_RULE_SETS = frozenset(known_rule_sets())
"""What both verifiers hold: a test may put another rule set beside them, which the one in JavaScript does not know."""
_ASKED: dict[Case, Mapping[str, Any]] = {}


def verify(
    report: bytes | None, bundle: bytes | None, policy: bytes | str, issuer: str | None = None, **more: Any
) -> Verification:
    """What the verifier in Python answers. What is asked offline, of files alone, is kept for the other one."""
    answer = verify_in_python(report, bundle, policy, issuer, **more)
    files = tuple(data for data in (report, bundle) if data is not None)
    if files and not more and frozenset(known_rule_sets()) == _RULE_SETS:
        pinned = policy.encode() if isinstance(policy, str) else policy
        _ASKED[Case(files, pinned, issuer, os.environ.get("PYTEST_CURRENT_TEST", ""))] = answer.as_json()
    return answer


def ask_both() -> int:
    """Ask the verifier in JavaScript what was kept; its answers must be equal. Given is how many they are."""
    compared(_ASKED.items())
    return len(_ASKED)
