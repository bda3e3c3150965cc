"""Certificates for packages: the decision about each, and the versions that learners did.

Revision ID: 0047
Revises: 0046
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. No package earned a certificate before; versions that are there are numbered in their order."""
    op.add_column("package", sa.Column("earns_certificate", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("package", sa.Column("needed_score", sa.Integer(), nullable=True))
    op.add_column(
        "package_version", sa.Column("digest", sa.String(length=64), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("package_version", sa.Column("number", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("package_record", sa.Column("done_version_id", sa.Integer(), nullable=True))
    version = sa.table("package_version", *map(sa.column, ("id", "package_id", "locale", "number")))
    other = version.alias("other")
    before = (
        sa.select(sa.func.count())
        .select_from(other)
        .where(
            other.c.package_id == version.c.package_id, other.c.locale == version.c.locale, other.c.id <= version.c.id
        )
        .scalar_subquery()
    )
    op.execute(sa.update(version).where(version.c.package_id.is_not(None)).values(number=before))
    record = sa.table("package_record", *map(sa.column, ("version_id", "done_at", "done_version_id")))
    # The version that was begun last: which one it was done in was not kept.
    op.execute(sa.update(record).where(record.c.done_at.is_not(None)).values(done_version_id=record.c.version_id))


def downgrade() -> None:
    """Drop them; versions whose files are gone go as well, as they did before."""
    op.execute("DELETE FROM package_version WHERE state = 'forgotten'")
    op.drop_column("package_record", "done_version_id")
    for name in ("number", "digest"):
        op.drop_column("package_version", name)
    for name in ("needed_score", "earns_certificate"):
        op.drop_column("package", name)
