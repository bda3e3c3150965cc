"""Learning platforms that launch our courses (LTI 1.3): who they are, whom and what they send, and scores that go back.

Revision ID: 0045
Revises: 0044
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_TABLES = (
    "lti_score",
    "lti_link",
    "lti_person",
    "lti_nonce",
    "lti_deployment",
    "lti_platform",
    "lti_key",
    "lti_invitation",
)


def upgrade() -> None:
    """Make the tables; nobody was sent by a platform before."""
    _make_platforms()
    _make_people()
    _make_scores()
    op.create_table(
        "lti_key",
        _id(),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("public", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("signs_from", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_key")),
        sa.UniqueConstraint("kid", name=op.f("uq_lti_key_kid")),
    )
    op.create_table(
        "lti_invitation",
        _id(),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_lti_invitation_token_hash")),
    )


def _make_platforms() -> None:
    op.create_table(
        "lti_platform",
        _id(),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        *(sa.Column(name, sa.String(length=500), nullable=False) for name in ("login_url", "token_url", "keys_url")),
        sa.Column("audience", sa.String(length=500), server_default=sa.text("''"), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_platform")),
        sa.UniqueConstraint("issuer", "client_id", name=op.f("uq_lti_platform_issuer_client_id")),
    )
    op.create_table(
        "lti_deployment",
        _id(),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("deployment_id", sa.String(length=255), nullable=False),
        _of("lti_deployment", "platform_id", "lti_platform"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_deployment")),
        sa.UniqueConstraint("platform_id", "deployment_id", name=op.f("uq_lti_deployment_platform_id_deployment_id")),
    )
    op.create_table(
        "lti_nonce",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_lti_nonce")),
    )
    op.create_index("ix_lti_nonce_until", "lti_nonce", ["until"], unique=False)


def _make_people() -> None:
    op.create_table(
        "lti_person",
        _id(),
        sa.Column("platform_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        _of("lti_person", "platform_id", "lti_platform"),
        _of("lti_person", "learner_id", "learner"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_person")),
        sa.UniqueConstraint("platform_id", "subject", name=op.f("uq_lti_person_platform_id_subject")),
    )
    op.create_index("ix_lti_person_learner_id", "lti_person", ["learner_id"], unique=False)
    op.create_index("ix_lti_person_seen_at", "lti_person", ["seen_at"], unique=False)
    op.create_table(
        "lti_link",
        _id(),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("resource_link_id", sa.String(length=255), nullable=False),
        sa.Column("context_title", sa.String(length=200), nullable=False),
        sa.Column("course_id", sa.String(length=64), nullable=False),
        sa.Column("module_id", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("item_id", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("line_item", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("line_items", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("members_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        _of("lti_link", "deployment_id", "lti_deployment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_link")),
        sa.UniqueConstraint(
            "deployment_id", "resource_link_id", name=op.f("uq_lti_link_deployment_id_resource_link_id")
        ),
    )


def _make_scores() -> None:
    op.create_table(
        "lti_score",
        _id(),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("attempt_seen", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.Column("sent_version", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("claim", sa.String(length=16), server_default=sa.text("''"), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("is_refused", sa.Boolean(), server_default=sa.false(), nullable=False),
        _of("lti_score", "link_id", "lti_link"),
        _of("lti_score", "person_id", "lti_person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lti_score")),
        sa.UniqueConstraint("link_id", "person_id", name=op.f("uq_lti_score_link_id_person_id")),
    )
    op.create_index("ix_lti_score_person_id", "lti_score", ["person_id"], unique=False)


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _of(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Drop them. Platforms have to be registered again, and what people sent by them did stays with nobody's name."""
    for table in _TABLES:
        op.drop_table(table)
