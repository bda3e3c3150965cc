"""The part of a shared site that is one country's: which rows leave with it, decided from the tables themselves.

A row leaves with the rows that own it, which a foreign key with ON DELETE CASCADE names. What is merely referred to and
does not leave is forgotten in the copy. Only tables that nothing owns are named here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Integer, MetaData, Table, select, text
from sqlalchemy import column as named_column
from sqlalchemy import table as named_table
from sqlalchemy.engine import Connection

from coplearn.backups.making import INSTANCE
from coplearn.files.uploads import UploadPurpose, fetched
from coplearn.kernel.errors import Refused
from coplearn.moving.rows import CarriedTable, Line, lines_of
from coplearn.moving.rules import SEALED_WITH_KEYS, STAYS
from coplearn.privacy.erasures import ErasedRow, Erasure, erasure_of
from coplearn.settings import Settings
from coplearn.storage.base import UtcDateTime

_CHOSEN: Final = "leaving_"
"""How the names of the temporary tables begin that hold the keys of what leaves."""
ROOTS: Final = {
    "cohort": "country = :country",
    "membership": "cohort_id IN (SELECT id FROM leaving_cohort)",
    "user": (
        "id IN (SELECT user_id FROM membership WHERE cohort_id IN (SELECT id FROM leaving_cohort))"
        " OR id IN (SELECT user_id FROM cohort_staff WHERE cohort_id IN (SELECT id FROM leaving_cohort))"
        ' OR id IN (SELECT user_id FROM "grant" WHERE country = :country)'
    ),
    "learner": (
        "user_id IN (SELECT id FROM leaving_user) OR id IN (SELECT learner_id FROM card_learner"
        " WHERE membership_id IN (SELECT id FROM leaving_membership))"
    ),
    "message": "1 = 1",
    "drill_run": "by_id IN (SELECT id FROM leaving_user)",
    "group_poll": (
        "meeting_id IN (SELECT id FROM meeting WHERE cohort_id IN (SELECT id FROM leaving_cohort))"
        " OR meeting_id IS NULL AND by_id IN (SELECT id FROM leaving_user)"
    ),
    "carried_text": "1 = 1",
    "catalog_version": "1 = 1",
    "course_edition": "1 = 1",
    "invitation": "country = :country",
    "recording_file": "1 = 1",
    "package": "1 = 1",
    "programme": "1 = 1",
    "activity": (
        "id IN (SELECT activity_id FROM activity_version JOIN activity_country"
        " ON activity_country.version_id = activity_version.id WHERE activity_country.country = :country)"
    ),
    "organisation": (
        "country = :country OR id IN (SELECT organisation_id FROM participation JOIN activity_version"
        " ON activity_version.id = participation.version_id WHERE activity_id IN (SELECT id FROM leaving_activity))"
        " OR id IN (SELECT organisation_id FROM asked_organisation JOIN consultation"
        " ON consultation.id = asked_organisation.consultation_id JOIN statement"
        " ON statement.id = consultation.statement_id WHERE statement.country = :country)"
    ),
    "declaration": "country = :country",
    "statement": "country = :country",
    "campaign": "created_by_id IN (SELECT id FROM leaving_user)",
    "country_record": "country = :country",
    "country_name": "country = :country",
    # Statements of other programs about somebody who is nobody here are of no country.
    **dict.fromkeys(
        ("xapi_statement", "xapi_attachment", "xapi_document"), "learner_id IN (SELECT id FROM leaving_learner)"
    ),
}
"""Which rows leave of the tables that nothing owns, in the order in which they are chosen."""
ALSO: Final = {
    "programme_member": "country = :country",
    "activity_sheet": "by_id IN (SELECT id FROM leaving_user)",
    "grant": "country = :country OR cohort_id IN (SELECT id FROM leaving_cohort)",
    **dict.fromkeys(
        ("translation", "edit", "review", "comment", "suggestion", "dismissal", "draft", "holding"),
        "locale IN (SELECT locale FROM leaving_language)",
    ),
}
"""Which rows leave of those that something owns, besides that their owners do."""
STAYS_THERE: Final = {
    **dict.fromkeys(("audit_event", "audit_head", "audit_seal"), "The log of the old site stays whole there."),
    **dict.fromkeys(
        ("ledger", "ledger_carry", "ledger_mark", "period_edition"), "What was handed on was handed on by the old site."
    ),
    **dict.fromkeys(("job", "daily_run", "press"), "Work of the old machine."),
    "letter": "Letters are signed with the old site's key.",
    **dict.fromkeys(("signed_in", "ended_session", "factor_grace"), "People sign in anew at the new address."),
    "passkey": "A passkey opens one address alone.",
    **dict.fromkeys(
        ("credential_issuer", "credential_status"), "Badges of before are the old site's, and stand in its list."
    ),
    **dict.fromkeys(("api_token", "webhook"), "Programs get new keys at the new address."),
    "chosen_setting": "The new site has settings of its own.",
    "deed": "What was done with a language as a whole is the old site's history.",
    **dict.fromkeys(
        ("resource", "expert_nomination", "hub_member"), "The hub of resources and experts is everybody's."
    ),
    **dict.fromkeys(
        ("xapi_key", "xapi_cursor"), "Other programs are given keys of the new site, which tells its own records."
    ),
    "xapi_activity": "What other programs said of their activities.",
    **dict.fromkeys(
        ("lti_platform", "lti_deployment", "lti_nonce", "lti_person", "lti_link", "lti_score", "lti_invitation"),
        "A learning platform knows one address alone, and is registered anew with another.",
    ),
    **dict.fromkeys(("room", "room_seat", "group_vote"), "Rooms are open for hours."),
}
"""Tables of which nothing leaves with a country, and why."""
_EVIDENCE: Final = {
    "evaluation": ("evidence_sha256", UploadPurpose.EVIDENCE),
    "activity_evidence": ("file_key", UploadPurpose.PROGRAMME),
    "recommendation_report": ("file_sha256", UploadPurpose.DECLARATIONS),
}
"""Columns that name a file by its fingerprint, with what it is kept for."""
_LANGUAGES: Final = (
    "SELECT locale FROM membership WHERE cohort_id IN (SELECT id FROM leaving_cohort)"
    ' UNION SELECT locale FROM "user" WHERE id IN (SELECT id FROM leaving_user)'
)


_STAY_HERE: Final = (
    "SELECT user_id FROM membership WHERE user_id IS NOT NULL AND cohort_id NOT IN (SELECT id FROM leaving_cohort)"
    " UNION SELECT user_id FROM cohort_staff WHERE cohort_id NOT IN (SELECT id FROM leaving_cohort)"
    ' UNION SELECT user_id FROM "grant" WHERE country <> :country AND cohort_id NOT IN (SELECT id FROM leaving_cohort)'
)
"""Who has to do with this site besides: their account stays, and their places in the country's cohorts are forgotten."""
_CODES: Final = (
    "SELECT number FROM certificate WHERE id IN (SELECT id FROM leaving_certificate)",
    "SELECT number FROM certification WHERE id IN (SELECT id FROM leaving_certification)",
    "SELECT public_id FROM cohort WHERE id IN (SELECT id FROM leaving_cohort)",
    "SELECT calendar_token FROM cohort WHERE id IN (SELECT id FROM leaving_cohort)",
    "SELECT calendar_token FROM membership WHERE id IN (SELECT id FROM leaving_membership)",
    "SELECT calendar_token FROM cohort_staff WHERE id IN (SELECT id FROM leaving_cohort_staff)",
)
"""Codes in addresses that lead to the new site from then on."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One country's part of a site, chosen in the connection's own temporary tables."""

    country: str
    conditions: dict[str, str]
    """Which rows of each table leave, in SQL."""
    shown: dict[str, dict[str, str]]
    """Columns that are not copied as they are, in SQL."""
    left_out: dict[str, str]
    evidence: list[tuple[UploadPurpose, str]] = field(default_factory=list)
    """Files that belong to what leaves."""

    def lines(self, connection: Connection, one: CarriedTable) -> Iterator[Line]:
        """The lines of a table that leave."""
        return lines_of(connection, one, self.conditions[one.name], self.shown.get(one.name))

    def counts(self, connection: Connection) -> dict[str, int]:
        """The number of rows of each table that leave."""
        quoted = connection.dialect.identifier_preparer.quote
        return {
            name: int(connection.scalar(text(f"SELECT count(*) FROM {quoted(name)} WHERE {where}")) or 0)  # noqa: S608
            for name, where in self.conditions.items()
        }

    def erasures(self, connection: Connection) -> list[Erasure]:
        """The rows that are somebody and are to be nobody here once they have arrived elsewhere."""
        stay = _STAY_HERE.replace(":country", f"'{self.country}'")
        no_more = f"id IN (SELECT id FROM leaving_user) AND id NOT IN ({stay})"  # noqa: S608
        cards = "SELECT learner_id FROM card_learner WHERE membership_id IN (SELECT id FROM leaving_membership)"
        learners = f'id IN ({cards}) OR user_id IN (SELECT id FROM "user" WHERE {no_more})'  # noqa: S608
        wanted = (
            (ErasedRow.ACCOUNT, "user", "create_datetime", no_more),
            (ErasedRow.LEARNER, "learner", "created_at", learners),
            (ErasedRow.SEAT, "membership", "created_at", "id IN (SELECT id FROM leaving_membership)"),
        )
        found: list[Erasure] = []
        for kind, name, created, where in wanted:
            rows = select(named_column("id", Integer), named_column(created, UtcDateTime)).select_from(
                named_table(name)
            )
            there: Sequence[Any] = connection.execute(rows.where(text(where)).order_by("id")).all()
            found += [erasure_of(kind, int(number), made) for number, made in there]
        return found

    def codes(self, connection: Connection) -> list[str]:
        """Numbers of certificates, cohorts and calendars: the last part of addresses that move."""
        return sorted({str(code) for query in _CODES for (code,) in connection.execute(text(query)) if code})

    def files(self, settings: Settings, work: Path) -> dict[str, Path]:
        """The files of people that leave, by their names in an archive; those of an object store are copied into ``work``."""
        found = {}
        for purpose, name in self.evidence:
            with suppress(FileNotFoundError):
                found[f"{INSTANCE}{purpose}/{name}"] = fetched(settings, purpose, name, work)
        return found


def decided(tables: dict[str, Table]) -> dict[str, str]:
    """The reason for which nothing of a table leaves, by its name; those that are not in it leave, with their owners."""
    stays = {**STAYS, **SEALED_WITH_KEYS, **STAYS_THERE}
    left_out = {name: why for name, why in stays.items() if name in tables}
    while True:
        more = {
            name: "What owns it stays."
            for name, table in tables.items()
            if name not in left_out and any(parent in left_out for _, parent in owners(table))
        }
        more |= {
            name: "Nobody has decided that it leaves."
            for name, table in tables.items()
            if name not in left_out and name not in ROOTS and not owners(table)
        }
        if not more:
            return left_out
        left_out |= more


def owners(table: Table) -> list[tuple[str, str]]:
    """Columns of a table, with the tables, whose rows it goes with."""
    found = []
    for column in table.columns:
        for key in column.foreign_keys:
            parent = key.target_fullname.partition(".")[0]
            if (key.ondelete or "").upper() == "CASCADE" and parent != table.name:
                found.append((column.name, parent))
    return found


def leaving_of(connection: Connection, country: str) -> Leaving:
    """Choose what leaves with a country. Raises Refused when there is nothing of it here."""
    metadata = MetaData()
    metadata.reflect(connection)
    tables, _values = dict(metadata.tables), {"country": country}
    left_out = decided(tables)
    conditions: dict[str, str] = {}
    for name in [*ROOTS, *(table.name for table in metadata.sorted_tables if table.name not in ROOTS)]:
        if name in left_out or name not in tables:
            continue
        conditions[name] = _condition(tables[name], country)
        _keep(connection, tables[name], conditions[name])
        if name == "user":
            connection.execute(text(f"CREATE TEMPORARY TABLE {_CHOSEN}language AS {_LANGUAGES}"))
    if not connection.scalar(text("SELECT count(*) FROM leaving_cohort")) and not connection.scalar(
        text("SELECT count(*) FROM leaving_user")
    ):
        raise Refused("There are no cohorts and no people of %(country)s here.", country=country)
    shown = {name: _shown(tables[name], conditions) for name in conditions}
    return Leaving(country, conditions, shown, left_out, _evidence_of(connection, conditions))


def _evidence_of(connection: Connection, conditions: dict[str, str]) -> list[tuple[UploadPurpose, str]]:
    found: set[tuple[UploadPurpose, str]] = set()
    for name, (fingerprint, purpose) in _EVIDENCE.items():
        query = f"SELECT DISTINCT {fingerprint} FROM {name} WHERE {conditions[name]}"  # noqa: S608
        found |= {(purpose, one) for (one,) in connection.execute(text(query)) if one}
    return sorted(found)


def _condition(table: Table, country: str) -> str:
    if table.name in ROOTS:
        return f"({ROOTS[table.name]})".replace(":country", f"'{country}'")
    parts = []
    for column, parent in owners(table):
        inside = _leaves(column, parent)
        parts.append(f"({column} IS NULL OR {inside})" if table.columns[column].nullable else inside)
    if table.name in ALSO:
        parts.append(f"({ALSO[table.name]})".replace(":country", f"'{country}'"))
    return " AND ".join(parts)


def _leaves(column: str, parent: str) -> str:
    return f"{column} IN (SELECT id FROM {_CHOSEN}{parent})"  # noqa: S608 - names of our own tables


def _keep(connection: Connection, table: Table, condition: str) -> None:
    """Keep the keys of what leaves of a table, for those that point at it."""
    key = table.primary_key.columns.keys()
    if len(key) != 1:
        return
    quoted = connection.dialect.identifier_preparer.quote(table.name)
    name = f"{_CHOSEN}{table.name}"
    connection.execute(text(f"CREATE TEMPORARY TABLE {name} AS SELECT {key[0]} AS id FROM {quoted} WHERE {condition}"))  # noqa: S608
    connection.execute(text(f"CREATE INDEX ix_{name} ON {name} (id)"))
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {name}"))


def _shown(table: Table, conditions: dict[str, str]) -> dict[str, str]:
    """References to what does not leave are empty in the copy, and so are names beside them where texts are carried."""
    shown = {}
    for column in table.columns:
        for key in column.foreign_keys:
            parent = key.target_fullname.partition(".")[0]
            if (column.name, parent) in owners(table):
                continue
            there = _leaves(column.name, parent) if parent in conditions else "1 = 0"
            shown[column.name] = f"CASE WHEN {there} THEN {column.name} END"
            name = column.name.removesuffix("_id")
            if "message_id" in table.columns and name != column.name and name in table.columns:
                shown[name] = f"CASE WHEN {there} THEN {name} ELSE '' END"
    return shown
