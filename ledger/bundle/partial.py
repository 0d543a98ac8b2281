"""Records as far as they are disclosed: every member may be missing, and an element that is withheld is None.

What is there has the type that a record of this kind must have; a log that took in something else is found out here.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from ledger.bundle.format import Entry
from ledger.errors import VerificationError
from ledger.material.routes import DECLARED, TRACED
from ledger.records.batches import Stages
from ledger.records.fields import BatchId, Composition, Country, Mass, RecordId, Shares, Step
from ledger.signing.disclosure import WITHHELD, Opened
from ledger.values.vocabulary import CUSTODY_MODELS, MAGNET_TYPES, MATERIALS, TERMS

__all__ = [
    "Making",
    "PartAddition",
    "PartInput",
    "PartLink",
    "PartOrigin",
    "PartOutput",
    "PartProcess",
    "PartReceive",
    "PartSource",
    "PartTransfer",
    "Partial",
    "Story",
    "read_story",
]

Material = Literal[MATERIALS]  # type: ignore[valid-type]
MagnetType = Literal[MAGNET_TYPES]  # type: ignore[valid-type]
_BASIS = {"self": TRACED, "other": DECLARED}


class Partial(BaseModel):
    """A part of a record, some of whose members may be withheld; those of no concern here are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


def _hole(value: object) -> object:
    return None if value is WITHHELD else value


_Hole = BeforeValidator(_hole)


class PartOrigin(Partial):
    """Where material came from, as far as that is disclosed."""

    kind: Literal["mined", "recycled", "declared", "undisclosed"] | None = None
    feed: Literal["post-consumer", "pre-consumer"] | None = None
    stages: Stages | None = None


class PartLink(Partial):
    """A batch by its name, with the mass where that is disclosed."""

    batch: BatchId | None = None
    mass_mg: Mass | None = None


class PartInput(PartLink):
    """An input."""

    step: Step | None = None
    shares: Shares | None = None


class PartAddition(Partial):
    """An addition. Without a disclosed origin it is undisclosed, which is also the default."""

    step: Step | None = None
    origin: PartOrigin | None = None
    shares: Shares | None = None


class PartOutput(Partial):
    """An output."""

    material: Material | None = None
    composition: Composition | None = None
    magnet_type: MagnetType | None = None
    consolidation: str | None = None
    coating: str | None = None
    grade: str | None = None
    form: str | None = None
    lot: str | None = None
    contents: list[Annotated[PartLink | None, _Hole]] | None = None


class _Made(Partial):
    country: Country | None = None
    owner_country: Country | None = None
    operated: Literal["self", "other"] | None = None
    outputs: list[Annotated[PartOutput | None, _Hole]] | None = None
    facility: RecordId | None = None

    @property
    def basis(self) -> str:
        """How the place is known."""
        return _BASIS[self.operated or "other"]


class PartSource(_Made):
    """A `source` record."""

    type: Literal["source"]
    origin: PartOrigin | None = None


class PartProcess(_Made):
    """A `process` record."""

    type: Literal["process"]
    steps: list[Step] | None = None
    inputs: list[Annotated[PartInput | None, _Hole]] | None = None
    additions: list[Annotated[PartAddition | None, _Hole]] | None = None
    undetermined: Shares | None = None
    custody: Literal[CUSTODY_MODELS] | None = None  # type: ignore[valid-type]


class PartTransfer(Partial):
    """A `transfer` record."""

    type: Literal["transfer"]
    batches: list[Annotated[PartLink | None, _Hole]] | None = None
    terms: Literal[TERMS] | None = None  # type: ignore[valid-type]


class PartReceive(Partial):
    """A `receive` record."""

    type: Literal["receive"]
    transfer: RecordId | None = None
    accepted: list[Annotated[PartLink | None, _Hole]] | None = None


Making = PartSource | PartProcess | PartTransfer
Story = Making | PartReceive

_READERS: dict[str, TypeAdapter[Story]] = {
    "source": TypeAdapter(PartSource),
    "process": TypeAdapter(PartProcess),
    "transfer": TypeAdapter(PartTransfer),
    "receive": TypeAdapter(PartReceive),
}


def read_story(entry: Entry, opened: Opened) -> Story | None:
    """The record as far as it is disclosed; None for a type that tells nothing of material.

    Raises:
        VerificationError: a member is not what it must be in a record of this type.
    """
    reader = _READERS.get(str(opened["type"]))
    if reader is None:
        return None
    try:
        return reader.validate_python(opened)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        member = ".".join(str(part) for part in first["loc"])
        raise VerificationError(f"{entry}, {member}: {first['msg']}") from None
