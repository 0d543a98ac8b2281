"""Tables: what was received, byte for byte, and beside it an index that can be rebuilt from it.

Record ids are 32 raw bytes; inside the store a record is its log index, a batch is (index, place), an organization is
the index of its first `organization` record. Rows never become domain objects by themselves: `ledger.store.codec` does
that.
"""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field, SQLModel

__all__ = [
    "AdmissionRow",
    "BatchRow",
    "CertificateRow",
    "ChainRow",
    "CheckpointRow",
    "CiteRow",
    "ErasureRow",
    "FacilityRow",
    "GrantRow",
    "GrantSubjectRow",
    "HeadRow",
    "HeldRow",
    "NoticeRow",
    "OrganizationRow",
    "RecordRow",
    "RemarkRow",
    "ReportRow",
    "RouteRow",
    "StandingRow",
    "StatusRow",
    "TokenRow",
    "TransferRow",
    "UseRow",
]


class HeadRow(SQLModel, table=True):
    """One row: the head of the log. Whoever changes the ledger holds its lock.

    `edition` counts how often rows that follow from the records were written anew (`ledger.store.log.rewritten`).
    """

    __tablename__ = "log_head"
    id: int = Field(primary_key=True)
    ledger: str
    origin: str
    size: int = Field(sa_type=BigInteger)
    frontier: bytes = Field(sa_type=LargeBinary)
    rules: str
    operator: str
    genesis: bytes = Field(sa_type=LargeBinary)
    edition: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class RecordRow(SQLModel, table=True):
    """An accepted record: its envelope as received. `tags` and `signatures` make its leaf without the envelope."""

    __tablename__ = "record"
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    id: bytes = Field(sa_type=LargeBinary, unique=True)
    type: str
    chain: int = Field(sa_type=BigInteger)
    seq: int = Field(sa_type=BigInteger)
    organization: int = Field(sa_type=BigInteger)
    facility: int | None = Field(default=None, sa_type=BigInteger)
    at: str
    tags: bytes = Field(sa_type=LargeBinary)
    signatures: bytes = Field(sa_type=LargeBinary)
    envelope: bytes = Field(sa_type=LargeBinary)
    __table_args__ = (Index("record_chain_seq", "chain", "seq", unique=True),)


class ChainRow(SQLModel, table=True):
    """A chain; its number is the log index of the record that opened it."""

    __tablename__ = "chain"
    no: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    id: bytes = Field(sa_type=LargeBinary, unique=True)
    organization: int = Field(sa_type=BigInteger, index=True)
    use: str
    head_seq: int = Field(sa_type=BigInteger)
    head_id: bytes = Field(sa_type=LargeBinary)
    head_at: str
    sets: bytes = Field(sa_type=LargeBinary)
    standing: str
    retired: bool
    standing_changes: int
    untrusted: bytes = Field(sa_type=LargeBinary)


class OrganizationRow(SQLModel, table=True):
    """An organization, by the log index of its first `organization` record, with the names people know it by."""

    __tablename__ = "organization"
    no: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    name: str
    name_latin: str | None = None
    country: str


class AdmissionRow(SQLModel, table=True):
    """The operator's word that an organization record may open a chain."""

    __tablename__ = "admission"
    record: bytes = Field(primary_key=True, sa_type=LargeBinary)
    organization: bytes = Field(sa_type=LargeBinary)
    succeeds: bytes | None = Field(default=None, sa_type=LargeBinary)


class StandingRow(SQLModel, table=True):
    """A record that bears on a chain: its `organization` record (by whose id it is found), admissions, keys."""

    __tablename__ = "standing"
    opener: bytes = Field(primary_key=True, sa_type=LargeBinary)
    record: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


class FacilityRow(SQLModel, table=True):
    """A facility, by the log index of its record."""

    __tablename__ = "facility"
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    organization: int = Field(sa_type=BigInteger, index=True)
    operator: int | None = Field(default=None, sa_type=BigInteger)
    name: str
    country: str
    owner_country: str | None = None


class TransferRow(SQLModel, table=True):
    """A transfer, by the log index of its record; `batches` is JSON `[[index, place], ...]` by place."""

    __tablename__ = "transfer"
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    sender: int = Field(sa_type=BigInteger)
    recipient: int | None = Field(default=None, sa_type=BigInteger)
    terms: str
    at: str
    batches: bytes = Field(sa_type=LargeBinary)
    standing: str
    __table_args__ = (
        Index("transfer_sent", "sender", "standing"),
        Index("transfer_offered", "recipient", "standing"),
    )


class BatchRow(SQLModel, table=True):
    """A batch. Masses in mg. `routes`, `contents`, `carried` and `said` are JSON, routes by their interned numbers.

    `whole` and `whole_place` name the batch of a source or process that it is a part of, through every transfer
    between; of a batch that is no part, itself.
    """

    __tablename__ = "batch"
    idx: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    place: int = Field(primary_key=True)
    whole: int = Field(sa_type=BigInteger)
    whole_place: int
    maker: int = Field(sa_type=BigInteger)
    holder: int | None = Field(default=None, sa_type=BigInteger)
    transit: int | None = Field(default=None, sa_type=BigInteger)
    secondary_at: int | None = Field(default=None, sa_type=BigInteger)
    lot: str = Field(index=True)
    material: str
    mass_mg: int = Field(sa_type=BigInteger)
    left_mg: int = Field(sa_type=BigInteger)
    said: bytes = Field(sa_type=LargeBinary)
    routes: bytes = Field(sa_type=LargeBinary)
    contents: bytes | None = Field(default=None, sa_type=LargeBinary)
    carried: bytes = Field(sa_type=LargeBinary)
    __table_args__ = (Index("batch_holder", "holder", "idx"),)


class RouteRow(SQLModel, table=True):
    """A route, once; batches name it by its number."""

    __tablename__ = "route"
    no: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    key: bytes = Field(sa_type=LargeBinary, unique=True)


class UseRow(SQLModel, table=True):
    """A record takes from a batch, or moves it: the edges of the provenance graph, walked both ways.

    `at` is the place in the record's list. `role` is `input` (a process), `part` (a transfer cuts it off: the part is
    batch `<record>#<at>`), `offer` (a transfer of what is left), `accept` (a receive), or `adjust`.
    """

    __tablename__ = "uses"
    record: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: int = Field(primary_key=True)
    batch: int = Field(sa_type=BigInteger)
    place: int
    role: str
    __table_args__ = (Index("uses_batch", "batch", "place"),)


class HeldRow(SQLModel, table=True):
    """Who holds or held a batch, which is who may see it."""

    __tablename__ = "held"
    batch: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    place: int = Field(primary_key=True)
    organization: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    __table_args__ = (Index("held_own", "organization", "batch", "place"),)


class CiteRow(SQLModel, table=True):
    """A record cites a document by its digest."""

    __tablename__ = "cites"
    digest: bytes = Field(primary_key=True, sa_type=LargeBinary)
    record: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


class CertificateRow(SQLModel, table=True):
    """A certificate by what it is about: a facility, organization or transfer by its record, a batch with its place."""

    __tablename__ = "certificate"
    record: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    subject: int = Field(sa_type=BigInteger)
    place: int | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    __table_args__ = (Index("certificate_subject", "subject"),)


class RemarkRow(SQLModel, table=True):
    """What was unusual about an accepted record, as JSON."""

    __tablename__ = "remark"
    record: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    remarks: bytes = Field(sa_type=LargeBinary)


class ErasureRow(SQLModel, table=True):
    """An organization whose disclosures were erased, when the log had a size.

    `baseline` is the SHA-256 of the file with what followed from all records up to there, which nobody can recompute
    any more.
    """

    __tablename__ = "erasure"
    organization: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    size: int = Field(sa_type=BigInteger)
    erased_at: str
    baseline: bytes = Field(sa_type=LargeBinary)


class CheckpointRow(SQLModel, table=True):
    """Every checkpoint that was published, as signed."""

    __tablename__ = "checkpoint"
    size: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    note: str


class ReportRow(SQLModel, table=True):
    """A report as signed. `link` is the SHA-256 of the secret in its link; `number` its place in the status list."""

    __tablename__ = "report"
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True)
    organization: int = Field(sa_type=BigInteger)
    batch: int = Field(sa_type=BigInteger)
    place: int
    audience: str
    as_of: int = Field(sa_type=BigInteger)
    made_at: str
    jwt: str
    link: bytes = Field(sa_type=LargeBinary, unique=True)
    revoked_at: str | None = None
    __table_args__ = (Index("report_own", "organization", "made_at"),)


class StatusRow(SQLModel, table=True):
    """A status list credential as signed, newest last."""

    __tablename__ = "status_list"
    number: int = Field(primary_key=True, sa_type=BigInteger)
    made_at: str
    jwt: str


class TokenRow(SQLModel, table=True):
    """A bearer token: only the SHA-256 of its secret is kept. `organization` is empty for the operator's own."""

    __tablename__ = "token"
    id: str = Field(primary_key=True)
    secret: bytes = Field(sa_type=LargeBinary, unique=True)
    organization: int | None = Field(default=None, sa_type=BigInteger)
    scopes: str
    label: str
    created_at: str
    expires_at: str
    revoked_at: str | None = None


class GrantRow(SQLModel, table=True):
    """An organization opened something of its own to another one. `members` is a JSON list; empty means all.

    Organizations are log indexes. `number` grows in the order in which grants were given.
    """

    __tablename__ = "grants"
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    id: str = Field(unique=True)
    grantor: int = Field(sa_type=BigInteger, index=True)
    grantee: int = Field(sa_type=BigInteger, index=True)
    members: bytes = Field(sa_type=LargeBinary)
    created_at: str
    expires_at: str | None = None
    revoked_at: str | None = None


class GrantSubjectRow(SQLModel, table=True):
    """What a grant is on: a record (`place` is -1), or a batch that the record made."""

    __tablename__ = "grant_subject"
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    record: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    place: int = Field(primary_key=True)
    __table_args__ = (Index("grant_subject_record", "record", "place"),)


class NoticeRow(SQLModel, table=True):
    """What happened beside the log and concerns an organization (None: whoever has something made of `about`'s).

    Numbers are 1, 2, 3, ... in the order in which it happened. `about` is a grant, a report or an organization.
    """

    __tablename__ = "notice"
    number: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    organization: int | None = Field(default=None, sa_type=BigInteger, index=True)
    kind: str
    about: str
    at: str
