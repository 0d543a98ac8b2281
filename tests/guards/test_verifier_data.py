"""What the verifier in the browser knows of law and words is what the code in Python knows."""

from pathlib import Path

from ledger.bundle.browser_data import browser_data
from ledger.bundle.browser_words import browser_words

_FOLDER = Path(__file__).parents[2] / "api" / "web" / "static" / "verifier"
_FILE = _FOLDER / "evidence" / "data.js"


def test_the_data_of_the_verifier_are_those_of_the_code() -> None:
    assert _FILE.read_bytes() == browser_data(), "run: make verifier"


def test_the_words_of_the_verifier_are_those_of_the_catalogue() -> None:
    assert (_FOLDER / "words.js").read_bytes() == browser_words(_FOLDER), "run: make verifier"
