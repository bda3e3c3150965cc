"""Object stores as they are in service: by S3, with credentials, over a line that breaks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

from coplearn.accounts.models import User
from coplearn.backups.places import BackupStore
from coplearn.files.stores import FileStore, RemoteStore, StoreUnavailable
from coplearn.files.uploads import UploadPurpose, check_room, keep_new, uploads_of
from coplearn.kernel.errors import Refused
from coplearn.resources.hub.models import Resource
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_user, signed_in_client
from tests.conftest import MakeSite
from tests.files.object_store import S3
from tests.resources.test_pages import FORM

LARGE = os.urandom(12_000_000)
"""More than one part, which are 5 MiB."""
DEEDS: tuple[Callable[[FileStore], object], ...] = (
    lambda store: store.put("a", [b"new"]),
    lambda store: list(store.read("a")),
    lambda store: store.size("a"),
    lambda store: store.names(),
    lambda store: store.delete("a"),
)
NAME = "coplearn-20261130T001500Z"


def pieces(content: bytes) -> Iterator[bytes]:
    """The content as a form brings it."""
    return (content[start : start + 99_999] for start in range(0, len(content), 99_999))


def test_what_was_said_to_be_kept_outlives_an_outage_and_who_sends_meanwhile_is_told(
    make_app: MakeSite, s3: S3
) -> None:
    """A form is refused whole with a sentence and taken when it is sent again; what is there is read once the line is back."""
    app = make_app(uploads_url=s3.url)
    with app.app_context():
        session = current_session(app)
        author = session.get_one(User, put_user(session, "author@example.org")).fs_uniquifier
        session.commit()
    app.config["WTF_CSRF_ENABLED"] = False
    client = signed_in_client(app, author)

    def send(content: bytes) -> tuple[int, str]:
        answer = client.post("/en/resources/new", data={**FORM, "file": FileStorage(BytesIO(content), "a.pdf")})
        return answer.status_code, answer.location or answer.text

    first, second = b"%PDF-1.7" + LARGE[:400_000], b"%PDF-1.7 two"
    status, address = send(first)
    assert status == 303
    s3.line.cut()
    status, page = send(second)
    assert status == 422 and "The file could not be kept. Please try again later." in page and FORM["title"] in page
    assert client.get(f"{address}/file").status_code == 503
    assert client.get(address).status_code == 200, "pages without files go on"
    s3.line.mend()
    assert client.get(f"{address}/file").data == first
    part = client.get(f"{address}/file", headers={"Range": "bytes=300000-300009"})
    assert (part.status_code, part.data) == (206, first[300_000:300_010])
    status, address = send(second)
    assert status == 303 and client.get(f"{address}/file").data == second
    with app.app_context():
        assert current_session(app).scalar(select(func.count()).select_from(Resource)) == 2
        store = uploads_of(site_of(app).settings, UploadPurpose.RESOURCES)
        assert sorted(size for _, size in store.names()) == sorted(map(len, (first, second)))


@pytest.mark.whole
def test_only_who_has_the_credentials_reads_and_writes(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the bucket that they are for; whoever runs the site reads why, and no secret."""
    RemoteStore(s3.url).put("a", [b"kept"])
    stores = [RemoteStore(s3.not_allowed)]
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"):
        with monkeypatch.context() as changed:
            changed.setenv(name, "another's")
            stores.append(RemoteStore(s3.url))
    with s3.asking_who():
        RemoteStore(s3.url).put("b", pieces(LARGE))
        assert b"".join(RemoteStore(s3.url).read("b")) == LARGE
        for store, deed in product(stores, DEEDS):
            with pytest.raises(StoreUnavailable) as told:
                deed(store)
            assert s3.variables["AWS_SECRET_ACCESS_KEY"] not in str(told.value)
    assert b"".join(RemoteStore(s3.url).read("a")) == b"kept"


@pytest.mark.whole
def test_bucket_that_is_not_there_is_told(s3: S3, settings: Settings, tmp_path: Path) -> None:
    """It is no store that is empty; whoever brings a file reads a sentence."""
    archive = tmp_path / "archive"
    archive.write_bytes(b"x")
    with pytest.raises(StoreUnavailable):
        BackupStore(RemoteStore(s3.not_there)).send(archive, NAME)
    with pytest.raises(Refused, match="could not be kept"):
        keep_new(replace(settings, uploads_url=s3.not_there), UploadPurpose.EVIDENCE, "a", 1, BytesIO(b"a"))


@pytest.mark.whole
def test_more_files_than_a_page_of_a_list_are_all_found(s3: S3) -> None:
    """S3 names a thousand at a time."""
    store = RemoteStore(s3.url, "evidence")
    names = [f"{number:04}" for number in range(2_100)]
    for name in names:
        store.put(name, [name.encode()])
    RemoteStore(s3.url, "evidence2").put("a", [b"no part of it"])
    assert store.names() == [(name, 4) for name in names]
    with pytest.raises(Refused):
        check_room(store, 1, 4 * len(names))


@pytest.mark.whole
def test_line_that_breaks_within_a_file_leaves_the_one_of_before(s3: S3) -> None:
    """Whether it is sent or read; then all of it goes through, in parts."""
    store = RemoteStore(s3.url, is_waited_for=True)
    store.put("a", [b"old"])

    def broken() -> Iterator[bytes]:
        for number, piece in enumerate(pieces(LARGE)):
            if number == 90:
                s3.line.cut()
            yield piece

    with pytest.raises(StoreUnavailable):
        store.put("a", broken())
    s3.line.mend()
    assert b"".join(store.read("a")) == b"old"
    store.put("a", pieces(LARGE))
    assert b"".join(store.read("a")) == LARGE
    for start in (0, 1):
        reading = store.read("a", start)
        read = [next(reading)]
        s3.line.cut()
        with pytest.raises(StoreUnavailable):
            read.extend(reading)
        assert LARGE[start:].startswith(b"".join(read))
        s3.line.mend()


@pytest.mark.whole
def test_backup_goes_on_with_the_part_that_the_outage_broke(s3: S3, tmp_path: Path) -> None:
    """Nothing half is listed, and what had arrived is not sent again."""
    archive, back = tmp_path / "archive", tmp_path / "back"
    archive.write_bytes(LARGE)
    store = RemoteStore(s3.url, is_waited_for=True)

    class Breaking(RemoteStore):
        def put(self, name: str, pieces: Iterable[bytes]) -> None:
            if "/00001-" in name:
                s3.line.cut()
            super().put(name, pieces)

    with pytest.raises(StoreUnavailable):
        BackupStore(Breaking(s3.url, is_waited_for=True), 4_000_000).send(archive, NAME)
    s3.line.mend()
    assert (BackupStore(store).names(), BackupStore(store).begun()) == ({}, {NAME})
    assert BackupStore(store, 4_000_000).send(archive, NAME) == 2
    assert BackupStore(store).names() == {NAME: len(LARGE)}
    BackupStore(store).fetch(NAME, back)
    assert back.read_bytes() == LARGE
