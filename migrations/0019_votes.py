"""Which keys of a poll a learner's present answers count for: one row a learner and key, so that nobody is counted twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it begins empty, as no kind counted votes before."""
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_vote_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
        sa.UniqueConstraint(
            "learner_id", "course_id", "item_id", "key", name=op.f("uq_vote_learner_id_course_id_item_id_key")
        ),
    )
    op.create_index("ix_vote_course_id_item_id_key", "vote", ["course_id", "item_id", "key"], unique=False)


def downgrade() -> None:
    """Drop it. The answers themselves stay in the attempts; polls begin to count anew."""
    op.drop_index("ix_vote_course_id_item_id_key", table_name="vote")
    op.drop_table("vote")
