"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table of the first version."""
    op.create_table(
        "admission",
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("organization", sa.LargeBinary(), nullable=False),
        sa.Column("succeeds", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("record"),
    )
    op.create_table(
        "batch",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("whole", sa.BigInteger(), nullable=False),
        sa.Column("whole_place", sa.Integer(), nullable=False),
        sa.Column("maker", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.BigInteger(), nullable=True),
        sa.Column("transit", sa.BigInteger(), nullable=True),
        sa.Column("secondary_at", sa.BigInteger(), nullable=True),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("mass_mg", sa.BigInteger(), nullable=False),
        sa.Column("left_mg", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("routes", sa.LargeBinary(), nullable=False),
        sa.Column("contents", sa.LargeBinary(), nullable=True),
        sa.Column("carried", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", "place"),
    )
    op.create_index("batch_holder", "batch", ["holder", "idx"], unique=False)
    op.create_index(op.f("ix_batch_lot"), "batch", ["lot"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("record", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.String(), nullable=True),
        sa.Column("valid_to", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("record"),
    )
    op.create_index("certificate_subject", "certificate", ["subject"], unique=False)
    op.create_table(
        "chain",
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("organization", sa.BigInteger(), nullable=False),
        sa.Column("use", sa.String(), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("head_id", sa.LargeBinary(), nullable=False),
        sa.Column("head_at", sa.String(), nullable=False),
        sa.Column("sets", sa.LargeBinary(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("standing_changes", sa.Integer(), nullable=False),
        sa.Column("untrusted", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no"),
        sa.UniqueConstraint("id"),
    )
    op.create_index(op.f("ix_chain_organization"), "chain", ["organization"], unique=False)
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "cites",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "record"),
    )
    op.create_table(
        "facility",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("owner_country", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("idx"),
    )
    op.create_index(op.f("ix_facility_organization"), "facility", ["organization"], unique=False)
    op.create_table(
        "held",
        sa.Column("batch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("organization", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("batch", "place", "organization"),
    )
    op.create_index(op.f("ix_held_organization"), "held", ["organization"], unique=False)
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ledger", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("genesis", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "organization",
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_latin", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("no"),
    )
    op.create_table(
        "record",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("chain", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("organization", sa.BigInteger(), nullable=False),
        sa.Column("facility", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("tags", sa.LargeBinary(), nullable=False),
        sa.Column("signatures", sa.LargeBinary(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("record_chain_seq", "record", ["chain", "seq"], unique=True)
    op.create_table(
        "remark",
        sa.Column("record", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remarks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record"),
    )
    op.create_table(
        "report",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("organization", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("jwt", sa.String(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sa.UniqueConstraint("link"),
    )
    op.create_index(op.f("ix_report_organization"), "report", ["organization"], unique=False)
    op.create_table(
        "route",
        sa.Column("no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("no"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "standing",
        sa.Column("opener", sa.LargeBinary(), nullable=False),
        sa.Column("record", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("opener", "record"),
    )
    op.create_table(
        "status_list",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.Column("jwt", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("organization", sa.BigInteger(), nullable=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("secret"),
    )
    op.create_table(
        "transfer",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sender", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.BigInteger(), nullable=True),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("batches", sa.LargeBinary(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("idx"),
    )
    op.create_index(op.f("ix_transfer_recipient"), "transfer", ["recipient"], unique=False)
    op.create_index(op.f("ix_transfer_sender"), "transfer", ["sender"], unique=False)
    op.create_table(
        "uses",
        sa.Column("record", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("record", "at"),
    )
    op.create_index("uses_batch", "uses", ["batch", "place"], unique=False)
