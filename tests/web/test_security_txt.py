"""Whoever finds a weakness learns where to report it, when the people who run the site say so."""

from __future__ import annotations

from datetime import datetime

from flask.testing import FlaskClient

from coplearn.kernel.clock import utcnow
from tests.conftest import MakeSite


def test_contact_is_named_with_a_day_in_reach(make_app: MakeSite) -> None:
    """The fields that RFC 9116 wants, and an end less than a year away."""
    app = make_app(
        security_contact="mailto:security@example.org, https://example.org/report",
        public_url="https://learn.example.org",
    )
    answer = app.test_client().get("/.well-known/security.txt", base_url="https://learn.example.org")
    fields = [line.partition(": ")[::2] for line in answer.text.splitlines()]
    assert answer.mimetype == "text/plain"
    assert [value for name, value in fields if name == "Contact"] == [
        "mailto:security@example.org",
        "https://example.org/report",
    ]
    assert dict(fields)["Canonical"] == "https://learn.example.org/.well-known/security.txt"
    assert 30 < (datetime.fromisoformat(dict(fields)["Expires"]) - utcnow()).days < 365


def test_without_a_contact_there_is_no_page(client: FlaskClient) -> None:
    """An empty file would be worse than none."""
    assert client.get("/.well-known/security.txt").status_code == 404
