"""What coming in, bringing lists in and asking for help refuse: each with its sentence, and with nothing of it written."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.people import tasks
from coplearn.cohorts.people.queries import import_of
from coplearn.cohorts.people.rosters.reading import guess_shape, guess_sheet
from coplearn.cohorts.people.rosters.store import MAX_BYTES, RosterStore
from coplearn.cohorts.people.rules.rosters import FileShape
from coplearn.cohorts.people.service import joining, members, rosters, staffing
from coplearn.kernel.errors import Refused
from coplearn.storage.database import current_session
from tests.cohorts.people.test_joining import CODE, kept, open_door, person
from tests.cohorts.traces import refuses
from tests.cohorts.worlds import NOW, put_cohort, put_roster, put_staff, put_user


@dataclass(frozen=True, slots=True)
class Seat:
    """A cohort with a seat at the address of whoever comes."""

    session: Session
    cohort: Cohort
    ani: Person
    member: str

    def join(self) -> object:
        """Come in by the code."""
        return joining.join(self.session, self.ani, CODE, NOW)

    def claim(self) -> object:
        """Take the seat that is kept for the address."""
        return joining.claim(self.session, self.ani, self.cohort.id, self.member, NOW)

    def approve(self) -> object:
        """Let them in, as the page of a trainer does."""
        return members.approve(self.session, self.ani, self.cohort.id, self.member, NOW)


@pytest.mark.parametrize(
    ("seat", "cohort", "do", "words"),
    [
        ({"state": "active", "user_id": "eve"}, {}, Seat.join, "Somebody has taken this seat already."),
        ({"state": "withdrawn"}, {}, Seat.claim, "This seat is not kept any more. Ask the trainer to take you back."),
        ({}, {"archived_at": NOW}, Seat.claim, "This seat is not kept any more."),
        ({"state": "withdrawn"}, {}, Seat.approve, "Somebody else took this person off the list meanwhile."),
    ],
)
def test_seat_refuses_with_a_sentence(
    scratch: Session,
    seat: dict[str, object],
    cohort: dict[str, object],
    do: Callable[[Seat], object],
    words: str,
) -> None:
    """A seat that somebody else has, or that is kept for nobody any more."""
    ani, eve = person(scratch), put_user(scratch, "eve@example.org")
    held = open_door(scratch, **cohort)
    values = seat | ({"user_id": eve} if "user_id" in seat else {})
    member = kept(scratch, held, ani.email, **values)
    with refuses(scratch, words):
        do(Seat(scratch, held, ani, member.public_id))


def test_who_runs_a_series_is_none_of_its_people(scratch: Session) -> None:
    """They are told so in the words of a series."""
    series, ani = open_door(scratch, kind="series"), person(scratch)
    put_staff(scratch, series, ani.email, "lead")
    with refuses(scratch, "You help run this series, so you need not register."):
        joining.join(scratch, ani, CODE, NOW)


def test_question_that_is_open_no_more_is_answered_by_nobody(scratch: Session) -> None:
    """It is neither taken back nor declined; and a list that nobody looked at is not begun."""
    cohort, ani = put_cohort(scratch), person(scratch)
    with refuses(scratch, "This question is not open any more."):
        staffing.take_back_request(scratch, ani, cohort.id, "gone", NOW)
    with refuses(scratch, "This question is not open any more."):
        staffing.decline_request(scratch, ani, "gone", NOW)
    for state in ("looking", "failed"):
        roster = put_roster(scratch, cohort, state=state)
        with refuses(scratch, "Look at the list first."):
            rosters.start(scratch, ani, cohort.id, roster.public_id, NOW)


def test_list_without_a_line_or_too_large_is_refused(tmp_path: Path) -> None:
    """Nothing but blanks, a workbook of empty sheets, and a file above the most, of which nothing is kept."""
    path, store = tmp_path / "blank.csv", RosterStore(tmp_path)
    path.write_text(" \n\n;;\n")
    with pytest.raises(Refused, match="There is nothing in the file"):
        guess_shape(path, FileShape("csv"), ("en",))
    with pytest.raises(Refused, match="There is nothing in the file"):
        guess_sheet([path, path], FileShape("xlsx", sheets=(("One", 0), ("Two", 0))))
    with pytest.raises(Refused, match="Split the list in two"):
        store.keep("large", io.BytesIO(bytes(MAX_BYTES + 1)))
    assert not store.has("large")


def test_list_whose_file_is_gone_says_so(app: Flask) -> None:
    """The work on it ends with the reason, and does not begin again for ever."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        public_id = put_roster(session, cohort, state="looking").public_id
        session.commit()
        tasks.work_on_roster(app, session, NOW, public_id=public_id)
        roster = import_of(session, cohort.id, public_id)
        assert roster.state == "failed"
        assert [one.remark.reason.text for one in rosters.remarks_of(roster)] == [rosters.GONE]
