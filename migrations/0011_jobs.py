"""Jobs as a name and its values, and when a machine was last seen doing them; what waits in the queue is carried over."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from coplearn.storage.base import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_OLD = sa.table("job", sa.column("id"), sa.column("data"), sa.column("name"), sa.column("params", sa.JSON()))
_NEW = sa.table("job", sa.column("id"), sa.column("name"), sa.column("params", sa.JSON()), sa.column("data"))


def upgrade() -> None:
    """Take each waiting job apart. Letters and the day's work were asked for in the queue; now they are looked for."""
    op.add_column("job", sa.Column("name", sa.String(length=64), nullable=True))
    op.add_column("job", sa.Column("params", sa.JSON(), nullable=True))
    op.add_column("job", sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    connection = op.get_bind()
    for number, data in connection.execute(sa.select(_OLD.c.id, _OLD.c.data)).all():
        task: dict[str, Any] = json.loads(bytes(data)).get("task", {})
        if task.get("name", "").rpartition(".")[2] == "job":
            name, params = task["args"]
            connection.execute(sa.update(_OLD).where(_OLD.c.id == number).values(name=name, params=params))
        else:
            connection.execute(sa.delete(_OLD).where(_OLD.c.id == number))
    with op.batch_alter_table("job") as table:
        table.alter_column("name", existing_type=sa.String(length=64), nullable=False)
        table.alter_column("params", existing_type=sa.JSON(), nullable=False)
        table.alter_column("tries", existing_type=sa.Integer(), server_default=None)
        table.drop_column("data")
        table.drop_column("priority")
    op.drop_table("job_value")
    op.create_table(
        "heartbeat",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_heartbeat")),
    )


def downgrade() -> None:
    """Write each waiting job as the version before reads it."""
    op.drop_table("heartbeat")
    op.create_table(
        "job_value",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_job_value")),
    )
    op.add_column("job", sa.Column("data", sa.LargeBinary(), nullable=True))
    op.add_column("job", sa.Column("priority", sa.Float(), nullable=False, server_default="0"))
    connection = op.get_bind()
    for number, name, params in connection.execute(sa.select(_NEW.c.id, _NEW.c.name, _NEW.c.params)).all():
        task = {"id": f"job-{number}", "name": "job", "args": [name, params], "kwargs": {}, "retries": 4}
        task |= {"retry_delay": 60, "retry_backoff": 5}
        data = json.dumps({"task": task}).encode()
        connection.execute(sa.update(_NEW).where(_NEW.c.id == number).values(data=data))
    with op.batch_alter_table("job") as table:
        table.alter_column("data", existing_type=sa.LargeBinary(), nullable=False)
        table.alter_column("priority", existing_type=sa.Float(), server_default=None)
        table.drop_column("name")
        table.drop_column("params")
        table.drop_column("tries")
