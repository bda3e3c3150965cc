"""What a data office is told to read is there, changes as it says, and holds nothing that names anybody."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from coplearn.privacy.registry import registry
from coplearn.privacy.rules import Holds
from coplearn.settings import HOME

_TOLD = {Holds.FACT, Holds.STAYS, Holds.LINK, Holds.NOTHING}
_GRANTED = (
    "SELECT table_name, column_name FROM information_schema.column_privileges WHERE grantee = 'data_office'"
    " AND privilege_type = 'SELECT'"
)
_PUBLISHED = "SELECT tablename, unnest(attnames) FROM pg_publication_tables WHERE pubname = 'data_office'"


def test_data_office_reads_what_names_nobody(postgresql_url: str) -> None:
    """The statements of the page, as they stand there; a name and an answer are refused."""
    page = (HOME / "docs" / "data_office.md").read_text(encoding="utf-8")
    statements = re.findall(r"```sql\n(.+?)```", page, re.DOTALL)
    engine = create_engine(postgresql_url)
    holds = {(row.table, row.column): row.holds for row in registry()}
    try:
        with engine.begin() as connection:
            for block in statements:
                connection.execute(text(block))
            granted = {tuple(row) for row in connection.execute(text(_GRANTED))}
            published = {tuple(row) for row in connection.execute(text(_PUBLISHED))}
            assert published < granted
            assert {place for place in granted if holds[place] not in _TOLD} == set()
            connection.execute(text("SET ROLE data_office"))
            assert connection.execute(text("SELECT count(learner_id) FROM visit")).scalar_one() == 0
            for refused in ('SELECT email FROM "user"', "SELECT answers FROM attempt", "SELECT name FROM membership"):
                with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
                    connection.execute(text(refused))
            connection.execute(text("RESET ROLE"))
            connection.execute(text("DROP PUBLICATION data_office"))
            connection.execute(text("DROP OWNED BY data_office"))
            connection.execute(text("DROP ROLE data_office"))
    finally:
        engine.dispose()
