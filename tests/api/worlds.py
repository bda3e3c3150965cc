"""A scene of cohorts with a key for everybody in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from coplearn.tokens.rules import TokenKind, TokenScope
from coplearn.tokens.service import MadeToken, make_token
from tests.cohorts.worlds import put_scene

ALL = tuple(scope.value for scope in TokenScope)


@dataclass
class ApiWorld:
    """A site with a Moroccan and an Armenian cohort, and a key of all scopes for each person, by role."""

    app: Flask
    keys: dict[str, str]
    names: dict[str, str]
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        """Open a client without cookies."""
        self.client = self.app.test_client(use_cookies=False)

    def ask(self, role: str, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        """Ask as that role; ``If_Match`` is the header If-Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if role in self.keys:
            named["Authorization"] = f"Bearer {self.keys[role]}"
        address = f"/api/v1{path.format(**self.names)}"
        return self.client.open(address, method=method, json=json, headers=named)

    def get(self, role: str, path: str, **headers: str) -> TestResponse:
        """Read as that role."""
        return self.ask(role, "GET", path, **headers)


def put_world(app: Flask) -> ApiWorld:
    """Make it."""
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        people = {user.email.partition("@")[0]: user.id for user in session.scalars(select(User))}
        keys = {role: give_key(app, user_id).secret for role, user_id in people.items()}
        session.commit()
        return ApiWorld(app, keys, scene.names)


def give_key(
    app: Flask, user_id: int, scopes: tuple[str, ...] = ALL, kind: TokenKind = TokenKind.PERSONAL
) -> MadeToken:
    """A key of that person, in the session of the test, not committed."""
    now = utcnow()
    return make_token(current_session(app), user_id, kind, "A program", scopes, (now + timedelta(days=30)).date(), now)
