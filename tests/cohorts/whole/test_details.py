"""What is decided about a cohort is written down once: each detail is a column, a field of the form, and on its page."""

from __future__ import annotations

from dataclasses import asdict, fields, replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from coplearn.accounts.models import User
from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.outcomes.rules.teaching import RUBRICS
from coplearn.cohorts.whole.forms import CohortForm
from coplearn.cohorts.whole.presenters.cohort import facts
from coplearn.cohorts.whole.rules import SERIES_ONLY, Details
from coplearn.cohorts.whole.service import change_cohort, columns_of, copy_cohort, details_of, open_cohort
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.cohorts.worlds import NOW, put_scene, put_user, signed_in_client

NAMES = [field.name for field in fields(Details)]
_TEXT = st.text(st.characters(categories=("L", "N", "P")), max_size=20)
_CODES = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), unique=True, max_size=3).map(tuple)
BY_TYPE = {
    "str": _TEXT,
    "bool": st.booleans(),
    "int": st.integers(0, 1000),
    "int | None": st.none() | st.integers(1, 1000),
    "tuple[str, ...]": _CODES,
}
DETAILS = st.builds(Details, **{field.name: BY_TYPE[str(field.type)] for field in fields(Details)})
HERE = Details(title="Rabat", country="MA", languages=("ar",), time_zone="Africa/Casablanca")
OTHER = Details(
    kind="workshop",
    title="Agadir, summer",
    country="AM",
    region="Souss",
    place="Hall 2",
    online=True,
    languages=("fr", "ar"),
    time_zone="Asia/Yerevan",
    audience="educators",
    course_ids=("cop-educators",),
    optional_course_ids=("cop-parents",),
    capacity=12,
    threshold=90,
    course_mark=85,
    teach_backs=3,
    validity_months=12,
    waiting_list=True,
    is_public=True,
    about="Games",
    rubric_version="0",
)


@pytest.mark.parametrize("name", NAMES)
def test_detail_is_a_column_and_a_field(name: str) -> None:
    """Nothing that a person decides can be told and not kept, or kept and never asked."""
    assert name in Cohort.__table__.columns
    assert hasattr(CohortForm, name)


def test_every_detail_is_asked_on_the_page(app: Flask) -> None:
    """Each field of the form is there to be filled, with a label in words."""
    with app.app_context():
        session = current_session(app)
        put_scene(session)
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "coordinator@example.org")).one()
        session.commit()
    client = signed_in_client(app, key)
    page = client.get("/en/cohorts/new").text + client.get("/en/cohorts/new?kind=series").text
    hidden = {"rubric_version"} if len(RUBRICS) == 1 else set()
    assert [name for name in NAMES if f'name="{name}"' not in page and name not in hidden] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "title"])
def test_every_detail_is_told_on_the_overview(shared_app: Flask, name: str) -> None:
    """Another decision is another fact on the cohort's page; its title stands above every page."""
    here = replace(HERE, kind="series") if name in SERIES_ONLY else HERE
    with shared_app.test_request_context("/en/"):
        shared_app.preprocess_request()
        before = facts(Cohort(**columns_of(here)))
        after = facts(Cohort(**columns_of(replace(here, **{name: getattr(OTHER, name)}))))
    assert before != after


@given(details=DETAILS)
def test_details_are_stored_as_they_are(details: Details) -> None:
    """To the columns and back nothing changes."""
    assert details_of(Cohort(**columns_of(details))) == details


@given(details=DETAILS)
def test_form_says_what_was_typed(shared_app: Flask, details: Details) -> None:
    """What a browser sends of a filled form is read as it was meant; what everybody finishes is not offered besides, and what
    only a series decides is not read from the form of a training, on which it does not stand."""
    typed = MultiDict[str, str]()
    for name, value in asdict(details).items():
        if isinstance(value, tuple):
            typed.setlist(name, list(value))
        elif value is not False:
            typed[name] = "" if value is None else "y" if value is True else str(value)
    besides = tuple(course for course in details.optional_course_ids if course not in details.course_ids)
    with shared_app.test_request_context("/en/"):
        shared_app.preprocess_request()
        read = CohortForm(formdata=typed).details()
    usual = {name: getattr(Details(), name) for name in SERIES_ONLY}
    assert asdict(read) == asdict(details) | {"optional_course_ids": besides} | usual


@pytest.mark.parametrize("typed", ["", "many", "1.5", "9" * 30 + "x"])
def test_number_that_cannot_be_read_is_refused_and_an_empty_limit_is_none(shared_app: Flask, typed: str) -> None:
    """No number of seats is no limit; every other number is needed."""
    with shared_app.test_request_context("/en/"):
        shared_app.preprocess_request()
        read = CohortForm(formdata=MultiDict({"capacity": typed, "threshold": typed})).details()
    assert (read.capacity, read.threshold) == (None if typed == "" else -1, -1)


def test_every_detail_can_be_changed_and_is_copied(session: Session) -> None:
    """What was changed stands in the cohort and in the copy of it, whichever detail it is."""
    assert [name for name in NAMES if getattr(OTHER, name) == getattr(Details(), name)] == []
    person = Person(put_user(session, "admin@example.org"), "admin", "admin", "en", (Granted(Role.ADMIN),))
    cohort = open_cohort(session, person, Details(title="Rabat"), NOW)
    assert change_cohort(session, person, cohort.id, cohort.rev, OTHER, NOW)
    assert details_of(cohort) == OTHER
    assert details_of(copy_cohort(session, person, cohort.id, OTHER.title, None, NOW)) == OTHER
