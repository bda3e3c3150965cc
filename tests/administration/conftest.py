"""People of a scene in front of the pages of whoever looks after the site."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_scene


@pytest.fixture
def keys(app: Flask) -> dict[str, str]:
    """The people of a scene, signed in, by role."""
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        session.commit()
        found = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        return found | scene.names
