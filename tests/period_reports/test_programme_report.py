"""The report of January to September 2025 says what its 41 records say, on the page and in every file, and an edition stays."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, update

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.demo.programme import fill_programme
from coplearn.kernel.words import Role
from coplearn.period_reports.models import PeriodEdition, PeriodEditionRow
from coplearn.period_reports.queries import AskedReport, RecordScope, records_of
from coplearn.period_reports.rules.counting import count
from coplearn.period_reports.rules.indicators import BY_KEY
from coplearn.programme.models.organisations import Programme
from coplearn.programme.models.records import Activity
from coplearn.programme.queries.activities import contents_of
from coplearn.programme.rules.access import access_of
from coplearn.programme.rules.words import ProgrammeRole
from coplearn.programme.service.activities import confirm_activity, edit_activity, newest_version
from coplearn.programme.service.programmes import seat_in_programme
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import post_with_token
from tests.cohorts.worlds import put_user, signed_in_client
from tests.conftest import settings_in, sites
from tests.counting import counted

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ASKED = AskedReport(RecordScope(), date(2025, 1, 1), date(2025, 9, 30))
DAYS = "from=2025-01-01&to=2025-09-30"
PROVED = {
    "frameworks": 13,
    "support": 3,
    "training": 3,
    "trainers": 2,
    "workshops": 3,
    "drills": 1,
    "declarations": 1,
    "un-languages": 6,
    "carrying-out": 1,
    "campaigns": 1,
    "sessions": 4,
}
"""The numbers of the period, as the source of the 41 records gives them or as they are counted from its list."""


@dataclass
class World:
    """A site with the 41 records, and a browser for each role."""

    app: Flask
    clients: dict[str, FlaskClient]
    ids: dict[str, int]

    def get(self, address: str, role: str = "programme", lang: str = "en") -> bytes:
        """What the address gives that role."""
        answer = self.clients[role].get(f"/{lang}/programme/{address}")
        assert answer.status_code == 200, (address, answer.status_code)
        return bytes(answer.data)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two coordinators of everywhere wrote and confirmed; others coordinate Armenia, or nothing. Only read here."""
    with _made(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """The same for one test alone, which may change it: tests come in any order."""
    with _made(tmp_path) as made:
        yield made


@contextmanager
def _made(folder: Path) -> Iterator[World]:
    with time_machine.travel(NOW, tick=False), sites(settings_in(folder)) as make:
        app = make()
        with app.app_context():
            session = current_session(app)
            ids = {
                name: put_user(session, f"{name}@example.org") for name in ("programme", "second", "armenia", "learner")
            }
            for name, country in (("programme", ""), ("second", ""), ("armenia", "AM")):
                grant_role(session, f"{name}@example.org", Role.COORDINATOR, country=country)
            assert fill_programme(session, ids["programme"], ids["second"], NOW) == 41
            session.commit()
            keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        yield World(app, {name: signed_in_client(app, keys[name]) for name in ids}, ids)


def figures(page: bytes) -> dict[str, str]:
    """Each number of the chapters by its name."""
    rows = re.findall(
        r'<tr><th scope="row">([^<]*)</th><td data-label="How many" class="align-end">(.*?)</td>', page.decode()
    )
    return {
        unescape(name): re.sub("[\u2066-\u2069]", "", re.sub("<span.*?</span>|<[^>]+>", "", cell))
        for name, cell in rows
    }


def plain(page: bytes) -> str:
    """The page as it is read."""
    return re.sub("[\u2066-\u2069]", "", unescape(re.sub("<[^>]+>", " ", page.decode())))


def test_the_numbers_are_those_of_the_source(world: World) -> None:
    """Thirteen countries with an assessment or a framework, and Armenia once among them; the planned session is not counted."""
    with world.app.app_context():
        found = records_of(current_session(world.app), access_of(1, (), ()), ASKED, ())
        assert found.counted == ()  # nobody's records are shown to somebody with no right to them
        everything = replace(access_of(1, (), ()), countries=None)
        found = records_of(current_session(world.app), everything, ASKED, site_of(world.app).activity_sources)
        assert {key: count(BY_KEY[key], found).number for key in PROVED} == PROVED
        assert [fact.title for fact in found.planned] == ["Industry Connect, third session, gaming: planned"]
        assert len(found.counted) == 40
        assert all(fact.source.startswith("https://cadeproject.org/?p=152722 (") for fact in found.counted)
        assert not any(one.number == 0 for fact in found.counted for one in fact.reach)


def test_the_page_says_the_words_of_the_source(world: World) -> None:
    """Numbers that are not exact stand as they were given, by the side of no sum; each leads to its records."""
    page = world.get(f"report?{DAYS}")
    told = figures(page)
    assert told["Countries with a national assessment or framework"] == "13"
    assert told["Organisations that took part, as sources say"] == "more than 40"
    assert told["Countries of those who took part, as sources say"] == "more than 15"
    for words in ("“over 40 organisations”", "“more than fifteen countries”", "Micronesia", "Planned, and not counted"):
        assert words in plain(page)
    under = plain(world.get(f"report/records?{DAYS}&of=frameworks"))
    assert under.count("National assessment or framework:") == 13
    assert under.count("https://cadeproject.org/?p=152722") == 13
    assert "Carrying out a framework" not in under
    assert plain(world.get(f"report/records?{DAYS}&of=other-languages")).count("152722 (") == 1
    # Of thirteen countries a chart shows twelve, and says so.
    assert "National frameworks: countries with the most records (12)" in plain(page)
    assert world.clients["programme"].get(f"/en/programme/report/records?{DAYS}&of=made-up").status_code == 404


def test_every_file_says_the_same(world: World) -> None:
    """The table of text, the workbook, the paper and the document, from left to right and from right to left."""
    lines = list(csv.reader(io.StringIO(world.get(f"report.csv?{DAYS}").decode("utf-8-sig"))))
    assert len(set(lines[0])) == len(lines[0]), "two columns of one name are one column to whoever reads the file"
    told = {line[3]: line[4] for line in lines if line[3]}
    assert told["Countries with training of trainers"] == "2"
    assert told["Official languages of the United Nations with published resources"] == "6"
    book = CalamineWorkbook.from_filelike(io.BytesIO(world.get(f"report.xlsx?{DAYS}")))
    rows = {row[1]: row[2] for row in book.get_sheet_by_index(0).to_python() if len(row) > 2}
    assert rows["Countries with a national assessment or framework"] == 13
    paper = PdfReader(io.BytesIO(world.get(f"report.pdf?{DAYS}", lang="ar")))
    assert len(paper.pages) > 3
    assert str(paper.root_object["/Lang"]).startswith("ar")


def test_the_document_can_be_gone_on_with(world: World) -> None:
    """Headings, tables with heading rows, and the page's direction are those of a document, not of a picture of one."""
    for lang, rtl in (("en", False), ("ar", True)):
        data = world.get(f"report.docx?{DAYS}", lang=lang)
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            body = packed.read("word/document.xml").decode()
            pictures = [packed.read(name) for name in packed.namelist() if name.startswith("word/media/")]
        assert ("<w:bidi/>" in body) is ("<w:rtl/>" in body) is ("<w:bidiVisual/>" in body) is rtl
        assert body.count('w:val="Heading1"') > 7
        assert "<w:tblHeader/>" in body
        told = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', body)
        assert len(told) == len(pictures) > 3 and all(one.startswith(b"\x89PNG") for one in pictures)
        if lang == "en":
            assert "Countries, by what was done there · Countries · Countries with a campaign 1 · " in told[0]
        assert data == world.get(f"report.docx?{DAYS}", lang=lang)


def test_an_edition_stays_and_the_next_lists_what_it_corrects(own_world: World) -> None:
    """A record that is corrected changes the report for us and no edition; the next edition tells what was said and why."""
    world = own_world
    first = _hand_on(world)
    before = world.get(f"editions/{first}")
    assert figures(before)["Countries with training of trainers"] == "2"
    with world.app.app_context():
        session = current_session(world.app)
        one = session.scalars(select(Activity).where(Activity.key == "seed-2025:8")).one()
        newest = newest_version(session, one)
        content = contents_of(session, [newest])[newest.id]
        edit_activity(
            session, one, replace(content, countries=()), base=one.newest, by_id=world.ids["programme"], now=NOW,
            why="The source names no country",
        )  # fmt: skip
        assert _trainers(world) == "2", "nobody has confirmed it"
        confirm_activity(session, one, number=one.newest, by_id=world.ids["second"], now=NOW)
        session.commit()
    assert _trainers(world) == "1"
    assert world.get(f"editions/{first}") == before
    assert figures(world.get(f"editions/{first}"))["Countries with training of trainers"] == "2"
    second = plain(world.get(f"editions/{_hand_on(world)}"))
    assert "Corrections to the edition before" in second
    assert "The source names no country" in second
    assert "Corrections to the edition before" not in plain(before)


def test_an_edition_that_was_tampered_with_is_not_shown(own_world: World) -> None:
    """A row that is not what was handed on is refused; others' editions are for nobody else."""
    world = own_world
    name = _hand_on(world)
    assert world.clients["armenia"].get(f"/en/programme/editions/{name}").status_code == 404
    assert world.clients["learner"].get(f"/en/programme/editions/{name}").status_code == 404
    with world.app.app_context():
        session = current_session(world.app)
        edition = session.scalars(select(PeriodEdition).where(PeriodEdition.public_id == name)).one()
        rows = session.scalars(select(PeriodEditionRow).where(PeriodEditionRow.edition_id == edition.id))
        row = next((one for one in rows if "held" in one.content), None)
        assert row is not None
        session.execute(
            update(PeriodEditionRow)
            .where(PeriodEditionRow.id == row.id)
            .values(content=row.content.replace("held", "ended"))
        )
        session.commit()
    page = world.clients["programme"].get(f"/en/programme/editions/{name}")
    assert page.status_code == 409
    assert "what was handed on" in page.text


def test_a_coordinator_sees_the_own_country_alone(world: World) -> None:
    """Armenia's report tells of Armenia, may be handed on, and another country's is not there."""
    told = figures(world.get(f"report?{DAYS}", "armenia"))
    assert told["Countries with a national assessment or framework"] == "1"
    assert told["Countries that carry out a framework"] == "1"
    assert world.clients["armenia"].get(f"/en/programme/report?{DAYS}&country=MA").status_code == 404
    for question in ("from=x&to=y", "from=2025-09-30&to=2025-01-01", f"{DAYS}&programme=99999999999999999999"):
        assert world.clients["armenia"].get(f"/en/programme/report?{question}").status_code == 422


def test_whoever_sits_in_a_programme_reads_and_hands_nothing_on(own_world: World) -> None:
    """An edition says what a country says; that is for those who coordinate it."""
    with own_world.app.app_context():
        session = current_session(own_world.app)
        programme = session.scalars(select(Programme)).first()
        assert programme is not None
        seat_in_programme(session, programme, "learner@example.org", ProgrammeRole.EDITOR, "", NOW)
        session.commit()
        key = session.get_one(User, own_world.ids["learner"]).fs_uniquifier
    client = signed_in_client(own_world.app, key)
    assert client.get(f"/en/programme/report?{DAYS}").status_code == 200
    form = {"from": "2025-01-01", "to": "2025-09-30"}
    assert post_with_token(client, "/en/programme/editions", form).status_code == 404
    with own_world.app.app_context():
        assert current_session(own_world.app).scalar(select(func.count()).select_from(PeriodEdition)) == 0


def test_a_report_costs_few_statements(world: World) -> None:
    """However many records there are."""
    with counted(world.app) as sent:
        world.get(f"report?{DAYS}")
    assert len(sent) <= 30


def _trainers(world: World) -> str:
    return figures(world.get(f"report?{DAYS}"))["Countries with training of trainers"]


def _hand_on(world: World) -> str:
    client = world.clients["programme"]
    page = client.get(f"/en/programme/report?{DAYS}").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"from": "2025-01-01", "to": "2025-09-30"}
    assert client.post("/en/programme/editions", data=form).status_code == 400
    answer = client.post("/en/programme/editions", data={**form, "csrf_token": token[1]})
    assert answer.status_code == 303
    return str(answer.headers["Location"]).rpartition("/")[2]
