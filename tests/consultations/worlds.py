"""Statements and consultations made by their verbs, for tests that need one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.consultations.models import AskedOrganisation, Consultation, Statement
from coplearn.consultations.queries.asking import AskedVersion, asking_at
from coplearn.consultations.rules.drafts import ConsultationPlan, StatementDraft
from coplearn.consultations.rules.words import ConsultationWay
from coplearn.consultations.service.asking import ask, open_consultation
from coplearn.consultations.service.statements import write_statement
from coplearn.kernel.clock import utcnow
from coplearn.outbox.models import Letter
from coplearn.programme.models.organisations import Organisation
from coplearn.programme.rules.records import text_key
from coplearn.storage.base import Base

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
BODY = """## Principles

Every child has a right to be safe online, and to be heard.

States and companies share this duty:

- States make laws that fit.
- Companies build services that are safe from the start.

> Nothing about children without children.
"""


def put_statement(session: Session, user_id: int, country: str = "MA", now: datetime = NOW) -> Statement:
    """A statement in English."""
    draft = StatementDraft("Children and artificial intelligence", BODY, "en", country)
    return write_statement(session, draft, user_id=user_id, now=now)


def put_consultation(
    session: Session,
    statement: Statement,
    user_id: int,
    way: ConsultationWay = ConsultationWay.BOTH,
    opens: date = TODAY,
    days: int = 30,
    now: datetime = NOW,
) -> AskedVersion:
    """A consultation on the newest version."""
    plan = ConsultationPlan(statement.newest, way, opens, opens + timedelta(days=days), "What is missing?")
    made: Consultation = open_consultation(session, statement, plan, user_id=user_id, now=now)
    found = asking_at(session, made.public_id)
    assert found is not None
    return found


def put_organisation(session: Session, name: str) -> Organisation:
    """An organisation."""
    made = Organisation(
        public_id=new_public_id(),
        name=name,
        name_key=text_key(name),
        kind="civil-society",
        country="",
        address="",
        sourced_id="",
        created_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def put_asked(
    session: Session, asking: AskedVersion, name: str, user_id: int, now: datetime = NOW
) -> AskedOrganisation:
    """An organisation that was asked."""
    email = f"desk@{text_key(name).replace(' ', '-')}.example.org"
    organisation = put_organisation(session, name)
    return ask(session, asking.consultation, organisation.id, email, "en", str, user_id=user_id, now=now)


def put_open_consultation(session: Session, user_id: int) -> dict[str, str]:
    """A statement with a consultation that is open now, by the names that addresses have."""
    now = utcnow()
    statement = put_statement(session, user_id, now=now)
    statement.shown = 1
    asking = put_consultation(session, statement, user_id, opens=now.date(), now=now)
    return {"statement": statement.public_id, "asking": asking.consultation.public_id}


def all_rows(session: Session) -> list[tuple[object, ...]]:
    """Everything that statements and consultations have stored, and every letter."""
    session.flush()
    modules = (Statement.__module__, Letter.__module__)
    tables = [one.local_table for one in Base.registry.mappers if one.class_.__module__ in modules]
    return [tuple(row) for table in tables for row in session.execute(select(table).order_by(*table.primary_key))]
