"""Certificates and the fingerprints of their files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("course_version", sa.String(length=32), nullable=False),
        sa.Column("course_digest", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learner.id"], name=op.f("fk_certificate_learner_id_learner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("learner_id", "course_id", "kind", name=op.f("uq_certificate_learner_id_course_id_kind")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_table(
        "certificate_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["certificate.id"],
            name=op.f("fk_certificate_file_certificate_id_certificate"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_certificate_file_sha256")),
    )
    op.create_index("ix_certificate_file_certificate_id", "certificate_file", ["certificate_id"], unique=False)


def downgrade() -> None:
    """Drop the tables and what is in them."""
    op.drop_index("ix_certificate_file_certificate_id", table_name="certificate_file")
    op.drop_table("certificate_file")
    op.drop_table("certificate")
