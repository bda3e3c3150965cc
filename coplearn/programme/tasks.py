"""The sources of own activities that the programme itself knows, activities for the search, and the day's work."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.files.uploads import UploadPurpose, forget_unattached
from coplearn.findable import FindableSource
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.programme.queries.evidence import files_named
from coplearn.programme.queries.findable import activities_at, activity_circles, activity_piece, activity_stamps
from coplearn.programme.queries.findable_countries import (
    countries_at,
    country_circles,
    country_piece,
    country_stamps,
)
from coplearn.programme.queries.own import cohort_activities, drill_activities, series_activities
from coplearn.programme.queries.people import works_in_programme
from coplearn.programme.rules.records import OwnActivity
from coplearn.site import site_of


def register_programme(app: Flask) -> None:
    """Let cohorts and exercises appear among a programme's activities by themselves, and records and countries in the search;
    and let second factors know who works in one."""

    def cohorts(
        session: Session, since: date | None, until: date | None, countries: Collection[str] | None
    ) -> list[OwnActivity]:
        return cohort_activities(session, since, until, countries, utcnow())

    def series(
        session: Session, since: date | None, until: date | None, countries: Collection[str] | None
    ) -> list[OwnActivity]:
        return series_activities(session, since, until, countries, utcnow())

    def drills(
        session: Session, since: date | None, until: date | None, countries: Collection[str] | None
    ) -> list[OwnActivity]:
        return drill_activities(session, since, until, countries, title)

    def title(course_id: str, item_id: str) -> str:
        course = site_of(app).library.current().courses.get(course_id)
        texts = {message.context: message.text for message in course.messages} if course is not None else {}
        return texts.get(f"{item_id}#title", item_id)

    site_of(app).staff.append(works_in_programme())
    site_of(app).activity_sources.extend((cohorts, series, drills))
    site_of(app).findable.append(
        FindableSource(
            name="activities",
            label=N_("Activity"),
            stamps=activity_stamps,
            piece=activity_piece,
            read=activities_at,
            circles=activity_circles,
        )
    )

    def locales() -> list[Locale]:
        return [one for one in site_of(app).locales if not one.is_pseudo]

    site_of(app).findable.append(
        FindableSource(
            name="countries",
            label=N_("Country"),
            stamps=lambda session: country_stamps(session, locales()),
            piece=lambda session, piece: country_piece(session, piece, locales()),
            read=lambda session, places: countries_at(session, places, locales()),
            circles=country_circles,
        )
    )

    @site_of(app).jobs.daily("files of no evidence")
    def forget_files(app: Flask, session: Session, now: datetime) -> None:
        forget_unattached(session, site_of(app).settings, UploadPurpose.PROGRAMME, files_named, now)
