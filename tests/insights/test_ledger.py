"""The ledger of fives: closed once, added to and never changed, whatever is corrected, killed or done twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance
from coplearn.insights.ledger_queries import given_out
from coplearn.insights.ledger_rules import EVERYBODY, FIVE, LedgerBook, counts_by_cell, last_to_close
from coplearn.insights.models import Ledger, LedgerCarry, LedgerMark
from coplearn.insights.rules import Dimension, Measure
from coplearn.insights.service import close_days
from coplearn.learning.models import Enrolment
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_meeting, put_member
from tests.insights.figures import put_children, put_learner, put_outcome, put_presence
from tests.sizes import WHOLE, some_of

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = START + timedelta(days=60)
Rows = list[tuple[Any, ...]]


def written(session: Session, until: date = date.max) -> Rows:
    """Every row of the ledger up to that day."""
    columns = (
        LedgerMark.figure, LedgerMark.scope, LedgerMark.dimension, LedgerMark.value, LedgerMark.day, LedgerMark.marks,
    )  # fmt: skip
    return [tuple(row) for row in session.execute(select(*columns).where(LedgerMark.day <= until).order_by(*columns))]


def put_programme(session: Session, seed: int = 1, weeks: int = 6, size: int = 11) -> list[Cohort]:
    """Three cohorts in two countries, a meeting a week, new people at each; some completed, some finished online."""
    dice, cohorts = Random(seed), []
    for country, language, tier in (("AM", "hy", 1), ("MA", "ar", 2), ("MA", "fr", 2)):
        cohort = put_cohort(
            session, country, languages=[language], generation=tier, audience=dice.choice(["", "parents"])
        )
        cohorts.append(cohort)
        for week in range(weeks):
            at = START + timedelta(days=7 * week + dice.randrange(3))
            meeting = put_meeting(session, cohort, at)
            put_children(session, meeting, "9-12", dice.randrange(9))
            for _ in range(dice.randrange(size)):
                member = put_member(session, cohort, None, locale=dice.choice([language, "en"]))
                put_presence(session, meeting, member)
                if dice.random() < 0.8:
                    put_outcome(
                        session, cohort, member, dice.choice(["certified", "completed"]), at + timedelta(days=1)
                    )
    for number in range(23):
        at = START + timedelta(days=number)
        put_learner(session, dice.choice(["one", "two"]), {"a": at}, locale=dice.choice(["ar", "fr"]), finished=at)
    return cohorts


def holds_together(session: Session, but: Measure | None = None) -> None:
    """What was given and what is carried is what was counted, within the five that the site began with."""
    for figure in Measure:
        if figure in (Measure.COHORTS, Measure.MEETINGS, but):
            continue
        total = (LedgerMark.figure == figure, LedgerMark.scope == "", LedgerMark.dimension == "")
        marks = session.scalar(select(func.coalesce(func.sum(LedgerMark.marks), 0)).where(*total)) or 0
        kept = session.execute(
            select(LedgerCarry.carry, LedgerCarry.counted).where(
                LedgerCarry.figure == figure, LedgerCarry.scope == "", LedgerCarry.dimension == ""
            )
        ).first()
        if kept is not None:
            assert 0 <= FIVE * marks + kept[0] // 100 - kept[1] < FIVE


def adds_up(session: Session) -> None:
    """In every table rows come to the total, and a country's row is that country's report; whatever the days."""
    for first, last in ((date.min, date.max), (START.date(), START.date() + timedelta(days=9))):
        site = given_out(session, None, first, last)
        by_country = {code: given_out(session, {code}, first, last) for code in ("AM", "MA")}
        for measure, tally in site.items():
            for found in (tally, *(own.get(measure, {}) for own in by_country.values())):
                sums: Counter[str] = Counter()
                for (dimension, _), count in found.items():
                    sums[dimension] += count
                assert len(set(sums.values())) <= 1
            for code, own in by_country.items():
                assert tally.get((Dimension.COUNTRY, code), 0) == own.get(measure, {}).get(("", ""), 0)
        together = given_out(session, {"AM", "MA"}, first, last)
        assert together[Measure.TRAINED]["", ""] == site[Measure.TRAINED]["", ""]


@pytest.mark.sampled
def test_closing_twice_and_day_by_day_comes_to_the_same(session: Session) -> None:
    """At once after years, or every day as it comes: nothing but the chance of the first fives may differ."""
    put_programme(session)
    close_days(session, "UTC", LATER, lambda most: most // 2)
    once = written(session)
    assert close_days(session, "UTC", LATER, lambda _: 0) == 0
    assert close_days(session, "UTC", LATER - timedelta(days=3), lambda _: 0) == 0
    assert written(session) == once
    holds_together(session)
    adds_up(session)
    for table in (LedgerMark, LedgerCarry, Ledger):
        session.execute(delete(table))
    session.expire_all()
    # Every third day in the suite: a site whose machine is off at times closes several at once.
    for day in range(0, 80, 1 if WHOLE else 3):
        close_days(session, "UTC", LATER - timedelta(days=79 - day), lambda most: most // 2)
    close_days(session, "UTC", LATER, lambda most: most // 2)
    assert written(session) == once


def test_day_is_closed_when_its_last_meeting_is_no_longer_corrected(session: Session) -> None:
    """Fourteen days after a meeting that began just before midnight and took all night; and the zone stays."""
    assert last_to_close(datetime(2026, 3, 31, 16, tzinfo=UTC), "UTC") == date(2026, 3, 16)
    assert last_to_close(datetime(2026, 3, 31, 15, 59, tzinfo=UTC), "UTC") == date(2026, 3, 15)
    put_programme(session, weeks=1)
    close_days(session, "Asia/Yerevan", START + timedelta(days=20))
    close_days(session, "America/Lima", LATER)
    assert session.scalars(select(Ledger.zone)).one() == "Asia/Yerevan"


def test_site_without_people_begins_with_the_first(session: Session) -> None:
    """Nothing is given for nothing."""
    close_days(session, "UTC", START)
    assert written(session) == []
    put_programme(session)
    close_days(session, "UTC", LATER)
    assert written(session)
    holds_together(session)


@pytest.mark.parametrize(
    "what", some_of(["correct", "move", "erase", "revoke", "merge", "late meeting", "forget learner"], 3)
)
def test_what_changes_on_a_closed_day_changes_no_earlier_mark(session: Session, what: str) -> None:
    """It is booked on the day of booking; where somebody was erased, nothing is."""
    cohorts = put_programme(session, size=30)
    close_days(session, "UTC", LATER)
    closed = session.scalars(select(Ledger.last_day)).one()
    assert closed is not None
    before, counted = written(session), _counted(session)
    _change(session, cohorts, what)
    session.flush()
    session.expire_all()
    close_days(session, "UTC", LATER + timedelta(days=30))
    assert written(session, closed) == before
    holds_together(session, Measure.FINISHED if what == "forget learner" else None)
    adds_up(session)
    changed = {key for key, count in _counted(session).items() if count != counted.get(key)}
    assert bool(changed) is (what != "erase")
    assert all(row[-1] > 0 for row in written(session))


def _counted(session: Session) -> dict[tuple[str, str, str], int]:
    rows = session.execute(
        select(LedgerCarry.figure, LedgerCarry.dimension, LedgerCarry.value, LedgerCarry.counted).where(
            LedgerCarry.scope == ""
        )
    )
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _change(session: Session, cohorts: list[Cohort], what: str) -> None:
    members = list(
        session.scalars(select(Membership).where(Membership.cohort_id == cohorts[1].id).order_by(Membership.id))
    )
    if what == "correct":
        for row in session.scalars(select(Attendance).where(Attendance.membership_id == members[0].id)):
            row.status = "absent"
    elif what == "move":
        cohorts[1].country = "ES"
        cohorts[1].audience = "educators"
        # The report of a country that is left keeps what it was given.
        cohorts[1].country = "AM"
    elif what == "erase":
        members[0].name, members[0].key = "", "f" * 64
    elif what == "revoke":
        held = select(Certification).where(Certification.outcome == "certified").limit(1)
        session.scalars(held).one().revoked_at = LATER
    elif what == "merge":
        other = session.scalars(select(Membership).where(Membership.cohort_id == cohorts[2].id)).first()
        assert other is not None
        other.key = members[0].key
    elif what == "late meeting":
        meeting = put_meeting(session, cohorts[0], START + timedelta(days=1))
        for _ in range(7):
            put_presence(session, meeting, put_member(session, cohorts[0], None))
    else:
        session.execute(delete(Enrolment).where(Enrolment.course_id == "one"))


def test_two_workers_close_once(each_app: Flask) -> None:
    """Both begin at the same time; the one that waited finds nothing to do."""
    with each_app.app_context():
        session = current_session(each_app)
        put_programme(session)
        session.commit()
    barrier, closed = threading.Barrier(2), list[int]()

    def work() -> None:
        with each_app.app_context():
            own = current_session(each_app)
            barrier.wait()
            closed.append(close_days(own, "UTC", LATER))
            own.commit()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(closed)[0] == 0 < sorted(closed)[1]
    with each_app.app_context():
        holds_together(current_session(each_app))


def test_kill_between_mark_and_carry_leaves_nothing_half_done(each_app: Flask) -> None:
    """Killed when the first figure is written and the second has begun; the next closing does all of it."""
    with each_app.app_context():
        session = current_session(each_app)
        put_programme(session)
        session.commit()
    settings = site_of(each_app).settings
    given = {"COPLEARN_INSTANCE_PATH": str(settings.instance_path), "DATABASE_URL": settings.database_url}
    killed = subprocess.run(
        [sys.executable, "-m", "tests.insights.kill_closing"],
        env=os.environ | given | {"COPLEARN_SECRET_KEY": "k" * 40},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert b"marks are written" in killed.stdout
    with each_app.app_context():
        session = current_session(each_app)
        assert written(session) == []
        assert session.scalars(select(Ledger)).all() == []
        assert close_days(session, "UTC", LATER) > 0
        holds_together(session)
        adds_up(session)


PEOPLE = st.lists(
    st.lists(
        st.fixed_dictionaries(
            {
                Dimension.COUNTRY: st.sampled_from(["AM", "MA", "ES"]),
                Dimension.LANGUAGE: st.sampled_from(["ar", "fr", "en"]),
                Dimension.TIER: st.sampled_from(["1", "2"]),
            }
        ),
        max_size=20,
    ),
    max_size=12,
)


@given(PEOPLE, st.integers(0, 2**32))
def test_fives_add_up_and_never_shrink(days: list[list[dict[str, str]]], seed: int) -> None:
    """On every day by itself: rows are the total, a country's rows its own, nothing negative; the site within four."""
    book, given_marks, came, dice = LedgerBook({}, Random(seed).randrange), 0, 0, Random(seed)
    start: int | None = None
    for day in days:
        # Now and then somebody is taken back who came before.
        people = counts_by_cell((row, -1 if dice.random() < 0.05 else 1) for row in day)
        marks = book.close(people)
        assert all(count > 0 for count in marks.values())
        sums: Counter[tuple[str, str]] = Counter()
        for (scope, dimension, _), count in marks.items():
            sums[scope, dimension] += count
        for (scope, dimension), count in sums.items():
            assert count == marks[scope, "", ""], dimension
        for code in ("AM", "MA", "ES"):
            assert marks.get(("", Dimension.COUNTRY, code), 0) == marks.get((code, "", ""), 0)
        given_marks += marks.get(EVERYBODY, 0)
        came += people[EVERYBODY]
        if EVERYBODY in book.carries:
            start = FIVE * given_marks + book.carries[EVERYBODY] // 100 - came if start is None else start
            assert FIVE * given_marks + book.carries[EVERYBODY] // 100 - came == start
            assert book.carries[EVERYBODY] < FIVE * 100


@pytest.mark.parametrize(("true", "beside"), [(6, 4), (17, 15), (19, 20), (1, 2)])
def test_what_a_trainer_worked_out_cannot_be_told_any_more(true: int, beside: int) -> None:
    """Français in Costa Rica by subtraction, completed less certified in Morocco, this week's 19 and the next one's 20.

    Whatever is printed for one number could as well be printed for its neighbours.
    """
    row: dict[str, str] = {Dimension.COUNTRY: "CR", Dimension.LANGUAGE: "fr"}

    def printed(count: int) -> set[int]:
        found = set()
        for start in range(FIVE):
            draws = iter([start, 0, 0, 0])
            marks = LedgerBook({}, lambda _, draws=draws: next(draws)).close(counts_by_cell([(row, count)]))  # type: ignore[misc] # a draw
            found.add(FIVE * marks.get(("CR", Dimension.LANGUAGE, "fr"), 0))
        return found

    for number in (true, beside):
        assert all(printed(number) & printed(other) for other in (number - 1, number + 1))
        assert all(count % FIVE == 0 for count in printed(number))
