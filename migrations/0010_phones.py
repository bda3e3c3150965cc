"""Telephone numbers of a cohort's people, and what a roster has to say about lines it takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nobody has a number yet, and no earlier roster had anything to say."""
    op.add_column("membership", sa.Column("phone", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.add_column("roster_import", sa.Column("noticed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("roster_import", sa.Column("unknown_words", sa.Text(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Drop the columns, and the numbers with them."""
    op.drop_column("roster_import", "unknown_words")
    op.drop_column("roster_import", "noticed")
    op.drop_column("membership", "phone")
