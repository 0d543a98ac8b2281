"""Judging: one submission in one state, by the same code at the door of the log and in an auditor's replay."""

from collections.abc import Sequence

from ledger.errors import Refused, Violation
from ledger.records import Record
from ledger.rules import check_facts, gather
from ledger.rules.facts import Facts
from ledger.rules.keysets import keys_speak
from ledger.rules.state import State
from ledger.rules.submission import Submission, keys_named, verify_signatures
from ledger.signing.keys import PublicKey, public_key

__all__ = ["judge", "known_keys"]


def judge(entry: Submission, state: State, at_door: Sequence[Violation] = ()) -> Facts:
    """The facts of a record that nothing is wrong with, in this state. Signatures are verified as far as still needed.

    `at_door` are violations of the facts tier that only a live service sees; a replay has none.

    Raises:
        Refused: everything that is wrong, of the first tier in which something is.
    """
    keys = known_keys(entry.record, state)
    try:
        keys |= keys_named(entry.record)
    except Refused as refusal:
        raise Refused([*refusal.violations, *verify_signatures(entry, keys)]) from refusal
    wrong = verify_signatures(entry, keys)
    signed = frozenset(signature.kid for signature in entry.envelope.signatures)
    facts = gather(entry.record, entry.id, signed, state)
    wrong += keys_speak(facts)
    if wrong:
        raise Refused(wrong)
    wrong = check_facts(facts)
    if wrong or at_door:
        raise Refused([*wrong, *at_door])
    return facts


def known_keys(record: Record, state: State) -> dict[str, PublicKey]:
    """Every key that ever spoke for the record's chain."""
    chain = state.chains.get(record.chain.id)
    if chain is None:
        return {}
    known = {}
    for named in chain.sets:
        for kid, jwk in zip(named.kids, named.jwks, strict=True):
            key = state.keys.get(kid)
            if key is None:
                key = state.keys[kid] = public_key(dict(jwk))
            known[kid] = key
    return known
