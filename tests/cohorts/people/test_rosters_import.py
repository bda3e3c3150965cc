"""Bringing lists in: what is said before is what happens, twice is as once, and no kill and no crowd spoils it."""

from __future__ import annotations

import csv
import errno
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, Membership, RosterImport
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.cohorts.people import tasks
from coplearn.cohorts.people.queries import import_of, roster_rows, seats_taken
from coplearn.cohorts.people.rosters.reading import kind_of
from coplearn.cohorts.people.rosters.store import RosterStore
from coplearn.cohorts.people.rosters.writing import roster_lines
from coplearn.cohorts.people.rules.joining import person_key
from coplearn.cohorts.people.rules.rosters import FileShape, ImportStage
from coplearn.cohorts.people.service import rosters as service
from coplearn.cohorts.people.service.planning import run_for
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Conflict
from coplearn.site import site_of
from coplearn.spreadsheets.writing import csv_bytes, xlsx_bytes
from coplearn.storage.database import current_session
from tests.cohorts.people.kill_roster import import_under_kills
from tests.cohorts.worlds import NOW, put_cohort, put_member, put_user
from tests.counting import counted, under_lock

SOME = """الاسم الكامل;البريد الإلكتروني;المدرسة;المنطقة;اللغة
أحمد بن علي;ahmed@example.org;مدرسة النور;الرباط;العربية
سعاد المريني;;مدرسة الأمل;فاس;العربية
Marie Dupont;marie@example.org;École Jean Moulin;Rabat;français
;x@example.org;;;
"""


def trainer(session: Session) -> Person:
    """Somebody who brings lists in."""
    return Person(put_user(session, "trainer@example.org"), "Trainer", "trainer@example.org", "en", ())


def look(app: Flask, session: Session, cohort: Cohort, raw: bytes, **changes: Any) -> RosterImport:
    """Upload a file and look at it, as the page and the machine do."""
    store, public_id = RosterStore(site_of(app).settings.instance_path), new_public_id()
    sha256 = store.keep(public_id, io.BytesIO(raw))
    shape = FileShape(kind_of(store.raw(public_id)), **changes)
    service.put_import(session, trainer(session), cohort.id, public_id, ("list", sha256), shape, NOW)
    session.commit()
    tasks.work_on_roster(app, session, NOW, public_id=public_id)
    return import_of(session, cohort.id, public_id)


def take(app: Flask, session: Session, roster: RosterImport) -> RosterImport:
    """Bring it in, as the page does."""
    service.start(session, trainer(session), roster.cohort_id, roster.public_id, NOW)
    session.commit()
    tasks.work_on_roster(app, session, NOW, public_id=roster.public_id)
    return import_of(session, roster.cohort_id, roster.public_id)


def numbers(roster: RosterImport) -> tuple[str, int, int, int, int]:
    """How it stands: new, changed, unchanged, refused."""
    return (roster.state, roster.added, roster.changed, roster.unchanged, roster.refused)


def faulty_lines(roster: RosterImport) -> list[int]:
    """The numbers of the refused lines."""
    return [one.line for one in service.remarks_of(roster) if one.is_fault]


def state_of(session: Session, cohort: Cohort) -> list[tuple[object, ...]]:
    """All that a list says about a cohort's people."""
    return sorted(tuple(row) for row in roster_rows(session, cohort.id))


def exported(session: Session, cohort: Cohort, language: str = "ar", *, book: bool = False) -> bytes:
    """The cohort's people as the page gives them."""
    names = {"ar": "العربية", "fr": "Français", "en": "English"}
    lines = roster_lines(roster_rows(session, cohort.id), language, names)
    return xlsx_bytes(lines, right_to_left=True) if book else csv_bytes(lines)


def test_import_does_what_was_said_before_and_again_changes_nothing(each_app: Flask) -> None:
    """The dry run writes nobody; the import the same numbers; the same file again finds everybody as they were."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session)
        looked = look(each_app, session, cohort, SOME.encode("cp1256", "replace"))
        assert numbers(looked) == ("looked", 3, 0, 0, 1)
        assert state_of(session, cohort) == []
        assert numbers(take(each_app, session, looked)) == ("done", 3, 0, 0, 1)
        states = {row[0]: row[1] for row in session.execute(select(Membership.name, Membership.state))}
        assert states == {"أحمد بن علي": "invited", "سعاد المريني": "active", "Marie Dupont": "invited"}
        cards = {
            name: code is not None for name, code in session.execute(select(Membership.name, Membership.card_code))
        }
        assert [name for name, has in cards.items() if has] == ["سعاد المريني"]
        before = state_of(session, cohort)
        again = take(each_app, session, look(each_app, session, cohort, SOME.encode("cp1256", "replace")))
        assert numbers(again) == ("done", 0, 0, 3, 1)
        assert state_of(session, cohort) == before
        assert not RosterStore(site_of(each_app).settings.instance_path).has(again.public_id)


@pytest.mark.parametrize("language", ["ar", "ru", "zh"])
def test_our_own_export_changes_nothing_and_makes_the_same_cohort_anew(app: Flask, language: str) -> None:
    """As CSV and as a workbook: no change where it came from, the same people in the same states in another cohort."""
    with app.app_context():
        session = current_session(app)
        cohort, other, third = put_cohort(session), put_cohort(session), put_cohort(session)
        take(app, session, look(app, session, cohort, SOME.encode()))
        gone = person_key("", "gone@example.org", "")
        put_member(session, cohort, "gone@example.org", name="=2+2", state="withdrawn", locale="fr", key=gone)
        waits = person_key("Слава", None, "")
        put_member(session, cohort, None, name="Слава", state="waiting", organisation="", key=waits)
        session.commit()
        for book in (False, True):
            data = exported(session, cohort, language, book=book)
            roster = look(app, session, cohort, data)
            assert numbers(roster) == ("looked", 0, 0, 5, 0)
            into = other if book else third
            made = take(app, session, look(app, session, into, data))
            assert numbers(made) == ("done", 5, 0, 0, 0)
            # A card opens one seat on this site, so the new cohort's people get cards of their own.
            plain = [[row[:7] for row in state_of(session, one)] for one in (cohort, into)]
            assert plain[0] == plain[1]
            assert numbers(look(app, session, into, data)) == ("looked", 0, 0, 5, 0)


def test_import_changes_what_the_file_says_and_takes_nobody_off(app: Flask) -> None:
    """A new school is taken over, an empty cell says nothing, who is not in the file stays, and states are not touched."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        take(app, session, look(app, session, cohort, SOME.encode()))
        session.execute(update(Membership).where(Membership.name == "Marie Dupont").values(state="withdrawn"))
        session.commit()
        text = "Name,E-mail,School,State\nMarie Dupont,marie@example.org,Lycée,Active\nAhmed,ahmed@example.org,,\n"
        assert numbers(take(app, session, look(app, session, cohort, text.encode()))) == ("done", 0, 2, 0, 0)
        rows = {row[1]: row for row in roster_rows(session, cohort.id)}
        assert rows["marie@example.org"][3:7] == ("Lycée", "Rabat", "fr", "withdrawn")
        assert rows["ahmed@example.org"][:4] == ("Ahmed", "ahmed@example.org", "", "مدرسة النور")
        assert len(rows) == 3


def test_address_that_comes_later_joins_the_person_who_had_none(app: Flask) -> None:
    """Same name and organisation: one person who now has an address, and not two; an organisation must be told."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        take(app, session, look(app, session, cohort, b"Name,School,Mail\nAni,School 7,\nBen,,\n"))
        later = b"Name,School,Mail\nAni,School 7,ani@example.org\nBen,,ben@example.org\n"
        assert numbers(take(app, session, look(app, session, cohort, later))) == ("done", 1, 1, 0, 0)
        assert numbers(look(app, session, cohort, later)) == ("looked", 0, 0, 2, 0)


def test_capacity_is_kept_and_lines_beyond_it_are_refused(each_app: Flask) -> None:
    """Three seats, one taken: two of four new people are taken in, the others are told why."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session, capacity=3)
        put_member(session, cohort, "first@example.org")
        text = (
            "Name,Mail,State\n" + "".join(f"P{n},p{n}@example.org,\n" for n in range(4)) + "W,w@example.org,Withdrawn\n"
        )
        done = take(each_app, session, look(each_app, session, cohort, text.encode()))
        assert numbers(done) == ("done", 3, 0, 0, 2)
        assert faulty_lines(done) == [4, 5]
        assert seats_taken(session, cohort.id) == 3


def test_same_person_by_card_and_by_mail_is_refused_the_second_time(app: Flask) -> None:
    """A line that is about somebody an earlier line was about, and an address that is somebody else's."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        take(app, session, look(app, session, cohort, b"Name,Mail\nAni,ani@example.org\nBen,\nCem,\n"))
        cards = {row[0]: row[1] for row in session.execute(select(Membership.name, Membership.card_code))}
        text = f"Name,Mail,Card code\nBen,,{cards['Ben']}\nBen,,\nCem,ani@example.org,{cards['Cem']}\n"
        looked = look(app, session, cohort, text.encode())
        assert numbers(looked) == ("looked", 0, 0, 1, 2)
        assert faulty_lines(looked) == [3, 4]


def test_somebody_who_was_erased_is_not_written_down_again(app: Flask) -> None:
    """The list still has the name; the cohort says so instead of taking it."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        take(app, session, look(app, session, cohort, SOME.encode()))
        session.execute(update(Membership).where(Membership.name == "Marie Dupont").values(name=""))
        session.commit()
        assert numbers(look(app, session, cohort, SOME.encode())) == ("looked", 0, 0, 2, 2)


def test_people_who_take_part_already_are_in_at_once(app: Flask) -> None:
    """When the trainer says so."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        take(app, session, look(app, session, cohort, SOME.encode(), take_part=True))
        assert set(session.scalars(select(Membership.state))) == {"active"}


def test_file_that_cannot_be_read_on_says_where(app: Flask) -> None:
    """Another encoding chosen by hand: the reason and the line; the file stays, and the right one can be chosen."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        roster = look(app, session, cohort, SOME.encode("cp1256", "replace"), encoding="utf-8-sig")
        assert roster.state == "failed"
        assert "encoding" in service.remarks_of(roster)[0].remark.reason.text
        shape = replace(service.shape_of(roster), encoding="cp1256")
        service.read_otherwise(session, cohort.id, roster.public_id, shape, NOW)
        session.commit()
        tasks.work_on_roster(app, session, NOW, public_id=roster.public_id)
        assert import_of(session, cohort.id, roster.public_id).state == "looked"


def big_file(lines: int) -> bytes:
    """People with and without mail, some of them twice and some of them wrong."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["Name", "E-mail", "School"])
    for number in range(lines):
        mail = f"p{number % (lines - 40)}@example.org" if number % 3 else ""
        writer.writerow([f"Person {number}" if number % 97 else "", mail, f"School {number % 50}"])
    return out.getvalue().encode()


def test_import_that_is_killed_again_and_again_is_exact(make_app: object, settings: object, tmp_path: Path) -> None:
    """Killed five times at random: nobody is missing, nobody stands there twice, and the numbers are those of the look."""
    app: Flask = make_app()  # type: ignore[operator] # the fixture's own function
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        looked = look(app, session, cohort, big_file(6_000))
        expected = (looked.added, looked.changed, looked.unchanged, looked.refused)
        service.start(session, trainer(session), cohort.id, looked.public_id, utcnow())
        session.commit()
        cohort_id, public_id = cohort.id, looked.public_id
        session.close()
    assert import_under_kills(app, public_id, 5, 0.3, seed=7) >= 1
    with app.app_context():
        session = current_session(app)
        tasks.work_on_roster(app, session, utcnow(), public_id=public_id)
        done = import_of(session, cohort_id, public_id)
        assert (done.state, done.done, done.total) == ("done", 6_000, 6_000)
        assert (done.added, done.changed, done.unchanged, done.refused) == expected
        count = select(func.count(), func.count(func.distinct(Membership.key))).select_from(Membership)
        assert tuple(session.execute(count).one()) == (expected[0], expected[0])


def test_thousand_lines_are_few_statements(app: Flask) -> None:
    """However many lines, a piece of them costs the same few statements."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        looked = look(app, session, cohort, big_file(1_000))
        service.start(session, trainer(session), cohort.id, looked.public_id, NOW)
        session.commit()
        with counted(app) as sent:
            tasks.work_on_roster(app, session, NOW, public_id=looked.public_id)
        assert len(sent) <= 18, sent


def test_looking_at_a_list_keeps_nobody_waiting(app: Flask) -> None:
    """What a list comes to is worked out without the write lock: others save meanwhile, and letters go out."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        session.commit()
        with under_lock(app) as held:
            roster = look(app, session, cohort, SOME.encode())
        assert numbers(roster)[:2] == (ImportStage.LOOKED, 3)
        assert any("roster_import" in one for one in held)
        assert [one for one in held if "membership" in one] == []
        with under_lock(app) as held:
            take(app, session, roster)
        assert any("INSERT INTO membership" in one for one in held)


def test_second_worker_on_the_same_list_stands_back(app: Flask) -> None:
    """A piece that is in already is not taken in again, and a list is not read otherwise while it comes in."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        looked = look(app, session, cohort, SOME.encode())
        service.start(session, trainer(session), cohort.id, looked.public_id, NOW)
        session.commit()
        run = run_for(session, cohort.id, False, NOW)
        assert not service.take_lines(session, looked.public_id, run, 1_000, [], NOW)
        with pytest.raises(Conflict):
            service.read_otherwise(session, cohort.id, looked.public_id, service.shape_of(looked), NOW)
        with pytest.raises(Conflict):
            service.discard(session, cohort.id, looked.public_id)


def test_list_that_stands_still_is_gone_on_with_by_the_days_work_and_from_the_terminal(app: Flask) -> None:
    """A list whose machine died is finished; one that moved just now is left to who works on it."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        looked = look(app, session, cohort, SOME.encode())
        service.start(session, trainer(session), cohort.id, looked.public_id, utcnow())
        session.commit()
        public_id = looked.public_id
        tasks.tidy_rosters(app, session, utcnow())
        assert import_of(session, cohort.id, public_id).state == "running"
        session.commit()
        told = app.test_cli_runner().invoke(args=["cohorts", "import-roster", "--now"])
        assert told.output == "Lists that were gone on with: 1\n"
        session.expire_all()
        assert numbers(import_of(session, cohort.id, public_id)) == ("done", 3, 0, 0, 1)


def test_upload_that_the_disk_cannot_hold_leaves_nothing(tmp_path: Path) -> None:
    """Half a list of people is nobody's, and the room it took is free again."""

    class FullDisk(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().read(size)

    with pytest.raises(OSError, match="No space"):
        RosterStore(tmp_path).keep("list", FullDisk(b"name\n" * 1_000_000))
    assert list((tmp_path / "rosters").iterdir()) == []


def test_list_that_nobody_brought_in_is_forgotten(app: Flask) -> None:
    """After two days the file and its row are gone."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        roster = look(app, session, cohort, SOME.encode())
        public_id, store = roster.public_id, RosterStore(site_of(app).settings.instance_path)
        tasks.forget_rosters(app, session, NOW)
        assert store.has(public_id)
        tasks.forget_rosters(app, session, NOW + tasks.FORGOTTEN_AFTER * 1.5)
        assert not store.has(public_id)
        assert session.scalars(select(RosterImport)).all() == []
