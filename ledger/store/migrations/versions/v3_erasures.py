"""Organizations whose disclosures were erased."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, empty."""
    op.create_table(
        "erasure",
        sa.Column("organization", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.String(), nullable=False),
        sa.Column("baseline", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization"),
    )
