"""When it became known that somebody finished a course, where that was later: webhooks are told of it then, whatever its day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and its index; of all that was finished before it is empty."""
    op.add_column("enrolment", sa.Column("finish_noted_at", UtcDateTime(), nullable=True))
    where = sa.text("finish_noted_at IS NOT NULL")
    op.create_index(
        "ix_enrolment_finish_noted_at",
        "enrolment",
        ["finish_noted_at"],
        unique=False,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_enrolment_finish_noted_at", table_name="enrolment")
    op.drop_column("enrolment", "finish_noted_at")
