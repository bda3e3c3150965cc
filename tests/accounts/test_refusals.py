"""What the pages of accounts refuse: forms of programs, and a password that is guessed at."""

from __future__ import annotations

from coplearn.accounts.queries import user_by_email
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD, Visitor, mails
from tests.conftest import MakeSite


def test_password_before_something_grave_is_not_guessed_at(make_app: MakeSite) -> None:
    """After ten wrong ones even the right one waits, and nothing is handed out."""
    person = Visitor(make_app(rate_limits=True))
    person.join("ani@example.org")
    form = {"csrf_token": person.token("/en/me/data")}
    for number in range(10):
        answer = person.client.post("/en/me/data", data=form | {"password": f"a wrong sentence {number}"})
        assert answer.status_code == 422
    answer = person.client.post("/en/me/data", data=form | {"password": PASSWORD})
    assert answer.status_code == 429
    assert answer.mimetype == "text/html"


def test_accounts_are_not_made_by_json(make_app: MakeSite) -> None:
    """A program that sends JSON meets no second way in, past the forms."""
    app = make_app()
    person = Visitor(app)
    headers = {"X-CSRFToken": person.token("/en/sign-up")}
    sent = {"email": "ani@example.org", "password": PASSWORD} | {"csrf_token": headers["X-CSRFToken"]}
    for page in ("sign-up", "sign-in"):
        assert person.client.post(f"/en/{page}", json=sent, headers=headers).status_code == 415
        assert person.client.get(f"/en/{page}", json={}).status_code == 400
    with app.app_context():
        assert user_by_email(current_session(app), "ani@example.org") is None
    assert mails(app) == []
