"""Every example in the documents is what the code makes of it today, and what was given away once still verifies.

DOCS_EXAMPLES=write python -m pytest tests/docs     writes the examples anew (`make docs-examples`)
DOCS_EXAMPLES=freeze python -m pytest tests/docs    makes the frozen files anew first
"""

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger.bundle.verify import verify
from ledger.signing.disclosure import open_record
from ledger.signing.envelope import parse_envelope
from ledger.signing.keys import key_set
from ledger.signing.verify import verify_signatures
from ledger.values.encoding import unb64u
from tests.docs.frozen import FOLDER, freeze, played
from tests.docs.pages import ROOT, examples, pages, with_examples
from tests.docs.producers import MAKER, PRODUCERS, envelope

ASKED = os.environ.get("DOCS_EXAMPLES", "")


@pytest.fixture(scope="module", autouse=True)
def _written(tmp_path_factory: pytest.TempPathFactory) -> None:
    if ASKED == "freeze":
        folder = tmp_path_factory.mktemp("freeze") / "play"
        played(folder)
        freeze(folder)
    if ASKED in ("freeze", "write"):
        for page in pages():
            text = page.read_text()
            given = examples(text)
            made = {name: PRODUCERS[name](given) for name in given}
            if made != given:
                page.write_text(with_examples(text, made))


def _found() -> list[tuple[Path, str]]:
    return [(page, name) for page in pages() for name in examples(page.read_text())]


def _named(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)


@pytest.mark.parametrize(("page", "name"), _found(), ids=_named)
def test_an_example_is_what_the_code_makes(page: Path, name: str) -> None:
    given = examples(page.read_text())
    assert given[name] == PRODUCERS[name](given), "run: make docs-examples"


def test_every_example_that_can_be_made_stands_in_one_page() -> None:
    assert sorted(name for _, name in _found()) == sorted(PRODUCERS)


def test_the_record_of_the_documents_is_signed_and_opens_wholly() -> None:
    parsed = parse_envelope(envelope())
    verify_signatures(parsed, key_set([MAKER.key.jwk]))
    assert open_record(parsed).withheld == 0


def test_the_scenario_of_the_documents_plays_as_it_says_and_gives_the_statement_that_was_frozen(tmp_path: Path) -> None:
    result = played(tmp_path / "play")
    assert result.unmet == []
    frozen = orjson.loads(unb64u((FOLDER / "magnet.jwt").read_text().split(".")[1]))["credentialSubject"]
    made: dict[str, Any] = result.reports["magnet"]["credentialSubject"]
    for member in ("statement", "recycled", "recycled_target", "completeness", "verdicts", "owners", "custody"):
        assert made[member] == frozen[member]
    assert made.keys() == frozen.keys()


def test_a_bundle_that_was_given_away_still_verifies_and_a_changed_one_does_not() -> None:
    names = ("policy.txt", "magnet.jwt", "magnet.bundle.json")
    policy, report, bundle = ((FOLDER / name).read_bytes() for name in names)
    assert verify(report, bundle, policy, "did:web:play.lodestone.example").passed
    assert not verify(report, bundle, policy, "did:web:somebody.else.example").passed
    assert not verify(report, bundle.replace(b'"index":15', b'"index":14'), policy).passed
