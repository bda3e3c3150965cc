"""Roles that end, invitations, accounts that were joined, what staff did with them, their search, and chosen settings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the indexes and the table; every role that was given has no end."""
    op.add_column("grant", sa.Column("until", UtcDateTime(), nullable=True))
    op.add_column("user", sa.Column("merged_into_id", sa.Integer(), nullable=True))
    letters = "varchar_pattern_ops"
    op.create_index(
        "ix_user_name", "user", ["name"], unique=False, if_not_exists=True, postgresql_ops={"name": letters}
    )
    op.create_index(
        "ix_user_email", "user", ["email"], unique=False, if_not_exists=True, postgresql_ops={"email": letters}
    )
    op.create_index("ix_user_locale_id", "user", ["locale", "id"], unique=False, if_not_exists=True)
    op.create_index("ix_user_active_id", "user", ["active", "id"], unique=False, if_not_exists=True)
    op.create_table(
        "account_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_account_event_user_id_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_account_event_by_id_user"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_event")),
    )
    op.create_index("ix_account_event_user_id_id", "account_event", ["user_id", "id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("course", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("role_until", UtcDateTime(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_invitation_by_id_user"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index("ix_invitation_email", "invitation", ["email"], unique=False)
    op.create_index("ix_invitation_expires_at", "invitation", ["expires_at"], unique=False)
    op.create_table(
        "chosen_setting",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_chosen_setting_by_id_user"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chosen_setting")),
    )


def downgrade() -> None:
    """Take them away: a role that had an end has none any more, so those that are over go first."""
    op.execute(sa.text('DELETE FROM "grant" WHERE until <= CURRENT_TIMESTAMP'))
    op.drop_table("chosen_setting")
    op.drop_table("invitation")
    op.drop_table("account_event")
    op.drop_index("ix_user_active_id", table_name="user")
    op.drop_index("ix_user_locale_id", table_name="user")
    op.drop_index("ix_user_email", table_name="user")
    op.drop_index("ix_user_name", table_name="user")
    op.drop_column("user", "merged_into_id")
    op.drop_column("grant", "until")
