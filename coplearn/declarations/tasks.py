"""The letters that remind whoever looks after a recommendation, and what the programme is told of declarations."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.declarations import queries
from coplearn.declarations.rules import is_overdue
from coplearn.declarations.service import REMINDER, remind_keepers
from coplearn.files.uploads import UploadPurpose, forget_unattached
from coplearn.findable import FindableSource
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.programme.queries.findable import activity_circles
from coplearn.programme.rules.records import OwnActivity
from coplearn.programme.rules.sources import RecommendationLine
from coplearn.site import site_of
from coplearn.web.render import page_locale


def register_declarations(app: Flask) -> None:
    """Make the letter known to the outbox, whoever looks after a recommendation to second factors, and the day's work.

    Register after the outbox.
    """
    kind = LetterKind(
        REMINDER,
        N_("A message from %(site)s"),
        "declarations/letters/due.txt",
        params=("name", "recommendation", "due_on", "is_due"),
        title=N_("A recommendation is due"),
        may_stop=True,
    )
    site_of(app).letters.add(kind)
    site_of(app).staff.append(queries.keeps_recommendation())
    site_of(app).activity_sources.append(_activities)
    site_of(app).recommendation_sources.append(_recommendations)
    site_of(app).findable.append(
        FindableSource(
            name="declarations",
            label=N_("Declaration"),
            stamps=queries.declaration_stamps,
            piece=queries.all_declarations,
            read=queries.declarations_at,
            circles=activity_circles,
        )
    )

    @site_of(app).jobs.daily("remind of recommendations")
    def remind(_app: Flask, session: Session, now: datetime) -> None:
        remind_keepers(session, now)

    @site_of(app).jobs.daily("files of no report")
    def forget_files(app: Flask, session: Session, now: datetime) -> None:
        forget_unattached(session, site_of(app).settings, UploadPurpose.DECLARATIONS, queries.files_named, now)


def _activities(
    session: Session, since: date | None, until: date | None, countries: Collection[str] | None
) -> list[OwnActivity]:
    return queries.round_tables(session, since, until, countries, utcnow().date())


def _recommendations(session: Session, country: str) -> list[RecommendationLine]:
    """The recommendations in the page's language, or the first that they were adopted in."""
    found, today = [], utcnow().date()
    for one in queries.recommendations_in(session, country):
        said = one.words.get(page_locale().code) or next(iter(one.words.values()), "")
        late, values = is_overdue(one.state, one.due_on, today), {"declaration": one.declaration}
        found.append(RecommendationLine(said, one.state, one.due_on, late, "declarations.one", values))
    return found
