"""Static files are small on the wire and the same once unpacked; pages only where no stranger can put a word in."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from coplearn.site import site_of
from coplearn.web.compress import PagePart, _joined
from coplearn.web.render import STATIC
from tests.accounts.persona import hidden_fields
from tests.journeys.walk import right_form

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


@pytest.mark.parametrize(
    "path",
    [
        "/en/help?guess=x",
        "/en/help?country=guess",
        "/en/sign-in?next=/en/",
        "/en/courses?reader=all&guess=x",
        "/en/sign-in?result=12345",
        "/en/?reader=alice",
        "/en/profile?reader=alice",
        "/en/courses?reader=alice",
        "/en/courses?result=12345",
        "/en/help?country=qq",
        "/en/help?country=NP&country=ab",
        "/en/nothing?guess=x",
    ],
)
def test_page_with_a_stranger_s_words_is_never_compressed(path: str, client: FlaskClient) -> None:
    """Compression would tell a listener the token, or the name that a page says, by the length of a page that repeats guesses
    at it: its links to other languages repeat the question string, on every page."""
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/en/courses?reader=all", 200),
        ("/en/help?country=NP", 200),
        ("/en/courses?reader=parents", 200),
        ("/en/nothing/here", 404),
    ],
)
def test_page_compressed_around_its_secrets_is_the_same_unpacked(path: str, status: int, client: FlaskClient) -> None:
    """A number or a word in the address, or a page there is not: compressed around the hidden fields."""
    client.get("/en/sign-in")
    plain, squeezed = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip"})
    assert (squeezed.status_code, squeezed.headers["Content-Encoding"]) == (status, "gzip")
    assert int(squeezed.headers["Content-Length"]) == len(squeezed.data) < len(plain.data)
    # Each page has a request's own key, so the two differ in their hidden fields alone.
    hidden = re.compile(rb'<input type="hidden"[^>]*>|name="(?:key|csrf_token)" value="[^"]*"')
    unpacked = gzip.decompress(squeezed.data)
    assert hidden.sub(b"", unpacked) == hidden.sub(b"", plain.data)
    for field in re.findall(rb'<input type="hidden"[^>]*>', unpacked):
        assert field in squeezed.data


def test_result_is_compressed_for_whose_it_is_alone(app: Flask) -> None:
    """One's own number comes from the site; any other is a guess at digits that the page may hold, as somebody typed them."""
    course = site_of(app).library.current().courses["cop-parents"]
    quiz = course.items[course.checks[0]]
    one, address = app.test_client(), f"/en/c/{course.code}/{quiz.code}"
    sent = one.post(address, data=hidden_fields(one.get(address).text) | right_form(quiz))
    own = sent.location.partition("#")[0]
    answers = [one.get(path, headers={"Accept-Encoding": "gzip"}) for path in (own, f"{own}9", f"{own}&again=1")]
    assert [answer.headers.get("Content-Encoding") for answer in answers] == ["gzip", None, None]
    other = app.test_client().get(own, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in other.headers


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=70_000)), max_size=6))
def test_parts_joined_are_gzip(parts: list[tuple[bool, bytes]]) -> None:
    """Whatever is kept and whatever is one reader's own, it unpacks to the whole, and what is not compressed costs what it has."""
    whole = b"".join(text for _, text in parts)
    assert gzip.decompress(_joined([PagePart(text) if kept else text for kept, text in parts])) == whole


def test_length_of_a_kept_page_tells_nothing_about_the_token() -> None:
    """A guess in the page that is right makes it no shorter than one that is wrong."""
    secret = b'<input type="hidden" name="csrf_token" value="abcdefghijklmnop">'
    lengths = {
        len(_joined([PagePart(b"<a href='/?q=%s'>%s" % (guess, b"a page" * 50)), secret, PagePart(b"the end")]))
        for guess in (b"abcdefghijklmnop", b"ponmlkjihgfedcba")
    }
    assert len(lengths) == 1


def test_unknown_address_is_told_in_its_language(client: FlaskClient) -> None:
    """A link into nothing below /ar/ gives an Arabic page, whatever the browser prefers."""
    page = client.get("/ar/nothing/here", headers={"Accept-Language": "en"})
    assert (page.status_code, '<html lang="ar" dir="rtl">' in page.text) == (404, True)
