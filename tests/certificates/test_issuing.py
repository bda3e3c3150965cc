"""Certificates are made once, keep their number, carry only what they must, and tell a changed file apart."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.certificates import queries, service
from coplearn.certificates.rules import canonical_number, checked_name, new_number
from coplearn.courses.course import Course
from coplearn.courses.plugin import Outcome
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import CertificateKind
from coplearn.learning.rules import Edition
from coplearn.learning.service import AnsweredItem, answer_item, learner_for_user
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor
from tests.crowd import all_at_once

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FINISHED = Edition("course-a", "d" * 64, "1.0.0", "en", {"en": "Course A"}, {})


def _learner(session: Session) -> tuple[int, int]:
    user = User(email="ani@example.org", active=True, fs_uniquifier="ani", create_datetime=NOW, locale="en")
    session.add(user)
    session.flush()
    learner = learner_for_user(session, "ani", NOW)
    assert learner is not None
    return user.id, learner.id


def test_fifty_presses_at_once_make_one_of_each(each_app: Flask) -> None:
    """However often and however fast the button is pressed: one certificate a kind, one number each."""
    with each_app.app_context():
        session = current_session(each_app)
        _, learner_id = _learner(session)
        session.commit()

    def press() -> None:
        with each_app.app_context():
            own = current_session(each_app)
            service.issue_certificates(own, learner_id, FINISHED, tuple(CertificateKind), "Ani", "ar", NOW)
            own.commit()

    errors = all_at_once([press] * 50)
    with each_app.app_context():
        found = queries.certificates_of(current_session(each_app), learner_id)
        assert errors == []
        assert sorted(one.kind for one in found) == ["achievement", "participation"]


def test_correcting_the_name_keeps_the_numbers(session: Session) -> None:
    """The new name stands on every certificate of the person, and on nobody else's."""
    user_id, learner_id = _learner(session)
    before = service.issue_certificates(session, learner_id, FINISHED, tuple(CertificateKind), "Ani", "ar", NOW)
    numbers = [one.number for one in before]
    other = User(email="eve@example.org", active=True, fs_uniquifier="eve", create_datetime=NOW, locale="en")
    session.add(other)
    session.flush()
    eve = learner_for_user(session, "eve", NOW)
    assert eve is not None
    service.issue_certificates(session, eve.id, FINISHED, tuple(CertificateKind), "Eve", "ar", NOW)
    service.name_learner(session, user_id, learner_id, "  Անի   Սարգսյան ")
    after = queries.certificates_of(session, learner_id)
    assert [one.number for one in after] == numbers
    assert {one.name for one in after} == {"Անի Սարգսյան"}
    assert {one.name for one in queries.certificates_of(session, eve.id)} == {"Eve"}


@pytest.mark.parametrize("name", ["", "   ", "\u202e\u200b", "12345", "\x00\x07", "☃☃", "x" * 101])
def test_names_nobody_could_read_are_refused(name: str) -> None:
    """Empty, invisible, digits alone, too long: a sentence says what to do, and nothing is made."""
    with pytest.raises(Refused):
        checked_name(name)


@given(st.text(max_size=120))
def test_a_name_that_is_taken_has_no_hidden_marks(typed: str) -> None:
    """Whatever is typed, what stands on the certificate has no control or direction marks and single spaces."""
    try:
        name = checked_name(typed)
    except Refused:
        return
    assert name == " ".join(name.split())
    assert not set(name) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u0000\r\n\u2028")
    assert checked_name(name) == name


def test_numbers_are_found_however_they_are_typed() -> None:
    """Small letters, spaces, no hyphens, full-width letters: the same number."""
    number = new_number()
    plain = number.replace("-", "")
    wide = "".join(chr(ord(char) + 0xFEE0) for char in plain)
    for typed in (number, number.lower(), plain, " ".join(plain), f" {number} ", wide):
        assert canonical_number(typed) == number


@given(st.text(max_size=60))
def test_a_made_up_number_is_never_a_real_one(typed: str) -> None:
    """Nothing but the number itself comes out as it."""
    number = "AAAAA-AAAAA-AAAAA-AAAAA"
    assert canonical_number(typed) != number or typed.upper().count("A") >= 20


def finish(app: Flask, email: str, *, passed: bool) -> Course:
    """Let the person do every item of the shipped course."""
    course = site_of(app).library.current().courses["cop-parents"]
    with app.app_context():
        session = current_session(app)
        key = session.execute(
            text('SELECT fs_uniquifier FROM "user" WHERE email = :email'), {"email": email}
        ).scalar_one()
        learner = learner_for_user(session, key, NOW)
        assert learner is not None
        for item in course.items.values():
            scored = course.kinds[item.kind].scored
            outcome = Outcome(True, {}, 100 if passed else 10, passed) if scored else Outcome(True, {})
            target = AnsweredItem(course.id, course.version, course.digest, item.id, 0, tuple(course.items))
            answer_item(session, learner.id, target, item.id, "en", 1, outcome, NOW)
        session.commit()
    return course


@pytest.fixture
def owner(app: Flask) -> Visitor:
    """Somebody who has finished the course, with every check passed."""
    person = Visitor(app)
    person.join("ani@example.org")
    finish(app, "ani@example.org", passed=True)
    return person


def test_public_page_shows_name_course_date_and_kind_and_no_more(app: Flask, owner: Visitor) -> None:
    """A stranger sees the four facts; no address, no score, no other certificate."""
    course = site_of(app).library.current().courses["cop-parents"]
    address = f"/en/c/{course.code}/certificate"
    assert owner.send(address, name="Ani <b>Sargsyan</b>").status_code == 303
    with app.app_context():
        numbers = {
            row.kind: row.number for row in current_session(app).execute(text("SELECT kind, number FROM certificate"))
        }
    page = app.test_client().get(f"/en/check/{numbers['participation'].lower()}").text
    assert "Ani &lt;b&gt;Sargsyan&lt;/b&gt;" in page
    assert course.title in page
    assert "participation" in page
    assert "ani@example.org" not in page
    assert numbers["achievement"] not in page


def test_a_name_nobody_could_read_is_refused_at_its_field(app: Flask, owner: Visitor) -> None:
    """Correcting a name to nothing shows the form again with what was typed, and the old name stays."""
    course = site_of(app).library.current().courses["cop-parents"]
    owner.send(f"/en/c/{course.code}/certificate", name="Ani")
    refused = owner.send("/en/certificates/name", page="/en/me/", name="12345")
    assert refused.status_code == 422
    assert 'id="name-error"' in refused.text and 'value="12345"' in refused.text
    assert 'value="Ani"' in owner.get("/ar/certificates/name").text, (
        "the page is there in the other languages of its menu"
    )
    with app.app_context():
        assert set(current_session(app).execute(text("SELECT name FROM certificate")).scalars()) == {"Ani"}


def test_a_changed_file_is_told_from_a_genuine_one(app: Flask, owner: Visitor) -> None:
    """The file as made is genuine; with one byte changed it is not valid; an older name still is honest, and said."""
    course = site_of(app).library.current().courses["cop-parents"]
    owner.send(f"/en/c/{course.code}/certificate", name="Ani")
    with app.app_context():
        number = current_session(app).execute(text("SELECT number FROM certificate ORDER BY id")).scalars().first()
    pdf = owner.send(f"/en/certificates/{number}/pdf", page="/en/me/").data
    assert pdf.startswith(b"%PDF")
    changed = bytearray(pdf)
    changed[len(pdf) // 2] ^= 1
    assert "genuine and unchanged" in _check(app, pdf)
    assert "not valid" in _check(app, bytes(changed))
    assert "not valid" in _check(app, b"%PDF-1.7 made up")
    owner.send("/en/certificates/name", page="/en/me/", name="Ani Sargsyan")
    again = _check(app, pdf)
    assert "earlier spelling" in again
    assert str(number) in again


def test_participation_alone_when_a_check_is_not_passed(app: Flask) -> None:
    """Every item done with low scores earns the one certificate and not the other."""
    person = Visitor(app)
    person.join("low@example.org")
    course = finish(app, "low@example.org", passed=False)
    person.send(f"/en/c/{course.code}/certificate", name="Ani")
    with app.app_context():
        kinds = current_session(app).execute(text("SELECT kind FROM certificate")).scalars().all()
    assert kinds == ["participation"]


def test_an_unfinished_course_gives_no_certificate(app: Flask) -> None:
    """A made-up request is refused in words and makes nothing."""
    person = Visitor(app)
    person.join("new@example.org")
    course = site_of(app).library.current().courses["cop-parents"]
    answer = person.client.post(
        f"/en/c/{course.code}/certificate", data={"csrf_token": person.token("/en/me/"), "name": "A"}
    )
    assert answer.status_code == 422
    with app.app_context():
        assert current_session(app).execute(text("SELECT count(*) FROM certificate")).scalar() == 0


def test_files_of_somebody_elses_certificate_are_not_handed_out(app: Flask, owner: Visitor) -> None:
    """Whoever knows its number can check it, and has neither the paper nor the badge; nor is any made."""
    course = site_of(app).library.current().courses["cop-parents"]
    owner.send(f"/en/c/{course.code}/certificate", name="Ani")
    other = Visitor(app)
    other.join("other@example.org")
    with app.app_context():
        number = current_session(app).execute(text("SELECT number FROM certificate ORDER BY id")).scalars().first()
    form = {"csrf_token": other.token("/en/me/"), "form": "png"}
    for file in ("pdf", "badge"):
        assert other.client.post(f"/en/certificates/{number}/{file}", data=form).status_code == 404
    with app.app_context():
        assert current_session(app).execute(text("SELECT count(*) FROM certificate_file")).scalar() == 0


def _check(app: Flask, data: bytes) -> str:
    stranger = Visitor(app)
    token = stranger.token("/en/check/")
    form = {"csrf_token": token, "file": (io.BytesIO(data), "certificate.pdf")}
    return stranger.client.post("/en/check/", data=form, content_type="multipart/form-data").text
