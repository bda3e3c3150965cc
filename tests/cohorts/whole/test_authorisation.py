"""Under a right that has run out what began is finished and nobody new comes in; under one that was taken back its people look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.queries import Person, authorisation_of, entry_of, only_looks
from coplearn.cohorts.common.rules.authorisation import Authorisation
from coplearn.cohorts.common.rules.words import State, TrainingOutcome
from coplearn.cohorts.outcomes.service.certification import decide
from coplearn.cohorts.people.rules.joining import person_key
from coplearn.cohorts.people.rules.rosters import Fault, PersonDraft
from coplearn.cohorts.people.service import joining
from coplearn.cohorts.people.service import members as member_service
from coplearn.cohorts.people.service import planning as lists
from coplearn.cohorts.whole.service import move_cohort
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.finishing import as_person, titles_of
from tests.cohorts.worlds import NOW, put_certification, put_cohort, put_member, put_staff, put_user, signed_in_client
from tests.counting import counted

CODE = "K7MP3WXA"
END = NOW + timedelta(days=10)
"""When the right runs out."""
AFTER = END + timedelta(seconds=1)


@dataclass
class Branch:
    """A cohort that a trainer opened under their right, as its lead."""

    session: Session
    right: Certification
    cohort: Cohort
    lead: Person

    def seat(self, email: str | None, state: str, **changes: object) -> Membership:
        """Somebody on the list without an account; who takes part came before."""
        joined_at = NOW if state == "active" else None
        key = person_key("Ani", email, "School 7")
        values = {"user_id": None, "state": state, "joined_at": joined_at, "key": key, **changes}
        return put_member(self.session, self.cohort, email, **values)

    def person(self, email: str = "ani@example.org") -> Person:
        """Somebody with a confirmed account."""
        put_user(self.session, email)
        return as_person(self.session, email)

    def authorisation(self, now: datetime = AFTER) -> Authorisation:
        """How the cohort stands then."""
        self.session.flush()
        return authorisation_of(self.session, self.cohort, now)

    def active(self) -> int:
        """How many people take part."""
        counting = select(func.count()).where(Membership.cohort_id == self.cohort.id, Membership.state == "active")
        return self.session.scalar(counting) or 0


def put_branch(session: Session, *, end: datetime = END, **changes: object) -> Branch:
    """The trainer was trained in another cohort, and runs this one until ``end``."""
    trained = put_cohort(session)
    right = put_certification(session, trained, put_member(session, trained, "aya@example.org"), valid_until=end)
    values = {"kind": "audience-training", "right_id": right.id, "generation": 2, "join_code": CODE, **changes}
    cohort = put_cohort(session, **values)  # type: ignore[arg-type] # fields by name
    put_staff(session, cohort, "aya@example.org", "lead")
    return Branch(session, right, cohort, as_person(session, "aya@example.org"))


@pytest.fixture
def branch(scratch: Session) -> Branch:
    """On each database."""
    return put_branch(scratch)


# ── Nobody new ──


def _by_code(branch: Branch, now: datetime) -> None:
    joining.join(branch.session, branch.person(), CODE, now)


def _by_kept_seat_and_code(branch: Branch, now: datetime) -> None:
    branch.seat("ani@example.org", "invited")
    person = branch.person()
    branch.session.get_one(User, person.id).confirmed_at = NOW
    joining.join(branch.session, person, CODE, now)


def _by_letter(branch: Branch, now: datetime) -> None:
    seat = branch.seat("ani@example.org", "invited")
    joining.take_seat_of(branch.session, branch.person(), branch.cohort.id, seat.public_id, now)


def _by_card(branch: Branch, now: datetime) -> None:
    seat = branch.seat(None, "invited", card_code="ABCDEFGHJK")
    joining.take_seat_of(branch.session, branch.person(), branch.cohort.id, seat.public_id, now)


def _by_claim(branch: Branch, now: datetime) -> None:
    seat, person = branch.seat("ani@example.org", "invited"), branch.person()
    branch.session.get_one(User, person.id).confirmed_at = NOW
    joining.claim(branch.session, person, branch.cohort.id, seat.public_id, now)


def _by_approval(branch: Branch, now: datetime) -> None:
    seat = branch.seat("ani@example.org", "waiting")
    member_service.approve(branch.session, branch.lead, branch.cohort.id, seat.public_id, now)


def _by_letting_in_an_invited_one(branch: Branch, now: datetime) -> None:
    seat = branch.seat("ani@example.org", "invited")
    member_service.approve(branch.session, branch.lead, branch.cohort.id, seat.public_id, now)


def _by_hand(branch: Branch, now: datetime) -> None:
    draft = PersonDraft(0, "Ani", None, "School 7", "", "", "", None)
    member_service.add_by_hand(branch.session, branch.lead, branch.cohort.id, draft, now)


def _by_saying_no_and_taking_back(branch: Branch, now: datetime) -> None:
    seat = branch.seat("ani@example.org", "waiting", user_id=branch.person().id)
    member_service.withdraw(branch.session, branch.lead, branch.cohort.id, seat.public_id, now)
    member_service.take_back(branch.session, branch.lead, branch.cohort.id, seat.public_id, now)


WAYS = (
    _by_code, _by_kept_seat_and_code, _by_letter, _by_card, _by_claim, _by_approval, _by_letting_in_an_invited_one,
    _by_hand, _by_saying_no_and_taking_back,
)  # fmt: skip


@pytest.mark.parametrize("taken_back", [False, True], ids=["run out", "taken back"])
@pytest.mark.parametrize("way", WAYS)
def test_no_way_in_is_open(branch: Branch, way: Callable[[Branch, datetime], None], taken_back: bool) -> None:
    """Each lets somebody in on the right's last day, and nobody afterwards."""
    before = branch.session.begin_nested()
    way(branch, END - timedelta(seconds=1))
    assert branch.active() == 1
    before.rollback()
    if taken_back:
        branch.right.revoked_at = NOW
        branch.session.flush()
    told = "was taken back|Nobody new" if taken_back else "has run out|Nobody new"
    with pytest.raises(Refused, match=told):
        way(branch, NOW if taken_back else AFTER)
    assert branch.active() == 0


def test_nobody_is_invited_to_what_nobody_can_join(branch: Branch) -> None:
    """Neither one nor all, and who was to be invited still is."""
    seat = branch.seat("ani@example.org", "invited")
    here = (branch.session, branch.lead, branch.cohort.id)
    with pytest.raises(Refused, match="has run out"):
        member_service.invite(*here, seat.public_id, lambda _: "t" * 32, AFTER)
    with pytest.raises(Refused, match="has run out"):
        member_service.invite_all(*here, lambda _: "t" * 32, AFTER)
    assert seat.invited_at is None


@pytest.mark.parametrize(("now", "new", "refused"), [(NOW, 1, 0), (AFTER, 0, 1)])
def test_list_brings_in_nobody_new_and_corrects_who_is_there(
    branch: Branch, now: datetime, new: int, refused: int
) -> None:
    """Line by line: who is in gets the new region, who is not is refused with the reason."""
    branch.seat("ani@example.org", "active")
    known = PersonDraft(1, "Ani", "ani@example.org", "School 7", "Rabat", "", "", None)
    stranger = PersonDraft(2, "Ben", "ben@example.org", "School 7", "", "", "", None)
    lines: list[PersonDraft | Fault] = [known, stranger]
    for dry in (True, False):
        run = lists.run_for(branch.session, branch.cohort.id, True, now, dry=dry)
        plan = lists.plan_lines(branch.session, run, lines, now)
        assert (len(plan.new), len(plan.changed)) == (new, 1)
        assert [(fault.line, "run out" in fault.remarks[0].reason.text) for fault in plan.faults] == [
            (2, True)
        ] * refused


def test_draft_is_not_opened(scratch: Session) -> None:
    """Before the end it is; afterwards it stays a draft."""
    branch = put_branch(scratch, state="draft")
    here = (scratch, branch.lead, branch.cohort.id, State.OPEN)
    with pytest.raises(Refused, match="has run out"):
        move_cohort(*here, AFTER)
    assert branch.cohort.state == "draft"
    assert move_cohort(*here, NOW).state == "open"


# ── What has begun ──


def test_what_has_begun_is_finished(branch: Branch) -> None:
    """The trainer's actions stay; who is in takes their place over by card, and comes back when they left by mistake."""
    with_card, left = branch.seat(None, "active"), branch.seat("ben@example.org", "active")
    entry = entry_of(branch.session, branch.cohort.public_id, branch.lead.id)
    assert entry is not None
    assert not only_looks(branch.session, entry, branch.lead.id, AFTER)
    here = (branch.session, branch.lead, branch.cohort.id)
    taken = joining.take_seat_of(branch.session, branch.person(), branch.cohort.id, with_card.public_id, AFTER)
    assert taken.state == "active"
    assert joining.join(branch.session, branch.person(), CODE, AFTER).id == taken.id
    member_service.withdraw(*here, left.public_id, AFTER)
    assert member_service.take_back(*here, left.public_id, AFTER).state == "active"
    branch.cohort.state = "open"
    assert move_cohort(*here, State.RUNNING, AFTER).state == "running"
    made = decide(
        branch.session,
        branch.lead,
        branch.cohort,
        left.public_id,
        TrainingOutcome.COMPLETED,
        "Well done.",
        0,
        {},
        titles_of,
        AFTER,
    )
    assert made.outcome == "completed"


# ── What a cohort may stand on instead ──


def _renewed(branch: Branch) -> None:
    member = branch.session.get_one(Membership, branch.right.membership_id)
    trained = branch.session.get_one(Cohort, member.cohort_id)
    put_certification(branch.session, trained, member, turn=2, valid_until=END + timedelta(days=700))


def _second_trainer(branch: Branch, role: str = "trainer", **changes: object) -> CohortStaff:
    trained = put_cohort(branch.session)
    member = put_member(branch.session, trained, "bea@example.org")
    put_certification(branch.session, trained, member, **changes)
    put_staff(branch.session, branch.cohort, "bea@example.org", role)
    return branch.session.scalars(select(CohortStaff).where(CohortStaff.user_id == member.user_id)).one()


def _coordinator(branch: Branch, country: str = "MA") -> None:
    put_staff(branch.session, branch.cohort, "coordinator@example.org", "trainer")
    grant_role(branch.session, "coordinator@example.org", Role.COORDINATOR, country=country)


def _ended(branch: Branch) -> None:
    _second_trainer(branch).ended_at = NOW


def _locked_out(branch: Branch) -> None:
    branch.session.get_one(User, _second_trainer(branch).user_id).active = False


@pytest.mark.parametrize(
    ("help_comes", "good"),
    [
        (_renewed, True),
        (_second_trainer, True),
        (_coordinator, True),
        (lambda branch: _second_trainer(branch, country="AM"), False),
        (lambda branch: _second_trainer(branch, course_ids=["another"]), False),
        (lambda branch: _second_trainer(branch, valid_until=END), False),
        (lambda branch: _second_trainer(branch, revoked_at=NOW), False),
        (lambda branch: _second_trainer(branch, "examiner"), False),
        (lambda branch: _coordinator(branch, "AM"), False),
        (_ended, False),
        (_locked_out, False),
    ],
    ids=[
        "renewed", "second trainer", "coordinator", "other country", "other course", "run out too", "taken back too",
        "examiner", "foreign coordinator", "former trainer", "locked account",
    ],
)  # fmt: skip
def test_one_good_right_among_its_trainers_is_enough(
    branch: Branch, help_comes: Callable[[Branch], object], good: bool
) -> None:
    """A renewed right, another trainer's, or a coordinator who trains in it; and none that does not fit."""
    assert branch.authorisation(NOW) is Authorisation.FIRM
    assert branch.authorisation() is Authorisation.RUN_OUT
    help_comes(branch)
    assert branch.authorisation() is (Authorisation.FIRM if good else Authorisation.RUN_OUT)
    branch.right.revoked_at = NOW
    assert branch.authorisation() is (Authorisation.FIRM if good else Authorisation.TAKEN_BACK)


def test_coordinators_cohort_stands_whatever_its_trainers_hold(scratch: Session) -> None:
    """It was opened under nobody's right."""
    assert authorisation_of(scratch, put_cohort(scratch), NOW) is Authorisation.FIRM


def test_who_lost_their_right_looks_while_the_others_go_on(branch: Branch) -> None:
    """Alone, everybody looks; with a second trainer in good standing only the one whose right it was."""
    put_staff(branch.session, branch.cohort, "obi@example.org", "observer")
    observer = branch.person("obi@example.org")
    branch.right.revoked_at = NOW
    branch.session.flush()

    def looks(person: Person) -> bool:
        entry = entry_of(branch.session, branch.cohort.public_id, person.id)
        assert entry is not None
        return only_looks(branch.session, entry, person.id, NOW)

    assert looks(branch.lead) and looks(observer)
    _second_trainer(branch)
    second = branch.person("bea@example.org")
    assert looks(branch.lead) and not looks(second) and not looks(observer)


# ── On the pages ──


@dataclass
class Pages:
    """A site with a cohort whose right ran out yesterday."""

    app: Flask
    path: str
    keys: dict[str, str]
    letter: str

    def get(self, who: str, address: str, status: int = 200) -> str:
        """The page as they see it."""
        answer = signed_in_client(self.app, self.keys[who]).get(address)
        assert answer.status_code == status, answer.text
        return answer.text


def _pages(app: Flask, **changes: object) -> Pages:
    with app.app_context():
        session = current_session(app)
        branch = put_branch(session, end=datetime.now(UTC) - timedelta(days=1), **changes)
        branch.seat("ben@example.org", "waiting")
        card = branch.seat(None, "invited", card_code="ABCDEFGHJK").card_code
        put_user(session, "ani@example.org")
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        return Pages(app, f"/en/cohorts/{branch.cohort.public_id}", keys, f"/en/cohorts/card/{card}")


def test_trainer_is_told_what_to_do_within_eighteen_statements(app: Flask) -> None:
    """On the cohort's page and on that of its people; a cohort that is over has nothing to be done about it."""
    pages = _pages(app)
    for address in (f"{pages.path}/", f"{pages.path}/people"):
        # That it is read is written down once an hour.
        pages.get("aya", address)
        with counted(app) as sent:
            page = pages.get("aya", address)
        assert "has run out" in page
        assert "renewed" in page
        assert len(sent) <= 18, sent
        # What would be refused is not held out.
        assert "Add one person" not in page
        assert "Open the cohort for joining" not in page
    with app.app_context():
        session = current_session(app)
        session.scalars(select(Cohort).where(Cohort.join_code == CODE)).one().state = "closed"
        session.commit()
    assert "has run out" not in pages.get("aya", f"{pages.path}/")


def test_joiner_is_told_kindly_and_nothing_of_the_certificate(app: Flask) -> None:
    """At the code and at a card, before they press and when they press all the same."""
    pages = _pages(app)
    for address in (f"/en/cohorts/join/{CODE}", pages.letter):
        page = pages.get("ani", address, 410)
        assert "Nobody new can come into this cohort now" in page
        assert "certificate" not in page.partition("<main")[2].partition("</main")[0]
        client = signed_in_client(app, pages.keys["ani"])
        token = hidden_fields(client.get("/en/cohorts/join").text)["csrf_token"]
        pressed = client.post(address, data={"csrf_token": token}, follow_redirects=True)
        assert "Nobody new can come into this cohort now" in pressed.text
    with app.app_context():
        members = current_session(app).scalars(select(Membership.state).where(Membership.name != "Aya")).all()
    assert sorted(members) == ["invited", "waiting"]
