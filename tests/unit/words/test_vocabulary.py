"""Every code of a report has its words in both languages."""

import pytest

from ledger.records import MODELS, UNSUPPORTED
from ledger.records.certificates import OUTCOMES
from ledger.report.content import completeness, recycled
from ledger.report.exceptions import GROUNDS
from ledger.report.model import FAIL, PASS, UNKNOWN
from ledger.report.statement import BENEATH, BODY_BUCKETS, ELEMENT_BUCKETS
from ledger.values.chemistry import ELEMENTS
from ledger.values.vocabulary import (
    BASES,
    CONSOLIDATIONS,
    COUNTRIES,
    CUSTODY_MODELS,
    MAGNET_TYPES,
    MATERIALS,
    STEPS,
    TERMS,
)
from ledger.words.vocabulary import LABELS, country_name, label
from tests.unit.report.magnets import magnet


def test_every_code_has_a_label() -> None:
    assert set(LABELS["verdict"]) == {PASS, FAIL, UNKNOWN}
    assert set(LABELS["ground"]) == set(GROUNDS)
    assert set(LABELS["basis"]) == {"traced", "declared", "recycled", "unknown", "not-done"}
    assert set(LABELS["bucket"]) == {bucket.name for bucket in (*ELEMENT_BUCKETS, *BODY_BUCKETS, *BENEATH)}
    assert set(LABELS["source"]) == set(recycled(magnet())["Nd"]) | {"total_rare_earth"}
    assert set(LABELS["completeness"]) == set(completeness(magnet()))


def test_every_code_of_a_record_has_a_label() -> None:
    assert set(LABELS["element"]) == ELEMENTS | {"*"}
    assert set(LABELS["material"]) == set(MATERIALS)
    assert set(LABELS["step"]) == set(STEPS) | {"mine"}
    assert set(LABELS["custody"]) == set(CUSTODY_MODELS)
    assert set(LABELS["terms"]) == set(TERMS)
    assert set(LABELS["composition-basis"]) == set(BASES)
    assert set(LABELS["magnet-type"]) == set(MAGNET_TYPES)
    assert set(LABELS["consolidation"]) == set(CONSOLIDATIONS)
    assert set(LABELS["outcome"]) == set(OUTCOMES)
    assert set(LABELS["record"]) == set(MODELS) | UNSUPPORTED


def test_every_country_has_a_name_in_both_languages() -> None:
    assert [code for code in COUNTRIES if code in (country_name(code), country_name(code, "zh"))] == []
    assert (country_name("CN"), country_name("CN", "zh")) == ("China", "中国")


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
