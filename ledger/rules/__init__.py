"""What makes a record acceptable: a list of small pure functions, each reading facts and naming what is wrong.

A new rule is a function, a line in `RULES`, and a story in `tests/scenarios/`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from ledger.errors import Violation
from ledger.records import (
    Adjust,
    Admission,
    Certificate,
    Facility,
    Header,
    Inquiry,
    Key,
    Process,
    Receive,
    Rules,
    Source,
    Transfer,
)
from ledger.rules.common import admitted, chain_continues, issuer_may, known_rules, time_order
from ledger.rules.contents import contents_linked
from ledger.rules.custody import batches_held, mass_left, received_once, source_batch
from ledger.rules.facts import Facts, gather
from ledger.rules.identity import country_repeated, known_facility, known_organization, known_references
from ledger.rules.keysets import keys_speak
from ledger.rules.mass_balance import composition_sums, elements_balance, shares_signed, total_balance
from ledger.rules.state import State
from ledger.rules.steps import steps_possible

__all__ = ["RULES", "Facts", "State", "check", "check_facts", "gather"]

Rule = Callable[[Facts], Iterator[Violation]]

RULES: tuple[Rule, ...] = (
    admitted,
    chain_continues,
    issuer_may,
    known_rules,
    time_order,
    known_organization,
    known_facility,
    known_references,
    country_repeated,
    batches_held,
    received_once,
    mass_left,
    composition_sums,
    elements_balance,
    total_balance,
    contents_linked,
    shares_signed,
    source_batch,
    steps_possible,
)
"""The facts tier, in the order in which violations are told."""

_ONLY: Mapping[Rule, tuple[type[Header], ...]] = {
    known_rules: (Rules,),
    known_organization: (Transfer, Facility, Certificate, Admission),
    known_facility: (Source, Process, Certificate),
    known_references: (Certificate, Inquiry, Key),
    country_repeated: (Source, Process),
    received_once: (Receive,),
    mass_left: (Process, Transfer, Adjust),
    composition_sums: (Source, Process),
    elements_balance: (Process,),
    total_balance: (Process,),
    contents_linked: (Source, Process),
    shares_signed: (Process,),
    source_batch: (Process,),
    steps_possible: (Process,),
}
"""The types that a rule has anything to say about, where those are not all: it need not be asked about others."""


def check(facts: Facts) -> list[Violation]:
    """Everything that is wrong with a record, of the first tier in which something is: keys, then facts."""
    return list(keys_speak(facts)) or check_facts(facts)


def check_facts(facts: Facts) -> list[Violation]:
    """Everything that is wrong with the facts of a record whose keys were judged before."""
    return [violation for rule in _about(RULES, type(facts.record)) for violation in rule(facts)]


@lru_cache(maxsize=256)
def _about(rules: tuple[Rule, ...], kind: type[Header]) -> tuple[Rule, ...]:
    """The rules that look at records of a type."""
    return tuple(rule for rule in rules if rule not in _ONLY or kind in _ONLY[rule])
