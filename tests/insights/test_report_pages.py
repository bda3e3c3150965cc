"""The report as a page and as files says the same everywhere, to those who may see it, and no cell is alive."""

from __future__ import annotations

import csv
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import structlog
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.i18n.formats import number
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_scene, signed_in_client
from tests.conftest import settings_in, sites
from tests.counting import counted
from tests.insights.figures import put_children, put_learner, put_outcome, put_presence

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MAY = datetime(2026, 5, 5, 9, tzinfo=UTC)
PERIOD = "from=2026-05-01&to=2026-05-31&zone=UTC"
Rows = dict[tuple[str, str, str], str]


@dataclass
class World:
    """A site with a Moroccan and an Armenian cohort, and a browser for each role."""

    app: Flask
    clients: dict[str, FlaskClient]

    def get(self, address: str, role: str = "coordinator", lang: str = "en") -> str:
        """The page as that role."""
        answer = self.clients[role].get(f"/{lang}{address}")
        assert answer.status_code == 200
        return answer.text


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """In May: 1,204 Moroccans trained, 1,202 of them parents and two whose audience nobody stated; seven in Armenia."""
    with time_machine.travel(NOW, tick=False), sites(settings_in(tmp_path_factory.mktemp("site"))) as make:
        yield _filled(make())


def _filled(app: Flask) -> World:
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        own = put_cohort(session, "MA", title="=1+1", audience="parents")
        silent = put_cohort(session, "MA", audience="", kind="workshop", region='=HYPERLINK("x")', generation=2)
        for cohort, count in ((own, 1202), (silent, 2), (scene.other, 7)):
            meeting = put_meeting(session, cohort, MAY, with_children=cohort is silent)
            for place in range(count):
                member = put_member(session, cohort, None, name=f"@SUM({place})", locale="=cmd" if place == 1 else "ar")
                put_presence(session, meeting, member)
                if place < 7:
                    put_outcome(session, cohort, member, "certified", MAY + timedelta(days=1))
        put_children(session, put_meeting(session, silent, MAY), "9-12", 23)
        course = site_of(app).library.current().courses["cop-parents"]
        for _ in range(6):
            put_learner(session, "cop-parents", dict.fromkeys(course.items, MAY), locale="fr", finished=MAY)
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
    roles = ("coordinator", "foreign-coordinator", "admin", "lead", "trainer", "trainee", "learner")
    return World(app, {role: signed_in_client(app, keys[role]) for role in roles})


def on_page(page: str) -> Rows:
    """(table, row, figure) and what stands there, read off the page's own tables."""
    found: Rows = {}
    for section in re.findall(r'<section class="by-figures">(.*?)</section>', page, re.S):
        title = _text(re.findall(r"<h2>(.*?)</h2>", section, re.S)[0])
        table = section[section.index('<div class="table') :]
        for name, rest in re.findall(r'<tr[^>]*><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', table, re.S):
            for figure, value in re.findall(r'<td data-label="(.*?)"[^>]*>(.*?)</td>', rest, re.S):
                found[title, _text(name), _text(figure)] = _text(value)
    return found


def _text(html: str) -> str:
    return re.sub("[\u2066-\u2069]", "", unescape(re.sub("<[^>]+>", "", html))).strip()


def in_csv(text: str) -> Rows:
    """The same of the table of text; the guard of a formula is taken off."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    head = list(rows.fieldnames or [])
    return {tuple(row[name].removeprefix("'") for name in head[2:5]): row[head[5]] for row in rows}  # type: ignore[misc] # three


def in_workbook(data: bytes) -> dict[tuple[str, str, str], str | float]:
    """The same of the workbook's first sheet, numbers as numbers."""
    found: dict[tuple[str, str, str], str | float] = {}
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    title, head = "", list[str]()
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    above = next(place for place, row in enumerate(rows) if not any(row))
    for row in rows[above:]:
        cells = [cell for cell in row if cell != ""]
        if len(cells) == 1:
            title, head = str(cells[0]), []
        elif title and cells and not head:
            head = [str(cell) for cell in cells]
        elif title and len(cells) == len(head) > 1:
            for figure, number in zip(head[1:], cells[1:], strict=True):
                found[title, str(cells[0]), figure] = number  # type: ignore[assignment] # text or a number
        elif not cells:
            title = ""
    return found


@pytest.mark.parametrize("role", ["coordinator", "admin"])
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_four_printers_say_the_same(world: World, lang: str, role: str) -> None:
    """Each number of the page stands in the CSV, the workbook and on the paper, in the reader's language."""
    page = on_page(world.get(f"/insights/report?{PERIOD}", role, lang))
    client = world.clients[role]
    table = in_csv(client.get(f"/{lang}/insights/report.csv?{PERIOD}").text)
    book = in_workbook(client.get(f"/{lang}/insights/report.xlsx?{PERIOD}").data)
    locale = site_of(world.app).locales.get(lang)
    assert len(page) > 40
    assert {key: number(int(value), locale) if value.isdecimal() else value for key, value in table.items()} == page
    assert {
        key: number(int(value), locale) if isinstance(value, float) else value for key, value in book.items()
    } == page
    if lang == "en":
        paper = "\n".join(one.extract_text() for one in _pdf(client, lang).pages)
        assert {part for (_, name, _), value in page.items() for part in (name, value) if part not in paper} == set()


def _pdf(client: FlaskClient, lang: str) -> PdfReader:
    answer = client.get(f"/{lang}/insights/report.pdf?{PERIOD}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="for-us-2026-05-01-2026-05-31.pdf"'
    return PdfReader(io.BytesIO(answer.data))


@pytest.mark.parametrize("lang", ["ar", "en", "es", "fr", "ru", "zh"])
def test_paper_is_set_in_every_language(world: World, lang: str) -> None:
    """With its language, a title, and tables that a screen reader knows as tables."""
    paper = _pdf(world.clients["coordinator"], lang)
    assert str(paper.root_object["/Lang"]).startswith(lang)
    assert "/StructTreeRoot" in paper.root_object
    assert paper.metadata is not None
    assert paper.metadata.title


def test_true_numbers_are_marked_as_not_to_be_handed_on(world: World) -> None:
    """Two people whose audience nobody stated are told as they are, and every printer says for whom that is."""
    mark = "For us: true numbers, for those who may open these people's records. Not to be handed on."
    text = world.get(f"/insights/report?{PERIOD}")
    page = on_page(text)
    rows = {
        name: value for (table, name, figure), value in page.items() if (table, figure) == ("By audience", "Trained")
    }
    assert rows == {"Parents and carers": "1,202", "Not stated": "2", "All together": "1,204"}
    client = world.clients["coordinator"]
    table = client.get(f"/en/insights/report.csv?{PERIOD}").text
    assert all(line.endswith(("Not to be handed on", "Use")) for line in table.splitlines())
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/en/insights/report.xlsx?{PERIOD}").data))
    sheets = [str(book.get_sheet_by_index(place).to_python()) for place in range(2)]
    paper = " ".join(_pdf(client, "en").pages[0].extract_text().split())
    assert all(mark in unescape(place).replace("\\'", "'") for place in (text, *sheets, paper))
    assert mark.partition(".")[0].partition(",")[0] in world.get("/insights/report")
    assert "Not to be handed on" in world.get("/insights/")


def test_downloads_of_true_numbers_are_logged(world: World) -> None:
    """Who took which days of whom, and no number."""
    usual = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with structlog.testing.capture_logs() as lines:
        world.clients["coordinator"].get(f"/en/insights/report.csv?{PERIOD}&country=MA")
        world.clients["coordinator"].get(f"/en/insights/report?{PERIOD}&country=MA")
    structlog.configure(wrapper_class=usual)
    (line,) = [one for one in lines if one["event"] == "true_numbers_downloaded"]
    assert {key: line[key] for key in ("file", "first", "last", "country", "tier")} == {
        "file": "csv", "first": "2026-05-01", "last": "2026-05-31", "country": "MA", "tier": "",
    }  # fmt: skip
    assert isinstance(line["account"], int)


def test_exports_hold_no_formula(world: World) -> None:
    """Names that begin like a formula come as text, and are guarded in the CSV."""
    answer = world.clients["coordinator"].get(f"/en/insights/report.csv?{PERIOD}")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    cells = [cell for row in csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))) for cell in row]
    assert "'=cmd" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    data = world.clients["coordinator"].get(f"/en/insights/report.xlsx?{PERIOD}").data
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        sheets = [bundle.read(name) for name in bundle.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 2
    assert not [sheet for sheet in sheets if b"<f>" in sheet or b"<f " in sheet or b"hyperlink" in sheet]


def test_workbook_of_a_right_to_left_language_runs_from_right_to_left(world: World) -> None:
    """Both its sheets; an English one does not."""
    for lang, wanted in (("ar", 2), ("en", 0)):
        data = world.clients["coordinator"].get(f"/{lang}/insights/report.xlsx?{PERIOD}").data
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            sheets = [bundle.read(name) for name in bundle.namelist() if name.startswith("xl/worksheets/")]
        assert sum(b'rightToLeft="1"' in sheet for sheet in sheets) == wanted


def test_coordinator_sees_own_countries_alone(world: World) -> None:
    """Other countries are in no number, and asking for one finds nothing; an administrator sees all, and learners too."""
    own = on_page(world.get(f"/insights/report?{PERIOD}"))
    assert {name for (table, name, _) in own if table == "By country"} == {"Morocco", "All together"}
    assert not [key for key in own if key[2] == "Finished an online course"]
    everywhere = on_page(world.get(f"/insights/report?{PERIOD}", "admin"))
    assert everywhere["By country", "Armenia", "Trained"] == "7"
    assert everywhere["By country", "All together", "Trained"] == "1,211"
    assert everywhere["Online courses, by language", "Français", "Finished an online course"] == "6"
    armenia = on_page(world.get(f"/insights/report?{PERIOD}&country=AM", "admin"))
    assert armenia["By country", "All together", "Trained"] == "7"
    for path in ("/insights/report", "/insights/report.csv", "/insights/"):
        for role, country in (("coordinator", "AM"), ("foreign-coordinator", "MA"), ("admin", "XX"), ("admin", "ma'")):
            assert world.clients[role].get(f"/en{path}?country={country}").status_code == 404
        for role in ("lead", "trainer", "trainee", "learner"):
            assert world.clients[role].get(f"/en{path}").status_code == 404


@pytest.mark.parametrize(
    "question",
    [
        "from=2026-05-31&to=2026-05-01",
        "from=yesterday",
        "to=9999-12-31",
        "zone=Mars/Olympus",
        "tier=7",
        "tier=x",
        "tier=-1",
    ],
)
def test_question_that_makes_no_sense_is_refused_kindly(world: World, question: str) -> None:
    """With a sentence at the field and no number, on the page and for files."""
    for path in ("report", "report.pdf", "report.xlsx"):
        answer = world.clients["coordinator"].get(f"/en/insights/{path}?{question}")
        assert answer.status_code == 422
        assert "One thing needs another look" in answer.text
        assert "All together" not in answer.text


def test_report_without_a_question_is_of_this_year(world: World) -> None:
    """In the zone of most cohorts."""
    page = world.get("/insights/report")
    assert 'value="2026-01-01"' in page
    assert 'value="2026-11-24"' in page
    assert '<option value="Africa/Casablanca" selected>' in page


def test_report_takes_few_statements(world: World) -> None:
    """However many records there are."""
    for role, path, most in (
        ("admin", f"report?{PERIOD}", 9),
        ("admin", "", 9),
        ("coordinator", f"report.csv?{PERIOD}", 8),
    ):
        with counted(world.app) as sent:
            assert world.clients[role].get(f"/en/insights/{path}").status_code == 200
        assert len(sent) <= most
