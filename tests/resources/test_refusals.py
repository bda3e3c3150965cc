"""What the hub and its experts refuse: each with its sentence or status, and with nothing of it written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.kernel.words import Role
from coplearn.resources.experts import service as experts
from coplearn.resources.experts.models import ExpertNomination
from coplearn.resources.experts.service import NomineeAddress
from coplearn.resources.hub import service
from coplearn.resources.hub.models import HubMember, Resource
from coplearn.resources.hub.rules import RemovalReason
from coplearn.storage.database import current_session
from tests.cohorts.worlds import NOW, put_user, signed_in_client
from tests.conftest import settings_in, sites
from tests.resources.test_experts import DETAILS
from tests.resources.worlds import newest, put_appraisal, put_hub_member, put_resource
from tests.rows import refusal, rows_of


@dataclass(frozen=True, slots=True)
class World:
    """A resource that is taken down, one that Ana appraised, an expert who is voted on, and one whose seat has ended."""

    session: Session
    ana: HubMember
    former: HubMember
    taken_down: Resource
    waiting: Resource
    nominee: ExpertNomination


@pytest.fixture
def world(session: Session) -> World:
    """The hub."""
    ana, ben, former, _ = (
        put_hub_member(session, f"{name}@example.org", f"House of {name}") for name in ("ana", "ben", "former", "cleo")
    )
    service.end_member(session, former.id, NOW)
    author = put_user(session, "author@example.org")
    waiting, taken_down = put_resource(session, author), put_resource(session, author, title="Another")
    put_appraisal(session, waiting, ana)
    for member in (ana, ben):
        put_appraisal(session, taken_down, member)
    service.take_down(session, taken_down, RemovalReason.HARM, "A picture in it.", author, NOW)
    nominee = experts.nominate(session, DETAILS, NomineeAddress("z@example.org", "hy"), author, str, NOW)
    experts.agree(session, nominee, "Nothing to tell.", NOW)
    experts.open_vote(session, nominee, NOW)
    return World(session, ana, former, taken_down, waiting, nominee)


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (lambda world: experts.agree(world.session, world.nominee, "A bank.", NOW), "You have answered already"),
        (
            lambda world: experts.vote(world.session, world.nominee, world.ana, "perhaps", str, NOW),
            "Choose from the list",
        ),
        (
            lambda world: service.recuse(
                world.session, world.waiting, newest(world.session, world.waiting), world.ana, NOW
            ),
            "You wrote about this version already",
        ),
        (
            lambda world: service.put_back(world.session, world.taken_down, " \n", world.ana.user_id, NOW),
            "Write a note that everybody can read",
        ),
        (
            lambda world: service.add_member(
                world.session, "author@example.org", "House", appraises=False, votes=False, now=NOW
            ),
            "whether they appraise, vote, or both",
        ),
        (
            lambda world: service.add_member(
                world.session, "ana@example.org", " ", appraises=True, votes=True, now=NOW
            ),
            "Say whom they work for",
        ),
        (lambda world: service.end_member(world.session, world.former.id, NOW), "no page at this address"),
        (lambda world: service.end_member(world.session, 999, NOW), "no page at this address"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(world: World, do: Callable[[World], object], told: str) -> None:
    """A second answer, a vote for nothing on the list, a conflict that comes too late, no note, no task, no seat."""
    assert told in refusal(world.session, lambda: do(world))


def test_vote_of_a_panel_that_is_too_small_is_not_opened(world: World) -> None:
    """Of the three who vote one nominated this expert; nobody is written to."""
    session, by = world.session, world.ana.user_id
    other = experts.nominate(session, DETAILS, NomineeAddress("y@example.org", "hy"), by, str, NOW)
    experts.agree(session, other, "Nothing to tell.", NOW)
    told = refusal(session, lambda: experts.open_vote(session, other, NOW))
    assert "At least three members without a conflict of interest" in told


@dataclass(frozen=True, slots=True)
class Site:
    """A hub with an appraiser, its keeper, a contributor and somebody else; a link of each kind."""

    app: Flask
    clients: dict[str, FlaskClient]
    names: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """That site, for requests that change nothing."""
    with sites(settings_in(tmp_path_factory.mktemp("refusing"))) as make:
        app = make()
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            session = current_session(app)
            ids = {name: put_user(session, f"{name}@example.org") for name in ("author", "other", "keeper")}
            grant_role(session, "keeper@example.org", Role.COORDINATOR)
            ids |= {
                name: put_hub_member(session, f"{name}@example.org", f"House of {name}", votes=name != "dana").user_id
                for name in ("ana", "ben", "cleo", "dana")
            }
            nominee = experts.nominate(session, DETAILS, NomineeAddress("z@example.org", "hy"), ids["author"], str, NOW)
            experts.agree(session, nominee, "Nothing to tell.", NOW)
            experts.open_vote(session, nominee, NOW)
            names = {
                "nominee": nominee.public_id,
                "waiting": put_resource(session, ids["author"]).public_id,
                "unconfirmed": put_resource(session).public_id,
            }
            session.commit()
            keys = {name: session.get_one(User, number).fs_uniquifier for name, number in ids.items()}
        yield Site(app, {name: signed_in_client(app, key) for name, key in keys.items()}, names)


@pytest.mark.parametrize(
    ("who", "place", "form"),
    [
        ("keeper", "{waiting}/appraise", None),
        ("keeper", "{waiting}/recuse", {}),
        ("other", "{waiting}", None),
        ("other", "{waiting}/version", None),
        ("other", "{waiting}/version", {"title": "Mine now"}),
        ("ana", "{unconfirmed}/appraise", None),
        ("ana", "{unconfirmed}/recuse", {}),
        ("author", "{waiting}/file", None),
        ("ana", "{waiting}/newest-file", None),
        ("keeper", "experts/none/open", {}),
        ("ana", "experts/none/vote", {"choice": "yes"}),
        ("keeper", "experts/{nominee}/vote", {"choice": "yes"}),
        ("dana", "experts/{nominee}/vote", {"choice": "yes"}),
    ],
)
def test_who_may_not_finds_nothing_there(site: Site, who: str, place: str, form: dict[str, str] | None) -> None:
    """Others' contributions, appraising without a seat or too early, a file of a link, no nomination, and no vote."""
    client, address, before = site.clients[who], f"/en/resources/{place.format(**site.names)}", rows_of(site.app)
    answer = client.get(address) if form is None else client.post(address, data=form)
    assert answer.status_code == 404
    assert rows_of(site.app) == before
