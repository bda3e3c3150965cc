"""One's own sessions, the password once more, codes on paper, and a lost factor."""

from __future__ import annotations

import re
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select, update

from coplearn.accounts.models import User
from coplearn.accounts.queries import account_actions
from coplearn.accounts.service import revoke_role
from coplearn.audit.kinds import EventKind
from coplearn.audit.queries import newest
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD, Visitor
from tests.conftest import MakeSite
from tests.second_factors.test_signing_in import ANI, CODE, HOME, joined, set_up, sign_in

PRINTED = "/en/staff/printed-codes"
BO = "bo@example.org"


def printed_for(coordinator: Visitor, address: str) -> list[str]:
    """The codes on the paper."""
    return re.findall(r"<li><bdi>([\d ]+)</bdi>", coordinator.send(PRINTED, email=address).text)


def test_own_sessions_are_listed_and_ended(each_app: Flask) -> None:
    """A stolen session is seen and ended at its next page; nobody ends another person's."""
    here, thief, other = joined(each_app), Visitor(each_app), joined(each_app, BO)
    thief.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Android 15; Mobile) Gecko/145.0 Firefox/145.0"
    thief.sign_in(ANI)
    page = here.get(HOME).text
    assert "Firefox, Android" in page
    found = re.search(r"/sessions/(\d+)/end", page)
    assert found is not None
    assert other.send(f"{HOME}sessions/{found[1]}/end", page=HOME).status_code == 303
    assert thief.is_signed_in
    here.send(f"{HOME}sessions/{found[1]}/end", page=HOME)
    assert not thief.is_signed_in
    assert here.is_signed_in
    thief.sign_in(ANI)
    here.send(f"{HOME}sessions/end", page=HOME)
    assert (here.is_signed_in, thief.is_signed_in) == (True, False)


def test_losing_a_role_ends_the_sessions(each_app: Flask) -> None:
    """In every worker, at the next page: the session is known nowhere any more."""
    person = joined(each_app, role=Role.REVIEWER)
    assert person.is_signed_in
    with each_app.app_context():
        session = current_session(each_app)
        revoke_role(session, ANI, Role.REVIEWER, None)
        session.commit()
    assert not person.is_signed_in


def test_grave_deeds_ask_for_the_password_again(app: Flask) -> None:
    """A quarter of an hour after it was typed; then the page opens that was wanted."""
    person = joined(app, role=Role.COORDINATOR)
    assert person.get(PRINTED).status_code == 200
    with time_machine.travel(utcnow() + timedelta(minutes=16)):
        asked = person.get(PRINTED).location
        assert asked is not None
        assert asked.startswith("/en/sign-in/again?next=")
        assert person.send(asked, password="guessed").status_code == 422
        assert person.send(asked, password=PASSWORD).location == PRINTED
        assert person.get(PRINTED).status_code == 200
    with time_machine.travel(utcnow() + timedelta(hours=2)):
        assert person.client.post(PRINTED, data={"csrf_token": person.token(), "email": BO}).status_code == 403


def test_who_has_no_password_shows_a_code_before_grave_deeds(app: Flask) -> None:
    """Somebody who came from a provider has none to type: pressing the button alone proves nothing."""
    person = joined(app, role=Role.COORDINATOR)
    shown, _ = set_up(person)
    with app.app_context():
        current_session(app).execute(update(User).values(password=None))
        current_session(app).commit()
    with time_machine.travel(utcnow() + timedelta(minutes=16)):
        asked = person.get(PRINTED).location
        assert asked is not None
        assert person.get(asked).location == CODE
        assert person.client.post(asked, data={"csrf_token": person.token()}).location == CODE
        assert person.get(PRINTED).location == asked
        assert person.send(CODE, code=shown.number()).location == PRINTED
        assert person.get(PRINTED).status_code == 200


def test_codes_are_printed_by_nobody_who_has_to_set_up_or_prove_a_second_step(make_app: MakeSite) -> None:
    """A coordinator's password alone makes no second step of anybody else's account."""
    coordinator = joined(make_app(second_factor_grace_days=0), "co@example.org", Role.COORDINATOR)
    assert coordinator.get(PRINTED).location == HOME
    assert coordinator.client.post(PRINTED, data={"csrf_token": coordinator.token(), "email": BO}).status_code == 403


def test_printed_codes_are_a_second_factor_and_noted(each_app: Flask) -> None:
    """Each opens the account once after the password; new ones end the old; nobody prints above their own."""
    coordinator = joined(each_app, "co@example.org", Role.COORDINATOR)
    joined(each_app, role=Role.TRANSLATOR)
    joined(each_app, "admin@example.org", Role.ADMIN)
    old = printed_for(coordinator, ANI)
    codes = printed_for(coordinator, ANI)
    assert (len(codes), set(codes) & set(old)) == (30, set())
    assert not sign_in(each_app, old[0]).is_signed_in
    assert sign_in(each_app, codes[0]).get("/en/work").status_code == 200
    assert not sign_in(each_app, codes[0]).is_signed_in
    assert printed_for(coordinator, "admin@example.org") == []
    joined(each_app, "learner@example.org")
    assert printed_for(coordinator, "learner@example.org") == [], (
        "who works nowhere needs none, and would lose nothing else"
    )
    assert printed_for(coordinator, "co@example.org") == []
    with each_app.app_context():
        session = current_session(each_app)
        ids = {user.email: user.id for user in session.scalars(select(User))}
        kinds = [action.kind for action in account_actions(session, ids[ANI])]
        events = newest(session)
    assert kinds.count("codes-printed") == 2
    given = [(one.who, one.whom) for one in events if one.kind == EventKind.PRINTED_CODES_GIVEN]
    giver = f"user:{ids['co@example.org']}"
    assert given == [(giver, f"user:{ids[ANI]}")] * 2
    refused = [(one.who, one.about, one.whom) for one in events if one.kind == EventKind.REFUSED]
    assert refused == [
        (giver, "printed-codes", f"user:{ids['admin@example.org']}"),
        *[("visitor", "second-step", f"user:{ids[ANI]}")] * 2,
    ]


def test_last_admin_who_lost_it_gets_in_by_the_shell(app: Flask) -> None:
    """The password alone lets them in, sessions ended, and it is noted."""
    admin = joined(app, role=Role.ADMIN)
    set_up(admin)
    result = app.test_cli_runner().invoke(args=["people", "reset-factor", ANI])
    assert result.exit_code == 0, result.output
    assert not admin.is_signed_in
    admin.sign_in(ANI)
    assert admin.is_signed_in
    assert app.test_cli_runner().invoke(args=["people", "reset-factor", "nobody@example.org"]).exit_code == 1
    with app.app_context():
        assert [action.kind for action in account_actions(current_session(app), 1)] == ["factor-reset"]
