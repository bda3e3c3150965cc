"""Attacks on the records of a programme: reading across countries, pressing twice, and writing what is not what it seems."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.campaigns.rules import CampaignDetails
from coplearn.campaigns.service import open_campaign
from coplearn.declarations.models import DeclarationGroup
from coplearn.declarations.rules import RoundTable
from coplearn.declarations.service import open_round_table
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.words import Role
from coplearn.period_reports.models import PeriodEdition
from coplearn.programme.models.records import Activity, ActivityEvidence, ActivityVersion
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.reading import UnreadableText, read_day, read_number
from coplearn.programme.rules.records import CountryLine, text_key
from coplearn.programme.rules.words import CountryRecordKind, CountryStatus, Precision, ProgrammeRole
from coplearn.programme.service.activities import confirm_activity, edit_activity
from coplearn.programme.service.countries import CountryRecordContent, StatusContent, add_status, record_country
from coplearn.programme.service.programmes import seat_in_programme, write_programme
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_user, signed_in_client
from tests.programme.worlds import NOW, WORKSHOP, put_activity
from tests.sizes import WHOLE

SECRET = "A cohort in Rabat"
DAY = date(2026, 11, 2)


@pytest.fixture
def clients(app: Flask) -> dict[str, FlaskClient]:
    """A coordinator of Armenia and somebody without a country, both with a role in a programme of all countries; a coordinator of
    Morocco; and somebody whose role in it is for Armenia alone. Morocco has a cohort, a record, a round table and a campaign."""
    with app.app_context():
        session = current_session(app)
        ids = {name: put_user(session, f"{name}@example.org") for name in ("ani", "seated", "there", "mina")}
        for name, country in (("ani", "AM"), ("mina", "MA")):
            grant_role(session, f"{name}@example.org", Role.COORDINATOR, country=country)
        programme = write_programme(session, None, "COP", "", NOW)
        for name, country in (("ani", ""), ("seated", ""), ("there", "AM")):
            seat_in_programme(session, programme, f"{name}@example.org", ProgrammeRole.EDITOR, country, NOW)
        cohort = put_cohort(session, "MA", title=SECRET)
        put_member(session, cohort, None)
        put_meeting(session, cohort, utcnow() - timedelta(days=20))
        state = StatusContent(CountryStatus.UNDER_WAY, span(DAY, None, Precision.DAY), "Only in Rabat")
        content = CountryRecordContent("MA", CountryRecordKind.FRAMEWORK)
        record = record_country(session, content, key="k", by_id=ids["mina"], now=NOW)
        add_status(session, record, state, by_id=ids["mina"], now=NOW)
        table = RoundTable("Round table of Rabat", "MA", "Rabat", DAY, programme.id)
        open_round_table(session, table, ids["mina"], NOW)
        open_campaign(session, CampaignDetails("Posters of Rabat", "MA", DAY, DAY, programme.id), ids["mina"], NOW)
        session.commit()
        keys = {name: session.get_one(User, number).fs_uniquifier for name, number in ids.items()}
    return {name: signed_in_client(app, key) for name, key in keys.items()}


@pytest.mark.parametrize("who", ["ani", "seated"])
def test_a_role_in_a_programme_opens_none_of_the_sites_own_records(clients: dict[str, FlaskClient], who: str) -> None:
    """The report, its files and the country's page hold Morocco's cohort and numbers for its coordinator alone."""
    days = "from=2026-01-01&to=2027-12-31&country=MA"
    pages = (f"report?{days}", f"report.csv?{days}", "countries/MA")
    theirs = [clients["mina"].get(f"/en/programme/{page}").text for page in pages]
    assert all(SECRET in theirs[at] for at in (0, 1, 2)) and "Only in Rabat" in theirs[2]
    assert "Counted on this site" in theirs[0]
    for page in pages:
        shown = clients[who].get(f"/en/programme/{page}")
        assert shown.status_code == 200
        assert SECRET not in shown.text and "Only in Rabat" not in shown.text
        assert "Counted on this site" not in shown.text
    records = clients[who].get(f"/en/programme/report/records?{days}&of=records")
    assert SECRET not in records.text


def test_a_role_for_one_country_lists_nothing_of_another(clients: dict[str, FlaskClient]) -> None:
    """Round tables and campaigns of the same programme elsewhere."""
    for page, title in (("declarations/", "Round table of Rabat"), ("campaigns/", "Posters of Rabat")):
        assert title in clients["seated"].get(f"/en/programme/{page}").text
        assert title not in clients["there"].get(f"/en/programme/{page}").text
        assert title not in clients["there"].get("/en/programme/").text


def test_nobody_takes_a_countrys_name_for_another(app: Flask, clients: dict[str, FlaskClient]) -> None:
    """A name that everybody has, and one that somebody else explained, keep their country for all lists."""
    for who, name, country, holds in (
        ("ani", "Morocco", "AM", False),
        ("mina", "Maghreb al-Aqsa", "MA", True),
        ("ani", "maghreb al aqsa", "AM", False),
        ("mina", "Maghreb al-Aqsa", "MA", True),
    ):
        client, page = clients[who], "/en/programme/lists/"
        text = "Title,Kind,From,Countries\nOne,Workshop,2026-11-02,Morocco\n"
        form = {**hidden_fields(client.get(page).text), "file": (io.BytesIO(text.encode()), "list.csv")}
        where = client.post(page, data=form).headers["Location"]
        sent = {**hidden_fields(client.get(where).text), "do": "explain", "text": name, "country": country}
        told = client.post(where, data=sent, follow_redirects=True).text
        assert ("means another country already" not in told) is holds, (who, name)


def test_report_is_written_whatever_stands_in_a_title(app: Flask, clients: dict[str, FlaskClient]) -> None:
    """Signs that no document can hold, markup and formulas, in our own records and in those that were typed in."""
    nasty = "=1+1 <b>Bell</b> \x01\x07\x0b\uffff \u202eback"
    with app.app_context():
        session = current_session(app)
        put_meeting(session, put_cohort(session, "MA", title=nasty), utcnow() - timedelta(days=9))
        user = session.scalars(select(User.id).where(User.email == "mina@example.org")).one()
        made = put_activity(
            session, user, countries=(CountryLine("MA", nasty),), title=nasty, source=nasty, summary=nasty
        )
        session.commit()
        assert made.public_id
        version = session.scalars(select(ActivityVersion).where(ActivityVersion.activity_id == made.id)).one()
        assert version.title == "=1+1 <b>Bell</b> \uffff back"
    for page in ("report.docx", "report.xlsx", "report.csv", "report", "activities.csv", "activities.xlsx"):
        answer = clients["mina"].get(f"/en/programme/{page}?from=2025-01-01&to=2026-12-31")
        assert answer.status_code == 200, page
        assert b"<b>Bell" not in answer.data or page.endswith("csv")
        assert b",=1" not in answer.data and b"\n=1" not in answer.data


def test_pressing_twice_makes_one(app: Flask, clients: dict[str, FlaskClient]) -> None:
    """A group that took part, evidence, a correction and an edition: the second press of the same form changes nothing."""
    mina = clients["mina"]
    table = re.findall(r'href="(/en/programme/declarations/\w{8,})"', mina.get("/en/programme/declarations/").text)[0]
    _twice(
        mina,
        table,
        f"{table}/groups",
        {"group": "educators", "number": "8", "qualifier": "exact", "basis": "signature-list"},
    )
    with app.app_context():
        session = current_session(app)
        user = session.scalars(select(User.id).where(User.email == "mina@example.org")).one()
        activity = put_activity(session, user, countries=(CountryLine("MA"),), about="cohort:99")
        session.commit()
        page = f"/en/programme/activities/{activity.public_id}"
    _twice(mina, page, f"{page}/evidence", {"title": "Photo", "link": "https://example.org/x"})
    form = {"title": "Anew", "kind": "workshop", "status": "held", "precision": "day", "since": "2025-02-11"}
    _twice(mina, f"{page}/edit", f"{page}/edit", form | {"countries": "Morocco", "about": "cohort:99"})
    days = {"from": "2026-01-01", "to": "2026-11-02", "country": "MA"}
    _twice(mina, "/en/programme/report?from=2026-01-01&to=2026-11-02", "/en/programme/editions", days)
    with app.app_context():
        session = current_session(app)
        tables = (DeclarationGroup, ActivityEvidence, PeriodEdition)
        assert [session.scalar(select(func.count()).select_from(one)) for one in tables] == [1, 1, 1]
        versions = session.scalars(select(ActivityVersion).order_by(ActivityVersion.number)).all()
        # What a record is about stays, also where whoever corrects it could not choose that.
        assert [(one.title, one.about) for one in versions] == [
            ("Workshop in Yerevan", "cohort:99"),
            ("Anew", "cohort:99"),
        ]


def _twice(client: FlaskClient, page: str, address: str, form: dict[str, str]) -> None:
    """Press the same button of a page twice; the second press leads where the first did."""
    shown = client.get(page).text
    assert shown.count('name="form_key"') >= 1, page
    sent = {**hidden_fields(shown), **form}
    first, second = (client.post(address, data=sent) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]


@pytest.mark.parametrize("round_", range(3 if WHOLE else 1))
def test_confirming_and_correcting_at_once_leave_one_truth(each_app: Flask, round_: int) -> None:
    """Two confirm and two correct the same version at the same moment: one correction at most, and what counts was confirmed."""
    with each_app.app_context():
        session = current_session(each_app)
        people = [put_user(session, f"p{number}@example.org") for number in range(5)]
        activity_id = put_activity(session, people[4]).id
        session.commit()
        session.close()
    together = Barrier(4, timeout=60)

    def press(number: int) -> str:
        with each_app.app_context():
            own = current_session(each_app)
            together.wait()
            activity = own.get_one(Activity, activity_id)
            try:
                if number % 2:
                    content = replace(WORKSHOP, title=f"By {number}")
                    edit_activity(own, activity, content, base=1, by_id=people[number], now=NOW, why="Counted anew")
                else:
                    confirm_activity(own, activity, number=1, by_id=people[number], now=NOW)
                own.commit()
                return "edit" if number % 2 else "confirm"
            except AppError as error:
                own.rollback()
                return type(error).__name__
            finally:
                own.close()

    with ThreadPoolExecutor(4) as pool:
        came = sorted(pool.map(press, range(4)))
    assert came.count("edit") == 1
    with each_app.app_context():
        session = current_session(each_app)
        activity = session.get_one(Activity, activity_id)
        versions = session.scalars(select(ActivityVersion).order_by(ActivityVersion.number)).all()
        assert [one.number for one in versions] == [1, 2] and activity.newest == 2
        assert activity.counted == (1 if "confirm" in came else None)
        assert (versions[0].confirmed_at is not None) is ("confirm" in came) and versions[1].confirmed_at is None


@pytest.mark.parametrize(
    "typed", ["0.123", "1,234.567", "1.234,567", "0,001", "1e3", "-5", "１２ people", "1 2 3", "∞", "٤٠٬٠"]
)
def test_number_that_may_mean_another_is_refused(typed: str) -> None:
    """A decimal is never read as thousands."""
    with pytest.raises(UnreadableText):
        read_number(typed)


def test_number_is_read_in_the_digits_and_signs_of_any_language() -> None:
    """Of those who fill in lists in Arabic, French or by a Swiss machine."""
    assert [read_number(typed)[0] for typed in ("٤٠٬٠٠٠", "40 000", "40’000", "4.000.000", "0", "007")] == [
        40_000, 40_000, 40_000, 4_000_000, 0, 7,
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["2025-03-145", "2025-03-14x", "14.3.25", "2025-02-30", "03/14/2025"])
def test_day_that_is_none_is_refused(typed: str) -> None:
    """And never cut to one."""
    with pytest.raises(UnreadableText):
        read_day(typed)
    assert read_day("2025-03-14 00:00:00") == read_day("2025-03-14T09:30") == date(2025, 3, 14)


def test_marks_that_nobody_sees_make_no_other_name() -> None:
    """Direction, joiners and the like: two organisations that look alike are one."""
    assert text_key("\u202eUNI\u200bCEF\u2069") == text_key("Unicef")
    assert text_key("\u200f") == ""
