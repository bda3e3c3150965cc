"""Who decides what is published in a language adds recordings in it; what a file is, its content says, and room is not endless."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import EnvironBuilder, TestResponse

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import grant_role
from coplearn.audit.models import AuditEvent
from coplearn.files.media_types import is_cut, media_type, seconds_of
from coplearn.files.uploads import keep
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.recordings.client import largest, store_of
from coplearn.recordings.models import RecordingFile
from coplearn.recordings.service import RecordingSlot, add_file, check_quota, look_at
from coplearn.recordings.tasks import make_small
from coplearn.serving.limits import DEFAULT_ROOM
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.web.body_limits import room_for
from tests.cohorts.worlds import put_user, signed_in_client

TONES = Path(__file__).parent / "tones"
Send = Callable[..., TestResponse]
MakeSite = Callable[..., Flask]


@pytest.fixture
def app(make_app: MakeSite) -> Flask:
    """A site that takes a megabyte at once, and in all."""
    made = make_app(recording_megabytes=1, recordings_megabytes=1)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    """Somebody who decides what is published in Arabic."""
    with app.app_context():
        session = current_session(app)
        put_user(session, "amal@example.org")
        grant_role(session, "amal@example.org", Role.REVIEWER, "ar")
        session.commit()
        user = user_by_email(session, "amal@example.org")
    assert user is not None
    return signed_in_client(app, user.fs_uniquifier)


@pytest.fixture
def code(app: Flask) -> str:
    """The part of its course's address."""
    return site_of(app).library.current().courses["cop-parents"].code


@pytest.fixture
def send(reviewer: FlaskClient, code: str) -> Send:
    """Sends a file as a recording in Arabic."""

    def sent(content: bytes, file_name: str = "talk.mp3", **more: str) -> TestResponse:
        site_of(reviewer.application).recordings.renew()
        form = {"name": "introduction", "quality": "", "voice": "person", **more}
        form |= {"file": FileStorage(BytesIO(content), file_name)}  # type: ignore[dict-item]
        return reviewer.post(f"/en/recordings/{code}/ar", data=form, content_type="multipart/form-data")

    return sent


def kept(app: Flask) -> list[RecordingFile]:
    with app.app_context():
        return list(current_session(app).scalars(select(RecordingFile).order_by(RecordingFile.id)))


def test_recording_is_heard_marked_when_its_words_change_and_removed(
    app: Flask, reviewer: FlaskClient, code: str, send: Send
) -> None:
    """From the desk to the player and back; the log names both deeds, and nothing is left in the folder."""
    opus = (TONES / "tone.opus").read_bytes()
    assert send(opus, "a-name-that-lies.mp3").status_code == 303
    (row,) = kept(app)
    assert (row.extension, row.kind, row.seconds) == ("opus", "audio", 2.0)
    page = reviewer.get(f"/ar/c/{code}/recordings").text
    assert f"/recordings/{row.key}.opus" in page
    part = reviewer.get(f"/recordings/{row.key}.opus", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.data == opus[10:20]
    assert "The text has changed" not in reviewer.get(f"/en/recordings/{code}/ar").text
    with app.app_context():
        session = current_session(app)
        one = session.get(RecordingFile, row.id)
        assert one is not None
        one.made_of = "0" * 16
        session.commit()
    site_of(app).recordings.renew()
    assert "The text has changed since this was recorded." in reviewer.get(f"/en/recordings/{code}/ar").text
    assert reviewer.post(f"/en/recordings/{code}/ar/remove", data={"key": row.key}).status_code == 303
    assert kept(app) == [] and reviewer.get(f"/recordings/{row.key}.opus").status_code == 404
    assert not list((site_of(app).operators.instance_path / "recordings").rglob("*.*"))
    with app.app_context():
        kinds = sorted(current_session(app).scalars(select(AuditEvent.kind)))
    assert [kind for kind in kinds if kind.startswith("recording-")] == ["recording-added", "recording-removed"]


def test_what_is_no_recording_or_has_no_room_is_refused_with_a_reason(app: Flask, code: str, send: Send) -> None:
    """Told beside the file, on the form as it was filled, and nothing is kept of it."""
    for content in (b"", b"<html>hello</html>", b"\x7fELF" + bytes(100), b"OggS" + bytes(60), b"ID3\x04" + bytes(50)):
        answer = send(content)
        assert answer.status_code == 422 and "is no recording that browsers play" in answer.text, content[:8]
    for path in sorted(TONES.iterdir()):
        answer = send(path.read_bytes()[: path.stat().st_size // 2])
        assert answer.status_code == 422 and "The end of this recording is missing" in answer.text, path.name
    mp3 = (TONES / "tone.mp3").read_bytes()
    assert send(mp3, quality="huge").status_code == send(mp3, name="nothing").status_code == 422
    assert send(mp3).status_code == 303
    with pytest.raises(Refused, match="larger"):
        look_at(BytesIO(mp3 + bytes(1_000_000)), largest(site_of(app).settings))
    with app.app_context(), pytest.raises(Refused, match="no room"):
        check_quota(current_session(app), 1_000_000 - len(mp3) + 1, 1_000_000)
    assert len(kept(app)) == 1
    environ = EnvironBuilder(f"/en/recordings/{code}/ar", method="POST").get_environ()
    assert room_for(app)(environ) == DEFAULT_ROOM  # whoever is not signed in sends nothing large


def test_recording_is_removed_once(app: Flask, reviewer: FlaskClient, code: str, send: Send) -> None:
    """Somebody removed it meanwhile: whoever presses then is told, another recording stays, and the log names one deed."""
    send((TONES / "tone.mp3").read_bytes())
    send((TONES / "tone.opus").read_bytes(), quality="small")
    gone, stays = kept(app)
    for _ in range(2):
        assert reviewer.post(f"/en/recordings/{code}/ar/remove", data={"key": gone.key}).status_code in {303, 404}
    page = reviewer.post(f"/en/recordings/{code}/ar/remove", data={"key": gone.key}, follow_redirects=True)
    assert "This recording has been removed already." in page.text
    assert [row.key for row in kept(app)] == [stays.key]
    with app.app_context():
        kinds = current_session(app).scalars(select(AuditEvent.kind)).all()
    assert kinds.count("recording-removed") == 1


def test_each_type_is_told_by_its_content(tmp_path: Path) -> None:
    """Type, kind and length; and of a file that was cut off anywhere, never an error."""
    for path in sorted(TONES.iterdir()):
        whole = path.read_bytes()
        with path.open("rb") as file:
            found = media_type(file)
            assert found is not None and found.extension == path.suffix[1:]
            assert seconds_of(file, found) == pytest.approx(2, abs=0.1)
            assert found.kind == ("video" if path.suffix in (".mp4", ".webm") else "audio")
        for end in (*range(0, 200, 3), *range(200, len(whole), 97)):
            cut = BytesIO(whole[:end])
            what = media_type(cut)
            assert what is None or is_cut(cut, what) in {True, False}
            assert what is None or seconds_of(cut, what) is None or seconds_of(cut, what) is not None


def test_smaller_one_is_made_where_the_operator_has_ffmpeg(
    make_app: MakeSite, tmp_path: Path, settings: Settings
) -> None:
    """It reads the one file as what it was found to be, and what it makes is played as the small quality."""
    said, program = tmp_path / "said", tmp_path / "ffmpeg"
    program.write_text(f'#!/bin/sh\necho "$@" > {said}\nfor last; do :; done\ncp {TONES / "tone.opus"} "$last"\n')
    program.chmod(0o700)
    app = make_app(ffmpeg=str(program))
    slot = RecordingSlot("cop-parents", "introduction", "ar", "", "person")
    with app.app_context(), (TONES / "tone.mp3").open("rb") as file:
        session, looked = current_session(app), look_at(file, 10_000)
        keep(store_of(settings), looked.path, file)
        _, number = add_file(session, slot, looked, "", 10_000, utcnow())
        session.commit()
        make_small(app, session, utcnow(), number=number)
        session.commit()
        make_small(app, session, utcnow(), number=number)
        session.commit()
    assert [(row.quality, row.extension) for row in kept(app)] == [("", "mp3"), ("small", "opus")]
    assert "-protocol_whitelist file -f mp3 -i" in said.read_text()
