"""Both verifiers on the same files: the whole answers must be the same, sentence by sentence."""

import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from ledger.bundle.receipt import looks_like_receipts, verify_receipts
from ledger.bundle.trust import Later
from ledger.bundle.verify import verify
from ledger.log.witness import parse_add_checkpoint
from tests.verifier.node import ask, text_of

__all__ = ["EXHAUSTIVE", "Case", "agreed", "changed_bytes", "changed_everywhere", "compared", "reasons"]

EXHAUSTIVE = os.environ.get("LODESTONE_EXHAUSTIVE") == "1"
_WITNESSED = b"old "
_AT_ONCE = 1_000
"""Cases for one process: an exhaustive run has hundreds of thousands."""
_APART = re.compile(r" \(near byte \d+\)|(?<=this is not JSON as receipts are).*")
"""What each says in its own words: how far it had read."""
_OUTSIDE = re.compile(r"(this file): (?:null and numbers|expected integers|expected keys|nested too deeply).*")
"""In a bundle, what signed JSON does not allow at all: one says so, the other that the member cannot be that."""
_NO_SIGNED_JSON = re.compile(r"this file|.*: (?:null and numbers|expected integers|expected keys|nested too deeply).*")
"""The same, of a part of a file: the other goes on, and says what does not fit there."""


@dataclass(frozen=True, slots=True)
class Case:
    """Files as they are given to a verifier, and the policy that was pinned."""

    files: tuple[bytes, ...]
    policy: bytes
    issuer: str | None = None
    name: str = ""

    @property
    def question(self) -> dict[str, object]:
        """For the verifier in JavaScript."""
        files = [text_of(data) for data in self.files]
        return {"ask": "verify", "files": files, "policy": text_of(self.policy), "issuer": self.issuer}

    def judged(self) -> dict[str, Any]:
        """What the verifier in Python answers, as `lodestone verify --json` prints it."""
        witnessed = [data for data in self.files if data.startswith(_WITNESSED)]
        read = [data for data in self.files if not data.startswith(_WITNESSED)]
        later = _beside(witnessed[0]) if witnessed else None
        if len(read) == 1 and looks_like_receipts(read[0]):
            return verify_receipts(read[0], self.policy, later).as_json()
        second = read[1] if len(read) > 1 else None
        return verify(read[0], second, self.policy, self.issuer, later).as_json()


def _beside(data: bytes) -> Later:
    parse_add_checkpoint(data)
    return lambda _: data


def agreed(cases: Iterable[Case], seen: Counter[tuple[str, str]] | None = None) -> Counter[str]:
    """Ask both of every case; the answers must be equal. Given is how many passed, and where the others failed.

    `seen` counts every check with its result.
    """
    return compared(((case, case.judged()) for case in cases), seen)


def compared(
    answers: Iterable[tuple[Case, Mapping[str, Any]]], seen: Counter[tuple[str, str]] | None = None
) -> Counter[str]:
    """As `agreed`, where Python has answered already."""
    told: Counter[str] = Counter()
    left = iter(answers)
    while given := list(islice(left, _AT_ONCE)):
        told += _compared(given, seen)
    return told


def _compared(given: list[tuple[Case, Mapping[str, Any]]], seen: Counter[tuple[str, str]] | None) -> Counter[str]:
    told: Counter[str] = Counter()
    for (case, answer), other in zip(given, ask(case.question for case, _ in given), strict=True):
        right, found = _comparable(answer), _comparable(other["value"])
        same = found == right or (_is_outside(found) and _statuses(found) == _statuses(right))
        apart = [pair for pair in zip_longest(right["checks"], found["checks"]) if pair[0] != pair[1]]
        assert same, f"{case.name}\nPython and JavaScript: {apart or (right['sentence'], found['sentence'])}"
        if seen is not None:
            seen.update(check[:2] for check in right["checks"])
        told[next((check[0] for check in right["checks"] if check[1] == "failed"), "passed")] += 1
        assert ("credential" in other["value"]) == ("credential" in right)
    return told


def reasons(case: Case) -> list[tuple[str, str]]:
    """The checks of one case, in which both agree."""
    (answer,) = ask([case.question])
    agreed([case])
    return [(check["check"], check["result"]) for check in answer["value"]["checks"]]


def _comparable(answer: Mapping[str, Any]) -> dict[str, Any]:
    checks = [(check["check"], check["result"], _words(check["detail"])) for check in answer["checks"]]
    outside = any(detail == "this file" for *_, detail in checks)
    return {**answer, "sentence": "" if outside else _words(answer["sentence"]), "checks": checks}


def _is_outside(answer: dict[str, Any]) -> bool:
    """Whether it failed on what signed JSON does not allow at all."""
    _, result, detail = answer["checks"][-1]
    return bool(result == "failed" and _NO_SIGNED_JSON.fullmatch(detail))


def _statuses(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [check[:2] for check in answer["checks"]]


def _words(detail: str) -> str:
    found = _OUTSIDE.fullmatch(detail)
    return found[1] if found else _APART.sub("", detail)


def changed_bytes(data: bytes, count: int, seed: int) -> list[bytes]:
    """So many copies, each with one byte changed, by a bit or to one that often fits."""
    chance = random.Random(seed)
    return [_changed(data, chance.randrange(len(data)), chance) for _ in range(count)]


def changed_everywhere(data: bytes, seed: int) -> Iterator[bytes]:
    """A copy for every byte, in which that byte is changed."""
    chance = random.Random(seed)
    return (_changed(data, place, chance) for place in range(len(data)))


def _changed(data: bytes, place: int, chance: random.Random) -> bytes:
    byte = data[place]
    other = chance.choice([byte ^ 1, byte ^ 2, byte ^ 0x20, *(b for b in b'AB1z"}{,:0' if b != byte)])
    return data[:place] + bytes([other]) + data[place + 1 :]


def cut_and_longer(data: bytes) -> Sequence[bytes]:
    """Copies that lack something at an end, or have more."""
    cuts = (1, 2, 100, len(data) // 2)
    short = [part for cut in cuts for part in (data[:-cut], data[cut:])]
    return [*short, b"", data + b"\n", b" " + data, data + data, b"\xef\xbb\xbf" + data, b"\xff" + data]
