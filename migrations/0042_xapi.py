"""Statements of the Experience API with what they are found by, documents, keys, launched packages, and another LRS to tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_TABLES = (
    "xapi_told_finish",
    "xapi_cursor",
    "xapi_target",
    "xapi_alias",
    "xapi_session",
    "xapi_key",
    "xapi_document",
    "xapi_attachment",
    "xapi_activity",
    "xapi_mark",
    "xapi_statement",
)


def upgrade() -> None:
    """Make the tables; they begin empty."""
    _statements()
    _documents()
    _keys()
    _telling()


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _of_learner(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["learner_id"], ["learner.id"], name=op.f(f"fk_{table}_learner_id_learner"), ondelete="CASCADE"
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns), unique=False)


def _statements() -> None:
    op.create_table(
        "xapi_statement",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.String(length=36), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("target", sa.String(length=36), nullable=True),
        sa.Column("voids", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_voided", sa.Boolean(), server_default=sa.false(), nullable=False),
        _of_learner("xapi_statement"),
        _primary("xapi_statement", "number"),
        sa.UniqueConstraint("statement_id", name=op.f("uq_xapi_statement_statement_id")),
    )
    _index("xapi_statement", "target")
    _index("xapi_statement", "learner_id")
    op.create_table(
        "xapi_mark",
        sa.Column("mark", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["number"],
            ["xapi_statement.number"],
            name=op.f("fk_xapi_mark_number_xapi_statement"),
            ondelete="CASCADE",
        ),
        _primary("xapi_mark", "mark", "number"),
    )
    _index("xapi_mark", "number")
    op.create_table(
        "xapi_activity",
        sa.Column("mark", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        _primary("xapi_activity", "mark"),
    )
    op.create_table(
        "xapi_attachment",
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        _of_learner("xapi_attachment"),
        _primary("xapi_attachment", "sha2"),
    )
    _index("xapi_attachment", "learner_id")


def _documents() -> None:
    op.create_table(
        "xapi_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("registration", sa.String(length=36), server_default=sa.text("''"), nullable=False),
        sa.Column("document_id", sa.String(length=500), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(length=40), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        _of_learner("xapi_document"),
        _primary("xapi_document", "id"),
        sa.UniqueConstraint(
            "place", "registration", "document_id", name=op.f("uq_xapi_document_place_registration_document_id")
        ),
    )
    _index("xapi_document", "learner_id")


def _keys() -> None:
    op.create_table(
        "xapi_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["user.id"], name=op.f("fk_xapi_key_created_by_id_user"), ondelete="SET NULL"
        ),
        _primary("xapi_key", "id"),
        sa.UniqueConstraint("key", name=op.f("uq_xapi_key_key")),
    )
    _index("xapi_key", "created_by_id")
    op.create_table(
        "xapi_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("registration", sa.String(length=36), nullable=False),
        sa.Column("fetch_hash", sa.String(length=64), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=True),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        _of_learner("xapi_session"),
        _primary("xapi_session", "id"),
        sa.UniqueConstraint("fetch_hash", name=op.f("uq_xapi_session_fetch_hash")),
        sa.UniqueConstraint("key", name=op.f("uq_xapi_session_key")),
    )
    _index("xapi_session", "learner_id")
    _index("xapi_session", "registration")
    op.create_table(
        "xapi_alias",
        sa.Column("learner_id", sa.Integer(), nullable=False),
        sa.Column("alias", sa.String(length=64), nullable=False),
        _of_learner("xapi_alias"),
        _primary("xapi_alias", "learner_id"),
        sa.UniqueConstraint("alias", name=op.f("uq_xapi_alias_alias")),
    )


def _telling() -> None:
    op.create_table(
        "xapi_target",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("endpoint", sa.String(length=500), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("sent", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("refused", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fault", sa.String(length=64), server_default=sa.text("''"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        _primary("xapi_target", "id"),
    )
    op.create_table(
        "xapi_cursor",
        sa.Column("sort", sa.String(length=64), nullable=False),
        sa.Column("told", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        _primary("xapi_cursor", "sort"),
    )
    op.create_table(
        "xapi_told_finish",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolment.id"],
            name=op.f("fk_xapi_told_finish_enrolment_id_enrolment"),
            ondelete="CASCADE",
        ),
        _primary("xapi_told_finish", "enrolment_id"),
    )


def downgrade() -> None:
    """Drop them. Statements and documents of other programs are lost, and keys with them."""
    for table in _TABLES:
        op.drop_table(table)
