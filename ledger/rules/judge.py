"""Judging: one submission in one state, by the same code at the door of the log and in an auditor's replay."""

from collections.abc import Mapping

from ledger.errors import Refused, Violation
from ledger.records import Record
from ledger.rules import check, gather
from ledger.rules.facts import Facts
from ledger.rules.state import State
from ledger.rules.submission import Submission, keys_named, verify_signatures
from ledger.signing.keys import PublicKey, public_key

__all__ = ["judge"]


def judge(entry: Submission, state: State) -> Facts:
    """The facts of a record that nothing is wrong with, in this state. Signatures are verified as far as still needed.

    Raises:
        Refused: everything that is wrong, of the first tier in which something is.
    """
    wrong: list[Violation] = []
    try:
        keys = {**_known_keys(entry.record, state), **keys_named(entry.record)}
    except Refused as refusal:
        keys, wrong = dict(_known_keys(entry.record, state)), list(refusal.violations)
    wrong += verify_signatures(entry, keys)
    if wrong:
        raise Refused(wrong)
    facts = gather(entry.record, entry.id, frozenset(entry.kids | _others(entry)), state)
    wrong = check(facts)
    if wrong:
        raise Refused(wrong)
    return facts


def _others(entry: Submission) -> set[str]:
    """Keys that signed but are not known to speak for the chain: the key rules name them."""
    return {signature.kid for signature in entry.envelope.signatures} - entry.kids


def _known_keys(record: Record, state: State) -> Mapping[str, PublicKey]:
    """Every key that ever spoke for the record's chain."""
    chain = state.chains.get(record.chain.id)
    if chain is None:
        return {}
    for named in chain.sets:
        for kid, jwk in zip(named.kids, named.jwks, strict=True):
            if kid not in state.keys:
                state.keys[kid] = public_key(dict(jwk))
    return {kid: state.keys[kid] for named in chain.sets for kid in named.kids}
