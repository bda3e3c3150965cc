"""What somebody wrote is looked at once more before it is kept, and nothing that they did not write is."""

from __future__ import annotations

from flask import Flask

from coplearn.site import site_of
from tests.accounts.persona import Visitor, hidden_fields


def test_only_what_was_written_is_asked_about_and_once(app: Flask) -> None:
    """A text with a telephone number is shown again and kept at the second press; a page's own numbers are no telephone."""
    course = site_of(app).library.current().courses["cop-parents"]
    path = f"/en/c/{course.code}/{next(iter(course.items.values())).code}"
    client = Visitor(app).client
    form = hidden_fields(client.get(path).text) | {"seed": "0901965485"}
    asked = client.post(path, data=form | {"note": "Call her on 0301 2345678"})
    assert asked.status_code == 422
    assert "Call her on 0301 2345678" in asked.text
    assert client.post(path, data=form | {"note": "Call her on 0301 2345678", "looked": "yes"}).status_code == 303
    fresh = hidden_fields(client.get(path).text) | {"seed": "0901965485"}
    assert client.post(path, data=fresh).status_code == 303
