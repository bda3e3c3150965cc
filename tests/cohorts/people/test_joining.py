"""Coming into a cohort and going out of it: by code, card, letter, kept seat and a trainer's hand, with a crowd at the door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.people.queries import counts_of, offers_for, people_page
from coplearn.cohorts.people.rules.joining import person_key
from coplearn.cohorts.people.rules.rosters import PersonDraft
from coplearn.cohorts.people.service import joining
from coplearn.cohorts.people.service import members as member_service
from coplearn.kernel.errors import AppError, NotFound, Refused
from coplearn.outbox.models import Letter
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import NOW, put_cohort, put_member, put_user
from tests.conftest import MakeSite

CODE = "K7MP3WXA"
CROWD = 50


def person(session: Session, email: str = "ani@example.org") -> Person:
    """Somebody with a confirmed account."""
    return Person(put_user(session, email), email.partition("@")[0].title(), email, "fr", ())


def open_door(session: Session, **changes: Any) -> Cohort:
    """A cohort that people join by CODE."""
    return put_cohort(session, **({"join_code": CODE} | changes))


def kept(session: Session, cohort: Cohort, email: str | None, **changes: Any) -> Membership:
    """A seat that was kept by a list; nobody has taken it."""
    key = person_key("Ani", email, "School 7")
    values = {"user_id": None, "state": "invited", "joined_at": None, "key": key, **changes}
    return put_member(session, cohort, email, **values)


def draft(name: str = "Ani", email: str | None = None, organisation: str = "School 7") -> PersonDraft:
    """Somebody as a trainer types them."""
    return PersonDraft(0, name, email, organisation, "", "", "", None)


def test_code_lets_in_once_however_often_it_is_pressed(session: Session) -> None:
    """Twice is as once; the account's name, address and language stand on the list, and the action in the history."""
    cohort, ani = open_door(session), person(session)
    first = joining.join(session, ani, CODE, NOW)
    assert joining.join(session, ani, CODE, NOW).id == first.id
    assert (first.name, first.email, first.locale, first.state) == ("Ani", "ani@example.org", "fr", "active")
    assert session.scalars(select(CohortEvent.kind).where(CohortEvent.cohort_id == cohort.id)).all() == ["joined"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"join_expires_at": NOW}, "run out"),
        ({"state": "closed"}, "is over"),
        ({"archived_at": NOW}, "is over"),
        ({"state": "draft"}, "not open yet"),
        ({"capacity": 1}, "seat"),
    ],
)
def test_code_that_opens_nothing_says_why(app: Flask, changes: dict[str, object], words: str) -> None:
    """Expired, over, not open yet, full: a sentence each."""
    with app.app_context():
        session = current_session(app)
        cohort = open_door(session, **changes)
        kept(session, cohort, "kept@example.org")
        with pytest.raises(Refused, match=words):
            joining.join(session, person(session), CODE, NOW)


def test_unknown_or_replaced_code_opens_nothing(app: Flask) -> None:
    """A code is renewed: the old one is nobody's; a closed one as well."""
    with app.app_context():
        session = current_session(app)
        cohort, ani = open_door(session), person(session)
        renewed = joining.renew_code(session, ani, cohort.id, NOW).join_code
        assert renewed not in (None, CODE)
        with pytest.raises(NotFound, match="No cohort"):
            joining.join(session, ani, CODE, NOW)
        joining.close_code(session, ani, cohort.id, NOW)
        with pytest.raises(NotFound):
            joining.join(session, ani, str(renewed), NOW)


def test_code_that_is_renewed_at_that_very_moment_opens_nothing(make_app: MakeSite, postgresql_url: str) -> None:
    """PostgreSQL lets both look: the trainer was first, and whoever has the old code asks for the new one."""
    app = make_app(database_url=postgresql_url)
    begun: list[None] = []

    def renew() -> None:
        with app.app_context():
            session = current_session(app)
            joining.renew_code(session, person(session, "lead@example.org"), cohort_id, NOW)
            session.commit()

    def meanwhile(_c: object, _k: object, statement: str, *_more: object) -> None:
        if "FOR UPDATE" in statement and not begun:
            begun.append(None)
            with ThreadPoolExecutor(1) as pool:
                pool.submit(renew).result()

    with app.app_context():
        session, engine = current_session(app), engine_of(app)
        cohort_id, ani = open_door(session).id, person(session)
        session.commit()
        event.listen(engine, "before_cursor_execute", meanwhile)
        with pytest.raises(Refused, match="replaced by a new one"):
            joining.join(session, ani, CODE, NOW)
        session.rollback()
        assert begun and session.scalars(select(Membership)).all() == []


def test_crowd_at_the_door_never_takes_more_than_the_seats(each_app: Flask) -> None:
    """Fifty press at the same moment, thirty seats: thirty are in, twenty read why not."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort_id = open_door(session, capacity=30).id
        crowd = [person(session, f"p{number}@example.org") for number in range(CROWD)]
        session.commit()
        session.close()
    together = Barrier(8)

    def press(one: Person) -> str:
        with each_app.app_context():
            own = current_session(each_app)
            if one in crowd[:8]:
                together.wait()
            try:
                joining.join(own, one, CODE, NOW)
                own.commit()
                return "in"
            except Refused as error:
                own.rollback()
                return error.phrase.text.partition(" ")[0]
            finally:
                own.close()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(press, crowd))
    assert {word: found.count(word) for word in set(found)} == {"in": 30, "Every": 20}
    with each_app.app_context():
        count = select(func.count()).select_from(Membership).where(Membership.cohort_id == cohort_id)
        assert current_session(each_app).scalar(count) == 30


def test_who_waits_has_no_seat_until_let_in_and_gets_a_letter(session: Session) -> None:
    """With approval: waiting costs no seat; the last seat goes to the first let in; the other is refused in words."""
    cohort = open_door(session, capacity=1, join_needs_approval=True)
    ani, ben, trainer = person(session), person(session, "ben@example.org"), person(session, "t@example.org")
    first, second = joining.join(session, ani, CODE, NOW), joining.join(session, ben, CODE, NOW)
    assert (first.state, second.state) == ("waiting", "waiting")
    assert member_service.approve(session, trainer, cohort.id, second.public_id, NOW).state == "active"
    assert session.scalars(select(Letter.to_address)).all() == ["ben@example.org"]
    with pytest.raises(Refused, match="seat"):
        member_service.approve(session, trainer, cohort.id, first.public_id, NOW)
    assert member_service.withdraw(session, trainer, cohort.id, first.public_id, NOW).state == "withdrawn"
    with pytest.raises(Refused, match="take you back"):
        joining.join(session, ani, CODE, NOW)


def test_kept_seat_is_offered_and_never_given_silently(session: Session) -> None:
    """Signing in with the invited address shows an offer; taking it is a press; an address not confirmed sees none."""
    cohort, ani = put_cohort(session, capacity=1), person(session)
    seat = kept(session, cohort, ani.email)
    assert [offer.membership.id for offer in offers_for(session, ani)] == [seat.id]
    assert seat.user_id is None
    session.execute(update(User).where(User.id == ani.id).values(confirmed_at=None))
    assert offers_for(session, ani) == []
    with pytest.raises(NotFound):
        joining.claim(session, ani, cohort.id, seat.public_id, NOW)
    session.execute(update(User).where(User.id == ani.id).values(confirmed_at=NOW))
    taken = joining.claim(session, ani, cohort.id, seat.public_id, NOW)
    assert (taken.user_id, taken.state, taken.joined_at) == (ani.id, "active", NOW)
    assert offers_for(session, ani) == []


def test_kept_seat_is_not_for_another_address_and_not_in_another_cohort(app: Flask) -> None:
    """Ben cannot claim Ani's seat, nor can it be reached through another cohort's door."""
    with app.app_context():
        session = current_session(app)
        cohort, other = put_cohort(session), put_cohort(session)
        ani, ben = person(session), person(session, "ben@example.org")
        seat = kept(session, cohort, ani.email)
        for who, where in ((ben, cohort), (ani, other)):
            with pytest.raises(NotFound):
                joining.claim(session, who, where.id, seat.public_id, NOW)
        assert seat.user_id is None


def test_invited_person_who_joins_by_the_code_takes_the_kept_seat(session: Session) -> None:
    """One person, one row: though every seat is taken or kept, and without waiting for approval."""
    cohort, ani = open_door(session, capacity=1, join_needs_approval=True), person(session)
    seat = kept(session, cohort, ani.email)
    assert joining.join(session, ani, CODE, NOW).id == seat.id
    assert (seat.state, seat.user_id) == ("active", ani.id)


def test_card_takes_the_place_over_once(session: Session) -> None:
    """The first who types it has the place; the second reads so; the first again is where they were."""
    cohort, ani, ben = put_cohort(session), person(session), person(session, "ben@example.org")
    seat = kept(session, cohort, None, state="active", card_code="ABCDE23456")
    assert joining.take_seat_of(session, ani, cohort.id, seat.public_id, NOW).user_id == ani.id
    assert joining.take_seat_of(session, ani, cohort.id, seat.public_id, NOW).id == seat.id
    with pytest.raises(Refused, match="taken this seat"):
        joining.take_seat_of(session, ben, cohort.id, seat.public_id, NOW)
    other = kept(session, cohort, None, state="active", card_code="FGHJK23456", key="f" * 64)
    with pytest.raises(Refused, match="another seat"):
        joining.take_seat_of(session, ani, cohort.id, other.public_id, NOW)
    assert (seat.user_id, other.user_id) == (ani.id, None)


def test_person_added_by_hand_is_invited_or_gets_a_card(session: Session) -> None:
    """With an address: invited, no card. Without: in at once, with a card. The same again is refused in words."""
    cohort, trainer = put_cohort(session, capacity=2), person(session)
    with_mail = member_service.add_by_hand(session, trainer, cohort.id, draft(email="b@example.org"), NOW)
    without = member_service.add_by_hand(session, trainer, cohort.id, draft(), NOW)
    assert (with_mail.state, with_mail.card_code, with_mail.locale) == ("invited", None, "ar")
    assert (without.state, without.card_code is not None) == ("active", True)
    with pytest.raises(Refused, match="seat"):
        member_service.add_by_hand(session, trainer, cohort.id, draft("Cem"), NOW)
    cohort.capacity = None
    with pytest.raises(Refused, match="mail address"):
        member_service.add_by_hand(session, trainer, cohort.id, draft("Other", "b@example.org"), NOW)
    with pytest.raises(Refused, match="name and organisation"):
        member_service.add_by_hand(session, trainer, cohort.id, draft(" ANI "), NOW)


def test_correction_never_makes_two_people_one(session: Session) -> None:
    """Another's address is refused and nothing changes; a new one makes the old invitation forgotten; none gives a card."""
    cohort, trainer = put_cohort(session), person(session)
    ani = member_service.add_by_hand(session, trainer, cohort.id, draft(email="a@example.org"), NOW)
    member_service.add_by_hand(session, trainer, cohort.id, draft("Ben", "b@example.org"), NOW)
    ani.invited_at = NOW
    with pytest.raises(Refused, match="mail address"):
        member_service.correct(session, trainer, cohort.id, ani.public_id, draft("Ani", "b@example.org"), NOW)
    session.refresh(ani)
    assert (ani.email, ani.key) == ("a@example.org", person_key("", "a@example.org", ""))
    member_service.correct(session, trainer, cohort.id, ani.public_id, draft("Ani G", "ani@example.org"), NOW)
    assert (ani.name, ani.key) == ("Ani G", person_key("", "ani@example.org", ""))
    assert counts_of(session, cohort.id).to_invite == 2
    member_service.correct(session, trainer, cohort.id, ani.public_id, draft("Ani G"), NOW)
    assert ani.card_code is not None


def test_withdrawn_person_is_taken_back_as_they_were_when_there_is_a_seat(session: Session) -> None:
    """Who came takes part again, who was only invited is invited again, and nobody comes back into a full cohort."""
    cohort, trainer = put_cohort(session, capacity=2), person(session)
    came, invited = put_member(session, cohort, "came@example.org"), kept(session, cohort, "kept@example.org")
    for one in (came, invited):
        member_service.withdraw(session, trainer, cohort.id, one.public_id, NOW)
        assert (one.state, one.left_at) == ("withdrawn", NOW)
    member_service.add_by_hand(session, trainer, cohort.id, draft("New"), NOW)
    assert member_service.take_back(session, trainer, cohort.id, came.public_id, NOW).state == "active"
    with pytest.raises(Refused, match="seat"):
        member_service.take_back(session, trainer, cohort.id, invited.public_id, NOW)
    cohort.capacity = 3
    assert member_service.take_back(session, trainer, cohort.id, invited.public_id, NOW).state == "invited"
    assert came.left_at is None


def test_person_of_another_cohort_is_not_touched(app: Flask) -> None:
    """Every verb asks whether the person belongs to the cohort of the address."""
    with app.app_context():
        session = current_session(app)
        cohort, other, trainer = put_cohort(session), put_cohort(session), person(session)
        stranger = put_member(session, other, "stranger@example.org")
        for verb in (member_service.approve, member_service.withdraw, member_service.take_back):
            with pytest.raises(NotFound):
                verb(session, trainer, cohort.id, stranger.public_id, NOW)
        with pytest.raises(NotFound):
            member_service.correct(session, trainer, cohort.id, stranger.public_id, draft(), NOW)
        with pytest.raises(NotFound):
            member_service.invite(session, trainer, cohort.id, stranger.public_id, lambda _: "t", NOW)


def test_invitations_go_once_to_everybody_and_again_to_one(session: Session) -> None:
    """One press writes to all who have no letter yet, and the next to nobody; one person can be written to again."""
    cohort, trainer = put_cohort(session), person(session)
    kept(session, cohort, "a@example.org")
    second = kept(session, cohort, "b@example.org")
    kept(session, cohort, None, card_code="ABCDE23456", state="active")
    tokens = iter(f"token-{number}" for number in range(9))

    def sign(_: Membership) -> str:
        return next(tokens)

    assert counts_of(session, cohort.id).to_invite == 2
    assert member_service.invite_all(session, trainer, cohort.id, sign, NOW) == 2
    assert member_service.invite_all(session, trainer, cohort.id, sign, NOW) == 0
    later = NOW + timedelta(days=3)
    assert member_service.invite(session, trainer, cohort.id, second.public_id, sign, later).invited_at == later
    sent = session.scalars(select(Letter.to_address).order_by(Letter.id)).all()
    assert sent == ["a@example.org", "b@example.org", "b@example.org"]


def test_nobody_without_an_address_and_nobody_who_came_is_invited(app: Flask) -> None:
    """Each with its reason."""
    with app.app_context():
        session = current_session(app)
        cohort, trainer = put_cohort(session), person(session)
        without, came = kept(session, cohort, None), put_member(session, cohort, "came@example.org")
        for one in (without, came):
            with pytest.raises(AppError):
                member_service.invite(session, trainer, cohort.id, one.public_id, lambda _: "t", NOW)
        assert session.scalars(select(Letter)).all() == []


def test_cards_are_made_once_for_those_who_need_one(session: Session) -> None:
    """Codes that people hold in their hands do not change with the next printing."""
    cohort, trainer = put_cohort(session), person(session)
    one = kept(session, cohort, None, state="active")
    kept(session, cohort, "a@example.org")
    assert member_service.give_cards(session, trainer, cohort.id, NOW) == 1
    code = one.card_code
    assert member_service.give_cards(session, trainer, cohort.id, NOW) == 0
    assert one.card_code == code is not None


def test_list_is_paged_and_searched_in_any_case(session: Session) -> None:
    """Page by page nobody is missing or twice; a search finds Cyrillic and Arabic, whatever the case."""
    cohort = put_cohort(session)
    for number in range(5):
        put_member(session, cohort, f"p{number}@example.org", name="Same" if number < 3 else f"Анна {number}")
    seen, after = list[int](), None
    while page := people_page(session, cohort.id, after=after, limit=2):
        seen += [one.id for one in page]
        after = (page[-1].name, page[-1].id)
    assert len(seen) == len(set(seen)) == 5
    texts = ("анна", "АННА", "p3@", "100%", "same")
    found = [len(people_page(session, cohort.id, search=text, after=None, limit=9)) for text in texts]
    assert found == [2, 2, 1, 0, 3]
