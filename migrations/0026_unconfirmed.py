"""An index of the few accounts whose address nobody confirmed, for the list of accounts and the day's work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it; it holds only those that are not confirmed."""
    where = sa.text("confirmed_at IS NULL")
    op.create_index(
        "ix_user_unconfirmed",
        "user",
        ["id"],
        unique=False,
        if_not_exists=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_user_unconfirmed", table_name="user")
