"""Whoever follows a link from a letter, a calendar or a bookmark signs in and is there, and nobody learns what is there."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.accounts.persona import PASSWORD, Visitor, hidden_fields, link_in, mails

WANTED = "/en/cohorts/?archived=&before=7"


@pytest.mark.parametrize(
    "path",
    [
        "/en/cohorts/abcdefghijklmnop/needs",
        "/en/cohorts/abcdefghijklmnop/meetings/abcdefghijklmnop/register",
        "/en/cohorts/no/such/page/at/all",
        "/ar/cohorts/%D8%B9/",
        "/ar/translate/ar/cop-parents/1",
        "/ar/translate/xx/",
        "/en/translate/ar/cop-parents/x/y/z",
        "/fr/insights/report?country=MA",
        "/zh/insights/none",
        "/en/outbox",
        "/en/staff/courses",
        "/en/staff/none",
        "/en/me/none",
        "/en/certificates/name",
    ],
)
def test_page_for_certain_people_asks_who_is_there(visitor: Visitor, path: str) -> None:
    """A page that is there and one that is not answer a stranger alike: sign in first, and then this address."""
    answer = visitor.get(path)
    sign_in = f"{path[:3]}/sign-in"
    assert answer.status_code == 302
    assert answer.location.startswith(f"{sign_in}?next=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert hidden_fields(visitor.get(answer.location).text)["next"] == path


@pytest.mark.parametrize(
    "path", ["/en/none", "/en/c/none/", "/none", "/calendar/made-up.ics", "/en/cohorts/join/AAAABBBB"]
)
def test_page_for_everybody_says_that_it_is_not_there(visitor: Visitor, path: str) -> None:
    """Where signing in would change nothing, nobody is asked to."""
    assert visitor.get(path).status_code == 404


def test_somebody_signed_in_is_told_that_there_is_no_page(visitor: Visitor) -> None:
    """They are not sent round in a circle."""
    visitor.join("ana@example.org")
    assert visitor.get("/en/cohorts/abcdefghijklmnop/").status_code == 404
    assert visitor.get("/en/cohorts/no/such/page").status_code == 404


def test_session_that_was_ended_elsewhere_asks_who_is_there(app: Flask, visitor: Visitor) -> None:
    """A new password on one device ends the session of the other, which then asks to sign in and does not say "no page"."""
    visitor.join("ana@example.org")
    other = Visitor(app)
    other.sign_in("ana@example.org")
    visitor.send("/en/change-password", password=PASSWORD, new_password="eight quiet lanterns")
    assert other.get("/en/cohorts/").status_code == 302


def test_a_new_account_comes_to_the_page_that_was_wanted(app: Flask, visitor: Visitor) -> None:
    """From a letter's link over making an account and confirming it by mail to the page itself."""
    sign_in = visitor.get(WANTED)
    assert sign_in.location.startswith("/en/sign-in?next=")
    assert visitor.get(sign_in.location).status_code == 200
    visitor.sign_up("ana@example.org")
    assert visitor.get(link_in(mails(app)[-1])).location == WANTED
    assert visitor.is_signed_in


def test_a_link_opened_elsewhere_signs_nobody_in(app: Flask, visitor: Visitor) -> None:
    """Who is sent the link of a stranger's account keeps what they learned to themselves; the asker finds the address filled in."""
    visitor.sign_up("ana@example.org")
    victim = Visitor(app)
    victim.sign_up("ben@example.org")
    assert victim.get(link_in(mails(app)[0])).location == "/en/sign-in"
    assert not victim.is_signed_in
    assert 'value="ana@example.org"' in visitor.get("/en/sign-in").text
    assert "ana@example.org" not in victim.get("/en/sign-in").text


def test_a_forgotten_password_does_not_lose_the_page(app: Flask, visitor: Visitor) -> None:
    """The same after choosing a new password by mail."""
    Visitor(app).join("ana@example.org")
    visitor.get(visitor.get(WANTED).location)
    visitor.send("/en/new-password", email="ana@example.org")
    link = link_in(mails(app)[-1])
    visitor.send(link, password="nine quiet lanterns")
    assert visitor.sign_in("ana@example.org", "nine quiet lanterns").location == WANTED


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("/en/cohorts/abcdefghijklmnop/people/abc/invite", "/en/cohorts/abcdefghijklmnop/people/abc"),
        ("/en/cohorts/abcdefghijklmnop/state", "/en/cohorts/abcdefghijklmnop/"),
        ("/en/translate/ar/cop-parents/12/draft", "/en/translate/ar/cop-parents/12"),
        ("/ar/outbox/abc/again", "/ar/outbox"),
        ("/en/sign-out", "/en/"),
    ],
)
def test_bookmark_of_a_form_leads_to_the_page_it_stands_on(visitor: Visitor, form: str, page: str) -> None:
    """An address that only takes what is sent there shows the nearest page when somebody opens it."""
    answer = visitor.get(form)
    assert (answer.status_code, answer.location) == (302, page)


def test_sent_form_of_a_stranger_is_refused_where_it_is(visitor: Visitor) -> None:
    """What was sent is not answered with a form to sign in, from which it could not come back."""
    answer = visitor.client.post("/en/cohorts/new", data={"csrf_token": visitor.token(), "title": "Rabat"})
    assert answer.status_code == 404
