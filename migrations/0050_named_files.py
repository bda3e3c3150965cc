"""Who names a file is found by an index: the day's work asks it for every file that somebody brought."""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_NAMES = (
    ("evaluation", "evidence_sha256"),
    ("activity_evidence", "file_key"),
    ("recommendation_report", "file_sha256"),
    ("resource_version", "file_key"),
)


def upgrade() -> None:
    """Add the indexes."""
    for table, column in _NAMES:
        op.create_index(f"ix_{table}_{column}", table, [column], unique=False, if_not_exists=True)


def downgrade() -> None:
    """Take them away."""
    for table, column in _NAMES:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
