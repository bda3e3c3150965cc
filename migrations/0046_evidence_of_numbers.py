"""The number of a record that a piece of evidence shows.

Revision ID: 0046
Revises: 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; all evidence that is there shows the record as a whole."""
    op.add_column("activity_evidence", sa.Column("shows", sa.String(64), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Drop the column; the evidence stays with its record."""
    op.drop_column("activity_evidence", "shows")
