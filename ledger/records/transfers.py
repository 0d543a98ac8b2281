"""Custody: offered by a `transfer`, taken or refused by a `receive`, ended by an `adjust`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.records.fields import BatchId, Evidence, ListMax, Mass, Party, RecordId, Statement, Text
from ledger.records.header import Header
from ledger.values.vocabulary import TERMS

__all__ = ["Accepted", "Adjust", "External", "Offered", "Receive", "Transfer"]


class Offered(Statement):
    """A batch, whole (what is left of it), or with `mass_mg` a part, which becomes batch `<transfer id>#<place>`."""

    batch: BatchId
    mass_mg: Mass | None = None


class External(Statement):
    """A recipient outside the ledger: the material leaves it."""

    external: Party


class Transfer(Header):
    """Custody offered; until received or withdrawn nobody can use the batches."""

    type: Literal["transfer"]
    batches: Annotated[list[Offered], Field(min_length=1, max_length=500)]
    to: RecordId | External
    terms: Literal[TERMS] | None = None  # type: ignore[valid-type]
    documents: Annotated[list[Evidence], ListMax] | None = None


class Accepted(Statement):
    """A batch that is taken, with the receiver's own weighing if he made one."""

    batch: BatchId
    mass_mg: Mass | None = None


class Receive(Header):
    """A transfer accepted or refused, once. What is not accepted returns; by the sender and empty: withdrawn."""

    type: Literal["receive"]
    transfer: RecordId
    accepted: Annotated[list[Accepted], ListMax]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({entry.batch for entry in self.accepted}) != len(self.accepted):
            raise ValueError("expected each batch at most once in accepted")
        return self


class Adjust(Header):
    """Material ends without an output. Nothing ever adds mass to a batch."""

    type: Literal["adjust"]
    batch: BatchId
    mass_mg: Mass
    reason: Text
    evidence: Annotated[list[Evidence], ListMax] | None = None
