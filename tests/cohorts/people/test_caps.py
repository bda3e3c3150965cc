"""What one person may have the site do for them within a while: ask who has an account, and write to the world."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.queries import person_of
from coplearn.cohorts.people.service import members as member_service
from coplearn.kernel.errors import Refused
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.finishing import as_person
from tests.cohorts.worlds import NOW, put_member, put_scene, signed_in_client
from tests.conftest import MakeSite


def test_nobody_has_the_site_ask_a_list_of_addresses(make_app: MakeSite) -> None:
    """Thirty an hour are enough for any staff; each of them gets a letter."""
    app = make_app(rate_limits=True)
    with app.app_context():
        session = current_session(app)
        names = put_scene(session).names
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "lead@example.org")).one()
    client, page = signed_in_client(app, key), f"/en/cohorts/{names['cohort']}/staff"
    form = {**hidden_fields(client.get(page).text), "role": "trainer", "form_key": ""}
    statuses = [client.post(page, data={**form, "email": f"p{n}@example.org"}).status_code for n in range(31)]
    assert statuses == [303] * 30 + [429]


def test_invitations_of_a_day_end_somewhere(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a sentence, for one person in all their cohorts; the next day one goes on."""
    monkeypatch.setattr(member_service, "A_DAY", 2)
    cohort = put_scene(session).cohort
    for number in range(3):
        put_member(session, cohort, None, state="invited").email = f"p{number}@example.org"
    key = session.scalars(select(User.fs_uniquifier).where(User.email == "lead@example.org")).one()
    lead = person_of(session, key)
    assert lead is not None
    asked = (session, lead, cohort.id, lambda _member: "signed")
    assert member_service.invite_all(*asked, NOW) == 2
    with pytest.raises(Refused):
        member_service.invite_all(*asked, NOW + timedelta(hours=1))
    assert member_service.invite_all(*asked, NOW + timedelta(days=1, hours=1)) == 1


def test_invitations_of_a_cohort_end_somewhere_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who take turns write no more than one; in another cohort the second goes on."""
    monkeypatch.setattr(member_service, "A_DAY", 2)
    scene = put_scene(session)
    for cohort in (scene.cohort, scene.other):
        for number in range(3):
            put_member(session, cohort, None, state="invited").email = f"p{number}@example.org"
    lead, trainer = as_person(session, "lead@example.org"), as_person(session, "trainer@example.org")
    assert member_service.invite_all(session, lead, scene.cohort.id, lambda _member: "signed", NOW) == 2
    with pytest.raises(Refused, match="this cohort"):
        member_service.invite_all(session, trainer, scene.cohort.id, lambda _member: "signed", NOW)
    assert member_service.invite_all(session, trainer, scene.other.id, lambda _member: "signed", NOW) == 2
