"""The translators' pages as somebody at work there uses them: who they are, the addresses, and a form as its page holds it."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from coplearn.accounts.service import grant_role
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from coplearn.translating.store.models import StoredMessage, Translation
from tests.accounts.persona import Visitor, hidden_fields

COURSE = "cop-parents"


def worker(app: Flask, name: str, role: Role, locale: str = "ar", course: str = "") -> Visitor:
    """Somebody signed in who is trusted with that role."""
    person = Visitor(app)
    address = f"{name}@example.org"
    person.sign_up(address)
    with app.app_context():
        grant_role(current_session(app), address, role, locale, course)
        current_session(app).commit()
    person.join(address)
    return person


def number_of(app: Flask, context: str) -> int:
    """The id of the course's message of that context."""
    with app.app_context():
        found = current_session(app).scalar(select(StoredMessage.id).where(StoredMessage.context == context))
        assert found is not None
        return found


def first_text(app: Flask) -> tuple[int, str]:
    """The id and source of a plain message of a lesson, without places and links."""
    with app.app_context():
        rows = current_session(app).execute(
            select(StoredMessage.id, StoredMessage.msgid)
            .where(StoredMessage.domain == COURSE, StoredMessage.kind == "text")
            .order_by(StoredMessage.seq)
        )
        return next((row[0], row[1]) for row in rows if not re.search(r"[\[{%\d*\n`]", row[1]) and len(row[1]) > 40)


def translation(app: Flask, number: int, locale: str = "ar") -> Translation:
    """The stored translation."""
    with app.app_context():
        return (
            current_session(app)
            .scalars(select(Translation).where(Translation.message_id == number, Translation.locale == locale))
            .one()
        )


def editor(number: int, tail: str = "", target: str = "ar") -> str:
    """The address of a message's editor."""
    return f"/en/translate/{target}/{COURSE}/{number}{tail}"


def send(person: Visitor, address: str, page: str, **fields: str) -> str:
    """Send a form as the page at ``page`` holds it; the page that follows."""
    hidden = hidden_fields(person.get(page).text)
    kept = {name: hidden[name] for name in ("csrf_token", "rev", "based_on") if name in hidden}
    return person.client.post(address, data=kept | fields, follow_redirects=True).text
