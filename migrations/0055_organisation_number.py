"""The number that a register gives the organisation of somebody in a cohort (OneRoster's ``sourcedId`` of an org)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no organisation has one yet."""
    number = sa.Column("organisation_number", sa.String(length=255), nullable=False, server_default=sa.text("''"))
    op.add_column("membership", number)


def downgrade() -> None:
    """Take it away."""
    op.drop_column("membership", "organisation_number")
