"""Running families of faults, and what came of it."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import SubprocessError

from ledger.errors import LodestoneError
from tests.faults.clients import NotAnswered, Refusal
from tests.faults.family import Family, LeftOut
from tests.faults.seen import Checked

__all__ = ["Result", "run"]


@dataclass(slots=True)
class Result:
    """What came of the trials of a family. `losses` are the seed and the sentence of everything that was lost."""

    family: Family
    trials: int = 0
    receipts: int = 0
    checkpoints: int = 0
    losses: list[tuple[int, str]] = field(default_factory=list)
    left_out: str = ""

    def as_json(self) -> dict[str, object]:
        """The result for programs."""
        return {
            "family": self.family.name,
            "says": self.family.says,
            "trials": self.trials,
            "receipts": self.receipts,
            "checkpoints": self.checkpoints,
            "losses": [{"seed": seed, "sentence": sentence} for seed, sentence in self.losses],
            "left_out": self.left_out,
        }


def run(family: Family, seeds: Sequence[int], each: Callable[[Result], None] = lambda _: None) -> Result:
    """Make one trial of a family with each seed; `each` is told after every one how it stands."""
    result = Result(family)
    place = Path(tempfile.mkdtemp(prefix=f"lodestone-faults-{family.name}-"))
    try:
        with family.open(place) as trial:
            for seed in seeds:
                checked = _tried(trial, seed)
                result.trials += 1
                result.receipts += checked.receipts
                result.checkpoints += checked.checkpoints
                result.losses += [(seed, sentence) for sentence in checked.losses]
                each(result)
    except LeftOut as reason:
        result.left_out = str(reason)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return result


def _tried(trial: Callable[[int], Checked], seed: int) -> Checked:
    """What a trial found; that it could not be brought to its end counts as a loss too."""
    try:
        return trial(seed)
    except (AssertionError, LodestoneError, NotAnswered, OSError, Refusal, RuntimeError, SubprocessError) as error:
        return Checked(losses=[f"{type(error).__name__}: {error}"])
