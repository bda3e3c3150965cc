"""Courses as they were when somebody answered them, and which of them each record is of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OF_ITEM = """
UPDATE visit SET course_digest = COALESCE((
    SELECT a.course_digest FROM attempt a
    WHERE a.learner_id = visit.learner_id AND a.course_id = visit.course_id AND a.item_id = visit.item_id
    ORDER BY a.at DESC, a.id DESC LIMIT 1), '')
"""
_BEGUN = """
UPDATE enrolment SET course_digest = COALESCE((
    SELECT a.course_digest FROM attempt a
    WHERE a.learner_id = enrolment.learner_id AND a.course_id = enrolment.course_id
    ORDER BY a.at, a.id LIMIT 1), '')
"""
_FINISHED = """
UPDATE enrolment SET finished_digest = COALESCE((
    SELECT a.course_digest FROM attempt a
    WHERE a.learner_id = enrolment.learner_id AND a.course_id = enrolment.course_id AND a.at <= enrolment.finished_at
    ORDER BY a.at DESC, a.id DESC LIMIT 1), '')
WHERE finished_at IS NOT NULL
"""


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default=sa.text("''"))


def upgrade() -> None:
    """Add the table and the columns. Records name the edition of their attempts; what a certificate's course was called is
    not known of those that were made before, and stays empty."""
    op.create_table(
        "course_edition",
        sa.Column("course_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("course_id", "digest", name=op.f("pk_course_edition")),
    )
    op.add_column("visit", _text("course_digest", 64))
    op.add_column("enrolment", _text("course_digest", 64))
    op.add_column("enrolment", _text("finished_digest", 64))
    op.add_column("certificate", sa.Column("titles", sa.JSON(), nullable=True))
    op.add_column("certificate", _text("course_locale", 16))
    for statement in (_OF_ITEM, _BEGUN, _FINISHED):
        op.execute(statement)


def downgrade() -> None:
    """Drop them. What old courses were, and what they were called, is lost."""
    op.drop_column("certificate", "course_locale")
    op.drop_column("certificate", "titles")
    op.drop_column("enrolment", "finished_digest")
    op.drop_column("enrolment", "course_digest")
    op.drop_column("visit", "course_digest")
    op.drop_table("course_edition")
