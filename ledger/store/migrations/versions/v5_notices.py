"""Notices of what happens beside the log."""

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, empty: what happened before is not told."""
    op.create_table(
        "notice",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("organization", sa.BigInteger()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
    )
    op.create_index("ix_notice_organization", "notice", ["organization"])
