"""A form counts that this site gave to this browser, and no other; the same the second time, when its token is known."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.web.framework import _raw
from tests.accounts.persona import hidden_fields


def token_of(client: FlaskClient) -> str:
    """The token of a form on a page."""
    return hidden_fields(client.get("/en/sign-in").text)["csrf_token"]


def send(client: FlaskClient, token: str, address: str = "http://localhost", referrer: str = "") -> int:
    """Send a small form, as a browser that was on ``referrer`` does; the status."""
    headers = {"Referer": referrer} if referrer else {}
    data = {"audience": "parents", "csrf_token": token}
    return client.post("/en/audience", data=data, base_url=address, headers=headers).status_code


def test_token_is_good_for_its_own_browser_alone(app: Flask) -> None:
    """Nobody else's, none, and none that was changed, however often it is tried."""
    one, two = app.test_client(), app.test_client()
    own, other = token_of(one), token_of(two)
    for _ in range(2):
        assert send(one, own) == 303
        assert [send(one, token) for token in (other, "", own[:-1], f"{own}x", "made.up.token", "é")] == [400] * 6
        assert send(two, other) == 303
    with one.session_transaction() as session:
        session["csrf_token"] = "another"
    assert send(one, own) == 400


@pytest.mark.parametrize(
    ("referrer", "status"),
    [
        ("https://localhost/en/", 303),
        ("", 400),
        ("https://example.org/", 400),
        ("http://localhost/en/", 400),
        ("https://localhost:8443/en/", 400),
    ],
)
def test_form_over_https_comes_from_a_page_of_this_site(app: Flask, referrer: str, status: int) -> None:
    """The token alone is not enough there, also when it is known already."""
    client = app.test_client()
    token = token_of(client)
    for _ in range(2):
        assert send(client, token, "https://localhost", referrer) == status


def test_long_tokens_are_not_kept(app: Flask) -> None:
    """Somebody who sends one long token after the other fills no process's memory with them."""
    client = app.test_client()
    own = token_of(client)
    before = _raw.cache_info().currsize
    for number in range(3):
        assert send(client, f"{own}{number}" + "x" * 100_000) == 400
    assert _raw.cache_info().currsize == before
    assert send(client, own) == 303
