"""The ledger of fives, from which reports are handed on; the day's work fills it from the first day on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _row() -> list[sa.Column[str]]:
    return [
        sa.Column("figure", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=2), nullable=False),
        sa.Column("dimension", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
    ]


def upgrade() -> None:
    """Make the tables; they begin empty."""
    op.create_table(
        "ledger",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "ledger_mark",
        *_row(),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("marks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("figure", "scope", "dimension", "value", "day", name=op.f("pk_ledger_mark")),
    )
    op.create_index("ix_ledger_mark_scope_day", "ledger_mark", ["scope", "day"], unique=False)
    op.create_table(
        "ledger_carry",
        *_row(),
        sa.Column("carry", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("figure", "scope", "dimension", "value", name=op.f("pk_ledger_carry")),
    )


def downgrade() -> None:
    """Drop the tables. What was given out is lost: a ledger that is begun again gives other fives."""
    op.drop_table("ledger_carry")
    op.drop_index("ix_ledger_mark_scope_day", table_name="ledger_mark")
    op.drop_table("ledger_mark")
    op.drop_table("ledger")
