"""Every code of a report has its words in both languages."""

import pytest

from ledger.report.content import completeness, recycled
from ledger.report.exceptions import GROUNDS
from ledger.report.labels import LABELS, label
from ledger.report.model import FAIL, PASS, UNKNOWN
from ledger.report.statement import BENEATH, BODY_BUCKETS, ELEMENT_BUCKETS
from tests.unit.report.magnets import magnet


def test_every_code_has_a_label() -> None:
    assert set(LABELS["verdict"]) == {PASS, FAIL, UNKNOWN}
    assert set(LABELS["ground"]) == set(GROUNDS)
    assert set(LABELS["basis"]) == {"traced", "declared", "recycled", "unknown", "not-done"}
    assert set(LABELS["bucket"]) == {bucket.name for bucket in (*ELEMENT_BUCKETS, *BODY_BUCKETS, *BENEATH)}
    assert set(LABELS["source"]) == set(recycled(magnet())["Nd"]) | {"total_rare_earth"}
    assert set(LABELS["completeness"]) == set(completeness(magnet()))


def test_every_label_is_said_in_both_languages_and_no_two_of_a_kind_are_alike() -> None:
    for kind in LABELS.values():
        for words in zip(*kind.values(), strict=True):
            assert all(words)
            assert len(set(words)) == len(words)


def test_a_label_is_looked_up_by_language_and_an_unknown_code_is_a_mistake() -> None:
    assert label("verdict", "FAIL") == "Fail"
    assert label("verdict", "FAIL", "zh") == "不通过"
    with pytest.raises(KeyError):
        label("verdict", "MAYBE")
