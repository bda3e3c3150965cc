"""Files that are written: whole after a kill at any moment, one exporter at a time, and what the pages do with them."""

from __future__ import annotations

import io
import random
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from coplearn.accounts.service import grant_role
from coplearn.i18n.files import locked, sweep, write_whole
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import Visitor
from tests.translating.homes import make_home, make_site

WRITER = """
import sys
from pathlib import Path
from coplearn.i18n.files import locked, write_whole
path = Path(sys.argv[1])
print("ready", flush=True)
number = 0
while True:
    number += 1
    with locked(path.parent, "ar"):
        write_whole(path, (f"{number % 10}" * 300_000).encode())
"""


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    """Twelve writers are killed at chance moments: the file is always one of those written, never a part or a mix."""
    path = tmp_path / "ar.po"
    write_whole(path, b"0" * 300_000)
    chance = random.Random(5)
    for _ in range(12):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, 0.05))
        writer.kill()
        writer.wait()
        writer.stdout.close()
        data = path.read_bytes()
        assert len(data) == 300_000
        assert len(set(data)) == 1
    with locked(tmp_path, "ar"):
        sweep(path)
    assert {one.name for one in tmp_path.iterdir()} == {"ar.po", ".lock-ar"}


def _hold(folder: str, log: str) -> None:
    for _ in range(20):
        with locked(Path(folder), "ar"), Path(log).open("a") as file:
            file.write("in ")
            file.flush()
            file.write("out ")


@pytest.mark.whole
def test_two_exporters_take_turns(tmp_path: Path) -> None:
    """The lock of a language lets one process in at a time."""
    log = tmp_path / "log"
    context = get_context("spawn")
    both = [context.Process(target=_hold, args=(str(tmp_path), str(log))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert log.read_text() == "in out " * 40


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation's folder."""
    return make_home(tmp_path)


@pytest.fixture
def site(settings: Settings, home: Path) -> Iterator[Flask]:
    """A site over it."""
    app = make_site(settings, home)
    yield app
    with app.app_context():
        engine_of(app).dispose()


def worker(app: Flask, name: str, role: Role, locale: str = "ar") -> Visitor:
    """Somebody signed in who is trusted with that."""
    person = Visitor(app)
    person.join(f"{name}@example.org")
    with app.app_context():
        grant_role(current_session(app), f"{name}@example.org", role, locale)
        current_session(app).commit()
    return person


FILES = "/en/translate/ar/my-course/files"


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def upload(person: Visitor, raw: bytes, name: str = "ar.po") -> TestResponse:
    """Look at a file."""
    # Written by hand: the test client would keep a large body in a file that it does not close.
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in (("csrf_token", person.token(FILES)), ("do", "look"))
    ]
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = b"".join([*parts, head, raw, b"\r\n--b--\r\n"])
    return person.client.post(FILES, data=body, content_type="multipart/form-data; boundary=b")


def confirm(person: Visitor, page: str, do: str = "take") -> TestResponse:
    """Press a button of the report."""
    fields = {name: hidden(page, name) for name in ("csrf_token", "kept", "name", "digest")}
    return person.client.post(FILES, data={**fields, "do": do})


def titled(raw: bytes, words: str) -> bytes:
    """The catalog with a text for the course's title."""
    return re.sub(r'(msgctxt "course#title"\nmsgid "[^"]*"\nmsgstr )"[^"]*"', rf'\1"{words}"', raw.decode()).encode()


def test_a_round_trip_through_the_pages(site: Flask) -> None:
    """Down, edited, up: first the report, in which nothing is written; then it is done, with one line in the log."""
    ani = worker(site, "ani", Role.TRANSLATOR)
    raw = ani.client.get(f"{FILES}/po").data
    assert b"X-Coplearn-Base: 0" in raw
    report = upload(ani, titled(raw, "عنوان"))
    assert report.status_code == 200 and "عنوان" in report.text
    with site.app_context():
        assert current_session(site).scalar(text("SELECT count(*) FROM edit")) == 0
    table = confirm(ani, report.text, "report")
    assert table.mimetype == "text/csv" and "applied" in table.text
    assert confirm(ani, report.text).status_code == 200
    with site.app_context():
        session = current_session(site)
        assert session.execute(text("SELECT via, new_state FROM edit")).all() == [("upload", "translated")]
        assert session.scalar(text("SELECT count(*) FROM deed WHERE actor_id IS NOT NULL")) == 1
    assert "عنوان" in ani.client.get(f"{FILES}/po").text


def test_a_confirmation_that_comes_too_late_is_told(site: Flask) -> None:
    """Somebody else took a file in between: the report is shown again and nothing is written over."""
    ani, vova = worker(site, "ani", Role.TRANSLATOR), worker(site, "vova", Role.TRANSLATOR)
    raw = ani.client.get(f"{FILES}/po").data
    report = upload(ani, titled(raw, "من آني")).text
    confirm(vova, upload(vova, titled(raw, "من فوفا")).text)
    late = confirm(ani, report)
    assert late.status_code == 409
    assert 'role="alert"' in late.text and "Changed here as well" in late.text
    assert confirm(ani, late.text).status_code == 200
    with site.app_context():
        session = current_session(site)
        assert session.execute(text("SELECT origin FROM suggestion")).all() == [("upload",)]
        assert session.scalar(text("SELECT count(*) FROM edit")) == 1


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"<!doctype html><html>", "ar.po"),
        (b"\xff\xfea\0", "ar.po"),
        (b'msgid "a', "ar.po"),
        (b"x" * 10_000_000, "ar.po"),
        (b"PK\x03\x04", "ar.zip"),
        (b"<!DOCTYPE a><xliff/>", "../../etc/passwd.xliff"),
        (b"", "ar.po"),
    ],
    ids=["page", "utf16", "syntax", "large", "zip", "doctype", "empty"],
)
def test_bad_files_are_told_and_nothing_is_offered(site: Flask, raw: bytes, name: str) -> None:
    """A reason, no button, no error page."""
    ani = worker(site, "ani", Role.TRANSLATOR)
    found = upload(ani, raw, name)
    assert found.status_code in (200, 303)
    assert 'value="take"' not in found.text
    assert raw == b"" or "Refused" in found.text


def test_a_made_up_confirmation_is_refused(site: Flask) -> None:
    """A packed file that is none, or that unpacks to far too much, is no error of ours."""
    ani = worker(site, "ani", Role.TRANSLATOR)
    for kept in ("", "!!!", "AAAA"):
        data = {"csrf_token": ani.token(FILES), "do": "take", "kept": kept, "name": "a.po", "digest": ""}
        assert ani.client.post(FILES, data=data).status_code in (303, 400)


def test_the_zip_holds_what_the_person_may_translate(site: Flask) -> None:
    """Every domain of the language; and each comes back without a change."""
    ani = worker(site, "ani", Role.TRANSLATOR)
    raw = ani.client.get(f"{FILES}/zip").data
    assert zipfile.ZipFile(io.BytesIO(raw)).namelist() == ["interface.po", "my-course.po"]
    report = upload(ani, raw, "all.zip")
    assert 'value="take"' not in report.text
    assert "Refused" in report.text
    for kind in ("xliff", "csv"):
        assert 'value="take"' not in upload(ani, ani.client.get(f"{FILES}/{kind}").data, f"a.{kind}").text


def test_a_file_of_another_course_in_a_zip_costs_only_itself(site: Flask) -> None:
    """It is refused by name, and what is the person's own is taken."""
    ani = worker(site, "ani", Role.TRANSLATOR)
    raw = titled(ani.client.get(f"{FILES}/po").data, "عنوان")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as bundle:
        bundle.writestr("my-course.po", raw)
        bundle.writestr("other-course.po", raw)
    report = upload(ani, out.getvalue(), "all.zip")
    assert report.status_code == 200
    assert "other-course" in report.text and 'value="take"' in report.text


def test_others_have_no_such_page(site: Flask) -> None:
    """A translator of another language, and one who may only suggest."""
    for person in (worker(site, "vova", Role.TRANSLATOR, "ru"), worker(site, "sue", Role.SUGGESTER)):
        assert person.client.get(FILES).status_code == 404
        assert person.client.get(f"{FILES}/po").status_code == 404
