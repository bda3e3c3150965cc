"""What the courses on a trainer's certificate were called on its day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. What the courses of older certificates were called is not known, and stays empty."""
    op.add_column("certification", sa.Column("course_titles", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Drop it. What the courses were called is lost."""
    op.drop_column("certification", "course_titles")
