"""The nastiest lists through the real pages, as a trainer brings them in: who comes in, and what is said about the rest."""

from __future__ import annotations

import io
import re
import resource
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.people.rosters.store import RosterStore
from coplearn.kernel.clock import utcnow
from coplearn.outbox.queries import jobs_standing
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.people.make_rosters import NASTY, Nasty, bomb, book_of
from tests.cohorts.people.test_joining_pages import TRAINER, Place, signed_in
from tests.cohorts.worlds import put_cohort, put_staff


@pytest.fixture
def each_place(each_app: Flask) -> Place:
    """A Moroccan cohort in Arabic on each kind of database, and its trainer's browser."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session, languages=["ar"])
        put_staff(session, cohort, TRAINER, "trainer")
        session.commit()
        name = cohort.public_id
    return Place(each_app, signed_in(each_app, TRAINER), name)


@pytest.fixture
def place(app: Flask) -> Place:
    """The same on one of them."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session, languages=["ar"])
        put_staff(session, cohort, TRAINER, "trainer")
        session.commit()
        name = cohort.public_id
    return Place(app, signed_in(app, TRAINER), name)


def shown(place: Place, address: str) -> str:
    """What stands on the page, with its signs of direction left out."""
    return re.sub("[\u2066-\u2069]", "", unescape(re.sub(r"</?bdi[^>]*>", "", place.trainer.get(address).text)))


def brought(place: Place, raw: bytes, name: str) -> str:
    """Upload a list and have the machine do what it must; the address of its page."""
    address, page = place.look(raw, name)
    if "is being read" in page:
        place.work()
    return address


def everybody(place: Place) -> list[tuple[str, ...]]:
    """Name, address, organisation, telephone and language of each of the people, in the order of their names."""
    with place.app.app_context():
        columns = (Membership.name, Membership.email, Membership.organisation, Membership.phone, Membership.locale)
        rows = current_session(place.app).execute(select(*columns)).all()
    return sorted(tuple(value or "" for value in row) for row in rows)


def stats(page: str) -> list[int]:
    """New people, changed, as they were, and refused lines."""
    found = re.findall(r'class="stat__value"[^>]*>([\d,]+)<', page)
    return [int(number.replace(",", "")) for number in found]


@pytest.mark.parametrize("case", NASTY)
def test_nasty_list_brings_in_exactly_its_people(case: str, each_place: Place) -> None:
    """Looked at and brought in through the pages: the same numbers both times, and every row as it was written."""
    nasty: Nasty = NASTY[case]()
    address = brought(each_place, nasty.raw, nasty.name)
    page = shown(each_place, address)
    assert [words for words in nasty.page if words not in page] == []
    new, refused = nasty.stats
    if not new:
        assert 'value="take"' not in page
        assert everybody(each_place) == []
        return
    assert stats(page) == [new, 0, 0, refused]
    each_place.send(address, page=address, do="take")
    if "is coming in" in each_place.trainer.get(address).text:
        each_place.work()
    assert stats(shown(each_place, address)) == [new, 0, 0, refused]
    assert everybody(each_place) == sorted(nasty.people)


def test_bomb_is_refused_by_the_machine_while_pages_are_answered(place: Place) -> None:
    """Kilobytes that unpack to more than a hundred megabytes: no page opens them, and the machine stops soon after fifty."""
    raw = bomb(70_000)
    assert len(raw) < 500_000
    address, page = place.look(raw, "bomb.xlsx")
    assert "The file is being read" in page
    assert place.trainer.get(place.path()).status_code == 200
    before = _children()
    place.work()
    assert "too large" in shown(place, address)
    # Reading it whole takes ten times as long, and this is the processor's time: what else goes on does not count.
    assert _children() - before < 5
    folder = site_of(place.app).settings.instance_path / "rosters"
    assert list(folder.glob("*.csv")) == []


def _children() -> float:
    """Seconds of the processor that processes of ours took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_second_workbook_waits_for_its_turn(place: Place) -> None:
    """While one is open another is put back, and is read when the first is done."""
    store_folder = site_of(place.app).settings.instance_path
    address, _ = place.look(book_of(("A", [["Name"], ["Ani Petrosyan"]])), "a.xlsx")
    with RosterStore(store_folder).turn() as ours:
        assert ours
        place.work()
        assert "The file is being read" in place.trainer.get(address).text
    with place.app.app_context():
        assert jobs_standing(current_session(place.app), utcnow()) == (1, 0)


def test_budget_is_read_as_people_only_when_a_person_says_so(place: Place) -> None:
    """The page asks; what is chosen there is done, and a list with the same headings is read the same way next time."""
    text = "Kohde,Vastuuhenkilo,Hinta\nProjector,Ani,4000\nCoffee,Ben,12\n"
    address = brought(place, text.encode(), "list.csv")
    assert "does not look like a list of people" in shown(place, address)
    columns = {"column-0": "", "column-1": "name", "column-2": ""}
    place.send(address, page=address, do="look", header="1", **columns)
    assert stats(shown(place, address)) == [2, 0, 0, 0]
    place.send(address, page=address, do="take")
    assert [row[0] for row in everybody(place)] == ["Ani", "Ben"]
    again = brought(place, (text + "Paper,Cem,3\n").encode(), "next.csv")
    assert stats(shown(place, again)) == [1, 0, 2, 0]


def test_line_with_the_headings_and_the_sheet_are_chosen_on_the_page(place: Place) -> None:
    """No headings, another line, another sheet: columns follow, and what the person set beside it stays."""
    rows = [["Nomina"], ["Nombre completo", "Escuela"], ["Ana Ruiz", "Colegio"], ["Luis Gil", "Liceo"]]
    raw = book_of(("Uno", rows), ("Dos", [["Name", "Mail"], ["Eva Kaya", "eva@example.org"]]))
    address = brought(place, raw, "x.xlsx")
    page = shown(place, address)
    assert "Uno (lines: 4)" in page
    assert "Dos (lines: 2)" in page
    assert "Eva Kaya" in page
    place.send(address, page=address, do="look", sheet="0")
    page = shown(place, address)
    assert stats(page) == [2, 0, 0, 0]
    assert "Line 2: Nombre completo · Escuela" in page
    place.send(address, page=address, do="look", header="0", **{"column-0": "name", "column-1": "organisation"})
    assert stats(shown(place, address)) == [4, 0, 0, 0]
    place.send(address, page=address, do="look", header="2")
    place.send(address, page=address, do="take")
    assert [row[:3] for row in everybody(place)] == [("Ana Ruiz", "", "Colegio"), ("Luis Gil", "", "Liceo")]


def test_word_for_a_language_is_explained_once(place: Place) -> None:
    """Nobody is refused for it; what it means is chosen on the page, and known in the next list."""
    address = brought(place, b"Name,Language\nAni Petrosyan,Klingon\nBen Levi,Elvish\n", "a.csv")
    fields = hidden_fields(place.trainer.get(address).text)
    assert {fields["word-0"], fields["word-1"]} == {"Klingon", "Elvish"}
    meanings = {"word-0": "Klingon", "means-0": "fr", "word-1": "Elvish", "means-1": "own"}
    place.send(address, page=address, do="look", **meanings)
    assert "No language of this site" not in shown(place, address)
    place.send(address, page=address, do="take")
    assert [(row[0], row[4]) for row in everybody(place)] == [("Ani Petrosyan", "fr"), ("Ben Levi", "ar")]
    again = brought(place, b"Name,School,Language\nCem Kaya,7,KLINGON\n", "b.csv")
    assert "No language of this site" not in shown(place, again)
    place.send(again, page=again, do="take")
    assert ("Cem Kaya", "fr") in [(row[0], row[4]) for row in everybody(place)]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_problems_are_mended_in_their_file_and_brought_in_again(kind: str, place: Place) -> None:
    """Also once the list itself is in and its file is gone: the lines stand there whole, guarded, with all that is wrong."""
    raw = b'Name,E-mail,School\nAni Petrosyan,ani@example.org,7\nBen Levi,ben levi@example.org,"=cmd"\n,cem@@x,9\n'
    address = brought(place, raw, "a.csv")
    place.send(address, page=address, do="take")
    assert [row[0] for row in everybody(place)] == ["Ani Petrosyan"]
    answer = place.trainer.get(f"{address}/problems.{kind}")
    assert answer.status_code == 200
    csv_text = place.trainer.get(f"{address}/problems.csv").data.decode("utf-8-sig")
    lines = csv_text.splitlines()
    assert lines[0] == "Name,E-mail,School,Line,What is wrong"
    assert lines[1].startswith("Ben Levi,ben levi@example.org,'=cmd,3,")
    assert "There is no name." in lines[2]
    assert "This is not a mail address." in lines[2]
    if kind == "csv":
        mended = csv_text.replace("ben levi@", "ben.levi@").replace(",cem@@x,", "Cem Kaya,cem@example.org,").encode()
    else:
        rows = [
            ["Name", "E-mail", "School", "Line", "What is wrong"],
            ["Ben Levi", "ben.levi@example.org", "=cmd", "3", "x"],
        ]
        mended = book_of(("Sheet1", [*rows, ["Cem Kaya", "cem@example.org", "9", "4", "y"]]))
        assert answer.data.startswith(b"PK")
    again = brought(place, mended, f"problems.{kind}")
    place.send(again, page=again, do="take")
    place_done = [(row[0], row[2]) for row in everybody(place)]
    if "is coming in" in place.trainer.get(again).text:
        place.work()
        place_done = [(row[0], row[2]) for row in everybody(place)]
    assert place_done == [("Ani Petrosyan", "7"), ("Ben Levi", "=cmd"), ("Cem Kaya", "9")]


def test_headings_without_people_are_told_of(place: Place) -> None:
    """A sentence that says what was read and what to do, not only a nought."""
    page = shown(place, brought(place, b"Name,E-mail\n", "a.csv"))
    assert "There are headings and nobody below them" in page
    assert "Line 1 is read as headings" in page


def test_telephone_is_kept_corrected_and_seen_by_staff_alone(place: Place) -> None:
    """In its one spelling, shown in groups, in the list as a file, and changed by the form."""
    address = brought(place, b"Name,Phone\nAni Petrosyan,0612-345678\n", "a.csv")
    place.send(address, page=address, do="take")
    assert everybody(place)[0][3] == "+212612345678"
    assert "+212 6 12 34 56 78" in shown(place, place.path())
    assert "+212 6 12 34 56 78" in place.trainer.get(place.path("people/list.csv")).data.decode("utf-8-sig")
    with place.app.app_context():
        member = current_session(place.app).scalar(select(Membership.public_id))
    form = place.path(f"people/{member}")
    place.send(form, page=form, name="Ani Petrosyan", phone="0033 6 12 34 56 78", language="ar")
    assert everybody(place)[0][3] == "+33612345678"
    place.send(form, page=form, name="Ani Petrosyan", phone="", language="ar")
    assert everybody(place)[0][3] == ""


def test_upload_form_says_what_a_list_may_be_in_arabic_too(place: Place) -> None:
    """The page of a look opens in a language from right to left, with every control that the English one has."""
    raw = NASTY["regions"]().raw
    address = brought(place, raw, "a.csv")
    names = set(re.findall(r'name="([a-z_]+-?\d*)"', place.trainer.get(address).text))
    arabic = place.trainer.get(address.replace("/en/", "/ar/")).text
    assert 'dir="rtl"' in arabic
    assert set(re.findall(r'name="([a-z_]+-?\d*)"', arabic)) == names
    assert {"header", "encoding", "delimiter", "column-0", "column-1", "means-0", "word-0"} <= names


def test_file_name_and_bytes_of_a_workbook_need_not_agree(place: Place) -> None:
    """A CSV that calls itself .xlsx is a CSV."""
    answer = place.send(place.path("people/roster"), file=(io.BytesIO(b"Name\nAni Petrosyan\n"), "a.xlsx"))
    assert "Ani Petrosyan" in place.trainer.get(answer.location).text
