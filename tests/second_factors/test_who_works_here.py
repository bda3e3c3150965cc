"""Whoever has work here needs a second step: every table that gives a right is known to it, and losing one ends sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pytest
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.rules import Granted
from coplearn.accounts.service import grant_role, revoke_role
from coplearn.administration.overview.queries import without_factor
from coplearn.administration.people.service.handing import hand_over
from coplearn.audit.kinds import EventKind
from coplearn.audit.queries import newest
from coplearn.cohorts.common.models.cohort import CohortStaff
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.people.service.staffing import end_staff
from coplearn.declarations.models import Recommendation
from coplearn.declarations.service import assign
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter
from coplearn.programme.rules.words import ProgrammeRole
from coplearn.programme.service.programmes import end_seat, seat_in_programme, write_programme
from coplearn.resources.hub.service import add_member, end_member
from coplearn.second_factors.queries import standing_of
from coplearn.second_factors.rules import PRINTED_CODES
from coplearn.second_factors.sealing import FactorSeal
from coplearn.second_factors.service import hand_out_codes
from coplearn.second_factors.tasks import LETTER, tell_staff
from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.storage.database import current_session
from tests.administration.test_people import NOW, somebody
from tests.cohorts.worlds import put_cohort, put_staff
from tests.conftest import MakeSite
from tests.declarations.worlds import put_adopted
from tests.second_factors.test_signing_in import ANI, HOME, joined

End = Callable[[], object]
"""The way to take away what was given."""


def _role(session: Session, _admin: Person, email: str) -> End:
    grant_role(session, email, Role.TRANSLATOR)
    return lambda: revoke_role(session, email, Role.TRANSLATOR, None)


def _cohort(session: Session, admin: Person, email: str) -> End:
    cohort = put_cohort(session)
    put_staff(session, cohort, email, "trainer")
    row = session.scalars(select(CohortStaff.id)).one()
    return lambda: end_staff(session, admin, cohort.id, row, NOW)


def _hub(session: Session, _admin: Person, email: str) -> End:
    member = add_member(session, email, "School 7", appraises=False, votes=True, now=NOW)
    return lambda: end_member(session, member.id, NOW)


def _programme(session: Session, _admin: Person, email: str, role: ProgrammeRole = ProgrammeRole.READER) -> End:
    programme = write_programme(session, None, "COP", "", NOW)
    seat = seat_in_programme(session, programme, email, role, "AM", NOW)
    return lambda: end_seat(session, seat, NOW)


def _recommendation(session: Session, admin: Person, email: str) -> End:
    put_adopted(session, admin.id)
    kept = session.scalars(select(Recommendation)).first()
    assert kept is not None
    assign(session, kept, "The ministry", None, None, email, NOW)
    return lambda: assign(session, kept, "The ministry", None, None, "", NOW)


WORK: Mapping[str, Callable[[Session, Person, str], End]] = {
    "grant.user_id": _role,
    "cohort_staff.user_id": _cohort,
    "hub_member.user_id": _hub,
    "programme_member.user_id": _programme,
    "recommendation.keeper_id": _recommendation,
}
"""Every column by which somebody has a right over what is others', or over what everybody reads."""
OWN = "what is theirs, or was done with their account"
NO_WORK = {
    **dict.fromkeys(("account_event", "authenticator", "consent", "ended_session", "factor_grace", "learner"), OWN),
    **dict.fromkeys(("passkey", "provider_identity", "signed_in", "spare_code"), OWN),
    "api_token": "a program does no more than its person, who is asked for a second step before it",
    "webhook": "hears of nothing that its person may not read",
    "draft": "a translator's, who has a role",
    "holding": "a translator's, who has a role",
    "membership": "somebody who learns",
    "certification": "may open a cohort, and is among its staff from then on",
}
"""Tables with a ``user_id`` that gives no such right, and why."""
DID = ("_by", "by_id", "actor_id", "author_id", "observer_id", "reviewer_id")
"""Ends of columns that say who did something."""


def test_every_column_that_names_an_account_is_known() -> None:
    """Whoever adds a table that gives people rights lets second factors know of it."""
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.column.table.name == "user" for key in column.foreign_keys)
    }
    whose = {one for one in named if not one.endswith(DID)}
    assert whose == WORK.keys() | {f"{table}.user_id" for table in NO_WORK}


@pytest.mark.parametrize("column", WORK)
def test_whoever_works_here_is_known_and_signed_out_when_it_ends(session: Session, column: str) -> None:
    """A second step is asked for, counted and printed from the moment it is given; its end ends every session."""
    staff = site_of(current_app).staff
    admin, person = somebody(session, "admin@example.org", Granted(Role.ADMIN)), somebody(session, "ani@example.org")
    user = session.get_one(User, person.id)

    def works() -> bool:
        standing = standing_of(session, user.fs_uniquifier, staff)
        assert standing is not None
        return standing.is_staff

    codes = partial(hand_out_codes, session, FactorSeal("secret"), admin.id, "ani@example.org", staff, NOW)
    assert not works()
    with pytest.raises(NotFound):
        codes()
    end = WORK[column](session, admin, "ani@example.org")
    before = user.fs_uniquifier
    assert works()
    assert without_factor(session, staff) == 2, "the admin and whoever works here now"
    assert len(codes()[1]) == PRINTED_CODES
    end()
    assert user.fs_uniquifier != before
    assert not works()


def test_programme_that_is_over_gives_no_work(session: Session) -> None:
    """A seat opens nothing there any more, so it asks for nothing."""
    person = somebody(session, "ani@example.org")
    programme = write_programme(session, None, "COP", "", NOW)
    seat_in_programme(session, programme, "ani@example.org", ProgrammeRole.EDITOR, "", NOW)
    staff = site_of(current_app).staff
    assert without_factor(session, staff) == 1
    programme.archived_at = NOW
    session.flush()
    assert (without_factor(session, staff), session.get_one(User, person.id).active) == (0, True)


def test_work_that_changes_hands_ends_sessions(session: Session) -> None:
    """A lesser role in the place of another, and languages that go to somebody else."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    person, taker = (
        somebody(session, "ani@example.org", Granted(Role.REVIEWER, "ar")),
        somebody(session, "bo@example.org"),
    )
    user, other = (session.get_one(User, one.id) for one in (person, taker))
    programme = write_programme(session, None, "COP", "", NOW)
    seat = partial(seat_in_programme, session, programme, "ani@example.org", country="AM", now=NOW)
    join = partial(add_member, session, "ani@example.org", "School 7", votes=True, now=NOW)
    seat(role=ProgrammeRole.EDITOR)
    join(appraises=True)
    keys = [user.fs_uniquifier]
    for change in (
        lambda: seat(role=ProgrammeRole.READER),
        lambda: join(appraises=False),
        lambda: hand_over(session, admin, user.id, "bo@example.org", NOW),
    ):
        stays = other.fs_uniquifier
        change()
        keys.append(user.fs_uniquifier)
        assert other.fs_uniquifier == stays
    assert len(set(keys)) == len(keys)
    seat(role=ProgrammeRole.READER)
    assert user.fs_uniquifier == keys[-1], "what they have already takes nothing away"


@pytest.mark.parametrize("column", ["hub_member.user_id", "programme_member.user_id", "recommendation.keeper_id"])
def test_nobody_gets_work_at_an_address_that_nobody_confirmed(session: Session, column: str) -> None:
    """A stranger may have made the account with somebody else's address, and knows its password."""
    admin, person = (somebody(session, f"{name}@example.org") for name in ("admin", "ani"))
    session.get_one(User, person.id).confirmed_at = None
    with pytest.raises(Refused, match="confirmed"):
        WORK[column](session, admin, "ani@example.org")


def test_role_in_a_programme_alone_asks_for_a_second_step(make_app: MakeSite) -> None:
    """No page of the work, no file and no form before it; a letter, and an event when they sign in."""
    app = make_app(second_factor_grace_days=0)
    person = joined(app)
    with app.app_context():
        session = current_session(app)
        _programme(session, somebody(session, "admin@example.org"), ANI, ProgrammeRole.FIELD)
        session.commit()
    for page in ("/en/programme/", "/en/programme/activities/new", "/en/programme/activities.csv"):
        assert person.get(page).location == HOME, page
    sent = person.client.post("/en/programme/activities/new", data={"csrf_token": person.token()})
    assert sent.status_code == 403
    person.send("/en/sign-out", page="/en/me/")
    person.sign_in(ANI)
    with app.app_context():
        session = current_session(app)
        signed_in = [event.whom for event in newest(session) if event.kind == EventKind.SIGNED_IN]
        ids = {user.email: user.id for user in session.scalars(select(User))}
        tell_staff(app, session, NOW)
        written = session.scalars(select(Letter.to_address).where(Letter.kind == LETTER)).all()
        session.rollback()
    assert f"user:{ids[ANI]}" in signed_in
    assert ANI in written


def test_who_takes_a_role_from_themselves_is_named(app: Flask) -> None:
    """Their sessions end with it, and the log knew them before."""
    person = joined(app, role=Role.COORDINATOR)
    with app.app_context():
        session = current_session(app)
        grant_role(session, ANI, Role.TRANSLATOR, "ar")
        user = session.scalars(select(User).where(User.email == ANI)).one()
        number, role = user.id, next(grant.id for grant in user.roles if grant.name == Role.TRANSLATOR)
        session.commit()
    page = f"/en/people/{number}"
    assert person.send(f"{page}/roles/{role}/end", page=page).status_code == 303
    assert not person.is_signed_in
    with app.app_context():
        taken = [event.who for event in newest(current_session(app)) if event.kind == EventKind.ROLE_TAKEN]
    assert taken == [f"user:{number}"]
