"""Processes: inputs become outputs at one facility; what no output claims is loss."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.records.batches import Declared, Output, Undisclosed
from ledger.records.fields import (
    BatchId,
    Composition,
    Country,
    Evidence,
    ListMax,
    Mass,
    Moment,
    RecordId,
    Shares,
    Statement,
    Step,
    Text,
)
from ledger.records.header import Header
from ledger.values.chemistry import RARE_EARTHS
from ledger.values.vocabulary import CUSTODY_MODELS, HANDLING_STEPS

__all__ = ["Addition", "Input", "Period", "Process"]


class Input(Statement):
    """A part of a batch that goes in, at `step` (default: the record's first).

    `shares` are those of docs/formats/routes-and-shares.md.
    """

    batch: BatchId
    mass_mg: Mass
    step: Step | None = None
    shares: Shares | None = None


class Addition(Statement):
    """What comes without a batch: iron, ferroboron, cobalt, nickel, polymer. Rare earths come only as batches."""

    material: Annotated[str, Field(min_length=1, max_length=64)]
    mass_mg: Mass
    composition: Composition | None = None
    step: Step | None = None
    origin: Annotated[Declared | Undisclosed, Field(discriminator="kind")] | None = None
    shares: Shares | None = None

    @model_validator(mode="after")
    def _no_rare_earths(self) -> Self:
        if any(self.composition.get(element) for element in RARE_EARTHS) if self.composition else False:
            raise ValueError("expected no rare earth in an addition: rare earths come only as batches")
        return self


class Period(Statement):
    """A balance period; its inputs must exist by its end."""

    from_: Annotated[Moment, Field(alias="from")]
    to: Moment

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.end < self.from_:
            raise ValueError("expected a period that ends after it begins")
        return self

    @property
    def end(self) -> str:
        """The last moment of the period, as a time."""
        return self.to if "T" in self.to else f"{self.to}T23:59:59Z"


class Process(Header):
    """Inputs become outputs by steps in order, under an ISO 22095 chain-of-custody model."""

    type: Literal["process"]
    facility: RecordId
    country: Country
    owner_country: Country | None = None
    operated: Literal["self", "other"]
    steps: Annotated[list[Step], Field(min_length=1, max_length=60)]
    inputs: Annotated[list[Input], Field(min_length=1, max_length=500)]
    additions: Annotated[list[Addition], ListMax] | None = None
    undetermined: Shares | None = None
    outputs: Annotated[list[Output], Field(min_length=1, max_length=500)]
    period: Period | None = None
    custody: Literal[CUSTODY_MODELS]  # type: ignore[valid-type]
    attributes: dict[Annotated[str, Field(min_length=1, max_length=64)], Text | bool | int] | None = None
    evidence: Annotated[list[Evidence], ListMax] | None = None

    @model_validator(mode="after")
    def _steps_fit(self) -> Self:
        handling = [step in HANDLING_STEPS for step in self.steps]
        if any(handling) and not all(handling):
            raise ValueError("expected split, blend, repack and store in a record of their own, never with other steps")
        entries: list[Input | Addition] = [*self.inputs, *(self.additions or [])]
        if any(entry.step is not None and entry.step not in self.steps for entry in entries):
            raise ValueError("expected the step of every input and addition to be one of the record's steps")
        if self.undetermined and "*" in self.undetermined:
            raise ValueError("expected elements only in undetermined: the body is never undetermined")
        return self

    @property
    def handling(self) -> bool:
        """Whether the record only handles: no stage, no change of material."""
        return self.steps[0] in HANDLING_STEPS
