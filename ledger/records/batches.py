"""Batches as records state them: outputs, origins, and the `source` that brings material into the ledger."""

from typing import Annotated, Literal

from pydantic import Field

from ledger.records.fields import (
    BatchId,
    Composition,
    Country,
    Evidence,
    ListMax,
    Mass,
    Party,
    Ppm,
    RecordId,
    StageName,
    Statement,
    Text,
)
from ledger.records.header import Header
from ledger.values.vocabulary import BASES, CONSOLIDATIONS, MAGNET_TYPES, MATERIALS

__all__ = ["Content", "Declared", "Mined", "Origin", "Output", "Recycled", "SerialRange", "Source", "Undisclosed"]

Countries = Annotated[list[Country], Field(min_length=1, max_length=60)]
Stages = dict[Annotated[str, Field(pattern=r"^(\*|[A-Z][a-z]?)$")], dict[StageName, Countries]]


class SerialRange(Statement):
    """Serial numbers from one to another, both included, in the producer's own order."""

    from_: Annotated[Text, Field(alias="from")]
    to: Text


class Content(Statement):
    """A part of an assembly: mass in mg of a batch among the record's inputs."""

    batch: BatchId
    mass_mg: Mass


class Output(Statement):
    """A new batch. `mass_mg` is the mass that the composition refers to: dry where the assay is dry."""

    lot: Text
    material: Literal[MATERIALS]  # type: ignore[valid-type]
    mass_mg: Mass
    composition: Composition | None = None
    basis: Literal[BASES] | None = None  # type: ignore[valid-type]
    assay: dict[Annotated[str, Field(pattern="^[A-Z][A-Za-z0-9]{0,11}$")], Ppm] | None = None
    form: Text | None = None
    grade: Text | None = None
    serials: Annotated[list[Text | SerialRange], ListMax] | None = None
    hs: Annotated[str, Field(pattern="^[0-9]{4,12}$")] | None = None
    purity_ppm: Ppm | None = None
    gross_mg: Mass | None = None
    magnet_type: Literal[MAGNET_TYPES] | None = None  # type: ignore[valid-type]
    consolidation: Literal[CONSOLIDATIONS] | None = None  # type: ignore[valid-type]
    coating: Text | None = None
    contents: Annotated[list[Content], ListMax] | None = None


class Mined(Statement):
    """Out of the ground at the record's facility."""

    kind: Literal["mined"]
    mineral: Text | None = None
    deposit: Text | None = None


class Recycled(Statement):
    """Recovered material: `feed` says from whom, `product` out of what, `collected` where, `was` which batches."""

    kind: Literal["recycled"]
    feed: Literal["post-consumer", "pre-consumer"]
    product: Text | None = None
    collected: Country | None = None
    was: Annotated[list[BatchId], ListMax] | None = None


class Declared(Statement):
    """Bought outside the ledger: stages per element (`*` for every element and the body) with their countries."""

    kind: Literal["declared"]
    stages: Stages = Field(default_factory=dict)
    supplier: Text | Party | None = None


class Undisclosed(Statement):
    """Nothing is said; an inquiry may be under way."""

    kind: Literal["undisclosed"]
    inquiry: RecordId | None = None


Origin = Annotated[Mined | Recycled | Declared | Undisclosed, Field(discriminator="kind")]


class Source(Header):
    """Material enters the ledger. Country and owner repeat those of the facility, so that a buyer may see them."""

    type: Literal["source"]
    facility: RecordId
    country: Country
    owner_country: Country | None = None
    operated: Literal["self", "other"]
    origin: Origin
    outputs: Annotated[list[Output], Field(min_length=1, max_length=500)]
    evidence: Annotated[list[Evidence], ListMax] | None = None
