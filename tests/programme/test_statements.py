"""The pages of a country that has everything: how many statements they take, and that all of it stands on them."""

from __future__ import annotations

import re
from datetime import date, timedelta

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.campaigns.rules import CampaignDetails
from coplearn.campaigns.service import open_campaign
from coplearn.cohorts.common.models.meeting import Attendance
from coplearn.consultations.rules.drafts import HeardDraft
from coplearn.consultations.rules.groups import HeardNumbers
from coplearn.consultations.service.saying import hear
from coplearn.drills.models import DrillRun
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.programme.queries.lists import ActivityFilters, activity_lines
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.records import CountryLine
from coplearn.programme.rules.words import CountryRecordKind, CountryStatus, Precision
from coplearn.programme.service.countries import (
    CountryRecordContent,
    StatusContent,
    add_status,
    confirm_status,
    record_country,
)
from coplearn.programme.service.programmes import write_programme
from coplearn.storage.database import current_session
from tests.cohorts.series.test_series import ANI, BEN, CEM, come, hold, put_series, put_session
from tests.cohorts.worlds import put_certification, put_cohort, put_meeting, put_member, put_user, signed_in_client
from tests.consultations.worlds import put_consultation, put_statement
from tests.counting import counted
from tests.declarations.worlds import put_adopted
from tests.programme.worlds import NOW, put_activity

_DAY = date(2026, 10, 5)


def put_everything(session: Session, first: int, second: int, country: str = "MA") -> None:
    """Records, cohorts, sessions, a consultation, a declaration and a campaign of a country, and an exercise of none."""
    for number in range(12):
        lines = (CountryLine(country), CountryLine("TN", "Tunisia"))
        put_activity(session, first, second, key=f"e{number}", title=f"Workshop {number}", countries=lines)
    for kind in CountryRecordKind:
        content = CountryRecordContent(country, kind, f"The {kind.value}")
        record = record_country(session, content, key=kind, by_id=first, now=NOW)
        for status in list(CountryStatus)[:2]:
            days = span(date(2025, 3, 1), date(2025, 3, 1), Precision.DAY)
            row = add_status(session, record, StatusContent(status, days, "As told"), by_id=first, now=NOW)
            confirm_status(session, row, by_id=second, now=NOW)
    cohort = put_cohort(session, country, title="Autumn cohort")
    meeting = put_meeting(session, cohort, utcnow() - timedelta(days=9))
    for name in ("one", "two"):
        member = put_member(session, cohort, f"{name}@example.org")
        values = {"status": "present", "rev": 1, "updated_at": NOW}
        session.add(Attendance(meeting_id=meeting.id, membership_id=member.id, **values))
        put_certification(session, cohort, member)
    series, host = put_series(session, country=country)
    for ago in (10, 6):
        meeting = put_session(session, series, host, -ago, f"Session {ago}")
        come(session, series, meeting, ANI, BEN, CEM)
        hold(session, series, host, meeting)
    for number in range(2):
        asking = put_consultation(session, put_statement(session, first, country, NOW), first)
        for audience in ("young-people", "educators")[: number + 1]:
            draft = HeardDraft(HeardNumbers(audience, "estimated", 14), "More breaks", heard_on=NOW.date())
            hear(session, asking.consultation, draft, user_id=first, now=NOW)
    put_adopted(session, first, country)
    open_campaign(session, CampaignDetails("Posters", country, _DAY, _DAY), first, NOW)
    write_programme(session, None, "COP", "", NOW)
    values = {"course_version": "1", "by_id": first, "created_at": NOW, "began_at": NOW, "over_at": NOW, "people": 9}
    session.add(DrillRun(public_id="d" * 16, course_id="cop-parents", item_id="drill", **values))
    session.commit()


def test_everything_about_a_country_takes_ten_statements_with_all_of_it_on_the_page(each_app: Flask) -> None:
    """The country's page, the list of countries, and the list of activities with what the site knows by itself."""
    with each_app.app_context():
        session = current_session(each_app)
        first, second = put_user(session, "greta@example.org"), put_user(session, "second@example.org")
        grant_role(session, "greta@example.org", Role.COORDINATOR)
        put_everything(session, first, second)
        key = session.get_one(User, first).fs_uniquifier
        named = activity_lines(session, ProgrammeAccess(first, None), ActivityFilters(country="MA"), limit=3)
        assert [(one.title, one.countries) for one in named] == [
            (f"Workshop {number}", (("MA", ""), ("TN", "Tunisia"))) for number in (11, 10, 9)
        ]
    client = signed_in_client(each_app, key)
    texts = {}
    for page in ("countries/MA", "countries/", ""):
        assert client.get(f"/en/programme/{page}").status_code == 200
        with counted(each_app) as sent:
            text = client.get(f"/en/programme/{page}").text
        assert len(sent) <= 10, "\n\n".join(sent)
        texts[page] = re.sub("[\u2066-\u2069]", "", text)
    own = ["Autumn cohort", "Industry Connect: Session 10", "Industry Connect: Session 6", "Posters"]
    own += ["Children and artificial intelligence", "Safer Internet Day"]
    wanted = (
        *own,
        "Workshop 11",
        "Workshop 2",
        "The framework",
        "Teach it in every school",
        "Give young people a seat",
    )
    assert [one for one in wanted if one not in texts["countries/MA"]] == []
    assert [one for one in (*own, "Workshop 11", "drill", "Tunisia") if one not in texts[""]] == []
    stats = re.findall(r'stat__value">(\d+)<', texts["countries/MA"])
    assert stats[:4] == ["12", "0", "2", "2"]
