"""Groups that were asked, on a screen or on paper: the votes of phones while they last, and counts that stay."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they begin empty."""
    op.create_table(
        "group_poll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("medium", sa.String(length=16), nullable=False),
        sa.Column("course_id", sa.String(length=64), nullable=False),
        sa.Column("module_id", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=1), nullable=False),
        sa.Column("course_version", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("over_at", UtcDateTime(), nullable=True),
        sa.Column("slide", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_group_poll_by_id_user"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_group_poll_meeting_id_meeting"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_group_poll_room_id_room"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_poll")),
        sa.UniqueConstraint("public_id", name=op.f("uq_group_poll_public_id")),
    )
    for column in ("by_id", "meeting_id", "room_id"):
        op.create_index(f"ix_group_poll_{column}", "group_poll", [column], unique=False)
    op.create_table(
        "group_vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=160), nullable=False),
        sa.Column("chosen", sa.String(length=1200), nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["group_poll.id"], name=op.f("fk_group_vote_poll_id_group_poll"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["room_seat.id"], name=op.f("fk_group_vote_seat_id_room_seat"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_vote")),
        sa.UniqueConstraint("seat_id", "question", name=op.f("uq_group_vote_seat_id_question")),
    )
    op.create_index("ix_group_vote_poll_id_question", "group_vote", ["poll_id", "question"], unique=False)
    op.create_table(
        "group_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=160), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("option", sa.String(length=90), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["group_poll.id"], name=op.f("fk_group_count_poll_id_group_poll"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_count")),
        sa.UniqueConstraint(
            "poll_id", "question", "way", "option", name=op.f("uq_group_count_poll_id_question_way_option")
        ),
    )


def downgrade() -> None:
    """Drop them, with what groups answered."""
    for table in ("group_count", "group_vote", "group_poll"):
        op.drop_table(table)
