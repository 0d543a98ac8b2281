"""Rules are asked only about the types of record that they look at; about all others they have nothing to say."""

import pytest
from pydantic import BaseModel

from ledger import rules
from ledger.records import MODELS, Header
from ledger.rules import Facts
from ledger.rules.ruleset import current_rule_set
from ledger.rules.state import State


def _empty(model: type[BaseModel]) -> Header:
    empty = model.model_construct()
    assert isinstance(empty, Header)
    return empty


# records with nothing in them: a rule that looks at one of its members fails
_EMPTY: dict[type[Header], Header] = {model: _empty(model) for model in MODELS.values()}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_rule_that_is_not_asked_about_a_type_says_nothing_of_it(model: type[Header]) -> None:
    facts = Facts(_EMPTY[model], "x", frozenset(), State("l", "o", current_rule_set()), None, "")  # type: ignore[arg-type]
    for rule, types in rules._ONLY.items():
        if model not in types:
            assert list(rule(facts)) == [], rule.__name__


def test_every_rule_with_types_is_a_rule() -> None:
    assert set(rules._ONLY) <= set(rules.RULES)
    assert all(types for types in rules._ONLY.values())
