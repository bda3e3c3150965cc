"""Static files are small on the wire and the same once unpacked; pages are not compressed."""

from __future__ import annotations

import gzip

from flask.testing import FlaskClient

from coplearn.web.render import STATIC

CSS = "/static/css/coplearn.css"


def test_static_style_sheet_is_compressed_for_who_takes_it(client: FlaskClient) -> None:
    """A browser gets a third or less of the bytes, and the same file."""
    whole = (STATIC / "css" / "coplearn.css").read_bytes()
    with client.get(CSS, headers={"Accept-Encoding": "gzip, br"}) as sent:
        assert sent.headers["Content-Encoding"] == "gzip"
        assert int(sent.headers["Content-Length"]) == len(sent.data) < len(whole) / 3
        assert gzip.decompress(sent.data) == whole


def test_static_style_sheet_is_plain_for_others_and_caches_are_told(client: FlaskClient) -> None:
    """A browser that asks for nothing gets the file itself, and no cache mixes the two up."""
    with client.get(CSS) as sent:
        assert "Content-Encoding" not in sent.headers
        assert "Accept-Encoding" in sent.headers["Vary"]
        assert sent.data == (STATIC / "css" / "coplearn.css").read_bytes()


def test_static_style_sheet_known_to_the_browser_is_not_sent_again(client: FlaskClient) -> None:
    """The tag of the compressed answer is good for asking whether it has changed."""
    with client.get(CSS, headers={"Accept-Encoding": "gzip"}) as first:
        tag = first.headers["ETag"]
    with client.get(CSS, headers={"Accept-Encoding": "gzip", "If-None-Match": tag}) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_page_is_never_compressed_with_its_token(client: FlaskClient) -> None:
    """Compression would tell a listener the token by the length of the page."""
    assert "Content-Encoding" not in client.get("/en/", headers={"Accept-Encoding": "gzip"}).headers


def test_unknown_address_is_told_in_its_language(client: FlaskClient) -> None:
    """A link into nothing below /ar/ gives an Arabic page, whatever the browser prefers."""
    page = client.get("/ar/nothing/here", headers={"Accept-Language": "en"})
    assert (page.status_code, '<html lang="ar" dir="rtl">' in page.text) == (404, True)
