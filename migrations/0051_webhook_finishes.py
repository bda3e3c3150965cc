"""How far webhooks were told of finished courses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nobody asked for these before."""
    op.add_column("webhook", sa.Column("last_finish_at", UtcDateTime(), nullable=True))
    op.add_column("webhook", sa.Column("last_finish", sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    """Take the columns away."""
    op.drop_column("webhook", "last_finish")
    op.drop_column("webhook", "last_finish_at")
