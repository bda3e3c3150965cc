"""What is refused to whoever looks after accounts: a sentence, and every account as it was before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import AccountEvent, Invitation, User
from coplearn.accounts.queries import user_by_email
from coplearn.accounts.rules import Granted
from coplearn.accounts.service import grant_role
from coplearn.administration.people.queries import grants_held
from coplearn.administration.people.rules import Invited
from coplearn.administration.people.service.handing import hand_over
from coplearn.administration.people.service.invitations import LETTER, accept, invite
from coplearn.administration.people.service.merging import merge
from coplearn.administration.people.service.roles import switch
from coplearn.administration.people.service.seeing import see_as
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor
from tests.administration.test_people import NOW, somebody


@dataclass
class World:
    """An administrator, and accounts that work, that are off, and that were joined."""

    session: Session
    admin: Person
    ani: Person
    off: Person
    closed: Person

    def standing(self) -> list[object]:
        """What a refusal leaves alone."""
        session = self.session
        people = session.execute(select(User.email, User.active, User.merged_into_id, User.fs_uniquifier))
        rows = [session.scalar(select(func.count()).select_from(one)) for one in (AccountEvent, Invitation, Letter)]
        held = [grants_held(session, one.id) for one in (self.admin, self.ani, self.off, self.closed)]
        return [sorted(map(tuple, people)), rows, held]


@pytest.fixture
def world(session: Session) -> World:
    """Those accounts."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    ani = somebody(session, "ani@example.org", Granted(Role.TRANSLATOR, "ar"))
    off, closed = (somebody(session, f"{name}@example.org") for name in ("off", "closed"))
    switch(session, admin, off.id, on=False, now=NOW)
    merge(session, admin, ani.id, closed.id, NOW, {})
    return World(session, admin, ani, off, closed)


REFUSED: dict[str, tuple[Callable[[World], object], str]] = {
    "handed to themselves": (
        lambda w: hand_over(w.session, w.admin, w.ani.id, "ani@example.org", NOW),
        "Choose somebody else",
    ),
    "handed to who is off": (
        lambda w: hand_over(w.session, w.admin, w.ani.id, "off@example.org", NOW),
        "That account is off",
    ),
    "invited until yesterday": (
        lambda w: invite(
            w.session, w.admin, [Invited("new@example.org", "")], Granted(Role.REVIEWER, until=NOW), "en", NOW
        ),
        "That day is over",
    ),
    "joined with itself": (lambda w: merge(w.session, w.admin, w.ani.id, w.ani.id, NOW, {}), "Choose another account"),
    "one's own closed": (lambda w: merge(w.session, w.admin, w.ani.id, w.admin.id, NOW, {}), "Choose another account"),
    "joined twice": (
        lambda w: merge(w.session, w.admin, w.off.id, w.closed.id, NOW, {}),
        "joined with another already",
    ),
    "joined into one that is off": (lambda w: merge(w.session, w.admin, w.off.id, w.ani.id, NOW, {}), "on first"),
    "joined one switched on": (
        lambda w: switch(w.session, w.admin, w.closed.id, on=True, now=NOW),
        "It stays switched off",
    ),
    "seen as themselves": (lambda w: see_as(w.session, w.admin, w.admin.id, NOW), "cannot be seen as"),
    "seen as who is off": (lambda w: see_as(w.session, w.admin, w.off.id, NOW), "cannot be seen as"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_account_that_is_refused_stays_as_it_was(world: World, case: str) -> None:
    """The sentence says why; no role, session, letter or line of a history has come or gone."""
    act, sentence = REFUSED[case]
    before = world.standing()
    with pytest.raises(Refused, match=sentence):
        act(world)
    world.session.flush()
    assert world.standing() == before


def test_invitation_opens_nothing_for_who_was_switched_off_since(world: World) -> None:
    """Whoever was switched off after the letter went out gets neither in nor the role."""
    session = world.session
    dana = somebody(session, "dana@example.org")
    granted = Granted(Role.REVIEWER, until=NOW + timedelta(days=9))
    invite(session, world.admin, [Invited("dana@example.org", "")], granted, "en", NOW)
    params = session.scalars(select(Letter.params).where(Letter.kind == LETTER)).one()
    switch(session, world.admin, dana.id, on=False, now=NOW)
    with pytest.raises(NotFound):
        accept(session, params["token"], "", None, NOW)
    assert grants_held(session, dana.id) == []


def test_account_is_joined_with_an_address_that_is_there(app: Flask) -> None:
    """A slip of the pen in the other address is told, and a box that was not ticked; nobody is joined with anybody."""
    admin = Visitor(app)
    admin.join("admin@example.org")
    with app.app_context():
        session = current_session(app)
        grant_role(session, "admin@example.org", Role.ADMIN)
        ani = somebody(session, "ani@example.org").id
        session.commit()
    page = f"/en/people/{ani}"
    for fields, sentence in (
        ({"sure": "yes", "email": "nobody@example.org"}, "There is no account with that address."),
        ({"sure": "yes"}, "There is no account with that address."),
        ({"email": "admin@example.org"}, "Tick the box first"),
    ):
        assert admin.send(f"{page}/join", page=page, **fields).location == page
        assert sentence in admin.get(page).text
    with app.app_context():
        user = user_by_email(current_session(app), "ani@example.org")
        assert user is not None and user.active and user.merged_into_id is None
