"""Scored visits are found by an index: the report of a period asks for the questions before and after courses among all visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    where = sa.text("score IS NOT NULL")
    op.create_index(
        "ix_visit_scored",
        "visit",
        ["item_id", "done_at"],
        unique=False,
        if_not_exists=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_visit_scored", table_name="visit")
