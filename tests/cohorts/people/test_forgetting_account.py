"""Somebody with an account who never learned anything may still see what is kept about them, and be forgotten."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_cohort, put_member, signed_in_client


def test_account_without_learning_is_shown_and_erased(app: Flask) -> None:
    """The download holds the account and the seat; erasing ends both, and the cohort still counts one person."""
    with app.app_context():
        session = current_session(app)
        member = put_member(session, put_cohort(session), "ani@example.org", phone="+212612345678")
        key = session.scalars(select(User.fs_uniquifier)).one()
        seat = member.id
        session.commit()
    client = signed_in_client(app, key)
    kept = client.get("/en/me/data").get_json()
    assert kept["account"]["email"] == "ani@example.org"
    assert [(one["name"], one["phone"]) for one in kept["cohorts"]["memberships"]] == [("Ani", "+212612345678")]
    token = hidden_fields(client.get("/en/me/erase").text)["csrf_token"]
    assert client.post("/en/me/erase", data={"csrf_token": token, "sure": "yes"}).status_code == 303
    with app.app_context():
        session = current_session(app)
        assert session.scalars(select(User)).all() == []
        left = session.get_one(Membership, seat)
        assert (left.name, left.email, left.phone, left.user_id, left.state) == ("", None, "", None, "active")
