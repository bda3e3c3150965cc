"""Packages that say what is reached in statements (cmi5, xAPI): the registration of a record, and how a session went."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; records that are there have no registration."""
    op.add_column(
        "package_record", sa.Column("registration", sa.String(length=36), server_default=sa.text("''"), nullable=False)
    )
    op.create_index(
        "ix_package_record_registration", "package_record", ["registration"], unique=False, if_not_exists=True
    )
    for name in ("initialized_at", "terminated_at"):
        op.add_column("xapi_session", sa.Column(name, UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take the columns away."""
    for name in ("terminated_at", "initialized_at"):
        op.drop_column("xapi_session", name)
    op.drop_index("ix_package_record_registration", table_name="package_record")
    op.drop_column("package_record", "registration")
