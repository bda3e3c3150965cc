"""Teach-backs on their pages: files by what they hold, notes to the right eyes, and nothing typed is lost."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.cohorts.common import evidence
from coplearn.cohorts.common.models.certification import Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.outcomes.rules.teaching import RUBRICS
from coplearn.files.uploads import UploadPurpose
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_member, put_scene, put_staff, put_teach_back, signed_in_client

PDF, PNG = b"%PDF-1.7\n" + b"x" * 64, b"\x89PNG\r\n\x1a\n" + b"y" * 64
MP4, M4A = b"\x00\x00\x00\x20ftypisom" + b"z" * 64, b"\x00\x00\x00\x20ftypM4A " + b"z" * 64
HTML, SVG = b"<!DOCTYPE html><script>alert(1)</script>", b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@dataclass
class Site:
    """A site with a teach-back, and a browser for each role."""

    app: Flask
    address: str
    clients: dict[str, FlaskClient]

    def send(self, role: str, file: tuple[bytes, str] | None = None, **fields: str) -> TestResponse:
        """Write an evaluation as that role; all rows are 3 unless said otherwise."""
        client = self.clients[role]
        token = client.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]
        form: dict[str, object] = {f"score-{row.id}": "3" for row in RUBRICS["1"].rows}
        form |= {"csrf_token": token, "op_id": uuid4().hex, "do": "sign-off"}
        form |= {name.replace("score_", "score-"): value for name, value in fields.items()}
        if file is not None:
            form["evidence"] = (io.BytesIO(file[0]), file[1])
        return _sent(client.post(self.address, data=form, content_type="multipart/form-data"))

    def rows(self) -> list[Evaluation]:
        """Everything that was written."""
        with self.app.app_context():
            return list(current_session(self.app).scalars(select(Evaluation).order_by(Evaluation.id)))


def _sent(answer: TestResponse) -> TestResponse:
    """The test's own browser leaves a large body open behind it."""
    answer.request.environ["wsgi.input"].close()
    return answer


@pytest.fixture
def site(app: Flask) -> Site:
    """The site of the tests, with an examiner who works in the other cohort too."""
    with app.app_context():
        session: Session = current_session(app)
        scene = put_scene(session)
        member = session.scalars(select(Membership).where(Membership.public_id == scene.names["member"])).one()
        taught = put_teach_back(session, member)
        put_staff(session, scene.other, "examiner@example.org", "examiner")
        address = f"/en/cohorts/{scene.cohort.public_id}/teach-backs/{taught.public_id}"
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        own, other = scene.cohort.public_id, scene.other.public_id
        session.commit()
    roles = ("examiner", "observer", "trainer", "trainee", "coordinator", "foreign-trainer")
    made = Site(app, address, {role: signed_in_client(app, keys[role]) for role in roles})
    made.clients["nobody"] = app.test_client()
    assert made.clients["examiner"].get(address.replace(own, other)).status_code == 404
    return made


def test_a_sign_off_reaches_the_trainees_page_and_internal_notes_do_not(site: Site) -> None:
    """What was written to the trainee stands on their page; what was written among staff never does."""
    answer = site.send("examiner", note_to_trainee="Leave <b>room</b>.", note_internal="Was nervous.")
    assert answer.status_code == 303
    page = site.clients["trainee"].get(site.address.partition("/teach-backs")[0] + "/mine").text
    assert "Leave &lt;b&gt;room&lt;/b&gt;." in page and "Passed" in page
    assert "nervous" not in page
    assert "nervous" in site.clients["trainer"].get(site.address).text


def test_the_wrong_examiner_is_told_why_before_and_after_pressing(site: Site) -> None:
    """An examiner who trained the trainee elsewhere sees no button, and a forged press changes nothing and loses nothing."""
    with site.app.app_context():
        session = current_session(site.app)
        scene_id = session.scalars(select(Membership.cohort_id).order_by(Membership.id)).first()
        trainer = session.scalars(select(User).where(User.email == "examiner@example.org")).one()
        member = session.scalars(select(Membership).where(Membership.cohort_id == scene_id)).first()
        assert member is not None
        old = put_cohort(session)
        put_staff(session, old, trainer.email, "trainer")
        put_member(session, old, "trainee@example.org", user_id=member.user_id)
        session.commit()
    page = site.clients["examiner"].get(site.address).text
    assert "would not be independent" in page and 'value="sign-off"' not in page
    refused = site.send("examiner", note_to_trainee="Typed with care.")
    assert refused.status_code == 422
    assert "would not be independent" in refused.text and "Typed with care." in refused.text
    assert site.rows() == []
    assert site.send("examiner", do="notes").status_code == 303


def test_a_missing_row_keeps_what_was_typed(site: Site) -> None:
    """The page comes back with the other rows chosen and the note still there."""
    answer = site.send("observer", do="notes", note_to_trainee="A calm voice.", score_time="")
    assert answer.status_code == 422
    assert "A calm voice." in answer.text and answer.text.count(" checked") == 5


def test_a_refused_evaluation_leaves_no_file_behind(site: Site) -> None:
    """A recording of somebody is kept only with what was written about it; a wrong kind of file keeps the words."""
    assert site.send("observer", (PDF, "notes.pdf"), do="notes", score_time="").status_code == 422
    assert site.send("observer", (PDF, "notes.pdf"), do="sign-off").status_code == 422
    refused = site.send("observer", (HTML, "notes.pdf"), do="notes", note_to_trainee="Kept.")
    assert refused.status_code == 422 and "Kept." in refused.text
    assert not list((site_of(site.app).settings.instance_path / "evidence").glob("*"))
    assert site.rows() == []


def test_a_double_press_is_one_row(site: Site) -> None:
    """The page's own key makes the second press the first."""
    key = uuid4().hex
    assert [site.send("examiner", op_id=key).status_code for _ in range(2)] == [303, 303]
    assert len(site.rows()) == 1


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (PDF, "notes.pdf", "application/pdf"),
        (PNG, "board.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0" + b"j" * 64, "board.html", "image/jpeg"),
        (MP4, "talk.mp4", "video/mp4"),
        (M4A, "talk.m4a", "audio/mp4"),
        # One that is also a page or an archive is what it begins with, and is never opened in a page (below).
        (PDF + HTML + b"PK\x05\x06", "page.html", "application/pdf"),
        (PNG + HTML, "board.svg", "image/png"),
    ],
)
def test_a_file_is_what_it_holds_whatever_it_is_called(
    settings: Settings, tmp_path: Path, data: bytes, name: str, kind: str
) -> None:
    """Kept once under its fingerprint; the name is shown only."""
    settings = replace(settings, instance_path=tmp_path)
    for _ in range(2):
        found = evidence.look_at(name, io.BytesIO(data))
        evidence.keep_evidence(settings, UploadPurpose.EVIDENCE, found, io.BytesIO(data))
    assert (found.type, found.bytes) == (kind, len(data))
    assert [(one.name, one.read_bytes()) for one in (tmp_path / "evidence").iterdir()] == [(found.sha256, data)]


OTHERS = (
    b"", HTML, SVG, b"PK\x03\x04zip", b"MZ exe", b"\x00\x00\x00\x20ftypqt  ", b"GIF89a/*<script>*/",
    # Documents that may hold macros, old and new; a program; a drawing behind a mark; a PDF that begins later than it may.
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"m" * 64, b"PK\x03\x04word/vbaProject.bin", b"#!/bin/sh\n", b"\xef\xbb\xbf" + SVG,
    b"<?xml version='1.0'?>" + SVG, b"\x1f\x8b\x08zip", b" \n%PDF-1.7", b"\x7fELF", b"RIFF\x00\x00\x00\x00WEBP",
)  # fmt: skip


@pytest.mark.parametrize("data", OTHERS)
def test_other_files_are_refused(data: bytes) -> None:
    """An empty file, a page, a drawing with scripts, an archive, a program: not taken, whatever their names say."""
    with pytest.raises(Refused):
        evidence.look_at("notes.pdf", io.BytesIO(data))


def test_a_file_over_the_limit_is_refused_and_names_lead_nowhere(settings: Settings, tmp_path: Path) -> None:
    """Twenty megabytes are counted as they come in, and not believed; so are all files together."""
    with pytest.raises(Refused, match="larger"):
        evidence.look_at("talk.mp4", io.BytesIO(MP4 + b"0" * evidence.MOST_BYTES))
    found = evidence.look_at("..\\..\\\u202etxt.exe\r\n/../a\u0000b.pdf", io.BytesIO(PDF))
    assert found.name == "ab.pdf"
    tight = replace(settings, instance_path=tmp_path, uploads_megabytes=0)
    with pytest.raises(Refused, match="no room"):
        evidence.keep_evidence(tight, UploadPurpose.EVIDENCE, found, io.BytesIO(PDF))
    assert not list(tmp_path.rglob("*.*"))
    (tmp_path / "secret").write_bytes(b"k")
    evidence.remove(replace(settings, instance_path=tmp_path), ["../secret", "x" * 64, "", "A" * 64])
    assert (tmp_path / "secret").exists()


def test_evidence_is_for_the_cohorts_staff_alone_and_never_opens_in_the_page(site: Site) -> None:
    """Larger than other requests may be, as an attachment, with a sandbox; a trainee, a coordinator and strangers find no page."""
    big = MP4 + b"0" * (3 * 1024 * 1024)
    assert site.send("examiner", (big, 'talk".mp4')).status_code == 303
    address = f"{site.address}/evidence/{site.rows()[0].id}"
    for role in ("examiner", "observer", "trainer"):
        answer = site.clients[role].get(address, buffered=True)
        assert (answer.status_code, answer.data == big, answer.mimetype) == (200, True, "video/mp4")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=evidence-")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert any("sandbox" in policy for policy in answer.headers.getlist("Content-Security-Policy"))
    for role in ("trainee", "coordinator", "foreign-trainer", "nobody"):
        # Who is not signed in is asked to sign in, and learns nothing.
        assert site.clients[role].get(address).status_code == (302 if role == "nobody" else 404)


def test_other_pages_take_no_larger_requests_for_it(site: Site) -> None:
    """The larger limit holds for the one form, and for somebody who has signed in."""
    big = (MP4 + b"0" * (3 * 1024 * 1024), "talk.mp4")
    assert site.send("nobody", big).status_code == 413
    plan = site.address.rpartition("/")[0] + "/plan/x"
    form = {"evidence": (io.BytesIO(big[0]), "a.mp4")}
    answer = _sent(site.clients["examiner"].post(plan, data=form, content_type="multipart/form-data"))
    assert answer.status_code == 413


def test_a_plan_stands_on_the_board_and_on_the_trainees_page(site: Site) -> None:
    """With its day, under the trainee's name."""
    board = site.address.rpartition("/")[0]
    client = site.clients["trainer"]
    page = client.get(board).text
    plan = page.partition("/teach-backs/plan/")[2].partition('"')[0]
    token = client.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "day": "2027-02-28", "part": ""}
    assert client.post(f"{board}/plan/{plan}", data=form).status_code == 303
    assert "February 28, 2027" in client.get(board).text
    assert "February 28, 2027" in site.clients["trainee"].get(board.replace("teach-backs", "mine")).text


def test_teach_back_that_is_to_come_offers_no_sign_off(site: Site) -> None:
    """Until its day its page says when, and nothing is sent in vain; from then on the form is there."""
    pages = []
    for days in (2, 0):
        with site.app.app_context():
            session = current_session(site.app)
            session.execute(update(TeachBack).values(planned_on=utcnow() + timedelta(days=days)))
            session.commit()
        pages.append(site.clients["examiner"].get(site.address).text)
    assert "It can be written about from that day on." in pages[0]
    assert ["Sign it off" in page for page in pages] == [False, True]
    assert ["Keep as an observer" in page for page in pages] == [False, True]
