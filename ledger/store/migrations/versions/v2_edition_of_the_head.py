"""The head says how often what follows from the records was written anew."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count from 0."""
    op.add_column("log_head", sa.Column("edition", sa.BigInteger(), nullable=False, server_default="0"))
