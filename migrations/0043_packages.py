"""Packages of other platforms, their versions, and how far learners are in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; they begin empty."""
    op.create_table(
        "package",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package")),
        sa.UniqueConstraint("public_id", name=op.f("uq_package_public_id")),
    )
    op.create_table(
        "package_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        *(sa.Column(name, sa.String(length=16), nullable=False) for name in ("state", "locale", "standard")),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        _belongs("package_version", "package_id", "package", "CASCADE"),
        _belongs("package_version", "by_id", "user", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_version")),
        sa.UniqueConstraint("key", name=op.f("uq_package_version_key")),
    )
    op.create_index("ix_package_version_package_id", "package_version", ["package_id"], unique=False)
    op.create_table(
        "package_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        *(sa.Column(name, UtcDateTime(), nullable=False) for name in ("started_at", "seen_at")),
        *(sa.Column(name, UtcDateTime(), nullable=True) for name in ("done_at", "passed_at")),
        sa.Column("score", sa.Integer(), nullable=True),
        _belongs("package_record", "learner_id", "learner", "CASCADE"),
        _belongs("package_record", "package_id", "package", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_record")),
        sa.UniqueConstraint("learner_id", "package_id", name=op.f("uq_package_record_learner_id_package_id")),
    )
    op.create_index("ix_package_record_package_id", "package_record", ["package_id"], unique=False)
    op.create_table(
        "package_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=255), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("launch", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("suspended", sa.Text(), nullable=False),
        sa.Column("seconds_before", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        _belongs("package_state", "record_id", "package_record", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_package_state")),
        sa.UniqueConstraint("record_id", "item", name=op.f("uq_package_state_record_id_item")),
    )


def _belongs(table: str, column: str, to: str, ends: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ends)


def downgrade() -> None:
    """Drop them: what learners reached in packages is lost, and files in the store are named by nothing."""
    for table in ("package_state", "package_record", "package_version", "package"):
        op.drop_table(table)
