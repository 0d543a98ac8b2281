"""Indexes for pages of one's own: batches once held and reports made, newest first; transfers by where they stand."""

from alembic import op

revision = "6"
down_revision = "5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Each takes the place of one on the organization alone, so that writing costs what it did."""
    op.create_index("held_own", "held", ["organization", "batch", "place"])
    op.drop_index("ix_held_organization", "held")
    op.create_index("report_own", "report", ["organization", "made_at"])
    op.drop_index("ix_report_organization", "report")
    op.create_index("transfer_sent", "transfer", ["sender", "standing"])
    op.drop_index("ix_transfer_sender", "transfer")
    op.create_index("transfer_offered", "transfer", ["recipient", "standing"])
    op.drop_index("ix_transfer_recipient", "transfer")
