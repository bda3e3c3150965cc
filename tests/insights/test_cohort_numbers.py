"""The matrix, the cohort's numbers and the country's, against a small cohort counted by hand and a large one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.outcomes.queries.certification import outcome_counts, standing_outcomes
from coplearn.insights import cohort_presenters, queries
from coplearn.insights.queries import meetings_of, people_after
from coplearn.insights.rules import Dimension, ReportScope, last_months
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import (
    NOW,
    put_cohort,
    put_evaluation,
    put_meeting,
    put_member,
    put_scene,
    put_teach_back,
    put_user,
    signed_in_client,
)
from tests.counting import counted
from tests.insights.figures import put_learner, put_outcome, put_presence, put_question

WHOLE = ReportScope(None)


def test_people_come_page_by_page(session: Session) -> None:
    """In order of name, each once, none of another cohort, and a key that means nothing begins at the top."""
    cohort, other = put_cohort(session), put_cohort(session)
    for number in (3, 1, 2, 2):
        put_member(session, cohort, None, name=f"Name {number}")
    put_member(session, cohort, None, name="Name 0", state="withdrawn")
    stranger = put_member(session, other, None, name="Name 1")
    first = people_after(session, cohort.id, "", 2)
    rest = people_after(session, cohort.id, first[-1].public_id, 9)
    assert [one.name for one in (*first, *rest)] == ["Name 1", "Name 2", "Name 2", "Name 3"]
    assert len({one.id for one in (*first, *rest)}) == 4
    for key in ("nobody", stranger.public_id):
        assert len(people_after(session, cohort.id, key, 9)) == 4


def test_cohort_s_counts_are_of_what_stands(session: Session) -> None:
    """Marks of people who take part, at meetings that have begun; the last decision about each."""
    cohort = put_cohort(session)
    one, two, gone = (put_member(session, cohort, None, state=state) for state in ("active", "active", "withdrawn"))
    day = put_meeting(session, cohort, NOW - timedelta(days=1))
    put_meeting(session, cohort, NOW + timedelta(days=1))
    put_meeting(session, cohort, NOW - timedelta(days=2), state="cancelled")
    for member, status in ((one, "late"), (two, "absent"), (gone, "present")):
        put_presence(session, day, member, status)
    put_outcome(session, cohort, one, "repeat", NOW)
    last = put_outcome(session, cohort, one, "certified", NOW, turn=2)
    put_outcome(session, cohort, two, "certified", NOW, revoked_at=NOW)
    (line,) = meetings_of(session, cohort.id, NOW)
    assert line.marks == {"late": 1, "absent": 1}
    assert outcome_counts(session, cohort.id) == {("certified", False): 1, ("certified", True): 1}
    assert standing_outcomes(session, [one.id])[one.id].id == last.id


def test_country_s_months_follow_its_calendar(session: Session) -> None:
    """A meeting in the last hour of October in Yerevan is October's there, though it is not yet so in Lima."""
    cohort = put_cohort(session, "AM", region="Syunik", languages=["hy"], audience="")
    member = put_member(session, cohort, "one@example.org", locale="hy")
    periods = last_months(NOW, "Asia/Yerevan", 3)
    for starts in (periods[1].end - timedelta(hours=1), periods[1].start, periods[0].start - timedelta(seconds=1)):
        put_presence(session, put_meeting(session, cohort, starts, hours=0.5), member)
    put_outcome(session, cohort, member, "certified", periods[2].start)
    elsewhere = put_cohort(session, "MA")
    put_outcome(session, elsewhere, put_member(session, elsewhere, None), "completed", periods[2].start)
    found = queries.months(session, ReportScope(frozenset({"AM"})), periods, NOW)
    assert [(one.trained, one.completed, one.certified) for one in found] == [(0, 0, 0), (1, 0, 0), (0, 1, 1)]
    came = queries.trained_by(
        session, WHOLE, periods[0].start, periods[-1].end, NOW, [Dimension.REGION, Dimension.AUDIENCE]
    )
    assert came == {("", ""): 1, ("region", "Syunik"): 1, ("audience", ""): 1}


def test_country_s_certificates_and_answers(session: Session) -> None:
    """Rights that end within ninety days and stand, the soonest first; those who were asked, and those who answered."""
    cohort = put_cohort(session, "AM")
    for number, days in enumerate((89, 5, 91, -1, 20, 30)):
        member = put_member(session, cohort, None, name=f"Name {number}")
        changes = {"revoked_at": NOW} if number == 4 else {}
        put_outcome(session, cohort, member, "certified", NOW, valid_until=NOW + timedelta(days=days), **changes)
        put_question(session, member, sent=number != 0, answered=number < 3)
        if number == 5:
            put_outcome(session, cohort, member, "certified", NOW, turn=2, valid_until=NOW + timedelta(days=700))
    count, lines = queries.expiring(session, WHOLE, NOW, 20)
    assert (count, [one.name for one in lines]) == (2, ["Name 1", "Name 0"])
    assert queries.expiring(session, WHOLE, NOW, 1)[0] == 2
    assert queries.expiring(session, ReportScope(frozenset({"MA"})), NOW, 9) == (0, [])
    assert queries.follow_ups(session, WHOLE) == queries.FollowUpCount(5, 2)
    assert queries.cohorts_by(session, WHOLE) == {("running", "training-of-trainers"): 1}


@pytest.fixture
def site(app: Flask) -> tuple[FlaskClient, str]:
    """A cohort of one teach-back and one meeting: one person has all of it, one has begun, 120 have nothing."""
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        cohort = put_cohort(session, teach_backs=1, threshold=50)
        ready = put_member(session, cohort, "ready@example.org", name="Zoë")
        put_member(session, cohort, "begun@example.org", name="<b>Adam</b>")
        meeting = put_meeting(session, cohort, NOW - timedelta(days=9), title="Day <one>")
        put_presence(session, meeting, ready)
        put_evaluation(session, put_teach_back(session, ready), 4)
        items = list(site_of(app).library.current().courses["cop-parents"].items)
        put_learner(
            session,
            "cop-parents",
            dict.fromkeys(items, NOW),
            user_id=put_user(session, "ready@example.org"),
            score=90,
            finished=NOW,
        )
        put_learner(session, "cop-parents", {items[0]: NOW}, user_id=put_user(session, "begun@example.org"))
        for number in range(120):
            put_member(session, cohort, None, name=f"Nobody {number:03}")
        put_outcome(session, cohort, ready, "certified", NOW)
        session.commit()
        assert scene.cohort.country == cohort.country
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "coordinator@example.org")).one()
        return signed_in_client(app, key), cohort.public_id


def rows(page: str) -> dict[str, list[str]]:
    """The cells of each person, in words."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', body, re.S)
    return {
        _words(name): [_words(cell) for cell in re.findall(r"<td.*?>(.*?)</td>", rest, re.S)] for name, rest in found
    }


def _words(html: str) -> str:
    return " ".join(re.sub("<[^>]+>|[\u2068\u2069]", " ", html).split())


def test_matrix_says_in_words_what_everybody_has(site: tuple[FlaskClient, str]) -> None:
    """Done, begun with how far, missing; forty people a page, and the last of them on the last page."""
    client, cohort = site
    pages, address = [], f"/en/cohorts/{cohort}/progress"
    while address:
        pages.append(client.get(address).text)
        onward = re.search(r'href="([^"]+after=[^"]+)" rel="next"', pages[-1])
        address = onward.group(1).replace("&amp;", "&") if onward else ""
    people = {name: cells for page in pages for name, cells in rows(page).items()}
    assert [len(rows(page)) for page in pages] == [40, 40, 40, 2]
    assert people["Zoë"] == ["Done", "Done 100%", "Done", "Certified"]
    assert people["&lt;b&gt;Adam&lt;/b&gt;"][0].startswith("Begun 1 of ")
    assert people["Nobody 007"] == ["Still missing", "Still missing", "Still missing", "Not decided yet"]
    assert 'scope="col">Attendance' in pages[0]


def test_matrix_begins_with_who_misses_most_and_adds_up(site: tuple[FlaskClient, str]) -> None:
    """The order is asked for in the address, and the last line counts those above it."""
    client, cohort = site
    with client.application.app_context():
        session = current_session(client.application)
        session.execute(update(Membership).where(Membership.name == "Zoë").values(name="A first"))
        session.commit()
    address, missing = f"/en/cohorts/{cohort}/progress", []
    for query in ("", "?order=missing"):
        page = client.get(address + query).text
        cells = [cells[:3] for cells in rows(page).values()]
        missing.append([sum(not cell.startswith("Done") for cell in line) for line in cells])
        foot = page.partition("<tfoot>")[2].partition("</tfoot>")[0]
        done = [sum(line[place].startswith("Done") for line in cells) for place in range(3)]
        assert [_words(cell) for cell in re.findall(r"<td>(.*?)</td>", foot)][:3] == [f"{one} of 40" for one in done]
    assert missing[0] != sorted(missing[0], reverse=True)
    assert missing[1] == sorted(missing[1], reverse=True)


@pytest.mark.parametrize("kept_from", [200, 100])
def test_matrix_that_begins_with_who_misses_most_orders_the_whole_cohort(
    site: tuple[FlaskClient, str], monkeypatch: pytest.MonkeyPatch, kept_from: int
) -> None:
    """Over all pages, and nobody twice or left out, whether the order is kept for a while or made at each look."""
    monkeypatch.setattr(cohort_presenters, "KEEP_FROM", kept_from)
    client, cohort = site
    missing: list[int] = []
    names: list[str] = []
    address = f"/en/cohorts/{cohort}/progress?order=missing"
    while address:
        page = client.get(address).text
        for name, cells in rows(page).items():
            names.append(name)
            missing.append(sum(not cell.startswith("Done") for cell in cells[:3]))
        onward = re.search(r'href="([^"]+after=[^"]+)" rel="next"', page)
        address = onward.group(1).replace("&amp;", "&") if onward else ""
    assert len(names) == len(set(names)) == 122
    assert missing == sorted(missing, reverse=True)
    assert names[-1] == "Zoë"


def test_matrix_shows_those_who_miss_something(site: tuple[FlaskClient, str]) -> None:
    """Everybody but who has all; the pages go on to the end, with no one twice."""
    client, cohort = site
    names: list[str] = []
    address = f"/en/cohorts/{cohort}/progress?missing="
    while address:
        page = client.get(address).text
        names += rows(page)
        onward = re.search(r'href="([^"]+after=[^"]+)" rel="next"', page)
        address = onward.group(1).replace("&amp;", "&") if onward else ""
    assert len(names) == len(set(names)) == 121
    assert "Zoë" not in names


def test_cohort_s_numbers_are_the_true_ones(site: tuple[FlaskClient, str]) -> None:
    """One person is shown as one, not hidden: whoever runs the cohort knows them."""
    client, cohort = site
    page = re.sub(
        r"\s+", " ", re.sub(r"<svg.*?</svg>", "", client.get(f"/en/cohorts/{cohort}/numbers").text, flags=re.S)
    )
    assert (
        '<td data-label="Done">1</td> <td data-label="Begun">0</td> <td data-label="Not begun">121</td>'
        in page.replace("><td", "> <td")
    )
    assert "Day &lt;one&gt;" in page
    assert '<th scope="row">Certified</th><td><span>1</span></td>' in page


def test_pages_take_twelve_statements_at_most(app: Flask, site: tuple[FlaskClient, str]) -> None:
    """Also for 5,100 people, and then a second look at the numbers counts only what is quick."""
    client, cohort = site
    with app.app_context():
        session = current_session(app)
        member = session.scalars(select(Membership).where(Membership.name == "Nobody 001")).one()
        plain = {
            "cohort_id": member.cohort_id,
            "organisation": "",
            "region": "",
            "locale": "ar",
            "state": "active",
            "created_at": NOW,
        }
        session.execute(
            Membership.__table__.insert(),  # type: ignore[attr-defined] # a table
            [plain | {"public_id": f"m{number}", "key": f"k{number}", "name": "Many"} for number in range(5_000)],
        )
        session.commit()
    # Whoever reads is named in the audit log, once an hour.
    client.get(f"/en/cohorts/{cohort}/progress")
    for path, most in (
        ("progress", 9),
        ("progress?missing=", 9),
        ("numbers", 12),
        ("numbers", 6),
        ("progress?after=m7", 10),
    ):
        with counted(app) as sent:
            assert client.get(f"/en/cohorts/{cohort}/{path}").status_code == 200
        assert len(sent) <= most, path
    with counted(app) as sent:
        assert client.get("/en/insights/").status_code == 200
    assert len(sent) <= 9
