"""Which keys must have signed, and whether they may (docs/formats/record.md).

These are the rules of the second tier that need the state; that each signature is valid was verified before.
"""

from collections.abc import Iterator

from ledger.errors import Violation
from ledger.records import Key, Organization, Record
from ledger.rules.facts import Facts
from ledger.signing.keys import public_key

__all__ = ["keys_speak", "named_kids"]


def named_kids(record: Record) -> tuple[str, ...]:
    """The thumbprints of the key set that a record names, in its order; empty for a record that names none."""
    keys = record.keys if isinstance(record, Organization | Key) else None
    return tuple(public_key(jwk).kid for jwk in keys or ())


def keys_speak(facts: Facts) -> Iterator[Violation]:
    """`unknown-key`, `key-revoked`: exactly one signature by each key of the set in force, and by no other.

    An `organization` record is signed by the set that it names; `rotate` and `compromised` by the old and the new set.
    """
    record, chain = facts.record, facts.chain
    named = named_kids(record)
    if isinstance(record, Organization):
        yield from _exactly(facts, frozenset(named), frozenset())
        return
    if chain is None:
        yield Violation(
            "unknown-key", "No chain of this id has been opened, so nobody's key speaks for it.", "chain.id"
        )
        return
    if chain.retired:
        yield Violation("key-revoked", "This chain's keys are retired: it has ended.", "signatures")
        return
    required = frozenset((*chain.keys.kids, *named))
    if not named and facts.kids == required:  # nearly always: nobody needs to know which keys were replaced
        return
    past = frozenset(kid for known in chain.sets[:-1] for kid in known.kids) - frozenset(chain.keys.kids)
    for kid in named:
        if kid in past:
            yield Violation("key-revoked", "A key that was replaced cannot come back.", "keys")
    yield from _exactly(facts, required, past)


def _exactly(facts: Facts, required: frozenset[str], past: frozenset[str]) -> Iterator[Violation]:
    for kid in sorted(facts.kids - required):
        if kid in past:
            yield Violation("key-revoked", f"The key {kid} has been replaced.", "signatures")
        else:
            yield Violation("unknown-key", f"The key {kid} does not speak for this chain.", "signatures")
    for kid in sorted(required - facts.kids):
        yield Violation("unknown-key", f"The signature by the key {kid} is missing.", "signatures")
