"""The newest membership from before a list of people, by which a list that was killed tells whom it brought itself.

Revision ID: 0053
Revises: 0052
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and fill it for lists on their way: whoever is there now was there before what is still to come."""
    op.add_column("roster_import", sa.Column("newest_before", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE roster_import SET newest_before ="
        " (SELECT max(id) FROM membership WHERE membership.cohort_id = roster_import.cohort_id) WHERE state = 'running'"
    )


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("roster_import", "newest_before")
