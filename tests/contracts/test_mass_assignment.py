"""Every form of every page is sent with the name of every column there is: nothing changes that the form has no field for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, text
from werkzeug.test import TestResponse

from coplearn.learning.guards import VISITOR_COOKIE
from coplearn.site import site_of
from coplearn.storage.base import Base, UtcDateTime
from coplearn.storage.database import engine_of, reading_only, sqlite_module
from tests.accounts.persona import PASSWORD
from tests.contracts.full_site import Site
from tests.once import DATABASE
from tests.sizes import WHOLE

Tables = dict[str, list[tuple[Any, ...]]]
"""Every row by table."""
SQLITE = sqlite_module()
SHARE = 1 if WHOLE else 24
"""One page of so many is loaded, and its forms are sent."""
WORDS = {
    "role": "admin", "state": "done", "status": "present", "outcome": "certified", "country": "AM", "locale": "fr",
    "via": "upload", "kind": "other", "language": "fr", "course": "cop-parents", "cohort": "1",
}  # fmt: skip
"""Words that these columns know, because one that nobody knows might be refused."""
SOON = datetime.now(UTC).date() + timedelta(days=30)
LEFT_OUT = ("sign-out", "/erase")
COOKIES = ("session", VISITOR_COOKIE)
FILLED = {
    "email": "trainee@example.org", "number": "3", "time": "09:30", "url": "https://example.org/",
    "date": SOON.isoformat(), "datetime-local": f"{SOON}T09:30", "password": PASSWORD,
}  # fmt: skip
"""What is written into a field of that type which must not be empty."""
NAMED = {
    "n-13-15": "3", "sheets": "3", "number": "120", "people": "new@example.org", "email": "lead@example.org",
    # Days that are over.
    "since": "2025-03-14", "until": "2025-03-15", "adopted_on": "2026-11-02",
    "issuer": "https://moodle.example", "login_url": "https://moodle.example/a", "token_url": "https://moodle.example/t",
    "keys_url": "https://moodle.example/k", "endpoint": "https://lrs.example", "secret": "s" * 40, "client_id": "c-2",
    "licence": "CC-BY-4.0", "url": "https://example.org/", "adult": "y", "first_day": SOON.isoformat(),
    "country": "AM", "time_zone": "Asia/Yerevan", "languages": "en", "achievement": "x",
}  # fmt: skip
"""What is written into an empty field of that name."""
MEANT = {
    # A hash of all that was sent.
    "press.key",
    # The register asks for it when somebody corrects a mark late; the field is not there before.
    "mark.reason",
}
LATER = {
    "/cohorts/*/edit": {"rubric_version"}, "/cohorts/new": {"rubric_version"}, "/drills/runs/*": {"via"},
    "/programme/activities/*/edit": {"why"}, "/programme/organisations/": {"text"},
    "/show": {"shown"}, "/shown": {"shown", "number"},
}  # fmt: skip
"""Fields that a form has at another time, by how its address ends: a second rubric, a conflict, what is shown already."""


@dataclass
class Form:
    """A form of a page as a browser would send it untouched."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    """As the page fills them in; what must not be empty is filled in by us."""
    names: set[str] = field(default_factory=set)
    """Of all fields, sent or not."""
    cookies: dict[str, str] = field(default_factory=dict)
    """Of who has it on a page, at that moment: another form may sign them out."""
    pressed: set[str] = field(default_factory=set)
    """Of its buttons, the first of each name."""


@dataclass
class Select:
    """A list of choices of a form."""

    name: str
    offered: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)


@dataclass
class Area:
    """A box of a form for longer words."""

    name: str
    is_required: bool
    words: str = ""


class _Forms(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self.found: list[Form] = []
        self._open: Form | None = None
        self._select: Select | None = None
        self._area: Area | None = None
        self._groups: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action", "").partition("#")[0]
            self._open, self._groups = Form(action or self._path, given.get("method", "get").lower()), {}
            self.found.append(self._open)
        if self._open is None:
            return
        name = given.get("name", "")
        self._open.names.add(name)
        if tag == "select":
            self._select = Select(name)
        elif tag == "option" and self._select:
            self._select.offered.append(given.get("value", ""))
            self._select.chosen += [given.get("value", "")] if "selected" in given else []
        elif tag == "textarea":
            self._area = Area(name, "required" in given)
        elif tag == "button" and name and name not in self._open.pressed:
            # A browser sends the button that was pressed, and no other.
            self._open.pressed.add(name)
            self._open.fields.append((name, given.get("value", "")))
        elif tag == "input" and name:
            self._take(self._open, name, given)

    def _take(self, form: Form, name: str, given: Mapping[str, str]) -> None:
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind in {"radio", "checkbox"} and "checked" not in given:
            if value:
                self._groups.setdefault(name, value)
        elif kind != "file":
            asked = FILLED.get(kind, "Words") if "required" in given else ""
            form.fields.append((name, value or NAMED.get(name, asked)))

    def handle_endtag(self, tag: str) -> None:
        if self._open is None:
            return
        if tag == "form":
            sent = {name for name, _ in self._open.fields}
            self._open.fields += [group for group in self._groups.items() if group[0] not in sent]
            self._open = None
        elif tag == "select" and self._select:
            wanted, offered = NAMED.get(self._select.name, ""), self._select.offered
            some = [value for value in offered if value and value == wanted] or list(filter(None, offered))
            chosen = list(filter(None, self._select.chosen)) or some[:1]
            self._open.fields += [(self._select.name, value) for value in chosen]
            self._select = None
        elif tag == "textarea" and self._area:
            words = self._area.words.strip() or NAMED.get(self._area.name, "Words" if self._area.is_required else "")
            self._open.fields.append((self._area.name, words))
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area.words += data


def forms_of(page: str, path: str) -> list[Form]:
    """The forms of a page that write."""
    parser = _Forms(path)
    parser.feed(page)
    return [form for form in parser.found if form.method == "post"]


def _value(column: Column[Any]) -> str:
    if isinstance(column.type, Boolean):
        return "1"
    if isinstance(column.type, Integer):
        return "7731"
    if isinstance(column.type, Date):
        return "2033-03-03"
    if isinstance(column.type, DateTime | UtcDateTime):
        return "2033-03-03T03:03"
    return WORDS.get(column.name, f"zq{column.name}"[: getattr(column.type, "length", None) or 60])


COLUMNS: Mapping[str, str] = {
    column.name: _value(column) for table in Base.metadata.sorted_tables for column in table.columns
}


class Bench:
    """A site that is put back to what it was before each form."""

    def __init__(self, site: Site, kept: Path) -> None:
        self.site, self._kept = site, kept
        self._copy(site_of(site.app).settings.instance_path / DATABASE, kept)

    def _back(self) -> None:
        self._copy(self._kept, site_of(self.site.app).settings.instance_path / DATABASE)

    def _copy(self, source: Path, target: Path) -> None:
        # By SQLite itself: a file put under a connection that something still holds is an I/O error to it.
        with closing(SQLITE.connect(source)) as one, closing(SQLITE.connect(target, timeout=60)) as other:
            other.execute("PRAGMA synchronous = OFF")
            one.backup(other)

    def _tables(self) -> Tables:
        with reading_only(), engine_of(self.site.app).connect() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(text(f'SELECT * FROM "{table.name}" ORDER BY 1'))]
                for table in Base.metadata.sorted_tables
            }

    def after(self, form: Form, more: Mapping[str, str]) -> tuple[Tables, TestResponse]:
        """The whole database after that form was sent, with more than it has, and the answer."""
        self._back()
        browser = self.site.app.test_client()
        for name, value in form.cookies.items():
            browser.set_cookie(name, value)
        data: dict[str, list[str]] = {}
        for name, value in [*form.fields, *more.items()]:
            data.setdefault(name, []).append(value)
        answer = browser.post(form.action, data=data, buffered=True)
        return self._tables(), answer


def _differences(one: Tables, other: Tables) -> set[tuple[str, int, int]]:
    """The table, row and column of every value that differs."""
    found = set()
    for table, rows in one.items():
        if rows != other[table]:
            for number, (left, right) in enumerate(zip_longest(rows, other[table], fillvalue=())):
                pairs = enumerate(zip_longest(left, right, fillvalue=None))
                found |= {(table, number, place) for place, (was, now) in pairs if was != now}
    return found


def _pages(site: Site) -> Iterator[tuple[str, str, str]]:
    """Who, the path and the text of each page that somebody can read."""
    rules = [rule for rule in site.app.url_map.iter_rules() if "GET" in (rule.methods or set())]
    for rule in rules[::SHARE]:
        if rule.endpoint != "static":
            for who, client in site.clients.items():
                path = site.page(rule)
                answer = client.get(path, buffered=True)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    yield who, path, answer.text


def _all_forms(site: Site) -> dict[tuple[str, str], tuple[str, Form]]:
    """Each form once, by its address without ids and its fields, with somebody who has it on a page."""
    found: dict[tuple[str, str], tuple[str, Form]] = {}
    for who, path, page in _pages(site):
        asked = {name: site.clients[who].get_cookie(name) for name in COOKIES}
        cookies = {name: cookie.value for name, cookie in asked.items() if cookie}
        for form in forms_of(page, path):
            place = re.sub(r"[0-9a-z]{16,}|\d+", "*", urlsplit(form.action).path)
            if not any(left in place for left in LEFT_OUT):
                form.cookies = cookies
                found.setdefault((place, " ".join(sorted(form.names))), (who, form))
    return found


@pytest.mark.sampled
def test_no_column_is_set_by_its_name(fully_opened_app: Flask, tmp_path: Path) -> None:
    """What differs when the names of all columns come along is what differs anyway: instants, keys and tokens."""
    site = Site(fully_opened_app)
    forms = sorted(_all_forms(site).items())
    bench, set_by_name, accepted = Bench(site, tmp_path / "kept.sqlite3"), {}, 0
    for (place, _), (who, form) in forms:
        later = set().union(*(names for ending, names in LATER.items() if place.endswith(ending)))
        more = {name: value for name, value in COLUMNS.items() if name not in form.names | later}
        (plain, once), (again, _answer), (named, twice) = (bench.after(form, extra) for extra in ({}, {}, more))
        accepted += max(once.status_code, twice.status_code) < 400
        changed = _differences(plain, named) - _differences(plain, again)
        columns = {f"{name}.{list(Base.metadata.tables[name].columns)[at].name}" for name, _, at in changed} - MEANT
        if columns:
            set_by_name[who, place] = sorted(columns)
    assert set_by_name == {}
    # What is refused proves nothing: a file that is wanted, a code that nobody gave out, two numbers that do not fit.
    assert accepted > 0.85 * len(forms) > 150 or not WHOLE, (accepted, len(forms))
