"""The number that somebody in a cohort has in a register of another system (OneRoster's ``sourcedId``)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody has one yet."""
    op.add_column("membership", sa.Column("sourced_id", sa.String(length=255), nullable=True))
    op.create_index("uq_membership_cohort_id_sourced_id", "membership", ["cohort_id", "sourced_id"], unique=True)


def downgrade() -> None:
    """Take it away."""
    op.drop_index("uq_membership_cohort_id_sourced_id", table_name="membership")
    op.drop_column("membership", "sourced_id")
