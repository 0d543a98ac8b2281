"""What the verifier in the browser knows of law and words is what the code in Python knows."""

from pathlib import Path

from ledger.bundle.browser_data import browser_data

_FILE = Path(__file__).parents[2] / "api" / "web" / "static" / "verifier" / "evidence" / "data.js"


def test_the_data_of_the_verifier_are_those_of_the_code() -> None:
    assert _FILE.read_bytes() == browser_data(), "run: make verifier"
