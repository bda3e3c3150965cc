"""Invitations: a pasted list, a link that works once, and the first administrator of an empty site."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.rules import Granted
from coplearn.administration.people import queries
from coplearn.administration.people.forms import read_invited
from coplearn.administration.people.queries import account_of, seen_by
from coplearn.administration.people.rules import Invited
from coplearn.administration.people.service import invitations as service
from coplearn.administration.people.service.roles import take_role
from coplearn.cohorts.common.queries import person_of
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter
from coplearn.server import first_admin_lines
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import LINK, PASSWORD, Visitor, link_in, mails
from tests.administration.test_people import NOW, somebody


def test_list_is_read_as_people_paste_it() -> None:
    """Rows of a spreadsheet, lines of a mail program, several addresses in a line, the commas of Arabic and
    Chinese; and what is none is named by its line."""
    pasted = (
        'Amina Otieno\tAmina@Example.org\nzoe@example.net\t\n"Otieno, B." <b@example.org>\n\nAmina\tamina@example.org\n'
    )
    assert read_invited(pasted) == (
        [
            Invited("amina@example.org", "Amina Otieno"),
            Invited("zoe@example.net", ""),
            Invited("b@example.org", "Otieno, B."),
        ],
        [],
    )
    assert read_invited("a@example.org; b@example.org") == (
        [Invited("a@example.org", ""), Invited("b@example.org", "")],
        [],
    )
    assert read_invited("Amina Otieno amina@example.org\nzoe@example.net  Zoë\n") == (
        [Invited("amina@example.org", "Amina Otieno"), Invited("zoe@example.net", "Zoë")],
        [],
    )
    for comma in ("،", "，", "؛"):
        assert read_invited(f"a@example.org{comma} أمينة\nb@example.org{comma}\n") == (
            [Invited("a@example.org", "أمينة"), Invited("b@example.org", "")],
            [],
        )
    assert read_invited("Amina\nzoe@\na@example.org\n")[1] == [1, 2]
    assert read_invited("\n \n") == ([], [])


def _tokens(session: Session, *people: str, granted: Granted) -> list[str]:
    """The tokens of new invitations by a coordinator of Kenya, in the order of the addresses."""
    person = somebody(session, "kenya@example.org", Granted(Role.COORDINATOR, country="KE"))
    service.invite(session, person, [Invited(one, "") for one in people], granted, "ar", NOW)
    rows = select(Letter.params).where(Letter.kind == service.LETTER).order_by(Letter.id)
    return [params["token"] for params in session.scalars(rows)]


def test_invitation_opens_once_and_gives_its_role_and_no_more(session: Session) -> None:
    """A new account in the language of the letter, the role with its end; then the link is nothing, also after its time."""
    role = Granted(Role.TRANSLATOR, "ar", country="KE", until=NOW + timedelta(days=90))
    first, late = _tokens(session, "amina@example.org", "late@example.org", granted=role)
    user = service.accept(session, first, "other@example.org", "hash", NOW)
    assert (user.email, user.locale, user.confirmed_at) == ("amina@example.org", "ar", NOW)
    assert [(one, one.until) for one in queries.grants_held(session, user.id)] == [(role, role.until)]
    for token, now in ((first, NOW), ("forged", NOW), (late, NOW + service.GOOD_FOR)):
        with pytest.raises(NotFound):
            service.accept(session, token, "", "hash", now)
    service.forget_invitations(session, NOW + service.GOOD_FOR)
    assert queries.open_invitations(session, NOW) == []


def test_stranger_who_waits_in_an_unconfirmed_account_gets_no_role(app: Flask) -> None:
    """Somebody asked for an account with another's address: its owner chooses the password as they open the invitation."""
    stranger, owner = Visitor(app), Visitor(app)
    stranger.send("/en/sign-up", email="amina@example.org", password="a stranger waits here")
    with app.app_context():
        session = current_session(app)
        (token,) = _tokens(session, "amina@example.org", granted=Granted(Role.TRANSLATOR, "ar", country="KE"))
        session.commit()
    with time_machine.travel(NOW):
        assert owner.send(f"/en/invited/{token}").status_code == 422
        assert owner.send(f"/en/invited/{token}", password=PASSWORD).status_code == 303
        assert owner.is_signed_in
    stranger.send("/en/sign-in", email="amina@example.org", password="a stranger waits here")
    assert not stranger.is_signed_in


def test_printed_link_makes_no_second_administrator(session: Session) -> None:
    """Where the first one came another way, at the shell, what was printed before opens nothing."""
    token = service.first_admin_token(session, "en", NOW)
    assert token is not None
    assert queries.opened(session, service.token_hash(token), NOW) is not None
    somebody(session, "admin@example.org", Granted(Role.ADMIN))
    assert queries.opened(session, service.token_hash(token), NOW) is None
    with pytest.raises(NotFound):
        service.accept(session, token, "second@example.org", "hash", NOW)


def test_whoever_may_give_a_role_no_more_has_not_invited_to_it(session: Session) -> None:
    """Nobody invites above their own role, and an invitation ends with the right of whoever sent it."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    token, _ = _tokens(session, "amina@example.org", "b@example.org", granted=Granted(Role.REVIEWER, country="KE"))
    kenya = user_by_email(session, "kenya@example.org")
    assert kenya is not None
    person = person_of(session, kenya.fs_uniquifier)
    assert person is not None
    with pytest.raises(Refused):
        service.invite(session, person, [Invited("x@example.org", "")], Granted(Role.REVIEWER), "en", NOW)
    held = account_of(session, seen_by(admin.grants), kenya.id)
    assert held is not None
    take_role(session, admin, kenya.id, held.roles[0].id, NOW)
    with pytest.raises(NotFound):
        service.accept(session, token, "", "hash", NOW)


def test_first_administrator_comes_by_the_printed_link_and_invites(fully_opened_app: Flask) -> None:
    """An empty site prints a link; it makes one administrator, who invites a newcomer and somebody with an account."""
    app = fully_opened_app
    with app.app_context():
        told = first_admin_lines(site_of(app).settings)[0]
        later = first_admin_lines(site_of(app).settings)[0]
    old, path = (_path(LINK.findall(lines)[-1]) for lines in (told, later))
    admin = Visitor(app)
    assert admin.get(old).status_code == 404
    assert admin.send(path, email="Head@Example.org", password="password").status_code == 422
    assert admin.send(path, email="nobody", password=PASSWORD).status_code == 422
    assert admin.send(path, email="Head@Example.org", password=PASSWORD).location == "/en/work"
    assert admin.is_signed_in
    assert Visitor(app).get(path).status_code == 404
    with app.app_context():
        assert first_admin_lines(site_of(app).settings) == []
    known = Visitor(app)
    known.join("known@example.org")
    refused = admin.send("/en/people/invite", people="no address\nnew@example.org", role="translator", language="ar")
    assert refused.status_code == 422
    assert "no address\nnew@example.org" in refused.text
    people = "new@example.org, Amina\nknown@example.org, Zoe"
    sent = admin.send("/en/people/invite", people=people, role="translator", locale="ar", language="en")
    assert sent.location == "/en/people/invite"
    links = {mail["To"]: _path(link_in(mail)) for mail in mails(app)[-2:]}
    assert known.send(links["known@example.org"]).location == "/en/sign-in"
    new = Visitor(app)
    assert new.send(links["new@example.org"], password=PASSWORD).status_code == 303
    for person in (known, new):
        assert person.get("/en/translate/ar/").status_code == 200
        assert person.get("/en/people/").status_code == 404


def _path(link: str) -> str:
    return "/en/" + link.partition("/en/")[2]
