"""Sessions that were signed out of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table. Sessions from before have no number and end as they did: on the device alone."""
    op.create_table(
        "ended_session",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], ondelete="CASCADE", name="fk_ended_session_user_id_user"),
    )
    op.create_index("ix_ended_session_user_id", "ended_session", ["user_id"], unique=False)
    op.create_index("ix_ended_session_until", "ended_session", ["until"], unique=False)


def downgrade() -> None:
    """Drop the table: who signed out with a cookie copied before is signed in by it again until it is too old."""
    op.drop_table("ended_session")
