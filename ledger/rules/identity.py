"""Rules about who, where and which key: references to organizations, facilities and records."""

from collections.abc import Iterator

from ledger.errors import Violation
from ledger.records import Admission, Certificate, Facility, Inquiry, Key, Process, Source, Transfer
from ledger.rules.facts import Facts

__all__ = ["country_repeated", "known_facility", "known_organization", "known_references"]


def known_facility(facts: Facts) -> Iterator[Violation]:
    """`unknown-facility`: not a facility of the issuer's organization."""
    record = facts.record
    if isinstance(record, Source | Process) and facts.facility is None:
        yield Violation("unknown-facility", "Expected a facility record of the issuer's own organization.", "facility")
    if isinstance(record, Certificate) and record.subject.facility is not None:
        facility = facts.state.facilities.get(record.subject.facility)
        if facility is None or facility.organization != facts.organization:
            yield Violation("unknown-facility", "Expected one of the issuer's own facilities.", "subject.facility")


def country_repeated(facts: Facts) -> Iterator[Violation]:
    """`country-mismatch`: country, owner or operator are not those of the facility."""
    record, facility = facts.record, facts.facility
    if not isinstance(record, Source | Process) or facility is None:
        return
    if record.country != facility.country:
        yield Violation("country-mismatch", f"The facility is in {facility.country}.", "country")
    if record.owner_country != facility.owner_country:
        known = f"is {facility.owner_country}" if facility.owner_country else "is not stated"
        yield Violation("country-mismatch", f"The country of the facility's owner {known}.", "owner_country")
    if record.operated == "self" and facility.operator != facts.organization:
        yield Violation("country-mismatch", "The facility is operated by somebody else: expected other.", "operated")


def known_organization(facts: Facts) -> Iterator[Violation]:
    """`unknown-organization`: named, but not in the ledger."""
    record, state = facts.record, facts.state
    if isinstance(record, Transfer) and isinstance(record.to, str) and record.to not in state.organizations:
        yield Violation("unknown-organization", "Expected the id of an organization of this ledger.", "to")
    if isinstance(record, Facility) and isinstance(record.operator, str) and record.operator not in state.organizations:
        yield Violation("unknown-organization", "Expected the id of an organization of this ledger.", "operator")
    certified = record.subject.organization if isinstance(record, Certificate) else None
    if certified is not None and certified not in state.organizations:
        yield Violation("unknown-organization", "Expected an organization of this ledger.", "subject.organization")
    if isinstance(record, Admission):
        yield from _admission(record, facts)


def _admission(record: Admission, facts: Facts) -> Iterator[Violation]:
    state = facts.state
    chain = state.chains.get(state.opened.get(record.record, ""))
    if record.op == "admit":
        right = (record.record, *state.organizations) if chain is None else (chain.organization,)
        if record.organization not in right:
            yield Violation(
                "unknown-organization", "Expected the organization's first organization record.", "organization"
            )
        if chain is not None and chain.standing == "ended":
            yield Violation("not-admitted", "An ended chain stays ended: admit a new one that succeeds it.", "record")
    elif chain is None:
        yield Violation("unknown-organization", "Expected the organization record that opened a chain.", "record")
    if record.succeeds is not None:
        before = state.chains.get(state.opened.get(record.succeeds, ""))
        if before is None or before.organization != record.organization:
            yield Violation(
                "unknown-organization", "Expected an earlier organization record of the same organization.", "succeeds"
            )


def known_references(facts: Facts) -> Iterator[Violation]:
    """References to records of the issuer's own: `malformed` or `unknown-transfer` where there is no such record."""
    record, state = facts.record, facts.state
    if isinstance(record, Certificate) and record.subject.transfer is not None:
        transfer = state.transfers.get(record.subject.transfer)
        if transfer is None or facts.organization not in (transfer.sender, transfer.to):
            yield Violation(
                "unknown-transfer", "Expected a transfer that the issuer sent or received.", "subject.transfer"
            )
    if isinstance(record, Inquiry) and record.follows is not None:
        before = state.records.get(record.follows)
        if before is None or before.type != "inquiry" or before.organization != facts.organization:
            yield Violation("malformed", "Expected an earlier inquiry of the issuer.", "follows")
    if isinstance(record, Key) and record.since is not None:
        last = state.records.get(record.since)
        if last is None or last.chain != record.chain.id:
            yield Violation("malformed", "Expected a record of this chain: the last one that still counts.", "since")
