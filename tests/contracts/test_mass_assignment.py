"""Every form of every page is sent with the name of every column there is: nothing changes that the form has no field for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, text

from coplearn.site import site_of
from coplearn.storage.base import Base, UtcDateTime
from coplearn.storage.database import engine_of, reading_only, sqlite_module
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
LEFT_OUT = ("sign-out", "/erase")
MEANT = {
    # A hash of all that was sent.
    "press.key",
    # The register asks for it when somebody corrects a mark late; the field is not there before.
    "mark.reason",
}


@dataclass
class Form:
    """A form of a page as a browser would send it untouched."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """Of all fields, sent or not."""


class _Forms(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self.found: list[Form] = []
        self._open: Form | None = None
        self._select, self._area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action", "").partition("#")[0]
            self._open = Form(action or self._path, given.get("method", "get").lower())
            self.found.append(self._open)
        if self._open is None:
            return
        name = given.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._open.fields.append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area = name
            self._open.fields.append((name, ""))
        elif (
            tag in {"input", "button"}
            and name
            and (given.get("type") not in {"radio", "checkbox"} or "checked" in given)
        ):
            self._open.fields.append((name, given.get("value", "")))
        self._open.names.add(name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._open is not None:
            name, value = self._open.fields[-1]
            self._open.fields[-1] = (name, value + data)


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

    def after(self, client: FlaskClient, form: Form, more: Mapping[str, str]) -> Tables:
        """The whole database after that form was sent, with more than it has."""
        self._back()
        data: dict[str, list[str]] = {}
        for name, value in [*form.fields, *more.items()]:
            data.setdefault(name, []).append(value)
        client.post(form.action, data=data, buffered=True)
        return self._tables()


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
        for form in forms_of(page, path):
            place = re.sub(r"[0-9a-z]{16,}|\d+", "*", urlsplit(form.action).path)
            if not any(left in place for left in LEFT_OUT):
                found.setdefault((place, " ".join(sorted(form.names))), (who, form))
    return found


@pytest.mark.sampled
def test_no_column_is_set_by_its_name(fully_opened_app: Flask, tmp_path: Path) -> None:
    """What differs when the names of all columns come along is what differs anyway: instants, keys and tokens."""
    site = Site(fully_opened_app)
    forms = sorted(_all_forms(site).items())
    assert len(forms) > 40 or not WHOLE
    bench, set_by_name = Bench(site, tmp_path / "kept.sqlite3"), {}
    for (place, _), (who, form) in forms:
        more = {name: value for name, value in COLUMNS.items() if name not in form.names}
        plain, again, with_names = (bench.after(site.clients[who], form, extra) for extra in ({}, {}, more))
        changed = _differences(plain, with_names) - _differences(plain, again)
        columns = {f"{name}.{list(Base.metadata.tables[name].columns)[at].name}" for name, _, at in changed} - MEANT
        if columns:
            set_by_name[who, place] = sorted(columns)
    assert set_by_name == {}
