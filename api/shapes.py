"""Answers that are no records, as models: what OpenAPI describes and a generated client reads."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ledger.bundle.wire import Envelope, Receipt

__all__ = [
    "Batch",
    "BatchId",
    "BatchPage",
    "BatchRoutes",
    "ChainHead",
    "CheckAnswer",
    "CheckRequest",
    "Checked",
    "Citation",
    "CitationPage",
    "Content",
    "Cursor",
    "ElementBalance",
    "Envelope",
    "Head",
    "InvalidMember",
    "LineAnswer",
    "Me",
    "Problem",
    "ProblemPage",
    "Receipt",
    "RecordId",
    "RecordSeen",
    "Remark",
    "ReportRequest",
    "ReportSeen",
    "Route",
    "RouteShare",
    "Shape",
    "Stage",
    "TracePage",
    "TraceStep",
    "VerificationAnswer",
    "VerificationCheck",
    "Violation",
]

RecordId = Annotated[str, Field(examples=["sha-256:3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])]
BatchId = Annotated[str, Field(examples=["sha-256:3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA#0"])]
Cursor = Annotated[str | None, Field(description="Give it as `after` to get the next page; absent on the last one.")]
Mass = Annotated[int, Field(description="Milligrams.", examples=[12_500_000])]


class Shape(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid")


class Head(Shape):
    """Where a chain stands: the number and id of its last record."""

    seq: int
    id: RecordId


class Violation(Shape):
    """One thing that is wrong with a record. `member` is a path; empty where the whole record is meant."""

    code: Annotated[str, Field(examples=["mass-exceeded"])]
    sentence: str
    member: str
    head: Head | None = None


class InvalidMember(Shape):
    """A parameter or member of a request that is not as documented."""

    member: str
    sentence: str


class Problem(Shape):
    """What went wrong (RFC 9457). `code` is the last part of `type`."""

    type: Annotated[str, Field(examples=["https://ledger.example.com/problems/chain-conflict"])]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    code: str
    request: Annotated[str, Field(description="The id of the request in the service's log.")]
    violations: list[Violation] | None = None
    errors: list[InvalidMember] | None = None
    head: Annotated[Head | None, Field(description="With `chain-conflict`: where the chain stands.")] = None


class ProblemPage(Shape):
    """What a kind of problem means."""

    code: str
    title: str
    status: int
    meaning: str


class LineAnswer(Shape):
    """What became of one line of a bulk submission. `status` is what a single submission would have been answered."""

    line: Annotated[int, Field(ge=1)]
    status: int
    id: Annotated[str, Field(description="The record's id; empty where the line is no record.")]
    index: int | None = None
    receipt: Receipt | None = None
    violations: list[Violation] | None = None


class Remark(Shape):
    """What was unusual about a record; it never refuses one."""

    code: str
    sentence: str
    member: str


class RecordSeen(Shape):
    """A record as the caller may see it: `own` wholly, as the `addressee` of a transfer without its chain, as a `buyer`
    with what a buyer sees, or with what was `granted` beside that.
    """  # noqa: D205 - one sentence

    record: RecordId
    index: int
    type: str
    seen_as: Literal["own", "addressee", "granted", "buyer"]
    at: str | None = None
    envelope: Envelope
    remarks: list[Remark] | None = None


class ChainHead(Shape):
    """Where a chain of one's own stands: the next record has `seq` one higher and `head` as its `prev`."""

    chain: str
    seq: int
    head: RecordId
    at: str
    use: Literal["records", "report"]
    standing: Literal["admitted", "suspended", "ended", "retired"]


class Content(Shape):
    """A part of an assembly."""

    batch: BatchId
    material: str
    mass_mg: Mass


class Batch(BaseModel):
    """A batch as the caller may see it, with what its maker says of it (lot, form, grade, magnet_type, coating, ...).

    Upstream of one's own batches (`seen_as` buyer) only its material and what it is; where some members of it were
    granted, these and its material.
    """

    model_config = ConfigDict(extra="allow")

    batch: BatchId
    record: RecordId
    seen_as: Literal["own", "holder", "granted", "buyer"]
    material: str
    lot: str | None = None
    made_at: str | None = None
    mass_mg: Mass | None = None
    left_mg: Annotated[int | None, Field(description="What is left, in mg; told to the present holder only.")] = None
    composition: Annotated[dict[str, int] | None, Field(description="Element -> ppm by mass.")] = None
    custody: Annotated[list[str] | None, Field(description="Chain-of-custody models used on the way.")] = None
    holds: Annotated[bool | None, Field(description="Whether the caller holds it now.")] = None
    holder: RecordId | None = None
    in_transit: Annotated[str | None, Field(description="The transfer that offers it.")] = None
    contents: list[Content] | None = None
    remarks: list[Remark] | None = None


class BatchPage(Shape):
    """A page of batches in the order of the log."""

    batches: list[Batch]
    after: Cursor = None


class Stage(Shape):
    """Where a stage happened, and how that is known."""

    countries: list[str]
    basis: Literal["traced", "declared"]


class Route(Shape):
    """Where some mass of an element has been."""

    origin: str
    stages: dict[str, Stage]
    known: str | None = None
    reason: str | None = None


class RouteShare(Shape):
    """A route with its mass and its share of the element."""

    route: Route
    mass_mg: Mass
    share_ppm: int


class BatchRoutes(Shape):
    """For each element, and for the body `*`, the routes; their shares sum to 1,000,000."""

    batch: BatchId
    elements: dict[str, list[RouteShare]]


class TraceStep(Shape):
    """A record made `made`, out of `taken` unless it is a source. Masses are told of one's own records only."""

    depth: Annotated[int, Field(ge=1)]
    record: RecordId
    type: str
    made: BatchId
    taken: BatchId | None = None
    mass_mg: Mass | None = None


class TracePage(Shape):
    """A page of a batch's genealogy, nearest first."""

    steps: list[TraceStep]
    after: Cursor = None


class Citation(Shape):
    """A record that cites a document."""

    record: RecordId
    index: int
    type: str


class CitationPage(Shape):
    """A page of records that cite a document."""

    records: list[Citation]
    after: Cursor = None


class CheckRequest(Shape):
    """Records to check, in order: envelopes, or plain unsigned records.

    An unsigned record may leave out `v`, `log`, `chain` and `shares`. What an earlier entry makes is named `@0#1`:
    output 1 of entry 0.
    """

    records: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=1_000)]


class ElementBalance(Shape):
    """What goes in and comes out of an element, in mg."""

    in_mg: int
    out_mg: int
    loss_mg: int


class Checked(Shape):
    """What would become of one entry. `shares` are those to sign; `left` and `made` are masses in mg by batch."""

    id: Annotated[str, Field(description="The record's id; of an unsigned one a stand-in.")]
    type: str
    accepted: bool
    violations: list[Violation]
    remarks: list[Remark]
    balance: dict[str, ElementBalance] | None = None
    left: dict[str, int] | None = None
    made: dict[str, int] | None = None
    shares: dict[str, Any] | None = None


class CheckAnswer(Shape):
    """The answers, in the order of the entries. Nothing was stored."""

    records: list[Checked]


class ReportRequest(Shape):
    """A report on a batch that the caller holds or held. `context` says what the caller states of a delivery."""

    batch: BatchId
    audience: Literal["public", "buyer", "auditor"] = "buyer"
    context: Annotated[dict[str, Any], Field(examples=[{"delivered": "2027-02-01"}])] = Field(default_factory=dict)


class ReportSeen(Shape):
    """A report as signed. `link` is there once, when it is made: whoever has it can read this report."""

    id: str
    jwt: str
    credential: dict[str, Any]
    link: str | None = None
    revoked_at: str | None = None


class VerificationCheck(Shape):
    """One thing that was looked at."""

    check: str
    result: Literal["passed", "failed", "not checked"]
    detail: str


class VerificationAnswer(Shape):
    """One sentence, the checks, and what verification does not show."""

    sentence: str
    result: Literal["passed", "failed"]
    checks: list[VerificationCheck]
    not_shown: list[str]
    credential: dict[str, Any] | None = None


class Me(Shape):
    """Whom a token speaks for; no organization for the operator's own."""

    organization: RecordId | None = None
    name: str | None = None
    country: str | None = None
    scopes: list[str]
    ledger: str
