"""Badges: the addresses that this site signs under, places in its status list, and badges that cohorts ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and what a cohort asks for."""
    op.add_column("cohort", sa.Column("asked_badges", sa.JSON(), nullable=True))
    op.create_table(
        "brought_badge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("membership_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.String(length=16), nullable=False),
        sa.Column("credential", sa.String(length=64), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("brought_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"],
            ["membership.id"],
            name=op.f("fk_brought_badge_membership_id_membership"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brought_badge")),
        sa.UniqueConstraint("membership_id", "asked", name=op.f("uq_brought_badge_membership_id_asked")),
        sa.UniqueConstraint("asked", "credential", name=op.f("uq_brought_badge_asked_credential")),
    )
    op.create_table(
        "credential_issuer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_issuer")),
        sa.UniqueConstraint("address", name=op.f("uq_credential_issuer_address")),
    )
    op.create_table(
        "credential_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_status")),
        sa.UniqueConstraint("number", name=op.f("uq_credential_status_number")),
        sa.UniqueConstraint("position", name=op.f("uq_credential_status_position")),
    )


def downgrade() -> None:
    """Take all of it away."""
    op.drop_table("brought_badge")
    op.drop_column("cohort", "asked_badges")
    op.drop_table("credential_status")
    op.drop_table("credential_issuer")
