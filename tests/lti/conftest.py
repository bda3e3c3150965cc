"""A platform, and a site that has it registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from coplearn.kernel.clock import utcnow
from coplearn.lti.client.asking import new_key
from coplearn.lti.guards import launch_parts
from coplearn.lti.rules import PlatformDraft
from coplearn.lti.service import platforms
from coplearn.storage.database import current_session
from tests.conftest import MakeSite
from tests.lti.platform import CLIENT, DEPLOYMENT, Launched, LearningPlatform, running_platform

_SERVED: list[tuple[str, str, dict[str, object]]] = []


@dataclass
class World:
    """A site with a registered platform."""

    app: Flask
    platform: LearningPlatform
    platform_id: int

    def browser(self, *, framed: bool = True) -> Launched:
        """A fresh browser."""
        return Launched(self.app.test_client(), self.platform, framed=framed)


@pytest.fixture
def platform() -> Iterator[LearningPlatform]:
    """A platform that has been told nothing yet."""
    with running_platform() as one:
        yield one


@pytest.fixture
def world(make_app: MakeSite, migrated_url: str, platform: LearningPlatform) -> World:
    """On either engine."""
    return world_of(make_app(database_url=migrated_url, lti_hosts=("127.0.0.1",)), platform)


def world_of(app: Flask, platform: LearningPlatform) -> World:
    """Register the platform with the site, by hand."""
    platform.tool = "http://127.0.0.1:8000"
    platform.tool_keys = lambda: app.test_client().get("/lti/keys").json
    draft = PlatformDraft(
        name="Moodle of the Ministry",
        issuer=platform.url,
        client_id=CLIENT,
        login_url=f"{platform.url}/mod/lti/auth.php",
        token_url=f"{platform.url}/token",
        keys_url=f"{platform.url}/jwks",
    )
    with app.app_context():
        session = current_session(app)
        platform_id = platforms.add_platform(session, draft, utcnow())
        platforms.add_deployment(session, platform_id, DEPLOYMENT, utcnow())
        # Making a key of RSA takes long: one of a test process will do.
        made = _SERVED or [new_key()]
        _SERVED[:] = made
        platforms.renew_keys(session, launch_parts(app).seal, lambda: made[0], utcnow())
        session.commit()
    launch_parts(app).renew()
    return World(app, platform, platform_id)
