"""Static files are small on the wire and the same once unpacked; pages only where no stranger can put a word in."""

from __future__ import annotations

import gzip

import pytest
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


def test_page_is_compressed_for_who_takes_it(client: FlaskClient) -> None:
    """A page takes a third of the bytes and is the same once unpacked; who does not ask gets it plain."""
    squeezed, plain = client.get("/en/", headers={"Accept-Encoding": "gzip"}), client.get("/en/")
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(squeezed.data) == plain.data
    assert len(squeezed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in plain.headers["Vary"]


@pytest.mark.parametrize("path", ["/en/help?guess=x", "/en/sign-in?next=/en/", "/en/courses?reader=all"])
def test_page_with_a_stranger_s_words_is_never_compressed(path: str, client: FlaskClient) -> None:
    """Compression would tell a listener the token, by the length of a page that repeats guesses at it."""
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_unknown_address_is_told_in_its_language(client: FlaskClient) -> None:
    """A link into nothing below /ar/ gives an Arabic page, whatever the browser prefers."""
    page = client.get("/ar/nothing/here", headers={"Accept-Language": "en"})
    assert (page.status_code, '<html lang="ar" dir="rtl">' in page.text) == (404, True)
