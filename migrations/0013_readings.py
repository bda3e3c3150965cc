"""Second readings: who made them, a person or a machine; and what was live before they were asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every reading so far was a person's. What files show today is carried over by the site when it starts."""
    op.add_column("review", sa.Column("kind", sa.String(length=16), nullable=False, server_default="person"))
    op.add_column("review", sa.Column("method", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("review") as batch:
        batch.alter_column("kind", server_default=None)
        batch.alter_column("method", server_default=None)
    op.create_table(
        "carried_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carried_text")),
        sa.UniqueConstraint("domain", "locale", "sha", name=op.f("uq_carried_text_domain_locale_sha")),
    )


def downgrade() -> None:
    """Forget who read; a machine's readings go, because they would count as a person's."""
    op.execute(sa.text("DELETE FROM review WHERE kind <> 'person'"))
    op.drop_table("carried_text")
    op.execute(sa.text("DELETE FROM deed WHERE kind = 'carried'"))
    with op.batch_alter_table("review") as batch:
        batch.drop_column("method")
        batch.drop_column("kind")
