"""Series of sessions: registration for one meeting, and what its page shows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def _new() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "cohort": (
            sa.Column("is_public", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("about", sa.Text(), nullable=False, server_default=""),
        ),
        "membership": (sa.Column("sector", sa.String(length=32), nullable=False, server_default=""),),
        "meeting": (
            sa.Column("by_registration", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("capacity", sa.Integer(), nullable=True),
            sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("waiting_list", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("link_minutes", sa.Integer(), nullable=True),
            sa.Column("agenda", sa.Text(), nullable=False, server_default=""),
            sa.Column("recording", sa.String(length=500), nullable=False, server_default=""),
            sa.Column("notes_rule", sa.String(length=16), nullable=False, server_default="chatham"),
            sa.Column("notes", sa.Text(), nullable=False, server_default=""),
        ),
    }


_PARTS = ("session_speaker", "session_material", "session_action")


def upgrade() -> None:
    """Add the columns and the tables; every meeting there is goes on as it was."""
    for table, columns in _new().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "registration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("queue_number", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        *_of_meeting("registration"),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_registration_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("meeting_id", "membership_id", name=op.f("uq_registration_meeting_id_membership_id")),
    )
    op.create_index("ix_registration_membership_id", "registration", ["membership_id"], unique=False)
    _make(
        "session_speaker",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("agreed_at", UtcDateTime(), nullable=True),
    )
    _make(
        "session_material",
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("link", sa.String(length=500), nullable=False),
        sa.Column("for_all", sa.Boolean(), nullable=False),
    )
    _make(
        "session_action",
        sa.Column("what", sa.String(length=500), nullable=False),
        sa.Column("organisation", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
    )


def _of_meeting(table: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f(f"fk_{table}_meeting_id_meeting"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _make(table: str, *columns: sa.Column[object]) -> None:
    own = (sa.Column("id", sa.Integer(), nullable=False), sa.Column("meeting_id", sa.Integer(), nullable=False))
    op.create_table(table, *own, *columns, *_of_meeting(table))
    op.create_index(f"ix_{table}_meeting_id", table, ["meeting_id"], unique=False)


def downgrade() -> None:
    """Drop them. Who registered, and what stood on the pages of sessions, is lost."""
    for table in (*_PARTS, "registration"):
        op.drop_table(table)
    for table, columns in _new().items():
        for column in columns:
            op.drop_column(table, column.name)
