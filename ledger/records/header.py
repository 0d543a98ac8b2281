"""What every record has: its version, its ledger, its place in a chain, and the time of the fact."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.records.fields import RecordId, Statement, Time

__all__ = ["RECORD_VERSION", "Chain", "Header"]

RECORD_VERSION = "lodestone-record/1"


class Chain(Statement):
    """A record's place among its issuer's records: `prev` is the id of the one before, absent at 0."""

    id: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
    seq: Annotated[int, Field(ge=0, le=2**53 - 1)]
    prev: RecordId | None = None

    @model_validator(mode="after")
    def _prev_from_the_second_on(self) -> Self:
        if (self.seq == 0) != (self.prev is None):
            raise ValueError("expected prev in every record of a chain but the first")
        return self


class Header(Statement):
    """The members that all types share."""

    v: Literal["lodestone-record/1"]
    log: Annotated[str, Field(min_length=1, max_length=200)]
    chain: Chain
    at: Time
