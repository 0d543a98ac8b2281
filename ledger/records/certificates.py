"""Third parties' documents, and questions sent upstream."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.records.fields import (
    BatchId,
    Digest,
    Element,
    Evidence,
    ListMax,
    Moment,
    Party,
    RecordId,
    StageName,
    Statement,
    Text,
    Validity,
)
from ledger.records.header import Header

__all__ = ["About", "Certificate", "Inquiry", "Subject"]

OUTCOMES = ("open", "answered", "partial", "refused", "refused-by-law", "no-reply", "unreachable")


class Subject(Statement):
    """What a certificate is about: exactly one of these."""

    organization: RecordId | None = None
    facility: RecordId | None = None
    batch: BatchId | None = None
    transfer: RecordId | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(value is not None for value in (self.organization, self.facility, self.batch, self.transfer)) != 1:
            raise ValueError("expected exactly one of organization, facility, batch, transfer")
        return self


class Certificate(Header):
    """A document of a third party, by digest (IATF 16949, ISO 14001, IRMA, assay, export licence)."""

    type: Literal["certificate"]
    subject: Subject
    scheme: Text
    number: Text | None = None
    issuer: Text | Party | None = None
    valid: Validity | None = None
    document: Digest | Evidence | None = None
    limits: dict[Annotated[str, Field(pattern="^[a-z][a-z_-]{0,31}$")], Text | list[Text]] | None = None


class About(Statement):
    """The gap that an inquiry is about; absent elements or stages mean all of them."""

    batch: BatchId
    elements: Annotated[list[Element], ListMax] | None = None
    stages: Annotated[list[StageName], ListMax] | None = None


class Inquiry(Header):
    """A question sent upstream and its outcome: the "commercially reasonable inquiry" of section 857(a)(1)."""

    type: Literal["inquiry"]
    about: About
    to: Party
    method: Text | None = None
    sent: Moment
    due: Moment | None = None
    closed: Moment | None = None
    outcome: Literal[OUTCOMES]  # type: ignore[valid-type]
    follows: RecordId | None = None
    evidence: Annotated[list[Evidence], ListMax] | None = None
