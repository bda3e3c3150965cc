"""What stands around every page: what it says of itself, and what nobody should see move."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.persona import Visitor
from tests.conftest import MakeSite

STATIC = Path(__file__).parents[2] / "coplearn" / "web" / "static"


class _Meta(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "meta" and (name := told.get("property") or told.get("name")):
            self.found[name] = told.get("content") or ""


def _title(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("path", ["/ar/", "/zh/about"])
def test_address_that_is_passed_on_has_title_words_and_picture(path: str, make_app: MakeSite) -> None:
    """A link sent by a messenger shows what is behind it, in its language, with a picture the site itself has."""
    client = make_app(public_url="https://learn.example.org", trusted_hosts=("localhost",)).test_client()
    meta = _Meta()
    page = client.get(path)
    assert page.status_code == 200, page.status
    meta.feed(page.text)
    assert meta.found["og:title"] and meta.found["description"] == meta.found["og:description"]
    assert meta.found["og:url"] == f"https://learn.example.org{path}"
    picture = meta.found["og:image"].removeprefix("https://learn.example.org")
    answer = client.get(picture, buffered=True)
    assert answer.status_code == 200 and answer.mimetype == "image/png"


def test_home_screen_knows_the_site(client: FlaskClient) -> None:
    """The manifest is in the page's language and direction, its icons are there, and nothing in it tells the topic."""
    told = json.loads(client.get("/ar/manifest.webmanifest").text)
    assert json.loads(client.get("/en/manifest.webmanifest").text)["name"] == "Course"
    assert (told["lang"], told["dir"], told["start_url"]) == ("ar", "rtl", "/ar/")
    assert all(client.get(icon["src"], buffered=True).status_code == 200 for icon in told["icons"])


def test_page_that_asks_for_something_says_so_in_its_title(app: Flask) -> None:
    """Whoever hears the title first knows that the form was not taken (WCAG technique G199)."""
    visitor = Visitor(app)
    before = _title(visitor.get("/en/sign-up").text)
    after = _title(visitor.sign_up("nobody", "short").text)
    assert (before[:6], after) == ("Make a", f"Error: {before}")
    assert not _title(visitor.get("/en/sign-up").text).startswith("Error")


def test_nothing_moves_from_the_browser_s_own_colours() -> None:
    """A transition that stands on a plain element plays when the sheet arrives: blue links flash on a first visit."""
    for sheet in STATIC.glob("css/*.css"):
        for rule in re.findall(r"([^{}]*)\{[^{}]*transition:[^{}]*\}", sheet.read_text(encoding="utf-8")):
            assert ":hover" in rule or ":focus-visible" in rule, (sheet.name, rule)


def test_start_page_has_one_filled_button_for_who_has_not_begun(make_app: MakeSite) -> None:
    """One thing to press, with how long it takes; the organisation that runs the site is named."""
    page = make_app(organisation="Ministry <of> Families").test_client().get("/en/").text
    assert page.count("button--primary") == 1
    assert "minutes, free" in page.split("button--primary", 1)[1].split("</a>", 1)[0]
    assert "Run by <bdi>Ministry &lt;of&gt; Families</bdi>" in page


def test_contact_stands_where_people_look_for_it(make_app: MakeSite, tmp_path: Path) -> None:
    """About and Accessibility lead to the people who run the site; without a contact they name none."""
    settings = {"contact": "help@example.org", "source_url": "https://example.org/code"}
    site = make_app(instance_path=tmp_path / "told", **settings).test_client()
    silent = make_app(instance_path=tmp_path / "silent").test_client()
    for path in ("/ar/about", "/en/accessibility"):
        assert 'href="mailto:help@example.org"' in site.get(path).text
        assert 'href="https://example.org/code"' in site.get(path).text
        assert "mailto:" not in silent.get(path).text


def test_files_are_the_same_for_everybody(client: FlaskClient) -> None:
    """A cache that many share may keep them for good; the language of the bare address still varies, said once."""
    page = client.get("/en/").text
    sheet = re.search(r'href="(/static/css/coplearn\.[0-9a-f]{10}\.css)"', page)
    assert sheet is not None
    answer = client.get(sheet[1], buffered=True)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert sorted(client.get("/").headers["Vary"].split(", ")) == ["Accept-Language", "Cookie"]


def test_language_is_named_in_itself_and_says_so(app: Flask) -> None:
    """A reader aloud says العربية in Arabic wherever it stands in a list (WCAG 3.1.2)."""
    with app.test_request_context("/en/"):
        drawn = app.jinja_env.from_string("{% for name in names %}<td{{ endonym(name) }}>{% endfor %}")
        told = drawn.render(names=["العربية", "中文", "Rabat"])
    assert told == '<td lang="ar"><td lang="zh-Hans"><td>'
