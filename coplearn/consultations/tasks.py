"""Letters of consultations, the day's work, and what a programme and the search learn of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.consultations.mail import KINDS, make_token
from coplearn.consultations.queries import findable
from coplearn.consultations.queries.own import own_consultations
from coplearn.consultations.service.asking import forget_contacts, remind
from coplearn.findable import FindableRecord, FindableSource
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.programme.rules.records import OwnActivity
from coplearn.site import site_of


def register_consultations(app: Flask) -> None:
    """Make the letters known to the outbox, the day's work to the jobs, and consultations to the programme."""
    for kind in KINDS:
        site_of(app).letters.add(kind)

    def consultations(
        session: Session, since: date | None, until: date | None, countries: Collection[str] | None
    ) -> list[OwnActivity]:
        return own_consultations(session, since, until, countries, utcnow())

    site_of(app).activity_sources.append(consultations)

    def known(records: Iterator[FindableRecord]) -> Iterator[FindableRecord]:
        # A statement may be in a language that the site does not have.
        locales = site_of(app).locales
        return (one if one.locale in locales else replace(one, locale="") for one in records)

    site_of(app).findable.append(
        FindableSource(
            name="statements",
            label=N_("Statement"),
            stamps=findable.statement_stamps,
            piece=lambda session, piece: known(findable.all_statements(session, piece)),
            read=lambda session, places: known(findable.statements_at(session, places)),
        )
    )

    @site_of(app).jobs.daily("remind of consultations")
    def write(_app: Flask, session: Session, now: datetime) -> None:
        remind(session, lambda asked_id: make_token(app, asked_id), now)
        forget_contacts(session, now)
