"""Editions as a reader gets them: the same whoever asks and however, adding up, joining, and telling no carry."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
import structlog
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.insights.models import Ledger, LedgerCarry
from coplearn.insights.rules import Dimension
from coplearn.insights.tasks import close_what_is_over
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_scene, signed_in_client
from tests.conftest import settings_in, sites
from tests.counting import counted
from tests.insights.attack import Population, attack, bounds_of_editions, judge, populate
from tests.insights.figures import put_children, put_learner, put_outcome, put_presence
from tests.insights.test_report_pages import on_page
from tests.sizes import some_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEKS = 8
Rows = dict[tuple[str, str, str], int]


class World:
    """A site with made-up people, whose days are closed, and a browser for each role."""

    def __init__(self, app: Flask, population: Population) -> None:
        self.app, self.population = app, population
        with app.app_context():
            session = current_session(app)
            put_scene(session)
            _fill(session, population)
            session.commit()
            close_what_is_over(app, session, NOW)
            session.commit()
            keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        roles = ("coordinator", "foreign-coordinator", "admin", "lead", "trainer", "trainee", "learner")
        self.clients: dict[str, FlaskClient] = {role: signed_in_client(app, keys[role]) for role in roles}

    def file(self, question: str, role: str = "admin", end: str = "csv", lang: str = "en") -> bytes:
        """An edition as a file."""
        answer = self.clients[role].get(f"/{lang}/insights/edition.{end}?{question}")
        assert answer.status_code == 200
        return bytes(answer.data)

    def rows(self, first: int, last: int, country: str = "", role: str = "admin") -> Rows:
        """(table, row, figure) of the weeks from ``first`` until before ``last``."""
        days = (MONDAY.date() + timedelta(days=7 * first), MONDAY.date() + timedelta(days=7 * last - 1))
        return read(self.file(f"from={days[0]}&to={days[1]}&country={country}", role))


def read(data: bytes) -> Rows:
    """What a table of text says."""
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    head = next(rows)
    assert head[5] == "Value; people in fives, 0 is few or none"
    return {(row[2], row[3], row[4]): int(row[5]) for row in rows}


def _fill(session: Session, population: Population) -> None:
    """Each step's people of one kind are a cohort that met in that week."""
    groups: dict[tuple[object, ...], list[tuple[str, bool]]] = {}
    for one in population.people:
        key = (one.step, one.row["country"], one.row["audience"], one.row["tier"])
        groups.setdefault(key, []).append((one.row["language"], one.certified))
    for (step, country, audience, tier), people in groups.items():
        cohort = put_cohort(
            session, str(country), audience=audience, generation=int(str(tier)), time_zone="UTC", kind="workshop"
        )
        at = MONDAY + timedelta(days=7 * int(str(step)) + len(people) % 5)
        meeting = put_meeting(session, cohort, at)
        if len(people) % 2:
            put_children(session, meeting, "9-12", len(people))
        for language, certified in people:
            member = put_member(session, cohort, None, locale=language)
            put_presence(session, meeting, member)
            put_outcome(session, cohort, member, "certified" if certified else "completed", at + timedelta(hours=5))
            put_learner(session, "cop-parents", {"a": at}, locale=language, finished=at)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three hundred people in three countries and eight weeks."""
    with time_machine.travel(NOW, tick=False), sites(settings_in(tmp_path_factory.mktemp("site"))) as make:
        yield World(make(), populate(1, people=300, countries=3, steps=WEEKS))


def test_edition_is_the_same_for_whoever_asks(world: World) -> None:
    """Whatever role, hour and zone; byte by byte in every format, and the same numbers in every language."""
    question = "from=2026-03-02&to=2026-04-12"
    for end in ("csv", "xlsx", "pdf"):
        first = world.file(question, end=end)
        for role in ("coordinator", "foreign-coordinator"):
            assert world.file(f"{question}&zone=Pacific/Auckland&tier=2", role, end) == first
        with time_machine.travel(NOW + timedelta(days=3, hours=9), tick=False):
            with world.app.app_context():
                close_what_is_over(world.app, current_session(world.app), NOW + timedelta(days=3))
                current_session(world.app).commit()
            assert world.file(question, "coordinator", end) == first
    numbers = [
        sorted(row[5] for row in csv.reader(io.StringIO(world.file(question, lang=lang).decode(), newline="")))[:-1]
        for lang in ("en", "ar", "zh", "ru")
    ]
    codes = {line.rpartition(" ")[2].strip('"') for line in world.file(question).decode().splitlines()[1:]}
    assert len(codes) == 1
    assert codes.pop() in world.clients["admin"].get(f"/ar/insights/edition?{question}").text
    assert [[one for one in column if one.isdecimal()] for column in numbers] == [
        [one for one in numbers[0] if one.isdecimal()]
    ] * 4
    page = on_page(world.clients["admin"].get(f"/en/insights/edition?{question}").text)
    printed = {key: 0 if value == "few or none" else int(value.replace(",", "")) for key, value in page.items()}
    assert printed == read(world.file(question))


def test_editions_add_up_and_join(world: World) -> None:
    """Rows are the total in every table, a country's row that country's edition, and two periods come to the whole."""
    whole, first, rest = world.rows(0, WEEKS), world.rows(0, 3), world.rows(3, WEEKS)
    assert whole.keys() >= first.keys() | rest.keys()
    assert all(count == first.get(key, 0) + rest.get(key, 0) for key, count in whole.items())
    for table, figure in {(key[0], key[2]) for key in whole}:
        own = {key[1]: count for key, count in whole.items() if (key[0], key[2]) == (table, figure)}
        assert own.pop("All together") == sum(own.values()), (table, figure)
    country = {key: count for key, count in whole.items() if key[0] == "By country" and key[1] != "All together"}
    assert len({key[1] for key in country}) == 3
    for code, name in (("MA", "Morocco"), ("AM", "Armenia"), ("ES", "Spain")):
        for (table, _, figure), count in world.rows(0, WEEKS, code).items():
            if table == "By country":
                assert count == whole["By country", name, figure]


@pytest.mark.parametrize("seed", some_of([1, 2, 3], 1))
def test_reader_of_every_file_learns_no_small_number(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Over HTTP, every period of whole weeks, the site and each country: subtracting and adding prove nobody."""
    with time_machine.travel(NOW, tick=False), sites(settings_in(tmp_path_factory.mktemp("site"))) as make:
        population = populate(seed, people=240, countries=3, steps=WEEKS)
        world = World(make(), population)
        printed: dict[tuple[str, tuple[str, str, str]], dict[tuple[int, int], int]] = {
            key: {} for key in population.truth
        }
        for period in combinations(range(WEEKS + 1), 2):
            for scope in ("", "MA", "AM", "ES"):
                _note(printed, scope, period, world.rows(*period, scope))
    own = {key: numbers for key, numbers in printed.items() if len(numbers) == WEEKS * (WEEKS + 1) // 2}
    assert len(own) == len(printed)
    outcome = judge(population, attack(bounds_of_editions(own), population.relations(), WEEKS))
    assert outcome.small > 300
    assert (outcome.wrong, outcome.proved) == (0, 0)
    assert outcome.median_range >= 4


LANGUAGES = {"العربية": "ar", "English": "en", "Español": "es", "Français": "fr", "Русский": "ru", "zh": "zh"}
VALUES = {
    "By country": {"Morocco": "MA", "Armenia": "AM", "Spain": "ES"},
    "By audience": {
        "Parents and carers": "parents",
        "Educators": "educators",
        "Industry": "industry",
        "Not stated": "",
    },
    "By step": {"Step 1": "1", "Step 2": "2", "Step 3": "3"},
    "By language": LANGUAGES,
}
FIGURES = {"completed": "Trainings completed", "certified": "Certificates given"}


def _note(
    printed: dict[tuple[str, tuple[str, str, str]], dict[tuple[int, int], int]],
    scope: str,
    period: tuple[int, int],
    rows: Rows,
) -> None:
    """What a file says of each row; a row that is not there says 0."""
    for (figure, (own, dimension, value)), numbers in printed.items():
        if own == scope:
            table = f"By {'step' if dimension == Dimension.TIER else dimension or 'audience'}"
            row = next(text for text, one in VALUES[table].items() if one == value) if dimension else "All together"
            numbers[period] = rows.get((table, row, FIGURES[figure]), 0)


def test_correction_leaves_every_earlier_file_as_it_was(world: World) -> None:
    """Byte by byte, after somebody was moved to another language and the days since were closed."""
    question = "from=2026-01-01&to=2026-10-31"
    before = {end: world.file(question, end=end) for end in ("csv", "xlsx", "pdf")}
    with world.app.app_context():
        session = current_session(world.app)
        for member in session.scalars(select(Membership).limit(40)):
            member.locale = "ru"
        session.commit()
        close_what_is_over(world.app, session, NOW + timedelta(days=20))
        session.commit()
    assert {end: world.file(question, end=end) for end in before} == before
    with world.app.app_context():
        session = current_session(world.app)
        assert session.scalars(select(Ledger.last_day)).one() == date(2026, 11, 28)


def test_open_days_and_nonsense_are_refused_kindly(world: World) -> None:
    """With a sentence at the field and no number, on the page and for files; and the page is asked for by nobody else."""
    for question in ("to=2026-12-30", "from=yesterday", "from=2026-05-02&to=2026-05-01"):
        for path in ("edition", "edition.csv"):
            answer = world.clients["coordinator"].get(f"/en/insights/{path}?{question}")
            assert answer.status_code == 422
            assert "One thing needs another look" in answer.text
            assert "All together" not in answer.text
    for country in ("XX", "ma", "MA-XX", "-"):
        assert world.clients["admin"].get(f"/en/insights/edition?country={country}").status_code == 404
    for role in ("lead", "trainer", "trainee", "learner"):
        assert world.clients[role].get("/en/insights/edition.csv").status_code == 404


def test_true_numbers_stay_behind_their_own_door(world: World) -> None:
    """Whose country it is not reads its edition, and neither its people nor its true numbers."""
    reader = world.clients["foreign-coordinator"]
    assert reader.get("/en/insights/edition?country=MA").status_code == 200
    for path in ("insights/report?country=MA", "insights/report.csv?country=MA", "insights/?country=MA"):
        assert reader.get(f"/en/{path}").status_code == 404


def test_carries_are_told_nowhere(world: World) -> None:
    """No page, file, log line or word of health names the table or what stands in it."""
    with world.app.app_context():
        rows = current_session(world.app).execute(select(LedgerCarry.carry)).all()
        secrets = {str(row[0]) for row in rows if abs(row[0]) > 100 and row[0] % 5}
    assert len(secrets) > 10
    with structlog.testing.capture_logs() as lines, world.app.app_context():
        close_what_is_over(world.app, current_session(world.app), NOW + timedelta(days=21))
        current_session(world.app).rollback()
    admin = world.clients["admin"]
    told = [str(lines), admin.get("/readyz").text, admin.get("/en/me/data").text]
    told += [admin.get(f"/en/insights/{path}").text for path in ("", "report", "edition", "edition.csv", "report.csv")]
    for text in told:
        assert "ledger_carry" not in text
        assert "carry" not in text
    cells = set(csv_cells(admin.get("/en/insights/edition.csv").data))
    assert not cells & secrets


def csv_cells(data: bytes) -> Iterator[str]:
    """Each cell of a table of text."""
    for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        yield from row


def test_edition_takes_few_statements(world: World) -> None:
    """However many people and days there are."""
    with counted(world.app) as sent:
        assert world.clients["coordinator"].get("/en/insights/edition").status_code == 200
    assert len(sent) <= 5


def test_site_whose_days_are_open_says_so(app: Flask) -> None:
    """Before the first closing there is nothing to hand on, and a sentence about when there will be."""
    with app.app_context():
        session = current_session(app)
        put_scene(session)
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "admin@example.org")).one()
    admin = signed_in_client(app, key)
    for path in ("edition", "edition.pdf"):
        answer = admin.get(f"/en/insights/{path}")
        assert answer.status_code == 200
        assert "No day is closed yet" in answer.text
