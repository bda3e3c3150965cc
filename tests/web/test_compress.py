"""Static files are small on the wire and the same once unpacked; pages only where no stranger can put a word in."""

from __future__ import annotations

import gzip
import itertools
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from coplearn.site import site_of
from coplearn.web.packing import PACKINGS, KeptPage, Mould, Packing, unpack
from coplearn.web.static_files import STATIC
from tests.accounts.persona import hidden_fields
from tests.journeys.walk import right_form

CSS = "/static/css/coplearn.css"


def test_static_style_sheet_is_compressed_for_who_takes_it(client: FlaskClient) -> None:
    """A browser gets a third or less of the bytes, and the same file."""
    with client.get(CSS) as plain:
        whole = plain.data
    with client.get(CSS, headers={"Accept-Encoding": "gzip, br;q=0"}) as sent:
        assert sent.headers["Content-Encoding"] == "gzip"
        assert int(sent.headers["Content-Length"]) == len(sent.data) < len(whole) / 3
        assert gzip.decompress(sent.data) == whole


def test_static_style_sheet_is_plain_for_others_and_caches_are_told(client: FlaskClient) -> None:
    """A browser that asks for nothing gets the file without its remarks and indentation, and no cache mixes the two up."""
    with client.get(CSS) as sent:
        assert "Content-Encoding" not in sent.headers
        assert "Accept-Encoding" in sent.headers["Vary"]
        written = (STATIC / "css" / "coplearn.css").read_text(encoding="utf-8")
        assert "/*" in written and b"/*" not in sent.data
        assert "".join(re.sub(r"/\*.*?\*/", "", written, flags=re.DOTALL).split()) == "".join(
            sent.data.decode().split()
        )


def test_static_style_sheet_known_to_the_browser_is_not_sent_again(client: FlaskClient) -> None:
    """The tag of the compressed answer is good for asking whether it has changed."""
    with client.get(CSS, headers={"Accept-Encoding": "gzip"}) as first:
        tag = first.headers["ETag"]
    with client.get(CSS, headers={"Accept-Encoding": "gzip", "If-None-Match": tag}) as again:
        assert (again.status_code, again.data) == (304, b"")


def _without_token(page: bytes) -> bytes:
    """The page without its form's token, which is another one in the next second."""
    return re.sub(rb'name="csrf_token" value="[^"]+"', b"", page)


def test_page_is_compressed_for_who_takes_it(client: FlaskClient) -> None:
    """A page takes a third of the bytes and is the same once unpacked; who does not ask gets it plain."""
    squeezed, plain = client.get("/en/", headers={"Accept-Encoding": "gzip"}), client.get("/en/")
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert _without_token(gzip.decompress(squeezed.data)) == _without_token(plain.data)
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


@given(st.lists(st.binary(max_size=70_000), min_size=1, max_size=4), st.data(), st.booleans())
def test_texts_packed_around_what_is_one_reader_s_own_read_as_the_whole(
    texts: list[bytes], data: st.DataObject, best: bool
) -> None:
    """Whatever is kept and whatever is one reader's own, in either packing, and the gaps change no text around them."""
    owns = [data.draw(st.binary(max_size=900)) + b'">' for _ in texts[1:]]
    whole = b"".join(part for pair in itertools.zip_longest(texts, owns, fillvalue=b"") for part in pair)
    for packing in (*PACKINGS, ""):
        mould = Mould(texts, [len(own) for own in owns], packing, best=best)
        assert mould.fits(owns)
        assert unpack(mould.fill(owns), mould.packing) == whole


def test_what_brotli_cannot_hold_is_packed_by_gzip_at_its_best() -> None:
    """Gaps so small that brotli's text cannot be cut there: the answer is gzip's, and reads as the whole."""
    mould = Mould([b""] * 4, [2, 5, 5], "br", best=True)
    assert mould.packing == "gzip"
    assert unpack(mould.fill([b'">', b'abc">', b'def">']), "gzip") == b'">abc">def">'


@pytest.mark.parametrize("packing", PACKINGS)
def test_length_of_a_kept_page_tells_nothing_about_the_token(packing: Packing) -> None:
    """A guess in the page that is right makes it no shorter than one that is wrong, before the token and behind it."""
    secret = b'<input type="hidden" name="csrf_token" value="abcdefghijklmnop">'
    lengths = set()
    for guess in (b"abcdefghijklmnop", b"ponmlkjihgfedcba"):
        page = KeptPage(b"<a href='/?q=%s'>%s" % (guess, b"a page" * 50), b"the end, value=%s" % guess)
        lengths.add(tuple(len(page.packed(packing, [secret])[0]) for _ in range(3)))
    assert len(lengths) == 1


def test_page_that_is_asked_for_again_is_packed_smaller_and_is_the_same(client: FlaskClient) -> None:
    """What many read is worth more work; a token of another length than the last one's finds its page as well."""
    text = (STATIC / "css" / "coplearn.css").read_bytes()
    for packing in PACKINGS:
        page, own = KeptPage(text, text[::-1]), b'<input type="hidden" value="1">'
        first, again, other = (page.packed(packing, [one])[0] for one in (own, own, own.replace(b"1", b"12")))
        assert len(again) <= len(first)
        assert [unpack(one, packing) for one in (again, other)] == [
            text + one + text[::-1] for one in (own, own.replace(b"1", b"12"))
        ]


def test_page_with_nothing_of_its_own_is_not_sent_again(client: FlaskClient) -> None:
    """A browser that comes back pays for a page once, until a word of it is another; a page with a form is always sent."""
    course = next(iter(site_of(client.application).library.current().courses.values()))
    for path in ("/en/about", "/en/privacy", f"/ar/c/{course.code}/"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"})
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert "Accept-Encoding" in again.headers["Vary"]
        assert client.get(path, headers={"If-None-Match": 'W/"another"'}).status_code == 200
    assert client.get("/en/about").headers["ETag"] != client.get("/ar/about").headers["ETag"]
    assert "ETag" not in client.get("/en/sign-in").headers
    assert "ETag" not in client.get(f"/en/c/{course.code}/{next(iter(course.items.values())).code}").headers


def test_unknown_address_is_told_in_its_language(client: FlaskClient) -> None:
    """A link into nothing below /ar/ gives an Arabic page, whatever the browser prefers."""
    page = client.get("/ar/nothing/here", headers={"Accept-Language": "en"})
    assert (page.status_code, '<html lang="ar" dir="rtl">' in page.text) == (404, True)
