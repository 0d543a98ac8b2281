"""What a report prints, as types: every member known, every list of cells summing to exactly 1,000,000 ppm."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator

from ledger.errors import VerificationError
from ledger.records.fields import BatchId, Composition, Date, Digest, Moment, Ppm, RecordId, Text, Time
from ledger.report.disclose import AUDIENCES
from ledger.values.quantity import PPM

__all__ = [
    "PrintedAsOf",
    "PrintedBeneath",
    "PrintedCell",
    "PrintedCertificate",
    "PrintedCompleteness",
    "PrintedEntry",
    "PrintedGap",
    "PrintedGaps",
    "PrintedInquiry",
    "PrintedNeed",
    "PrintedReason",
    "PrintedRemark",
    "PrintedRow",
    "PrintedShares",
    "PrintedStatement",
    "PrintedSubject",
    "PrintedVerdict",
    "read_credential",
]

_Hash = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]


class _Printed(BaseModel):
    """A part of a report: nothing but the members that are known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PrintedCell(_Printed):
    """A share of an element with the countries of one statutory step."""

    basis: Literal["traced", "declared", "recycled", "unknown", "not-done"]
    countries: list[str]
    share_ppm: Ppm
    reason: Text | None = None
    inquiries: list[RecordId] | None = None

    @property
    def said(self) -> tuple[tuple[str, ...], str, str]:
        """What the cell says, without how much."""
        return tuple(self.countries), self.basis, self.reason or ""


def _whole(cells: Sequence[PrintedCell]) -> Sequence[PrintedCell]:
    if sum(cell.share_ppm for cell in cells) != PPM:
        raise ValueError("its shares do not sum to 1,000,000")
    if len({cell.said for cell in cells}) != len(cells):
        raise ValueError("two of its cells say the same")
    return cells


class PrintedRow(_Printed):
    """The answers for one element."""

    mined: list[PrintedCell]
    refined: list[PrintedCell]
    metals_and_alloys: list[PrintedCell]
    _whole = field_validator("*")(_whole)


class PrintedBeneath(_Printed):
    """Steps that are shown apart, where they occur."""

    beneficiated: list[PrintedCell] | None = None
    fluorinated: list[PrintedCell] | None = None


class PrintedStatement(_Printed):
    """The section 857 statement."""

    title: Text
    elements: dict[str, PrintedRow]
    sintered_or_bonded: list[PrintedCell]
    magnetized: list[PrintedCell]
    beneath: dict[str, PrintedBeneath] | None = None
    _whole = field_validator("sintered_or_bonded", "magnetized")(_whole)


class PrintedReason(_Printed):
    """Why a verdict is FAIL."""

    element: str
    stage: str
    country: str
    share_ppm: Ppm
    batch: BatchId | None = None


class PrintedNeed(_Printed):
    """What would settle an UNKNOWN."""

    element: str
    stages: list[str]
    share_ppm: Ppm
    what: Text
    batch: BatchId | None = None


class PrintedRemark(_Printed):
    """What people should read beside a verdict."""

    code: str
    what: Text
    element: str | None = None
    stages: list[str] | None = None
    country: str | None = None
    share_ppm: Ppm | None = None
    batch: BatchId | None = None


class PrintedVerdict(_Printed):
    """What one rule pack says."""

    assumed: dict[str, JsonValue]
    delivered: Date
    ground: str
    needs: list[PrintedNeed]
    pack_digest: Digest
    reasons: list[PrintedReason]
    remarks: list[PrintedRemark]
    rule_pack: str
    strict: Literal["PASS", "FAIL", "UNKNOWN"]
    verdict: Literal["PASS", "FAIL", "UNKNOWN"]


class PrintedShares(_Printed):
    """Where an element came from."""

    post_consumer_ppm: Ppm
    pre_consumer_ppm: Ppm
    primary_ppm: Ppm
    unknown_ppm: Ppm


class PrintedCompleteness(_Printed):
    """How much is traced, declared, unknown."""

    traced_ppm: Ppm
    declared_ppm: Ppm
    unknown_ppm: Ppm


class PrintedEntry(_Printed):
    """What is said of a batch, or of one magnet lot of an assembly."""

    batch: BatchId
    material: str
    magnet_type: str | None = None
    composition: Composition | None = None
    statement: PrintedStatement
    verdicts: list[PrintedVerdict]
    recycled: dict[str, PrintedShares]
    completeness: PrintedCompleteness


class PrintedInquiry(_Printed):
    """An inquiry and how it stands."""

    record: RecordId
    outcome: str
    sent: Moment | None = None
    due: Moment | None = None
    closed: Moment | None = None


class PrintedGap(_Printed):
    """A cell that is open."""

    element: str
    bucket: str
    reason: str
    share_ppm: Ppm
    inquiries: list[PrintedInquiry]


class PrintedGaps(_Printed):
    """Every open cell, and the day by which the statute wants them followed up."""

    cells: list[PrintedGap]
    delivered: Date | None = None
    due: Date | None = None


class PrintedAsOf(_Printed):
    """The checkpoint that the report speaks of."""

    origin: str
    size: int
    root: _Hash


class PrintedCertificate(_Printed):
    """A third party's document."""

    about: str
    record: RecordId
    scheme: Text
    valid: dict[Literal["from", "to"], Date] | None = None
    number: Text | None = None
    certifier: Text | None = None
    document: Digest | None = None


class PrintedSubject(PrintedEntry):
    """The report's subject."""

    id: str
    audience: Literal[AUDIENCES]  # type: ignore[valid-type]
    as_of: PrintedAsOf
    consolidation: str | None = None
    coating: str | None = None
    grade: str | None = None
    form: str | None = None
    lot: str | None = None
    recycled_target: dict[str, JsonValue]
    gaps: PrintedGaps
    custody: list[str] | None = None
    owners: dict[str, list[str]] | None = None
    certificates: list[PrintedCertificate] | None = None
    magnets: list[PrintedEntry] | None = None
    assumed: dict[str, JsonValue] | None = None
    inquiries: list[PrintedInquiry] | None = None


class _Status(_Printed):
    id: str
    type: Literal["BitstringStatusListEntry"]
    purpose: Annotated[Literal["revocation"], Field(alias="statusPurpose")]
    number: Annotated[str, Field(alias="statusListIndex", pattern="^(0|[1-9][0-9]{0,8})$")]
    listed_in: Annotated[str, Field(alias="statusListCredential")]


class _Credential(_Printed):
    context: Annotated[list[str], Field(alias="@context", min_length=2, max_length=2)]
    id: str
    type: list[str]
    issuer: str
    valid_from: Annotated[Time, Field(alias="validFrom")]
    status: Annotated[_Status, Field(alias="credentialStatus")]
    subject: Annotated[PrintedSubject, Field(alias="credentialSubject")]
    trust: dict[str, JsonValue]


def read_credential(credential: object) -> PrintedSubject:
    """The subject of a credential all of whose members are known and well formed.

    Raises:
        VerificationError: they are not; the sentence names the member.
    """
    try:
        read = _Credential.model_validate(credential)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        member = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise VerificationError(f"report, {member}: {said}") from None
    if read.context[0] != "https://www.w3.org/ns/credentials/v2":
        raise VerificationError("report, @context: expected the W3C context of credentials first")
    if read.type != ["VerifiableCredential", "MagnetTransparencyReport"]:
        raise VerificationError("report, type: this is no magnet transparency report")
    if read.subject.id != f"urn:lodestone:{read.subject.batch}":
        raise VerificationError("report, credentialSubject.id: it is not that of the batch")
    return read.subject
