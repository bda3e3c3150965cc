"""Staff take a course along: who may, what they are told, and that no page waits for a package."""

from __future__ import annotations

import io
import zipfile

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.course_exports.tasks import MAKE
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.outbox.models import Job
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client

ORDER = {"kind": "scorm12", "module": "before-the-day", "language": "ar", "country": ""}


def coordinator(app: Flask) -> FlaskClient:
    """A client of whoever coordinates in Morocco."""
    with app.app_context():
        session = current_session(app)
        number = put_user(session, "ma@example.org")
        grant_role(session, "ma@example.org", Role.COORDINATOR, country="MA")
        session.commit()
        key = session.get_one(User, number).fs_uniquifier
    return signed_in_client(app, key)


def queued(app: Flask) -> list[dict[str, str]]:
    """The parameters of the jobs that wait, which are due from now on."""
    with app.app_context():
        session = current_session(app)
        session.execute(update(Job).values(due_at=utcnow()))
        session.commit()
        return [dict(one) for one in session.scalars(select(Job.params).where(Job.name == MAKE))]


def test_package_that_cannot_be_made_is_told_and_may_be_ordered_again(app: Flask) -> None:
    """While it is tried again it is being made, and afterwards nobody waits for what does not come."""
    client, course = coordinator(app), site_of(app).library.current().courses["cop-workshop-pack"]
    address, jobs = f"/en/exports/{course.code}", site_of(app).jobs
    order = {**ORDER, "language": "en"}
    assert "being made" not in client.get(address, query_string=order).text  # nobody ordered it
    token = hidden_fields(client.get(address).text)
    sent = [client.post(address, data={**token, **order}) for _ in range(2)][-1]
    (params,) = queued(app)
    in_its_place = site_of(app).settings.instance_path / "cache" / "exports" / f"{params['key']}.package"
    in_its_place.mkdir(parents=True)
    for _ in range(2):
        assert "The file is being made." in client.get(sent.location).text
        assert queued(app) == [params] and jobs.work_next()
    page = client.get(sent.location).text
    assert "Something went wrong on our side" in page and "being made" not in page and queued(app) == []
    in_its_place.rmdir()
    client.post(address, data={**token, **order})
    assert "The file is being made." in client.get(sent.location).text and jobs.work_next()
    page = client.get(sent.location).text
    assert "The file is ready:" in page and "Something went wrong" not in page


def test_module_that_needs_people_in_a_room_cannot_be_ordered(app: Flask) -> None:
    """It would be a package of nothing, which a platform counts as done at once."""
    client, course = coordinator(app), site_of(app).library.current().courses["cop-cyberdrill-grooming"]
    address = f"/en/exports/{course.code}"
    page = client.get(address).text
    assert 'value="the-drill"' not in page and 'value="before-the-drill"' in page
    wrong = client.post(address, data={**hidden_fields(page), **ORDER, "module": "the-drill"})
    assert wrong.status_code == 422 and queued(app) == []


def test_package_is_ordered_made_by_a_job_and_downloaded(app: Flask) -> None:
    """Ordered twice it is made once; before it is made there is none; a learner and a visitor find no such page."""
    course = site_of(app).library.current().courses["cop-workshop-pack"]
    with app.app_context():
        session = current_session(app)
        for name in ("ma", "le"):
            put_user(session, f"{name}@example.org")
        grant_role(session, "ma@example.org", Role.COORDINATOR, country="MA")
        session.commit()
        keys = {user.email: user.fs_uniquifier for user in session.scalars(select(User))}
    client, other = (signed_in_client(app, keys[f"{name}@example.org"]) for name in ("ma", "le"))
    address = f"/en/exports/{course.code}"
    assert other.get(address).status_code == 404
    assert client.get("/en/exports/").status_code == 200
    token = hidden_fields(client.get(address).text)
    assert client.get(f"{address}/file", query_string=ORDER).status_code == 404
    for _ in range(2):
        sent = client.post(address, data={**token, **ORDER})
        assert sent.status_code == 303, sent.text
    waiting = client.get(sent.location)
    assert "The file is being made." in waiting.text
    jobs = site_of(app).jobs
    while jobs.work_next():
        pass
    assert "The file is ready:" in client.get(sent.location).text
    found = client.get(f"{address}/file", query_string=ORDER)
    name = f"cop-workshop-pack.before-the-day.ar-{course.version}-scorm12.zip"
    assert found.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    with zipfile.ZipFile(io.BytesIO(found.data)) as archive:
        assert "content/ar.js" in archive.namelist()
    assert other.get(f"{address}/file", query_string=ORDER).status_code == 404
    wrong = client.post(address, data={**token, **ORDER, "module": "none"})
    assert wrong.status_code == 422
