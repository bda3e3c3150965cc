"""Windows and bookmarks tell one meeting, one person and one place in a cohort from another."""

from __future__ import annotations

import re
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff, put_teach_back, signed_in_client
from tests.counting import counted

EACH_MEETING = ("meetings/{}/edit", "meetings/{}/register", "meetings/{}/children", "meetings/{}/door")
EACH_PERSON = ("people/{}", "teach-backs/plan/{}", "outcomes/{}")
PLACES = {
    "": "",
    "staff": "",
    "people/new": "people",
    "meetings/new": "meetings",
    "numbers": "progress",
    "teach-backs": "teach-backs",
}
"""Below the cohort's address: a page, and the tab under which it stands."""


def _scene(app: Flask) -> tuple[FlaskClient, str, list[str], list[str], list[str]]:
    with app.app_context():
        session, now = current_session(app), utcnow()
        cohort = put_cohort(session, languages=["en", "fr", "ar"])
        for role in ("lead", "examiner"):
            user_id = put_staff(session, cohort, "lead@example.org", role)
        meetings = [
            put_meeting(session, cohort, now - timedelta(days=days), title="Day", with_children=True) for days in (1, 2)
        ]
        members = [put_member(session, cohort, None, name=name) for name in ("Ani", "Sam")]
        taught = [put_teach_back(session, member) for member in members]
        session.commit()
        key = session.scalar(select(User.fs_uniquifier).where(User.id == user_id))
        ids = [[one.public_id for one in many] for many in (meetings, members, taught)]
        return signed_in_client(app, key), f"/en/cohorts/{cohort.public_id}/", *ids  # type: ignore[return-value] # three


def _title(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    found = re.search(r"<title>(.+?)</title>", answer.text, re.DOTALL)
    assert found is not None
    return found[1]


def test_two_of_a_kind_have_two_titles(app: Flask) -> None:
    """Two meetings of the same name on two days, two people, and what was made of them."""
    client, base, meetings, members, taught = _scene(app)
    kinds = [(page, meetings) for page in EACH_MEETING] + [(page, members) for page in EACH_PERSON]
    kinds += [("teach-backs/{}", taught), (f"meetings/{meetings[0]}/history/{{}}", members)]
    same = {page for page, ids in kinds if len({_title(client, base + page.format(one)) for one in ids}) < len(ids)}
    assert same == set()


def test_each_page_marks_the_tab_it_stands_under(app: Flask) -> None:
    """One tab is the current one, on pages below a tab too."""
    client, base, *_ = _scene(app)
    for page, tab in PLACES.items():
        nav = client.get(base + page).text.split('<nav class="tabs"', 1)[1].split("</nav>", 1)[0]
        assert re.findall(r'href="([^"]+)" aria-current="page"', nav) == [base + tab], page


def test_overview_names_what_waits_first_and_isolates_names(app: Flask) -> None:
    """The next meeting above the facts, closing below them, and no language turns the list round it."""
    client, base, *_ = _scene(app)
    with app.app_context():
        session = current_session(app)
        cohort = session.scalars(select(Cohort)).one()
        put_meeting(session, cohort, utcnow() - timedelta(minutes=5), title="Now")
        session.commit()
    client.get(base)
    with counted(app) as sent:
        page = client.get(base).text
    order = [page.index(words) for words in ("Take the register", "What was decided", "Close the cohort")]
    assert order == sorted(order)
    assert "\u2068English\u2069, \u2068Français\u2069, and \u2068العربية\u2069" in page
    assert "button--primary" not in page[order[1] :]
    assert len(sent) == 13
