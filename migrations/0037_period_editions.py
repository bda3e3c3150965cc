"""Editions of the report of a programme."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they begin empty."""
    op.create_table(
        "period_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("people_until", sa.Date(), nullable=True),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("corrections", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_edition")),
        sa.UniqueConstraint("public_id", name=op.f("uq_period_edition_public_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name=op.f("fk_period_edition_programme_id_programme"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"], ["period_edition.id"], name=op.f("fk_period_edition_previous_id_period_edition"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user.id"], name=op.f("fk_period_edition_made_by_id_user"), ondelete="SET NULL"
        ),
    )  # fmt: skip
    op.create_index("ix_period_edition_made_by_id", "period_edition", ["made_by_id"])
    op.create_table(
        "period_edition_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_edition_row")),
        sa.UniqueConstraint("edition_id", "key", name=op.f("uq_period_edition_row_edition_id_key")),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["period_edition.id"], name=op.f("fk_period_edition_row_edition_id_period_edition"),
            ondelete="CASCADE",
        ),
    )  # fmt: skip


def downgrade() -> None:
    """Drop them: editions that were handed on stay on the paper alone."""
    op.drop_table("period_edition_row")
    op.drop_index("ix_period_edition_made_by_id", table_name="period_edition")
    op.drop_table("period_edition")
