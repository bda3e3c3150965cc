"""Indexes that migrations want on tables that are there, made beforehand so that nobody who writes is kept waiting."""

from __future__ import annotations

from typing import Final

import structlog
from sqlalchemy import Connection, Engine, Index, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, DropIndex

SINCE: Final = "0022"
"""Migrations after this one go on from an index that is there; those before make theirs themselves."""
_REVISION: Final = text("SELECT version_num FROM alembic_version")
_HALF_MADE: Final = text(
    "SELECT relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
    " WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
)

log = structlog.get_logger()


def make_early(engine: Engine, metadata: MetaData) -> list[str]:
    """Make the indexes of ``metadata`` whose columns the database has, and give their names; on PostgreSQL alone.

    ``CREATE INDEX CONCURRENTLY`` lets others write meanwhile, and cannot stand in the transaction that a migration is.
    It waits for whoever wrote or reads since before, as a migration that changes those tables does. What it leaves when it
    is killed looks made, and is of no use: that is made anew. An index that cannot be made now is left to its migration.
    Raises DBAPIError when half of one is there and cannot be dropped: no migration may find it.
    """
    if engine.dialect.name != "postgresql":
        return []
    made = []
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not inspect(connection).has_table("alembic_version"):
            return []
        if (connection.scalar(_REVISION) or "") < SINCE:
            return []
        half_made = set(connection.scalars(_HALF_MADE))
        for index in _missing(connection, metadata, half_made):
            drop = DropIndex(index, if_exists=True)
            if index.name in half_made:
                connection.execute(drop)
            log.info("making_index", index=index.name)
            try:
                connection.execute(CreateIndex(index, if_not_exists=True))
            except DBAPIError as error:
                log.warning("index_left_to_its_migration", index=index.name, error=type(error.orig).__name__)
                connection.execute(drop)
            else:
                made.append(str(index.name))
    return made


def _missing(connection: Connection, metadata: MetaData, half_made: set[str]) -> list[Index]:
    seen = inspect(connection)
    columns = {name: {one["name"] for one in found} for (_, name), found in seen.get_multi_columns().items()}
    indexes = {str(one["name"]) for found in seen.get_multi_indexes().values() for one in found} - half_made
    # Copies, for the way in which they are made is no part of the models.
    copied = [table.to_metadata(MetaData()) for name, table in metadata.tables.items() if name in columns]
    missing = [
        index
        for table in copied
        for index in table.indexes
        if index.name not in indexes and columns[table.name].issuperset(index.columns.keys())
    ]
    for index in missing:
        index.dialect_options["postgresql"]["concurrently"] = True
    return missing
