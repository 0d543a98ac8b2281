"""Public test vectors that are not part of this repository; tests that want them skip where they are absent."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "vectors"


def public_vectors(folder: str) -> Path:
    """A folder of public vectors: below LODESTONE_VECTORS, else in shared/vectors beside the checkout."""
    home = Path(os.environ.get("LODESTONE_VECTORS") or _BESIDE)
    if not (home / folder).is_dir():
        pytest.skip(f"the public vectors {folder} are absent: set LODESTONE_VECTORS to the folder that holds them")
    return home / folder
