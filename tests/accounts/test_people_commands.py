"""``coplearn people``: how a fresh site gets its first account."""

from __future__ import annotations

from flask import Flask

from coplearn.accounts.models import Grant
from coplearn.accounts.queries import grants_of, user_by_email
from coplearn.accounts.rules import may_somewhere
from coplearn.kernel.words import Permission
from coplearn.storage.database import current_session
from tests.accounts.persona import LINK, PASSWORD, Visitor


def test_people_add_prints_a_link_that_opens_the_account(app: Flask, visitor: Visitor) -> None:
    """There is no default password: the link in the terminal is the only way in, and it works once."""
    result = app.test_cli_runner().invoke(args=["people", "add", "Ana@Example.org"])
    assert result.exit_code == 0, result.output
    assert visitor.sign_in("ana@example.org", "").status_code == 200
    found = LINK.search(result.output)
    assert found is not None
    path = found[0].removeprefix("http://127.0.0.1:8000")
    assert path.startswith("/en/new-password/")
    assert visitor.send(path, password=PASSWORD).status_code == 302
    assert visitor.get(path).location == "/en/new-password"
    assert visitor.sign_in("ana@example.org").status_code == 302


def test_people_add_refuses_what_it_cannot_do(app: Flask) -> None:
    """A known address and something that is no address are told apart from success."""
    runner = app.test_cli_runner()
    runner.invoke(args=["people", "add", "ana@example.org"])
    again = runner.invoke(args=["people", "add", "ANA@example.org"])
    assert again.exit_code == 1
    assert "already" in again.output
    assert runner.invoke(args=["people", "add", "not-an-address"]).exit_code == 2


def test_people_grant_gives_a_role_once(app: Flask) -> None:
    """Granting twice is as granting once; an unknown person or role is refused."""
    runner = app.test_cli_runner()
    assert runner.invoke(args=["people", "grant", "ana@example.org", "admin"]).exit_code == 1
    runner.invoke(args=["people", "add", "ana@example.org"])
    for _ in range(2):
        assert runner.invoke(args=["people", "grant", "Ana@example.org", "admin"]).exit_code == 0
    assert runner.invoke(args=["people", "grant", "ana@example.org", "king"]).exit_code == 2
    for place, said in ((["--locale", "xx"], "no such language"), (["--country", "XX"], "not an ISO 3166-1")):
        refused = runner.invoke(args=["people", "grant", "ana@example.org", "admin", *place])
        assert (refused.exit_code, said in refused.output) == (2, True), refused.output
    with app.app_context():
        user = user_by_email(current_session(app), "ana@example.org")
        assert user is not None
        assert [one.role for one in grants_of(current_session(app), user.fs_uniquifier)] == ["admin"]


def test_people_revoke_takes_what_was_given_and_acts_at_once(each_app: Flask) -> None:
    """The role goes on the person's next page, and their sessions, only where it was given; what was not given is refused."""
    runner, person = each_app.test_cli_runner(), Visitor(each_app)
    person.join("ana@example.org")
    for place in ([], ["--country", "KE"]):
        assert runner.invoke(args=["people", "grant", "ana@example.org", "coordinator", *place]).exit_code == 0
    assert person.get("/en/staff/courses").status_code == 200
    listed = runner.invoke(args=["people", "list"]).output
    assert listed == "ana@example.org\ton\tcoordinator; coordinator in KE\n"
    assert runner.invoke(args=["people", "revoke", "ana@example.org", "admin"]).exit_code == 1
    assert runner.invoke(args=["people", "revoke", "ana@example.org", "coordinator"]).exit_code == 0
    assert not person.is_signed_in
    person.sign_in("ana@example.org")
    assert person.get("/en/staff/courses").status_code == 404
    assert runner.invoke(args=["people", "list"]).output == "ana@example.org\ton\tcoordinator in KE\n"
    assert runner.invoke(args=["people", "revoke", "ana@example.org", "coordinator", "--everywhere"]).exit_code == 0
    assert runner.invoke(args=["people", "list"]).output == ""
    assert runner.invoke(args=["people", "list", "--all"]).output == "ana@example.org\ton\t\n"


def test_people_revoke_takes_a_role_that_no_version_gives_any_more(each_app: Flask) -> None:
    """A role of an earlier version allows nothing; it can still be taken away, and not be given."""
    runner = each_app.test_cli_runner()
    runner.invoke(args=["people", "add", "ana@example.org"])
    with each_app.app_context():
        session = current_session(each_app)
        user = user_by_email(session, "ana@example.org")
        assert user is not None
        session.add(Grant(user_id=user.id, name="trainer"))
        session.commit()
        assert not any(may_somewhere(grants_of(session, user.fs_uniquifier), one) for one in Permission)
    assert runner.invoke(args=["people", "grant", "ana@example.org", "trainer"]).exit_code == 2
    assert runner.invoke(args=["people", "revoke", "ana@example.org", "trainer"]).exit_code == 0
    assert runner.invoke(args=["people", "list"]).output == ""


def test_people_disable_ends_every_session_at_once(each_app: Flask) -> None:
    """And keeps the person out until the account is switched on again; old sessions stay ended."""
    runner, person = each_app.test_cli_runner(), Visitor(each_app)
    person.join("ana@example.org")
    assert runner.invoke(args=["people", "disable", "ANA@example.org"]).exit_code == 0
    assert not person.is_signed_in
    assert Visitor(each_app).sign_in("ana@example.org").status_code == 200
    assert "ana@example.org\toff" in runner.invoke(args=["people", "list"]).output
    assert runner.invoke(args=["people", "enable", "ana@example.org"]).exit_code == 0
    assert not person.is_signed_in
    assert Visitor(each_app).sign_in("ana@example.org").status_code == 302
    unknown = runner.invoke(args=["people", "disable", "nobody@example.org"])
    assert (unknown.exit_code, "There is no account with that address." in unknown.output) == (1, True)
