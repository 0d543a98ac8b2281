"""Rules that every record meets: its chain, its issuer, its time."""

from collections.abc import Iterator

from ledger.errors import Violation
from ledger.records import Adjust, Admission, Key, Organization, Process, Receive, Rules, Transfer
from ledger.rules.facts import Facts
from ledger.rules.ruleset import known_rule_sets

__all__ = ["UNKNOWN_RULES", "admitted", "chain_continues", "issuer_may", "known_rules", "time_order"]

UNKNOWN_RULES = Violation("malformed", "This version of the service does not hold that rule set.", "rules")
"""What `known_rules` says; to an auditor it says that a newer version is needed."""


def chain_continues(facts: Facts) -> Iterator[Violation]:
    """`chain-conflict`: the record is not the next one of its chain."""
    chain, place = facts.chain, facts.record.chain
    if isinstance(facts.record, Organization):
        if chain is not None:
            yield Violation(
                "chain-conflict", "This chain has been opened already: begin one with a new id.", "chain.id"
            )
        return
    assert chain is not None
    if (place.seq, place.prev) != (chain.head_seq + 1, chain.head_id):
        yield Violation(
            "chain-conflict",
            f"The chain stands at {chain.head_seq}: expected {chain.head_seq + 1}, and prev naming its last record.",
            "chain",
            head=(chain.head_seq, chain.head_id),
        )


def admitted(facts: Facts) -> Iterator[Violation]:
    """`not-admitted`: the operator has not admitted this organization record, or has suspended or ended the chain.

    A suspended chain may still say that its keys were compromised: that only makes more of it unknown.
    """
    record = facts.record
    if isinstance(record, Organization):
        if facts.id not in facts.state.admissions:
            yield Violation("not-admitted", "The operator has not admitted this organization record.", "")
        return
    warns = isinstance(record, Key) and record.op == "compromised"
    if facts.chain is not None and facts.chain.standing == "suspended" and warns:
        return
    if facts.chain is not None and facts.chain.standing != "admitted":
        done = "suspended" if facts.chain.standing == "suspended" else "ended"
        yield Violation("not-admitted", f"The operator has {done} this chain.", "chain.id")


def issuer_may(facts: Facts) -> Iterator[Violation]:
    """`not-issuer`: a record that only the operator, or only another chain, may issue."""
    record, state = facts.record, facts.state
    operator = facts.organization == state.operator
    if isinstance(record, Admission | Rules) and not operator:
        yield Violation("not-issuer", f"Only the operator issues {record.type} records.", "type")
    if isinstance(record, Organization) and record.use == "report" and not operator and facts.organization:
        yield Violation("not-issuer", "Only the operator has a chain that signs reports.", "use")
    if facts.chain and facts.chain.use == "report" and not isinstance(record, Key):
        yield Violation("not-issuer", "A chain that signs reports holds no records but its keys.", "type")
    if isinstance(record, Admission) and operator and record.op != "admit":
        chain = state.chains.get(state.opened.get(record.record, ""))
        if chain is not None and chain.opened_by == state.operator:
            yield Violation("not-issuer", "The operator's own chain can be neither suspended nor ended.", "record")


def known_rules(facts: Facts) -> Iterator[Violation]:
    """`malformed`: a rule set that nobody could apply."""
    if isinstance(facts.record, Rules) and facts.record.rules not in known_rule_sets():
        yield UNKNOWN_RULES


def time_order(facts: Facts) -> Iterator[Violation]:
    """`time-order`: earlier than the chain's previous record, than what made the inputs, or than the transfer."""
    at = facts.record.at
    opens = isinstance(facts.record, Organization)  # signed by the keys that it names: the chain may be another's
    if facts.chain is not None and not opens and at < facts.chain.head_at:
        yield Violation(
            "time-order", f"The chain's previous record is of {facts.chain.head_at}: this one is earlier.", "at"
        )
    if isinstance(facts.record, Process | Transfer | Adjust):
        period = facts.record.period if isinstance(facts.record, Process) else None
        end = period.end if period else at
        for taken in facts.taken:
            if taken.batch is not None and taken.standing != "unknown" and taken.batch.made_at > end:
                yield Violation(
                    "time-order",
                    f"This batch was made at {taken.batch.made_at}, after the {'period' if period else 'record'}.",
                    taken.member,
                )
    offer = facts.transfer if isinstance(facts.record, Receive) else None
    if offer is not None and at < offer.at and facts.organization in (offer.to, offer.sender):
        yield Violation("time-order", f"The transfer is of {offer.at}: this record is earlier.", "at")
