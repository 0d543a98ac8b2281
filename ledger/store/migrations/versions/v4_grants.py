"""Grants: what an organization opened to another one."""

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "grants",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("grantor", sa.BigInteger(), nullable=False),
        sa.Column("grantee", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.Column("expires_at", sa.String()),
        sa.Column("revoked_at", sa.String()),
    )
    op.create_index("ix_grants_grantor", "grants", ["grantor"])
    op.create_index("ix_grants_grantee", "grants", ["grantee"])
    op.create_table(
        "grant_subject",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("record", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer(), primary_key=True, autoincrement=False),
    )
    op.create_index("grant_subject_record", "grant_subject", ["record", "place"])
