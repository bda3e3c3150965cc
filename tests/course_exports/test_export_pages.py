"""Staff take a course along: who may, what they are told, and that no page waits for a package."""

from __future__ import annotations

import io
import zipfile

from flask import Flask
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.kernel.words import Role
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client

ORDER = {"kind": "scorm12", "module": "before-the-day", "language": "ar", "country": ""}


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
