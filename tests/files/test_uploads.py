"""One store of files for each purpose: in folders or below one object store, what was kept is found and forgotten."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.cohorts.common.evidence import Stored
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.declarations.models import StatusReport
from coplearn.declarations.queries import recommendations_of
from coplearn.files.stores import FileStore, StoreUnavailable
from coplearn.files.uploads import (
    UploadPurpose,
    check_room,
    forget_files,
    forget_unnamed,
    keep_new,
    upload_at,
    uploads_of,
)
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.programme.service.evidence import add_evidence, remove_evidence
from coplearn.resources.hub.service import Contributor, ResourceFile, contribute
from coplearn.settings import Settings, from_env
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import NOW, put_evaluation, put_scene, put_teach_back, put_user, signed_in_client
from tests.conftest import MakeSite
from tests.declarations.worlds import HELD, put_adopted
from tests.files.object_store import S3
from tests.programme.worlds import put_activity
from tests.resources.worlds import DETAILS
from tests.sizes import whole_only

PDF = b"%PDF-1.7\n" + b"x" * 100


@pytest.fixture(params=["folder", "object store", pytest.param("S3", marks=whole_only)])
def there(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Settings:
    """A site's settings, with a place for files of each kind in turn."""
    here = replace(settings, instance_path=tmp_path / "instance")
    if request.param == "folder":
        return here
    if request.param == "S3":
        s3: S3 = request.getfixturevalue("s3")
        return replace(here, uploads_url=s3.url)
    (tmp_path / "bucket").mkdir()
    return replace(here, uploads_url=f"file://{tmp_path / 'bucket'}")


def content(store: FileStore, name: str) -> bytes:
    """All of a file."""
    return b"".join(store.read(name))


def test_purposes_are_apart_and_each_is_one_store(there: Settings) -> None:
    """The same name may be kept for two purposes; listed is what was put, and what the day's work forgets is what nothing names."""
    evidence, programme = (uploads_of(there, one) for one in (UploadPurpose.EVIDENCE, UploadPurpose.PROGRAMME))
    assert uploads_of(there, UploadPurpose.EVIDENCE) is evidence
    keep_new(there, UploadPurpose.EVIDENCE, "a", len(PDF), BytesIO(PDF))
    keep_new(there, UploadPurpose.PROGRAMME, "a", 3, BytesIO(b"two"))
    keep_new(there, UploadPurpose.PACKAGES, "key/0", 3, BytesIO(b"abc"))
    assert (content(evidence, "a"), content(programme, "a")) == (PDF, b"two")
    assert uploads_of(there, UploadPurpose.PACKAGES).names("key") == [("key/0", 3)]
    assert b"".join(evidence.read("a", 1, 3)) == b"PDF"
    keep_new(there, UploadPurpose.EVIDENCE, "b", 3, BytesIO(b"old"))
    now = datetime.now(UTC)
    assert forget_unnamed(evidence, lambda _: {"a"}, now) == 0  # it may be about to be named
    assert forget_unnamed(evidence, lambda _: {"a"}, now + timedelta(days=2)) == 1
    assert evidence.names() == [("a", len(PDF))]
    forget_files(there, UploadPurpose.EVIDENCE, ["a", "gone"])
    assert evidence.names() == [] and programme.names() == [("a", 3)]


def test_there_is_a_limit_for_all_files_together(there: Settings) -> None:
    """Counted with what was there before; what is refused takes no room, and what was taken away gives it back."""
    store = uploads_of(there, UploadPurpose.EVIDENCE)
    store.put("before", [b"x" * 600_000])
    tight = replace(there, uploads_megabytes=1)
    keep_new(tight, UploadPurpose.EVIDENCE, "fits", 300_000, BytesIO(b"y" * 300_000))
    with pytest.raises(Refused, match="no room"):
        keep_new(tight, UploadPurpose.EVIDENCE, "more", 200_000, BytesIO(b"z" * 200_000))
    assert store.size("more") is None
    store.delete("before")
    check_room(store, 200_000, 1_000_000)


def test_what_lay_in_the_folder_is_found_once_an_object_store_is_set(settings: Settings, tmp_path: Path) -> None:
    """Read, measured, listed and forgotten; new ones go to the object store alone."""
    before = replace(settings, instance_path=tmp_path / "instance")
    (tmp_path / "bucket").mkdir()
    after = replace(before, uploads_url=f"file://{tmp_path / 'bucket'}")
    keep_new(before, UploadPurpose.RECORDINGS, "old.mp3", 3, BytesIO(b"old"))
    store = uploads_of(after, UploadPurpose.RECORDINGS)
    keep_new(after, UploadPurpose.RECORDINGS, "new.mp3", 4, BytesIO(b"newer"))
    assert store.names() == [("new.mp3", 5), ("old.mp3", 3)]
    assert (content(store, "old.mp3"), b"".join(store.read("old.mp3", 1, 1)), store.size("old.mp3")) == (
        b"old",
        b"l",
        3,
    )
    assert os.listdir(tmp_path / "bucket" / "recordings") == ["new.mp3"]  # noqa: PTH208
    store.delete("old.mp3")
    assert [path.name for path in (tmp_path / "instance" / "recordings").iterdir()] == []
    with pytest.raises(FileNotFoundError):
        content(store, "old.mp3")


def test_a_store_that_is_not_there_is_told_and_an_erasure_goes_on(settings: Settings, tmp_path: Path) -> None:
    """Whoever brings a file reads a sentence; whoever is erased is erased, and the day's work deletes the file later."""
    lost = replace(settings, instance_path=tmp_path, uploads_url=f"file://{tmp_path / 'nowhere'}")
    with pytest.raises(StoreUnavailable):
        uploads_of(lost, UploadPurpose.EVIDENCE)
    with pytest.raises(Refused, match="could not be kept"):
        keep_new(lost, UploadPurpose.EVIDENCE, "a", 1, BytesIO(b"a"))
    forget_files(lost, UploadPurpose.EVIDENCE, ["a"])
    with pytest.raises(ValueError, match="COPLEARN_UPLOADS_URL"):
        from_env({"COPLEARN_RECORDINGS_URL": "s3://bucket/recordings"})


def test_files_are_told_from_all_else_in_the_instance() -> None:
    """By the folder that they lie in."""
    assert upload_at("evidence/ab") == (UploadPurpose.EVIDENCE, "ab")
    assert upload_at("packages/key/0") == (UploadPurpose.PACKAGES, "key/0")
    assert upload_at("evidence/") is upload_at("evidence") is upload_at("keys/a") is None


@pytest.fixture
def folder_site(make_app: MakeSite) -> tuple[str, str, Path]:
    """A teach-back with evidence as the version before kept it: its address, the examiner's session and the instance."""
    app = make_app()
    instance = site_of(app).settings.instance_path
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        member = session.scalars(select(Membership).where(Membership.public_id == scene.names["member"])).one()
        taught, sha = put_teach_back(session, member), sha256(PDF).hexdigest()
        row = put_evaluation(
            session, taught, evidence_name="a.pdf", evidence_type="application/pdf", evidence_sha256=sha
        )
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "examiner@example.org")).one()
        address = f"/en/cohorts/{scene.cohort.public_id}/teach-backs/{taught.public_id}/evidence/{row.id}"
        session.commit()
    (instance / "evidence").mkdir()
    (instance / "evidence" / sha256(PDF).hexdigest()).write_bytes(PDF)
    return address, key, instance


def test_evidence_of_the_version_before_is_handed_out(
    make_app: MakeSite, folder_site: tuple[str, str, Path], tmp_path: Path
) -> None:
    """From the folder, and from the object store once it has moved there; also in part, and always to be saved."""
    address, key, instance = folder_site
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    plain = make_app(instance_path=instance)
    remote = make_app(instance_path=instance, uploads_url=f"file://{bucket}")
    for moved in (False, True):
        if moved:
            (instance / "evidence").rename(bucket / "evidence")
        for app in (remote,) if moved else (plain, remote):
            answer = signed_in_client(app, key).get(address, buffered=True)
            assert (answer.status_code, answer.data) == (200, PDF)
            assert answer.headers["Content-Disposition"].startswith("attachment; filename=evidence-")
            part = signed_in_client(app, key).get(address, headers={"Range": "bytes=1-3"}, buffered=True)
            assert (part.status_code, part.data, part.headers["Content-Range"]) == (
                206,
                b"PDF",
                f"bytes 1-3/{len(PDF)}",
            )
    assert signed_in_client(plain, key).get(address).status_code == 404


def test_files_of_forms_that_were_never_sent_to_their_end_are_forgotten(app: Flask) -> None:
    """After a day, by the day's work; what a record names stays, also where it was taken off its page."""
    settings, shown, hidden, loose = site_of(app).settings, "a" * 64, "b" * 64, "c" * 64
    with app.app_context():
        session = current_session(app)
        writer = put_user(session, "writer@example.org")
        activity = put_activity(session, writer)
        for key in (shown, hidden):
            stored = Stored("a.pdf", key, "application/pdf", 3)
            added = add_evidence(session, activity, key, "", stored=stored, by_id=writer, now=NOW)
        remove_evidence(session, added, by_id=writer, now=NOW)
        recommendation = recommendations_of(session, [put_adopted(session, writer)], HELD)[0].row
        told = {
            "state": "begun",
            "told_on": HELD,
            "words": "",
            "link": "",
            "file_name": "a",
            "file_type": "",
            "at": NOW,
        }
        session.add(StatusReport(recommendation_id=recommendation.id, file_sha256=shown, **told))
        contribute(session, DETAILS, Contributor(writer, "", "en"), ResourceFile(shown, "pdf", 3), NOW)
        session.commit()
    kept = {
        UploadPurpose.PROGRAMME: [shown, hidden],
        UploadPurpose.DECLARATIONS: [shown],
        UploadPurpose.RESOURCES: [f"{shown}.pdf"],
    }
    stores = {purpose: uploads_of(settings, purpose) for purpose in kept}
    for purpose, names in kept.items():
        # The same bytes under another ending are another file.
        ended = [f"{loose}.pdf", f"{shown}.epub"] if purpose is UploadPurpose.RESOURCES else [loose]
        for name in (*names, *ended):
            keep_new(settings, purpose, name, 3, BytesIO(b"pdf"))
    site_of(app).jobs.run_daily(utcnow())
    assert [len(store.names()) for store in stores.values()] == [3, 2, 3], "a form may be on its way to its end"
    site_of(app).jobs.run_daily(utcnow() + timedelta(days=2))
    assert {purpose: [name for name, _ in store.names()] for purpose, store in stores.items()} == kept
