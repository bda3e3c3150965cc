"""What no page of ours would send is answered with a page that helps, on both kinds of database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import NOW, Scene, put_meeting, put_scene, signed_in_client

LONG = "x" * 10_000


class Site:
    """The scene, with a browser for each of its people."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            session = current_session(app)
            scene: Scene = put_scene(session)
            put_meeting(session, scene.cohort, NOW + timedelta(days=500))
            session.commit()
            self.names = scene.names
            keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        self.clients = {who: signed_in_client(app, key) for who, key in keys.items()}
        self.base = f"/en/cohorts/{self.names['cohort']}"

    def get(self, who: str, path: str) -> int:
        """The status of a page; a path that begins with ``/`` is the site's, else the cohort's."""
        return self.clients[who].get(path if path.startswith("/") else f"{self.base}/{path}").status_code

    def send(self, who: str, path: str, page: str = "", **fields: object) -> tuple[int, str]:
        """Status and text of what a form is answered with."""
        client = self.clients[who]
        hidden = hidden_fields(client.get(f"{self.base}/{page or path}").text)
        answer = client.post(f"{self.base}/{path}", data={**hidden, **fields})
        return answer.status_code, answer.text


@pytest.fixture
def site(each_app: Flask) -> Site:
    """The scene on each kind of database."""
    return Site(each_app)


COHORT = {
    "title": "Rabat", "kind": "training-of-trainers", "country": "MA", "time_zone": "UTC", "languages": "ar",
    "course_ids": "cop-parents", "threshold": "80", "course_mark": "80", "teach_backs": "2", "validity_months": "24",
}  # fmt: skip


def test_nul_costs_nobody_their_step(site: Site) -> None:
    """In a form the rest of the text is kept; in an address there is no page; in a search nothing is found."""
    assert site.send("lead", "edit", **COHORT | {"title": "Ra\0bat", "place": "Hall\0"})[0] == 303
    with site.app.app_context():
        kept = current_session(site.app).scalars(select(Cohort).where(Cohort.country == "MA")).one()
        assert (kept.title, kept.place) == ("Rabat", "Hall")
    assert site.get("lead", "people?search=%00&state=%00&name=%00&id=1") == 200
    assert site.get("lead", "outcomes?named=a%00b&after=x") == 200
    for address in (
        "people/%00",
        "meetings/%00/register",
        "teach-backs/%00",
        "../%00/",
        "../%00/progress",
        "/calendar/%00.ics",
    ):
        assert site.get("lead", address) == 404


@pytest.mark.parametrize(("name", "most"), [("title", 200), ("region", 100), ("place", 300)])
def test_text_that_is_too_long_stays_in_the_form(site: Site, name: str, most: int) -> None:
    """Refused with a sentence, and nothing that was typed is gone."""
    status, text = site.send("lead", "edit", **COHORT | {name: LONG})
    assert status == 422
    assert LONG in text
    assert f"Use at most {most} characters." in text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "9" * 30, "tomorrow"])
def test_days_beyond_every_calendar_are_refused_kindly(site: Site, day: str) -> None:
    """The end of a code, and the first day of a copy."""
    assert site.send("lead", "joining", "people", do="open", last_day=day)[0] == 303
    assert site.send("coordinator", "copy", title="Copy", first_day=day)[0] in (303, 422)
    assert site.get("coordinator", f"/en/insights/report?from={day}&to={day}") == 422


@pytest.mark.parametrize("number", ["9" * 30, "2147483648", "-5", "x", "²"])
def test_numbers_beyond_every_row_find_nothing(site: Site, number: str) -> None:
    """Where a page begins, and which row is meant."""
    pages = (
        "outcomes?after=",
        "people?name=a&id=",
        "letters?page=",
        "needs?page=",
        "meetings/{meeting}/register.pdf?part=",
    )
    for page in pages:
        assert site.get("lead", page.format(**site.names) + number) == 200, page
    assert site.get("examiner", f"teach-backs?after={number}") == 200
    for page in ("/en/cohorts/?before=", "/en/cohorts/cascade?before="):
        assert site.get("coordinator", page + number) == 200, page


def test_marks_of_a_device_with_half_a_letter_are_no_marks(site: Site) -> None:
    """JSON can hold what no text can be."""
    mark = {"op": "\ud800", "member": site.names["member"], "status": "present", "rev": 0, "via": "offline"}
    client, path = site.clients["trainer"], f"{site.base}/meetings/{site.names['meeting']}"
    token = hidden_fields(client.get(f"{path}/register").text)["csrf_token"]
    for name in ("op", "member", "status", "after"):
        sent = {"marks": [{**mark, "op": "one", name: "\ud800"}]}
        assert client.post(f"{path}/marks", json=sent, headers={"X-CSRFToken": token}).status_code == 400
