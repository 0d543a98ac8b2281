"""Answers about grants and notices, as models beside those of `api.shapes`."""

from typing import Annotated, Literal

from pydantic import Field

from api.shapes import BatchId, Cursor, RecordId, Shape

__all__ = ["Grant", "GrantPage", "GrantRequest", "Notice", "NoticePage"]


class GrantRequest(Shape):
    """What is to be opened to whom. Without `members` all of it; `outputs[].mass_mg` means that of every output.

    Members of a batch are named as in its record's list: `mass_mg`, `composition`.
    """

    to: RecordId
    records: Annotated[list[RecordId], Field(max_length=500)] = Field(default_factory=list)
    batches: Annotated[list[BatchId], Field(max_length=500)] = Field(default_factory=list)
    members: Annotated[list[str], Field(max_length=500, examples=[["mass_mg"]])] = Field(default_factory=list)
    expires_at: Annotated[str | None, Field(examples=["2027-01-01T00:00:00Z"])] = None


class Grant(Shape):
    """What one organization opened to another; it counts until it expires or is revoked."""

    id: str
    by: RecordId
    to: RecordId
    records: list[RecordId]
    batches: list[BatchId]
    members: list[str]
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None


class GrantPage(Shape):
    """A page of grants, in the order in which they were given."""

    grants: list[Grant]
    after: Cursor = None


class Notice(Shape):
    """Something that concerns the caller.

    `about` is a transfer, the record that opened a chain, a grant, a report or an organization. What stands in the log
    has the `record` that said it and its `index`, what happened beside it has a time.
    """

    kind: Literal[
        "transfer-offered",
        "transfer-accepted",
        "transfer-refused",
        "transfer-withdrawn",
        "keys-compromised",
        "chain-suspended",
        "chain-ended",
        "disclosures-erased",
        "grant-given",
        "grant-withdrawn",
        "report-revoked",
    ]
    about: str
    record: RecordId | None = None
    index: int | None = None
    at: str | None = None


class NoticePage(Shape):
    """Notices; those of the log first, in its order. `after` is where to go on, now or later."""

    notices: list[Notice]
    after: str
    more: Annotated[bool, Field(description="Whether there may be more at once.")]
