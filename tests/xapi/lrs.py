"""Somebody who speaks to the LRS with a key, and the statements they send."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from coplearn.xapi.service.keys import make_key

FAR = date(2099, 12, 31)
ACTIVITY = "http://example.org/activities/7"
AGENT = {"mbox": "mailto:ani@example.org"}
STATEMENT: dict[str, Any] = {
    "actor": AGENT,
    "verb": {"id": "http://example.org/verbs/tried", "display": {"en": "tried", "fr": "a essayé"}},
    "object": {"id": ACTIVITY},
}


def statement(**changes: Any) -> dict[str, Any]:
    """A statement with an id of its own, changed where the keywords say; None leaves a property out."""
    whole = {"id": str(uuid4()), **deepcopy(STATEMENT), **changes}
    return {name: value for name, value in whole.items() if value is not None}


@dataclass
class Lrs:
    """A client of the LRS at ``/xapi/``."""

    client: FlaskClient
    authorization: str = ""
    version: str = "1.0.3"
    more: dict[str, str] = field(default_factory=dict)

    def send(
        self,
        method: str,
        resource: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
    ) -> TestResponse:
        """Ask, as the standard has it; a body that is no bytes goes as JSON, and so do parameters that are no text."""
        own = {
            "X-Experience-API-Version": self.version,
            "Authorization": self.authorization,
            **self.more,
            **(headers or {}),
        }
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in (params or {}).items()}
        return self.client.open(
            f"/xapi/{resource}",
            method=method,
            data=data,
            query_string=query or None,
            headers={name: value for name, value in own.items() if value},
            content_type=content_type if data is not None else None,
        )

    def store(self, *statements: dict[str, Any]) -> list[str]:
        """Store statements and give their ids."""
        answer = self.send("POST", "statements", list(statements))
        assert answer.status_code == 200, answer.text
        return list(answer.json or ())

    def found(self, **params: Any) -> list[str]:
        """The ids of the statements that a query finds."""
        answer = self.send("GET", "statements", params=params)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in (answer.json or {})["statements"]]

    def one(self, statement_id: str, **params: Any) -> dict[str, Any]:
        """A statement by its id."""
        answer = self.send("GET", "statements", params={"statementId": statement_id, **params})
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})


def basic(key: str, secret: str) -> str:
    """The header of HTTP Basic Authentication."""
    return f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"


def lrs_with(app: Flask, *scopes: str, version: str = "1.0.3", ends_on: date = FAR) -> Lrs:
    """A client with a new key of those scopes."""
    with app.app_context():
        database = current_session(app)
        made = make_key(database, "A test", scopes or ("all",), ends_on, None, utcnow())
        database.commit()
    return Lrs(app.test_client(), basic(made.key, made.secret), version)
