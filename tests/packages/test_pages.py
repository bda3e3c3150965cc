"""The staff page and the files of packages: who brings one in, what they see of it, and how a stranger's files are handed out."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.audit.models import AuditEvent
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.packages.client import incoming, kept_upload
from coplearn.packages.models import PackageVersion
from coplearn.packages.tasks import forget_packages, read_upload
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_user, signed_in_client
from tests.conftest import MakeSite
from tests.packages.building import manifest_12, plain_12, rise_shaped, structure, zipped
from tests.packages.manage import let_in


@pytest.fixture
def bringer(app: Flask) -> FlaskClient:
    """A coordinator of the whole site."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        session = current_session(app)
        number = put_user(session, "ana@example.org")
        grant_role(session, "ana@example.org", Role.COORDINATOR)
        session.commit()
        key = session.get_one(User, number).fs_uniquifier
    return signed_in_client(app, key)


def send(app: Flask, client: FlaskClient, data: bytes, name: str = "course.zip") -> str:
    """Send a package to the site, and have it read; the address of its report."""
    answer = client.post(
        "/en/packages/desk",
        data={"file": FileStorage(BytesIO(data), name)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303
    assert "is being read" in client.get(answer.location).text
    with app.app_context():
        session = current_session(app)
        number = session.scalars(select(PackageVersion.id).order_by(PackageVersion.id.desc())).first()
        read_upload(app, session, utcnow(), number=number or 0)
    return str(answer.location)


def test_package_is_seen_judged_let_in_and_taken_out_of_the_list(app: Flask, bringer: FlaskClient) -> None:
    """From the upload to the list; the log names both actions."""
    report = send(app, bringer, rise_shaped("A rise to let in"))
    page = bringer.get(report).text
    for words in (
        "A rise to let in",
        "SCORM 2004",
        "Rise",
        "files",
        "Part 1",
        "several frames",
        "COPLEARN_PACKAGES_URL",
    ):
        assert words in page, words
    assert app.test_client().get(report).status_code == 302
    assert "A rise to let in" not in app.test_client().get("/en/courses").text
    assert bringer.post(report, data={"locale": "xx", "package": ""}).status_code == 422
    answer = bringer.post(report, data={"locale": "fr", "package": "", "title": "  A rise to  let in, corrected "})
    assert answer.status_code == 303 and bringer.get(report).status_code == 404
    assert bringer.post(report, data={"locale": "fr", "package": ""}).status_code == 404
    assert "A rise to let in, corrected" in app.test_client().get("/en/courses").text
    assert bringer.post(f"{answer.location}/show").status_code == 303
    assert "A rise to let in" not in app.test_client().get("/en/courses").text
    assert app.test_client().get(answer.location).status_code == 404
    assert bringer.post(f"{answer.location}/show", data={"shown": "yes"}).status_code == 303
    assert app.test_client().get(answer.location).status_code == 200
    with app.app_context():
        kinds = list(current_session(app).scalars(select(AuditEvent.kind)))
    assert kinds.count("package-let-in") == 2 and "package-removed" in kinds


def test_package_of_several_languages_lists_them(app: Flask, bringer: FlaskClient) -> None:
    """In the report and in the list of courses, once each and by their names; the title that is shown may be kept as it is."""
    report = send(app, bringer, zipped({"cmi5.xml": structure(languages=("fr-CA", "ar", "xx")), "au.html": ""}))
    page = bringer.get(report).text
    assert "français" in page.lower() and "العربية" in page and 'value="A course (fr-CA)"' in page
    address = bringer.post(report, data={"locale": "fr", "package": "", "title": ""}).location
    page = app.test_client().get(address).text
    assert "A course (fr-CA)" in page and "<span>français and العربية</span>" in page.lower()


def test_refused_upload_says_why_and_leaves_nothing(app: Flask, bringer: FlaskClient) -> None:
    """Also where it is forgotten, by hand and by the day's work."""
    folder = site_of(app).settings.instance_path / "packages"
    report = send(
        app, bringer, zipped({"imsmanifest.xml": manifest_12("A", "no.html"), "index.html": "x"}), "<b>odd</b>.zip"
    )
    page = bringer.get(report).text
    assert "begins with" in page and "no.html" in page and "&lt;b&gt;odd" in page
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert bringer.post(f"{report}/discard").status_code == 303 and bringer.get(report).status_code == 404
    send(app, bringer, plain_12())
    assert [path for path in folder.rglob("*") if path.is_file()]
    with app.app_context():
        session = current_session(app)
        version = session.scalars(select(PackageVersion)).one()
        version.added_at = version.added_at.replace(year=2020)
        session.commit()
        forget_packages(app, session, utcnow())
        assert session.scalars(select(PackageVersion)).all() == []
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_upload_that_cannot_be_kept_is_told_and_may_be_forgotten(app: Flask, bringer: FlaskClient) -> None:
    """Nobody waits for a report that does not come; and no archive stays that nothing names."""
    data = {"file": FileStorage(BytesIO(plain_12()), "course.zip")}
    report = bringer.post("/en/packages/desk", data=data, content_type="multipart/form-data").location
    settings = site_of(app).settings
    folder = settings.instance_path / "packages"
    (folder / report.rpartition("/")[2]).write_text("in the place of the package's folder")
    assert "Forget this upload" in bringer.get(report).text
    assert site_of(app).jobs.work_next()
    page = bringer.get(report).text
    assert "cannot be played here" in page and "Please try again" in page and "is being read" not in page
    assert not (folder / "incoming").exists()

    def write() -> None:
        with kept_upload(settings, "a" * 32, BytesIO(b"it")) as size:
            assert size == 2 and (folder / incoming("a" * 32)).is_file()
            raise OSError("the database is locked")

    with pytest.raises(OSError, match="locked"):
        write()
    assert not (folder / "incoming").exists()


def test_upload_is_read_by_the_next_process_when_this_one_stops(app: Flask, bringer: FlaskClient) -> None:
    """However often that happens."""
    data = {"file": FileStorage(BytesIO(plain_12()), "course.zip")}
    report = bringer.post("/en/packages/desk", data=data, content_type="multipart/form-data").location
    jobs = site_of(app).jobs
    jobs.stopping = lambda: True
    for _ in range(3):
        assert jobs.work_next() and "is being read" in bringer.get(report).text
    jobs.stopping = lambda: False
    assert jobs.work_next() and "Made for a test" in bringer.get(report).text


def test_file_of_a_package_has_no_origin_of_ours(app: Flask) -> None:
    """Opened by itself it is in a sandbox; it loads from packages alone; unknown kinds are downloads; parts are handed out."""
    files = {
        "imsmanifest.xml": manifest_12(),
        "index.html": "<html><head></head>",
        "a b/film.mp4": "0123456789",
        "x.odd": "x",
    }
    with app.app_context():
        let_in(app, current_session(app), zipped(files), key="f" * 32)
    client, base = app.test_client(), f"/packages/files/{'f' * 32}/"
    page = client.get(base + "index.html")
    (policy,) = page.headers.getlist("Content-Security-Policy")
    assert "sandbox allow-scripts" in policy and "allow-same-origin" not in policy and "allow-top" not in policy
    assert "default-src http://localhost/packages/ " in policy and "runtime/adapter.js" in page.text
    part = client.get(base + "a%20b/film.mp4", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert "sandbox" in part.headers["Content-Security-Policy"] and "immutable" in part.headers["Cache-Control"]
    odd = client.get(base + "x.odd")
    assert odd.headers["Content-Disposition"] == "attachment" and odd.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("no.html", "../list.json", "%2e%2e/list.json", "list.json", "0", "a b"):
        assert client.get(base + name).status_code == 404, name
    for key in ("e" * 32, "incoming", "..", "%2e%2e"):
        assert client.get(f"/packages/files/{key}/index.html").status_code in {404, 308}, key


def test_host_of_packages_answers_with_packages_alone(make_app: MakeSite) -> None:
    """And the site's own host with everything else; each other name is no host of ours."""
    app = make_app(public_url="https://learn.example.org", packages_url="https://*.packages.example.net")
    client = app.test_client()
    ours, theirs = ({"base_url": one} for one in ("https://learn.example.org", "https://pabc.packages.example.net"))
    assert client.get("/packages/runtime/adapter.js", **theirs).status_code == 200
    assert client.get("/packages/runtime/adapter.js", **ours).status_code == 404
    assert client.get("/en/help", **ours).status_code == 200
    assert client.get("/en/help", **theirs).status_code == 404
    assert client.get("/packages/runtime/adapter.js", base_url="https://packages.example.com").status_code == 400
    shell = client.get("/packages/runtime/shell.html", **theirs)
    policy = shell.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://learn.example.org;" in policy and "allow-same-origin" in policy


@pytest.mark.parametrize(
    "address", ["packages.example.net", "ftp://a.example", "https://learn.example.org", "https://a.example/b"]
)
def test_address_that_is_no_other_host_stops_the_start(make_app: MakeSite, address: str) -> None:
    """Packages are foreign programs, so a slip must not give them our origin."""
    with pytest.raises(ValueError, match="COPLEARN_PACKAGES_URL"):
        make_app(public_url="https://learn.example.org", packages_url=address)
