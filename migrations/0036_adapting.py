"""Who changed a course for a country, on what is kept of it and on certificates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nobody had changed one before."""
    for table in ("course_edition", "certificate"):
        op.add_column(table, sa.Column("adapted_by", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop them: who changed a course is not told any more."""
    for table in ("course_edition", "certificate"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("adapted_by")
