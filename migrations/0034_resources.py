"""The resource hub: who appraises and votes, resources with versions and appraisals, experts and votes on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TABLES = (
    "hub_member",
    "resource",
    "resource_version",
    "resource_appraisal",
    "resource_notice",
    "expert_nomination",
    "expert_vote",
)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _long(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _times(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, UtcDateTime(), nullable=nullable) for name in names]


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _points(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)


def _user(table: str, column: str = "by_id", ondelete: str = "SET NULL") -> sa.ForeignKeyConstraint:
    return _points(table, column, "user", ondelete)


def _by() -> sa.Column[int]:
    return sa.Column("by_id", sa.Integer(), nullable=True)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _yes_or_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def upgrade() -> None:
    """Make the tables; they begin empty."""
    _make_people()
    _make_resources()
    _make_experts()


def _make_people() -> None:
    op.create_table(
        "hub_member",
        _id(),
        _number("user_id"),
        _text("name", 200),
        _text("organisation", 200),
        _yes_or_no("appraises"),
        _yes_or_no("votes"),
        *_times("added_at"),
        *_times("ended_at", nullable=True),
        _user("hub_member", "user_id", "CASCADE"),
        _key("hub_member"),
    )
    op.create_index("ix_hub_member_user_id", "hub_member", ["user_id"], unique=False)


def _make_resources() -> None:
    op.create_table(
        "resource",
        _id(),
        _text("public_id", 16),
        _by(),
        _text("contact", 320),
        _text("locale", 16),
        _text("state", 16),
        _number("shown_id", nullable=True),
        *_times("created_at"),
        *_times("published_at", nullable=True),
        *_times("touched_at"),
        *_times("taken_down_at", "link_checked_at", "link_failed_since", nullable=True),
        _user("resource"),
        _key("resource"),
        sa.UniqueConstraint("public_id", name=op.f("uq_resource_public_id")),
    )
    op.create_index("ix_resource_state_published_at", "resource", ["state", "published_at"], unique=False)
    op.create_index("ix_resource_link_checked_at", "resource", ["link_checked_at"], unique=False)
    op.create_table(
        "resource_version",
        _id(),
        _number("resource_id"),
        _number("number"),
        *_times("at"),
        _by(),
        _text("locale", 16),
        _text("title", 200),
        *_long("about"),
        _text("publisher", 200),
        _text("organisation", 200),
        _text("languages", 200),
        _text("ages", 64),
        _text("audiences", 200),
        _text("format", 32),
        _text("licence", 200),
        _text("url", 500),
        *_long("evidence"),
        _text("file_key", 64),
        _text("file_type", 16),
        _number("file_bytes"),
        _text("rating", 32),
        _points("resource_version", "resource_id", "resource", "CASCADE"),
        _user("resource_version"),
        _key("resource_version"),
        sa.UniqueConstraint("resource_id", "number", name=op.f("uq_resource_version_resource_id_number")),
    )
    op.create_table(
        "resource_appraisal",
        _id(),
        _number("version_id"),
        _by(),
        _number("member_id"),
        _text("name", 200),
        _text("organisation", 200),
        _yes_or_no("is_recusal"),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        *_long("remark"),
        _text("rubric", 16),
        *_times("at"),
        _points("resource_appraisal", "version_id", "resource_version", "CASCADE"),
        _user("resource_appraisal"),
        _key("resource_appraisal"),
    )
    op.create_index("ix_resource_appraisal_version_id", "resource_appraisal", ["version_id"], unique=False)
    op.create_table(
        "resource_notice",
        _id(),
        _number("resource_id"),
        _yes_or_no("taken_down"),
        _text("reason", 32),
        *_long("note"),
        _by(),
        *_times("at"),
        _points("resource_notice", "resource_id", "resource", "CASCADE"),
        _user("resource_notice"),
        _key("resource_notice"),
    )
    op.create_index("ix_resource_notice_resource_id", "resource_notice", ["resource_id"], unique=False)


def _make_experts() -> None:
    op.create_table(
        "expert_nomination",
        _id(),
        _text("public_id", 16),
        _by(),
        _text("by_organisation", 200),
        _text("name", 200),
        _text("email", 320),
        _text("locale", 16),
        _text("organisation", 200),
        _text("country", 2),
        _text("subject", 200),
        *_long("reason", "interests"),
        _text("state", 16),
        *_times("created_at"),
        *_times("answered_at", "closes_at", "closed_at", nullable=True),
        _user("expert_nomination"),
        _key("expert_nomination"),
        sa.UniqueConstraint("public_id", name=op.f("uq_expert_nomination_public_id")),
    )
    op.create_index("ix_expert_nomination_state", "expert_nomination", ["state"], unique=False)
    op.create_index("ix_expert_nomination_email", "expert_nomination", ["email"], unique=False)
    op.create_table(
        "expert_vote",
        _id(),
        _number("nomination_id"),
        _by(),
        _number("member_id"),
        _text("choice", 16),
        *_times("at", nullable=True),
        _points("expert_vote", "nomination_id", "expert_nomination", "CASCADE"),
        _user("expert_vote"),
        _key("expert_vote"),
        sa.UniqueConstraint("nomination_id", "member_id", name=op.f("uq_expert_vote_nomination_id_member_id")),
    )


def downgrade() -> None:
    """Drop them, with everything that was contributed."""
    for table in reversed(_TABLES):
        op.drop_table(table)
