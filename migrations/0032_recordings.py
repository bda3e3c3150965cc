"""Recordings that staff added to courses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it begins empty."""
    unique = ("course_id", "name", "locale", "quality", "extension", "kind")
    op.create_table(
        "recording_file",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(length=64), nullable=False) for name in unique),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("voice", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("made_of", sa.String(length=64), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_file")),
        sa.UniqueConstraint(*unique, name=op.f("uq_recording_file")),
    )


def downgrade() -> None:
    """Drop it: what lies in the store is named by nothing any more."""
    op.drop_table("recording_file")
