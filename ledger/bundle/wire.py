"""The wire types besides records, as models: for the JSON Schemas in `schemas/`, and for who writes a client.

Verification does not use them: it reads bytes by hand, strictly, and says where something is wrong.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "WIRE_TYPES",
    "AsOf",
    "BareGenesis",
    "Base64url",
    "Bundle",
    "Digest",
    "Envelope",
    "Evidence",
    "Genesis",
    "Hash",
    "Header",
    "Leaf",
    "LogEvidence",
    "LogExport",
    "LoggedRecord",
    "Ppm",
    "Previous",
    "ProvenGenesis",
    "ProvenRecord",
    "Receipt",
    "ReportCell",
    "ReportCredential",
    "Signature",
    "Status",
    "Subject",
    "Wire",
]

Digest = Annotated[str, Field(pattern="^sha-256:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")]
Base64url = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$")]
Hash = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]
Ppm = Annotated[int, Field(ge=0, le=1_000_000)]


class Wire(BaseModel):
    """A wire type: no other members than these."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Header(Wire):
    """The unprotected header of the first signature: disclosures (RFC 9901), each base64url of canonical JSON."""

    disclosures: Annotated[list[Base64url], Field(max_length=5_000)]


class Signature(Wire):
    """One signature. `protected` is exactly `alg`, `kid` (RFC 7638 thumbprint) and `typ`, canonical, in base64url."""

    protected: Base64url
    signature: Base64url
    header: Header | None = None


class Envelope(Wire):
    """A signed record: an SD-JWT in JWS JSON general serialization. The record's id is the digest of its payload."""

    payload: Base64url
    signatures: Annotated[list[Signature], Field(min_length=1, max_length=4)]


class Leaf(Wire):
    """What the public log says of a record: commitments only. `c` are two sorted tags."""

    c: Annotated[list[Digest], Field(min_length=2, max_length=2)]
    r: Digest
    s: Digest
    t: Literal["lodestone-leaf/1"]


class Previous(Wire):
    """The closed shard before this one."""

    origin: str
    root: Hash
    size: int


class Genesis(Wire):
    """Entry 0 of a log: from the pinned log key a verifier reaches every other key by it."""

    ledger: str
    operator: Digest
    origin: str
    prev: Previous | None = None
    rules: Digest
    t: Literal["lodestone-genesis/1"]


class Receipt(Wire):
    """The leaf beside its proof (C2SP tlog-proof@v1): durable, in the tree, under a published checkpoint."""

    record: Digest
    index: Annotated[int, Field(ge=1)]
    state: Literal["integrated", "witnessed"]
    leaf: Leaf
    proof: str


class ProvenGenesis(Wire):
    """Entry 0 with its inclusion path."""

    leaf: Genesis
    path: list[Hash]


class ProvenRecord(Wire):
    """A record with the disclosures of an audience, its leaf, and its inclusion path."""

    index: Annotated[int, Field(ge=1)]
    leaf: Leaf
    path: list[Hash]
    envelope: Envelope


class Evidence(Wire):
    """Records under one checkpoint, ascending by index, each once and each used."""

    checkpoint: str
    genesis: ProvenGenesis
    records: list[ProvenRecord]


class Bundle(Wire):
    """A report with the evidence for its audience; with a `depth`, what lies beyond it is left out."""

    depth: Annotated[int, Field(ge=0)] | None = None
    evidence: Evidence
    report: str
    v: Literal["lodestone-bundle/1"]


class LoggedRecord(Wire):
    """An entry of a log export; without `envelope` where the auditor may not see it."""

    index: Annotated[int, Field(ge=1)]
    leaf: Leaf
    envelope: Envelope | None = None


class BareGenesis(Wire):
    """Entry 0; the tree is recomputed from all leaves, so it needs no path."""

    leaf: Genesis


class LogEvidence(Wire):
    """Every entry of a log."""

    checkpoint: str
    genesis: BareGenesis
    records: list[LoggedRecord]


class LogExport(Wire):
    """A whole log for an auditor."""

    evidence: LogEvidence
    v: Literal["lodestone-bundle/1"]


class Status(Wire):
    """The report's place in the Bitstring Status List (W3C)."""

    id: str
    type: Literal["BitstringStatusListEntry"]
    statusPurpose: Literal["revocation"]
    statusListIndex: str
    statusListCredential: str


class AsOf(Wire):
    """The checkpoint that a report speaks as of."""

    origin: str
    size: int
    root: Hash


class ReportCell(Wire):
    """A share of an element (or of the body) with the countries of a statutory step, and how they are known."""

    countries: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]]
    share_ppm: Ppm
    basis: Literal["traced", "declared", "recycled", "unknown", "not-done"]
    reason: str | None = None
    inquiries: list[Digest] | None = None


class Subject(BaseModel):
    """What a report says of its batch. The members listed are always or often there; others may follow."""

    model_config = ConfigDict(extra="allow", frozen=True)
    id: str
    batch: str
    audience: Literal["public", "buyer", "auditor"]
    as_of: AsOf
    statement: dict[str, Any]
    verdicts: list[dict[str, Any]]
    recycled: dict[str, dict[str, Ppm]]
    completeness: dict[str, Ppm]


class ReportCredential(BaseModel):
    """A report's payload: a W3C Verifiable Credential 2.0 secured as `vc+jwt`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    context: Annotated[list[str], Field(alias="@context", min_length=2, max_length=2)]
    id: str
    type: list[str]
    issuer: str
    validFrom: str
    credentialStatus: Status
    credentialSubject: Subject
    trust: Evidence


WIRE_TYPES: dict[str, type[BaseModel]] = {
    "envelope": Envelope,
    "leaf": Leaf,
    "genesis": Genesis,
    "receipt": Receipt,
    "bundle": Bundle,
    "log-export": LogExport,
    "report": ReportCredential,
    "statement-cell": ReportCell,
}
"""The wire types besides records, by the names of their schemas."""
