"""Who learns with a card, waiting lists, and presses of forms that are taken once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns."""
    op.create_table(
        "press",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("made", sa.String(length=500), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_press")),
    )
    op.create_index("ix_press_at", "press", ["at"], unique=False)
    op.add_column("learner", sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("cohort", sa.Column("waiting_list", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("membership", sa.Column("queue_number", sa.Integer(), nullable=True))
    op.create_table(
        "card_learner",
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_card_learner_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_card_learner_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_card_learner")),
        sa.UniqueConstraint("learner_id", name=op.f("uq_card_learner_learner_id")),
    )


def downgrade() -> None:
    """Drop them. Who learned with a card is a visitor again, and who waited for a seat waits for approval."""
    op.execute("UPDATE membership SET state = 'waiting' WHERE state = 'queued'")
    op.drop_table("card_learner")
    op.drop_column("membership", "queue_number")
    op.drop_column("cohort", "waiting_list")
    op.drop_column("learner", "kept")
    op.drop_index("ix_press_at", table_name="press")
    op.drop_table("press")
