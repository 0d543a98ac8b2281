"""Corrections, holds and releases: their form is fixed; the rules refuse them until they are built."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from ledger.records.fields import BatchId, RecordId, Text
from ledger.records.header import Header

__all__ = ["Correction", "Hold", "Release"]

Reason = Literal["quality", "safety", "origin-doubt", "legal", "commercial"]


class Correction(Header):
    """Replaces or voids an earlier record of the same chain; `body` is built like the record that it replaces."""

    type: Literal["correction"]
    corrects: RecordId
    op: Literal["replace", "void"]
    reason: Text | None = None
    gaps: bool | None = None
    body: dict[Annotated[str, Field(min_length=1, max_length=64)], JsonValue] | None = None


class Hold(Header):
    """Stops a batch and all that is made from it."""

    type: Literal["hold"]
    batch: BatchId
    reason: Reason


class Release(Header):
    """Frees a batch that was on hold."""

    type: Literal["release"]
    batch: BatchId
    reason: Reason
