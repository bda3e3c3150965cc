"""The time zone of a person's mail, and which kinds of messages a reader wants no more of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table; nobody has chosen anything yet."""
    op.add_column("user", sa.Column("time_zone", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "letter_stop",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_letter_stop")),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("letter_stop")
    op.drop_column("user", "time_zone")
