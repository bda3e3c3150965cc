"""Wherever somebody is sent, and whatever host they ask for: nobody is led off the site, and no letter leads anywhere else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from coplearn.accounts.rules import is_local_path
from tests.accounts.persona import PASSWORD, Visitor, hidden_fields, link_in, mails
from tests.conftest import MakeSite

ELSEWHERE = (
    "//evil.example", "///evil.example", "////evil.example", "https://evil.example", "http:evil.example",
    "https:/evil.example", "\\\\evil.example", "/\\evil.example", "\\/evil.example", "/\t/evil.example",
    "/\n/evil.example", " //evil.example", "\x19//evil.example", "javascript:alert(1)", "data:text/html,x",
    "//evil.example/%2e%2e", "/\r\nSet-Cookie: a=b", "http://localhost@evil.example", "//localhost:80@evil.example",
    "evil.example", "\u2028//evil.example", "/\u3000/evil.example", "ftp://evil.example", "https://localhost.evil.example",
    "HTTPS://EVIL.EXAMPLE", "hTTp://evil.example", "https:\\\\evil.example", "https:evil.example", "///\\evil.example",
    "/\\/evil.example", "\t//evil.example", "//evil\u3002example", "/\x00/evil.example", "//[::1]", "//0x7f.1",
    "vbscript:x", "blob:https://evil.example/1", "mailto:a@evil.example", "?//evil.example", "//%65vil.example",
)  # fmt: skip
"""Forty ways to spell another place."""

FOREIGN = (
    "127.0.0.1:9000", "localhost", "[::1]", "learn.example.org:1337", "evil.example", "learn.example.org.evil.example",
    "evil.example:443", "learn.example.org@evil.example", "evil.example#learn.example.org", "learn.example.org/evil.example",
    "learn.example.org,evil.example", "learn.example.org evil.example", ".learn.example.org", "xlearn.example.org",
    "learn.example.org:443@evil.example", "learn.example.org:", "learn.example.org:x", "0x7f.1", "2130706433",
    "learn\u3002example.org",
)  # fmt: skip
"""Twenty hosts that are not the site's own."""


def test_forty_other_places_are_told_apart() -> None:
    """None of them is a path of the site, and there are forty."""
    assert len(set(ELSEWHERE)) == 40
    assert [one for one in ELSEWHERE if is_local_path(one)] == []


def test_sign_in_never_leads_off_the_site(app: Flask) -> None:
    """Whatever stands in next, in the address or in the form, the person stays here."""
    visitor = Visitor(app)
    visitor.join("ana@example.org")
    led = {}
    for place in ELSEWHERE:
        visitor.send("/en/sign-out", "/en/help")
        fields = {"email": "ana@example.org", "password": PASSWORD, "csrf_token": visitor.token(), "next": place}
        answer = visitor.client.post("/en/sign-in", query_string={"next": place}, data=fields)
        led[place] = (answer.status_code, answer.location)
    assert {place: where for place, where in led.items() if where != (302, "/en/me/")} == {}


@pytest.mark.parametrize(
    "public", [{"public_url": "https://learn.example.org"}, {"trusted_hosts": ("learn.example.org",), "https": True}]
)
def test_links_in_letters_never_follow_the_host(make_app: MakeSite, public: dict[str, Any]) -> None:
    """Local names and other ports are refused once the site has an address, and every letter leads there."""
    app = make_app(**public)
    assert len(set(FOREIGN)) == 20
    for host in FOREIGN:
        assert app.test_client().get("/en/help", headers={"Host": host}).status_code == 400, host
    assert app.test_client().get("/healthz", headers={"Host": "127.0.0.1:9000"}).status_code == 200
    client = app.test_client()
    page = client.get("/en/sign-up", base_url="http://learn.example.org")
    fields = hidden_fields(page.text) | {"email": "ana@example.org", "password": PASSWORD}
    client.post("/en/sign-up", data=fields, base_url="http://learn.example.org", headers={"X-Forwarded-Proto": "http"})
    assert link_in(mails(app)[-1]).startswith("https://learn.example.org/en/confirm/")
