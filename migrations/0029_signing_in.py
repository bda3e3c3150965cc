"""Second factors: people's apps and codes, until when somebody who works here may go without, and where people are signed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def _of_user(table: str, column: str = "user_id", ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["user.id"], name=op.f(f"fk_{table}_{column}_user"), ondelete=ondelete)


def upgrade() -> None:
    """Make the tables; they begin empty. The first day's work begins the time of those who work here, and writes to them."""
    op.create_table(
        "authenticator",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=False),
        sa.Column("last_counter", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        _of_user("authenticator"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "spare_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("printed", sa.Boolean(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _of_user("spare_code"),
        _of_user("spare_code", "given_by_id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spare_code")),
    )
    op.create_index("ix_spare_code_user_id_digest", "spare_code", ["user_id", "digest"], unique=True)
    op.create_table(
        "factor_grace",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        _of_user("factor_grace"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_factor_grace")),
    )
    op.create_table(
        "signed_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        _of_user("signed_in"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_in")),
        sa.UniqueConstraint("key", name=op.f("uq_signed_in_key")),
    )
    op.create_index("ix_signed_in_user_id", "signed_in", ["user_id"], unique=False)


def downgrade() -> None:
    """Drop them: the password alone lets everybody in again."""
    op.drop_index("ix_signed_in_user_id", table_name="signed_in")
    op.drop_table("signed_in")
    op.drop_table("factor_grace")
    op.drop_index("ix_spare_code_user_id_digest", table_name="spare_code")
    op.drop_table("spare_code")
    op.drop_table("authenticator")
