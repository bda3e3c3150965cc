"""Six journeys from their first page to their end, each by keyboard alone and each without JavaScript."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_security import hash_password
from playwright.sync_api import Browser
from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import grant_role
from coplearn.cohorts.common.models.certification import Evaluation
from coplearn.cohorts.common.models.meeting import Attendance
from coplearn.cohorts.outcomes.rules.teaching import rubric_of
from coplearn.consultations.models import Consultation, RemarkAnswer, StatementRemark
from coplearn.courses.plugin import Item
from coplearn.demo.stage import Stage
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff, put_teach_back
from tests.consultations.worlds import put_open_consultation
from tests.journeys.browser import new_visitor, until
from tests.journeys.conftest import Office
from tests.journeys.hands import Forms, Keys
from tests.journeys.keys import go_round
from tests.journeys.learner import PRIMARY, asked_on, item_path, new_address
from tests.journeys.site import Site, said, the_course
from tests.journeys.test_learner_journey import carries
from tests.journeys.translators import fetch, lesson_address
from tests.journeys.walk import Quick, quiz_with_order, way_through
from tests.sizes import whole_only


@dataclass(frozen=True)
class World:
    """A running site, its database, and how the journey is made: its way and its language."""

    site: Site
    app: Flask
    chromium: Browser
    way: type[Forms]
    lang: str

    def meet(self) -> Forms:
        """Somebody nobody knows yet."""
        return self.way(new_visitor(self.chromium, self.site, self.lang, **self.way.options))

    def enter(self, address: str) -> Forms:
        """Somebody who signs in to the account of that address, on the page for it."""
        hand = self.meet()
        hand.visitor.open("sign-in")
        hand.write("[name=email]", address)
        hand.write("[name=password]", PASSWORD)
        hand.follow(PRIMARY)
        assert hand.visitor.path != f"/{self.lang}/sign-in"
        return hand

    def count(self, *conditions: Any) -> int:
        """How many rows there are."""
        with self.app.app_context():
            return current_session(self.app).scalar(select(func.count()).where(*conditions)) or 0

    def account(self, role: Role | None = None, **where: str) -> str:
        """The address of a new account that may do that."""
        address = new_address()
        with self.app.app_context():
            session = current_session(self.app)
            courses = site_of(self.app).library.current().courses
            Stage(session, courses, utcnow(), hash_password(PASSWORD)).person(address, "Noor", "en")
            if role:
                grant_role(session, address, role, **where)
            session.commit()
        return address


def do(hand: Forms, item: Item[Any]) -> None:
    """Finish the open item and go on to what follows."""
    assert hand.visitor.path == item_path(hand.visitor.lang, item)
    if item.kind == "scenario":
        hand.follow(*(f'button[name=choice][value="{one}"]' for one in way_through(item.content)), "a[rel=next]")
    elif item.kind == "quiz":
        for question in asked_on(hand.page, item):
            hand.answer(question)
        hand.follow(PRIMARY)
        assert hand.page.locator("#result").is_visible()
        hand.follow("article > .actions .button--primary")
    else:
        hand.follow("button[name=did][value=planned]" if item.kind == "action" else PRIMARY)
    if "/done/" in hand.visitor.path:
        hand.follow("main > .actions .button--primary")
    if "/before/" in hand.visitor.path:
        hand.follow("button[name=skip]")


def learn(world: World) -> bool:
    """From the first page to a module, and through its lessons, story, check and action."""
    hand, course = world.meet(), the_course()
    steps = course.module(quiz_with_order().module).item_ids
    hand.visitor.open("")
    hand.follow("button[name=audience][value=parents]", ".card__link")
    first = f'a[href$="/{course.items[steps[0]].code}"]'
    hand.act(f"main details:has({first}) > summary")
    hand.follow(f"main {first}")
    for step in steps:
        do(hand, course.items[step])
    hand.visitor.open(f"c/{course.code}/")
    told = said("en", "%(done)s of %(items)s steps done") % {"done": len(steps), "items": len(course.required)}
    return told in hand.page.locator("main .progress").first.inner_text()


def certify(world: World) -> bool:
    """The last step of a course, an account, a name, and the PDF."""
    hand, items = world.meet(), list(the_course().items.values())
    quick = Quick(world.site, hand.visitor.context.request, world.lang)
    for item in items[:-1]:
        quick.do(item)
    hand.visitor.open(f"c/{the_course().code}/{items[-1].code}")
    do(hand, items[-1])
    assert hand.visitor.path.endswith("/certificate")
    hand.follow("main .callout .button--primary")
    address = new_address()
    hand.write("[name=email]", address)
    hand.write("[name=password]", PASSWORD)
    hand.follow(PRIMARY)
    hand.visitor.open(world.site.link_to(address))
    hand.write("input[name=name]", "Sami Haddad")
    hand.follow("main form.stack .button--primary")
    return carries(hand.take("main form.actions .button--primary"), "Sami Haddad")


def train(world: World) -> bool:
    """A trainer marks a register; somebody independent signs a teach-back."""
    trainer, examiner = world.account(), world.account()
    with world.app.app_context():
        session = current_session(world.app)
        cohort = put_cohort(session)
        for address, role in ((trainer, "trainer"), (examiner, "examiner")):
            put_staff(session, cohort, address, role)
        members = [put_member(session, cohort, None, name=f"ليلى {one}") for one in range(4)]
        meeting = put_meeting(session, cohort, utcnow() - timedelta(minutes=5))
        taught = put_teach_back(session, members[0], planned_on=utcnow())
        rows = [f"s-{one.public_id}" for one in members]
        found = (cohort.public_id, meeting.public_id, meeting.id, taught.public_id, taught.id)
        session.commit()
    cohort_id, meeting_id, meeting_row, taught_id, taught_row = found
    hand = world.enter(trainer)
    hand.visitor.open("cohorts/")
    hand.follow(f'main a[href*="/cohorts/{cohort_id}/"]', 'main a[href$="/meetings"]')
    hand.follow(f'main a[href$="/{meeting_id}/register"]')
    for row, status in zip(rows, ("present", "late", "absent"), strict=False):
        hand.choose(row, status, "ArrowRight")
    marked = (Attendance.meeting_id == meeting_row,)
    if world.way is Forms:
        hand.follow(".register__foot .button--primary")
        assert world.count(*marked) == 3
        hand.follow("#rest")
    else:
        hand.act("#rest")
        until(hand.page, lambda: world.count(*marked) == 4, "every mark is sent by itself")
        until(hand.page, lambda: hand.page.locator("#outbox").get_attribute("data-count") == "0", "none waits")
    counted = [world.count(*marked, Attendance.status == one) for one in ("present", "late", "absent")]
    assert counted == [2, 1, 1]
    hand = world.enter(examiner)
    hand.visitor.open("cohorts/")
    hand.follow(f'main a[href*="/cohorts/{cohort_id}/"]', 'main a[href$="/teach-backs"]')
    hand.follow(f'main a[href$="/teach-backs/{taught_id}"]')
    for line in rubric_of("1").rows:
        hand.choose(f"score-{line.id}", "3")
    hand.write("#note_to_trainee", "أحسنتم.")
    hand.follow("button[name=do][value=sign-off]")
    return world.count(Evaluation.teach_back_id == taught_row, Evaluation.decides) == 1


def translate(world: World) -> bool:
    """A text that must be right is found, written and saved; a second person finds it and publishes it."""
    writer, reader = world.account(Role.TRANSLATOR, locale="ar"), world.account(Role.REVIEWER, locale="ar")
    lessons = {name for name, item in the_course().items.items() if item.kind == "lesson"}
    contexts = [one.context for one in the_course().messages if one.critical and "#b" in one.context]
    contexts = [one for one in contexts if one.partition("#")[0] in lessons]
    context = contexts[0 if world.way is Forms else 1]
    words = {Keys: "من المهم أن نعرف: ", Forms: "ولا تنسوا هذا: "}[world.way]
    page = lesson_address(world.site, "ar", context.partition("#")[0])
    for address, deed in ((writer, "publish"), (reader, "approve")):
        hand = world.enter(address)
        hand.visitor.open("translate/ar/")
        hand.follow(f'main a[href*="/translate/ar/{the_course().id}/?"], main a[href$="/ar/{the_course().id}/"]')
        hand.write("#q", context)
        hand.follow(".find .button", "a.line__source")
        if deed == "publish":
            hand.write("#form-0", words)
        else:
            assert hand.page.locator("#form-0").input_value().startswith(words)
            assert words.strip() not in fetch(page)
        hand.follow(f"button[name=do][value={deed}]")
        assert hand.page.locator(".toast").is_visible()
    until(hand.page, lambda: words.strip() in fetch(page), "learners read it")
    return words.strip() in fetch(page)


def moderate(world: World) -> bool:
    """Two comments of visitors on a statement: one is shown and accepted, one is refused with a reason."""
    boss = world.account(Role.COORDINATOR, country="MA")
    with world.app.app_context():
        session = current_session(world.app)
        user = user_by_email(session, boss)
        assert user is not None
        names = put_open_consultation(session, user.id)
        session.commit()
    public = f"statements/consultations/{names['asking']}"
    for text in ("قولوا كيف.", "ليس هذا عن النص."):
        hand = world.meet()
        hand.visitor.open(public)
        hand.follow("main a[href*='/on/']")
        hand.write("#text", text)
        hand.choose("adult", "y")
        hand.follow("main form.stack .button--primary")
    hand = world.enter(boss)
    hand.visitor.open("programme/statements/")
    hand.follow(f'main a[href*="/{names["asking"]}/remarks"]', "main .said a[href*='/remarks/']")
    hand.follow("button[name=do][value=show]")
    hand.write("#why", "ليس عن النص.")
    hand.follow("button[name=do][value=hide]")
    hand.follow("main a[href*='which=unanswered']", "main .said a[href*='/remarks/']")
    hand.choose("outcome", "accepted")
    hand.write("#reason", "كتبناها بوضوح.")
    hand.follow('form[action$="/answer"] .button--primary')
    here = (StatementRemark.consultation_id == Consultation.id, Consultation.public_id == names["asking"])
    assert world.count(*here, StatementRemark.state == "hidden", StatementRemark.why == "ليس عن النص.") == 1
    accepted = (RemarkAnswer.remark_id == StatementRemark.id, RemarkAnswer.outcome == "accepted")
    return world.count(*here, *accepted, StatementRemark.state == "shown") == 1


def erase_me(world: World) -> bool:
    """A learner with an account takes a copy of everything, and erases it all; nobody can sign in to it any more."""
    address = world.account()
    hand = world.enter(address)
    Quick(world.site, hand.visitor.context.request, world.lang).do(the_course().items["what-children-do"])
    hand.visitor.open("me/")
    hand.follow('main a[href$="/me/data"]')
    hand.write("[name=password]", PASSWORD)
    assert address in json.dumps(json.loads(hand.take(PRIMARY)))
    hand.follow("main form .button--quiet", 'main a[href$="/me/erase"]')
    hand.choose("sure", "yes")
    hand.write("[name=password]", PASSWORD)
    hand.follow("main .button--danger")
    assert said(world.lang, "Everything about you is gone from this site.") in hand.page.locator("main").inner_text()
    return world.count(User.email == address) == 0


JOURNEYS: dict[str, Callable[[World], bool]] = {
    "learn": learn,
    "certify": certify,
    "train": train,
    "translate": translate,
    "moderate": moderate,
    "erase-me": erase_me,
}
WAYS: dict[str, type[Forms]] = {"by-keyboard": Keys, "without-javascript": Forms}
IN_ARABIC = {
    ("train", "by-keyboard"),
    ("erase-me", "by-keyboard"),
    ("certify", "without-javascript"),
    ("moderate", "without-javascript"),
}
SAMPLE = "erase-me"


@pytest.fixture
def began(office: Office, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[World]:
    """The site at the beginning of that journey."""
    name, way = request.param
    before = list(chromium.contexts)
    site, app, _ = office
    yield World(site, app, chromium, WAYS[way], "ar" if (name, way) in IN_ARABIC else "en")
    for context in chromium.contexts:
        if context not in before:
            context.close()


@pytest.mark.parametrize(
    ("began", "journey"),
    [
        pytest.param((name, way), journey, id=f"{name}-{way}", marks=() if name == SAMPLE else whole_only)
        for name, journey in JOURNEYS.items()
        for way in WAYS
    ],
    indirect=["began"],
)
def test_journey_is_completed(began: World, journey: Callable[[World], bool]) -> None:
    """From its first page to its end, with the focus seen at each stop and no page that needs what is not there; and whether the
    site then holds what it was made for."""
    assert journey(began)


HELD = """<style>:focus { outline: 3px solid }</style><a href="#a">a</a><input id="held"><a href="#b">b</a>
<script>held.onkeydown = (event) => { if (event.key === "Tab") event.preventDefault(); };</script>"""
UNSEEN = '<a href="#a" style="outline: 0">a</a><a href="#b">b</a>'


@pytest.mark.parametrize(("page", "fault"), [(HELD, "the focus is held at <input"), (UNSEEN, "cannot be seen on <a")])
@whole_only
def test_page_that_holds_or_hides_the_focus_is_told(chromium: Browser, page: str, fault: str) -> None:
    """What the journeys look for at every stop of the keyboard is found where it is."""
    context = chromium.new_context()
    opened = context.new_page()
    opened.set_content(page)
    with pytest.raises(AssertionError, match=fault):
        go_round(opened)
    context.close()
