"""Who was asked to work in a cohort and has not said yes; whoever works in one already goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it begins empty."""
    op.create_table(
        "staff_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("cohort_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("declined_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohort.id"], name=op.f("fk_staff_request_cohort_id_cohort"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staff_request_public_id")),
        sa.UniqueConstraint("cohort_id", "email", "role", name=op.f("uq_staff_request_cohort_id_email_role")),
    )
    op.create_index("ix_staff_request_email", "staff_request", ["email"], unique=False)


def downgrade() -> None:
    """Drop it. Whoever did not answer has to be asked again."""
    op.drop_index("ix_staff_request_email", table_name="staff_request")
    op.drop_table("staff_request")
