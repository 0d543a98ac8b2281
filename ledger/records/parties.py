"""Who and where: organizations, the operator's admissions and rule sets, keys, facilities."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.records.fields import Country, Digest, Evidence, ListMax, Party, RecordId, Text
from ledger.records.header import Header

__all__ = ["Admission", "Facility", "Jwk", "Key", "Organization", "Rules"]

Jwk = dict[Annotated[str, Field(pattern="^(kty|crv|x|y|alg|pub)$")], str]
"""A public key; its exact members are checked where keys are understood (`ledger.signing.keys`)."""
Keys = Annotated[list[Jwk], Field(min_length=1, max_length=2)]
Identifiers = dict[Annotated[str, Field(pattern="^[a-zA-Z][a-zA-Z0-9:_-]{0,31}$")], Text]


class Organization(Header):
    """Opens a chain. `use` is `records`, or `report` for the operator's chain that signs reports."""

    type: Literal["organization"]
    keys: Keys
    use: Literal["records", "report"]
    name: Text
    name_latin: Text | None = None
    country: Country
    identifiers: Identifiers | None = None
    owner_country: Country | None = None

    @model_validator(mode="after")
    def _opens_a_chain(self) -> Self:
        if self.chain.seq != 0:
            raise ValueError("expected an organization record only at the beginning of a chain")
        return self


class Admission(Header):
    """The operator admits, suspends or ends a chain, named by its `organization` record."""

    type: Literal["admission"]
    op: Literal["admit", "suspend", "end"]
    record: RecordId
    organization: RecordId | None = None
    succeeds: RecordId | None = None
    evidence: Annotated[list[Evidence], ListMax] | None = None

    @model_validator(mode="after")
    def _names_whom_it_admits(self) -> Self:
        if self.op == "admit" and self.organization is None:
            raise ValueError("expected organization: the id of the organization's first organization record")
        return self


class Rules(Header):
    """The operator puts a rule set in force from the next index on."""

    type: Literal["rules"]
    rules: Digest
    reason: Text | None = None


class Key(Header):
    """A chain's key set is replaced, found compromised, or retired.

    `since` is the last record that still counts; later ones of the chain count as unknown.
    """

    type: Literal["key"]
    op: Literal["rotate", "compromised", "retire"]
    keys: Keys | None = None
    since: RecordId | None = None
    reason: Text | None = None

    @model_validator(mode="after")
    def _fits_its_op(self) -> Self:
        if (self.op == "retire") != (self.keys is None):
            raise ValueError("expected keys with rotate and compromised, and none with retire")
        if (self.op == "compromised") != (self.since is not None):
            raise ValueError("expected since with compromised, and only there")
        return self


class Facility(Header):
    """A place. A change of operator, owner or place is a new facility; ownership is a fact apart from territory."""

    type: Literal["facility"]
    name: Text
    operator: RecordId | Party
    country: Country
    region: Text | None = None
    location: Text | None = None
    owner_country: Country | None = None
