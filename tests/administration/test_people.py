"""The pages of accounts: who finds whom, who may give what, and how a role ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import account_actions, grants_of, user_by_email
from coplearn.accounts.rules import PERMISSIONS, Granted, may_give, may_take
from coplearn.accounts.service import add_user, grant_role
from coplearn.administration.people import queries
from coplearn.administration.people.queries import Wanted
from coplearn.administration.people.service import roles as service
from coplearn.administration.people.service.handing import hand_over
from coplearn.audit.models import AuditEvent
from coplearn.cohorts.common.queries import Person, person_of
from coplearn.kernel.errors import NotYours, Refused
from coplearn.kernel.words import Permission, Role
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, hidden_fields
from tests.counting import counted

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PLACES = [
    Granted("", locale, course, country) for locale, course, country in product(("", "ar"), ("", "c1"), ("", "KE"))
]


def _at(role: Role, place: Granted, until: datetime | None = None) -> Granted:
    return Granted(role, place.locale, place.course, place.country, until=until)


def somebody(session: Session, email: str, *grants: Granted, name: str = "") -> Person:
    """An account with those roles."""
    user = add_user(session, email, "en", NOW)
    user.name = name or None
    for one in grants:
        service.put_role(session, user.id, one)
    person = person_of(session, user.fs_uniquifier)
    assert person is not None
    return person


def test_nobody_gives_a_role_above_their_own() -> None:
    """Over all pairs of roles, places and ends: what is given allows nothing, nowhere and no longer than the giver's own."""
    ends = (None, NOW, NOW + timedelta(days=1))
    rest = [(place, until) for place in PLACES for until in ends]
    for own, given in product(Role, Role):
        for (place, until), (other, last) in product(rest, rest):
            may = may_give([_at(own, place, until)], _at(given, other, last))
            manages = Permission.MANAGE_PEOPLE in PERMISSIONS[own]
            below = PERMISSIONS[given] <= PERMISSIONS[own]
            inside = all(
                mine in ("", theirs)
                for mine, theirs in zip(
                    (place.locale, place.course, place.country),
                    (other.locale, other.course, other.country),
                    strict=True,
                )
            )
            in_time = until is None or (last is not None and last <= until)
            assert may == (manages and below and inside and in_time), (own, place, until, given, other, last)
    assert may_give([Granted(Role.ADMIN)], Granted(Role.ADMIN))
    assert not may_give([Granted(Role.COORDINATOR)], Granted(Role.ADMIN))
    assert not may_give([Granted(Role.ADMIN)], Granted(Role.ADMIN, cohort_id=7))
    assert not may_give([Granted(Role.ADMIN)], Granted("king"))
    assert may_take([Granted(Role.COORDINATOR, until=NOW)], Granted(Role.TRANSLATOR))


def test_address_that_nobody_confirmed_gets_no_role(session: Session) -> None:
    """A stranger may sit in an account with somebody else's address: a role or a cohort would be theirs."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    cleo = somebody(session, "cleo@example.org", Granted(Role.COORDINATOR))
    stranger = somebody(session, "boss@example.org")
    session.execute(update(User).where(User.id == stranger.id).values(confirmed_at=None))
    with pytest.raises(Refused, match="Nobody has confirmed"):
        service.give_role(session, admin, stranger.id, Granted(Role.COORDINATOR), NOW)
    with pytest.raises(Refused, match="Nobody has confirmed"):
        hand_over(session, admin, cleo.id, "boss@example.org", NOW)
    assert grants_of(session, session.scalars(select(User.fs_uniquifier).filter_by(id=stranger.id)).one()) == []


def test_verbs_hold_to_the_rule(session: Session) -> None:
    """A coordinator of Kenya gives roles in Kenya, takes no administrator's, and switches off nobody above them."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    kenya = somebody(session, "kenya@example.org", Granted(Role.COORDINATOR, country="KE"))
    amina = somebody(session, "amina@example.org", Granted(Role.TRANSLATOR, country="KE"))
    service.give_role(session, kenya, amina.id, Granted(Role.REVIEWER, "ar", country="KE"), NOW)
    with pytest.raises(Refused):
        service.give_role(session, kenya, amina.id, Granted(Role.REVIEWER, "ar"), NOW)
    with pytest.raises(NotYours):
        service.give_role(session, kenya, admin.id, Granted(Role.REVIEWER, country="KE"), NOW)
    service.give_role(session, admin, amina.id, Granted(Role.COORDINATOR), NOW)
    with pytest.raises(Refused):
        service.switch(session, kenya, amina.id, on=False, now=NOW)
    above = next(held for held in _line(session, admin, amina.id).roles if held.granted == Granted(Role.COORDINATOR))
    with pytest.raises(Refused):
        service.take_role(session, kenya, amina.id, above.id, NOW)
    service.take_role(session, admin, amina.id, above.id, NOW)
    service.switch(session, kenya, amina.id, on=False, now=NOW)
    assert not _line(session, admin, amina.id).is_active
    session.commit()
    logged = session.execute(select(AuditEvent.kind, AuditEvent.about).order_by(AuditEvent.number))
    assert [tuple(row) for row in logged][-3:] == [
        ("role-given", "role=coordinator"),
        ("role-taken", "role=coordinator"),
        ("account-off", ""),
    ]
    told = [(action.kind, action.by) for action in account_actions(session, amina.id)]
    assert told == [
        ("switched-off", "kenya@example.org"),
        ("role-taken", "admin@example.org"),
        ("role-given", "admin@example.org"),
        ("role-given", "kenya@example.org"),
    ]


def _line(session: Session, person: Person, user_id: int) -> queries.AccountLine:
    return service.seen_account(session, person, user_id)


def test_an_administrator_stays(session: Session) -> None:
    """Nobody takes the last administrator's role, gives it an end, or switches off their own account."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    own = _line(session, admin, admin.id).roles[0].id
    with pytest.raises(Refused):
        service.take_role(session, admin, admin.id, own, NOW)
    with pytest.raises(Refused):
        service.give_role(session, admin, admin.id, Granted(Role.ADMIN, until=NOW + timedelta(days=9)), NOW)
    with pytest.raises(Refused):
        service.switch(session, admin, admin.id, on=False, now=NOW)
    somebody(session, "second@example.org", Granted(Role.ADMIN))
    service.take_role(session, admin, admin.id, own, NOW)


def test_a_role_is_gone_at_the_request_after_its_end(each_app: Flask) -> None:
    """On the last day the page is there; a minute after, it is not, and the day's work has nothing to do with it."""
    person = Visitor(each_app)
    person.join("ana@example.org")
    end = datetime.now(UTC) + timedelta(hours=2)
    with each_app.app_context():
        session = current_session(each_app)
        user = user_by_email(session, "ana@example.org")
        assert user is not None
        service.put_role(session, user.id, Granted(Role.COORDINATOR, until=end))
        session.commit()
    assert person.get("/en/staff/courses").status_code == 200
    assert person.get("/en/people/").status_code == 200
    with time_machine.travel(end + timedelta(minutes=1), tick=False):
        assert person.get("/en/staff/courses").status_code == 404
        assert person.get("/en/people/").status_code == 404
        with each_app.app_context():
            assert grants_of(current_session(each_app), _uniquifier(each_app)) == []


def _uniquifier(app: Flask) -> str:
    user = user_by_email(current_session(app), "ana@example.org")
    assert user is not None
    return user.fs_uniquifier


def test_whom_a_search_finds(session: Session) -> None:
    """The beginning of a name or an address in any case, else a part of it; and each filter alone and together."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    somebody(session, "amina@example.org", Granted(Role.TRANSLATOR, "ar"), name="Amina Otieno")
    somebody(session, "zoe@example.net", Granted(Role.COORDINATOR, country="KE"), name="Анна")
    somebody(session, "off@example.org").name  # noqa: B018 - an account without a name or a role
    service.switch(session, admin, somebody(session, "gone@example.org").id, on=False, now=NOW)

    def found(**wanted: str) -> list[str]:
        lines = queries.people_page(session, admin.grants, Wanted(**wanted), 41)  # type: ignore[arg-type] # texts alone
        return [line.email.partition("@")[0] for line in lines]

    assert found() == ["gone", "off", "zoe", "amina", "admin"]
    assert found(search="ami") == found(search="Otieno") == found(search="AMINA@") == ["amina"]
    assert found(search="анна") == ["zoe"]
    assert found(search="100%") == []
    assert found(role="any") == ["zoe", "amina", "admin"]
    assert found(role="translator", search="a") == ["amina"]
    assert found(country="KE") == ["zoe"]
    assert found(state="off") == ["gone"]
    assert found(locale="fr") == []
    first = queries.people_page(session, admin.grants, Wanted(), 2)
    rest = queries.people_page(session, admin.grants, Wanted(before=first[-1].id), 9)
    assert [line.email.partition("@")[0] for line in rest] == ["zoe", "amina", "admin"]

    # The newest of a country, page by page and with what else is asked.
    somebody(session, "later@example.org", Granted(Role.REVIEWER, country="KE"), Granted(Role.TRANSLATOR, country="KE"))
    assert found(country="KE") == ["later", "zoe"]
    first = queries.people_page(session, admin.grants, Wanted(country="KE"), 1)
    rest = queries.people_page(session, admin.grants, Wanted(country="KE", before=first[0].id), 9)
    assert [line.email.partition("@")[0] for line in rest] == ["zoe"]
    assert found(country="KE", role="coordinator") == found(country="KE", search="zoe") == ["zoe"]

    # Whoever looks after some countries sees their people alone, and among them those of one.
    somebody(session, "joy@example.org", Granted(Role.REVIEWER, country="UG"))
    both = [Granted(Role.COORDINATOR, country=code) for code in ("KE", "UG")]

    def of_both(**wanted: Any) -> list[str]:
        lines = queries.people_page(session, both, Wanted(**wanted), 41)
        return [line.email.partition("@")[0] for line in lines]

    assert of_both() == ["joy", "later", "zoe"]
    assert of_both(country="KE") == of_both(search="example", country="KE") == ["later", "zoe"]
    assert of_both(country="FR") == of_both(state="off") == of_both(search="amina") == []
    first = queries.people_page(session, both, Wanted(), 2)
    assert of_both(before=first[-1].id) == ["zoe"]


def test_pages_take_six_statements_whoever_is_there(app: Flask) -> None:
    """The list and one account, with fifty people as with two; and a form that is refused keeps what was chosen."""
    staff = Visitor(app)
    staff.join("staff@example.org")
    with app.app_context():
        session = current_session(app)
        grant_role(session, "staff@example.org", Role.COORDINATOR)
        for number in range(50):
            somebody(session, f"p{number}@example.org", Granted(Role.TRANSLATOR, "ar"))
        someone = user_by_email(session, "p7@example.org")
        assert someone is not None
        user_id = someone.id
        session.commit()
    # Whoever begins to work is looked up once: whether they need a second factor.
    for _ in range(2):
        staff.get("/en/people/")
    for path, most in (("/en/people/", 3), ("/en/people/?search=p4&role=any", 3), (f"/en/people/{user_id}", 5)):
        staff.get(path)  # that it is read is written down, once an hour
        with counted(app) as sent:
            page = staff.get(path)
        assert page.status_code == 200
        assert len(sent) <= most, sent
    page = staff.get(f"/en/people/{user_id}")
    fields = hidden_fields(page.text) | {"role": "reviewer", "last_day": "2020-01-01"}
    refused = staff.client.post(f"/en/people/{user_id}/roles", data=fields)
    assert refused.status_code == 422
    assert 'value="2020-01-01"' in refused.text
    assert 'value="reviewer" selected' in refused.text
    assert "administrator" not in page.text.lower()
