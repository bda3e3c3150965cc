"""Questions asked beside the steps of a course: one row for each that a learner was asked, or is to be asked, and the answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it begins empty, as nobody was asked before."""
    op.create_table(
        "practice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("by_letter", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("letter_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("item_id", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("question_id", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("is_right", sa.Boolean(), nullable=True),
        sa.Column("locale", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("course_version", sa.String(length=32), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_practice_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
        sa.UniqueConstraint("learner_id", "course_id", "key", name=op.f("uq_practice_learner_id_course_id_key")),
    )
    op.create_index("ix_practice_course_id_purpose", "practice", ["course_id", "purpose"], unique=False)
    op.create_index(
        "ix_practice_by_letter_letter_at_due_on", "practice", ["by_letter", "letter_at", "due_on"], unique=False
    )


def downgrade() -> None:
    """Drop it, and the answers in it with it: nothing else keeps them."""
    op.drop_index("ix_practice_by_letter_letter_at_due_on", table_name="practice")
    op.drop_index("ix_practice_course_id_purpose", table_name="practice")
    op.drop_table("practice")
