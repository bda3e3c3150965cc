"""When a learner finished a course; the day's work fills it in for what was finished before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. What a course holds stands in no table, so the times are found by the running site."""
    op.add_column("enrolment", sa.Column("finished_at", UtcDateTime(), nullable=True))
    op.create_index("ix_enrolment_finished_at", "enrolment", ["finished_at"], unique=False)


def downgrade() -> None:
    """Drop the column; the steps it was found from stay."""
    op.drop_index("ix_enrolment_finished_at", table_name="enrolment")
    op.drop_column("enrolment", "finished_at")
