"""The contents of the pages of practice: a question and its reasons, what came of an action, and being asked later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app, url_for
from markupsafe import Markup

from coplearn.accounts.queries import zone_of
from coplearn.courses.asked import AskedQuestion
from coplearn.courses.course import Course
from coplearn.courses.pages import text_shown
from coplearn.courses.plugin import Phrase, View
from coplearn.courses.texts import Texts
from coplearn.kernel.clock import utcnow
from coplearn.learning.presenters import item_href
from coplearn.learning.queries import VisitRow, WhoLearns
from coplearn.learning.render_cache import page_of
from coplearn.practice.mail import make_token
from coplearn.practice.queries import Again, BeforeModule, kept_by_course, kept_in, reader_of
from coplearn.practice.rules import (
    Kept,
    PracticeQuestion,
    Purpose,
    asked_again,
    next_refresher,
    open_follow_up,
    open_refresher,
)
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.render import asset_url, page_locale
from coplearn.web.static_files import static_url


@dataclass(frozen=True, slots=True)
class QuestionScreen:
    """A question: with its fields, or with what was answered and why."""

    html: Markup
    is_answered: bool
    key: str
    scripts: list[str]
    styles: list[str]
    errors: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class BeforeScreen:
    """A page before a module. ``on`` is the way on: the next question, or the module's first step."""

    href: str
    on: str
    course_href: str
    course_title: Markup
    module_title: Markup
    recalled_title: Markup
    number: int
    modules: int
    content_note: Markup | None
    skip_href: str
    is_recall: bool
    question: QuestionScreen
    made_of: str


@dataclass(frozen=True, slots=True)
class FollowUpLine:
    """An action of which it is asked what came of it. ``key`` names the question, ``href`` takes the answer."""

    key: str
    item_id: str
    question: Markup
    title: Markup
    item_href: str
    href: str


@dataclass(frozen=True, slots=True)
class AgainScreen:
    """The page of a private address. ``next_on`` is when the next question comes, None when none does."""

    href: str
    course_href: str
    course_title: Markup
    question: QuestionScreen | None
    follow_up: FollowUpLine | None
    next_on: date | None
    is_on: bool
    """Whether they are asked at all, now or later."""
    made_of: str


@dataclass(frozen=True, slots=True)
class RefresherBox:
    """Being asked later about a course that was finished: the offer of so many ``times``, or how it stands. ``waits`` leads to
    what is asked now."""

    code: str
    title: Markup
    times: int
    href: str
    is_on: bool
    by_letter: bool
    next_on: date | None
    waits: str | None


def before_screen(
    before: BeforeModule,
    planned: PracticeQuestion,
    answered: Kept | None = None,
    values: Mapping[str, list[str]] | None = None,
    errors: Mapping[str, Phrase] | None = None,
) -> BeforeScreen:
    """The page of one of the questions before a module; ``answered`` shows it with its reasons."""
    course, module, texts = before.course, before.module, site().library.texts(before.course, page_locale())
    href = url_for("practice.before", course_code=course.code, number=before.number)
    asked = _as_answered(planned, answered, course)
    return BeforeScreen(
        href=href,
        on=href if before.still_open else first_href(before),
        course_href=url_for("learning.course", course_code=course.code),
        course_title=text_shown(texts, "course#title"),
        module_title=text_shown(texts, f"{module.prefix}#title"),
        recalled_title=text_shown(texts, f"module.{module.recall}#title") if module.recall else Markup(""),
        number=before.number,
        modules=len(course.modules),
        content_note=text_shown(texts, f"{module.prefix}#content_note") if module.content_note is not None else None,
        skip_href=_after(before),
        is_recall=planned.purpose == Purpose.RECALL,
        question=question_screen(
            course, asked, answered, values, errors, before.planned.index(planned) + 1, len(before.planned)
        ),
        made_of=course.digest,
    )


def first_href(before: BeforeModule) -> str:
    """The address of the module's first step."""
    return item_href(before.course, before.course.items[before.module.item_ids[0]])


def _after(before: BeforeModule) -> str:
    if before.number == len(before.course.modules):
        return url_for("learning.course", course_code=before.course.code)
    return item_href(before.course, before.course.items[before.course.modules[before.number].item_ids[0]])


def _as_answered(planned: PracticeQuestion, answered: Kept | None, course: Course) -> PracticeQuestion:
    """The question as it was answered: of the two forms the other may be due by now."""
    if answered is None or planned.purpose == Purpose.BEFORE:
        return planned
    again = asked_again(course, answered.item_id, answered.question_id)
    return planned if again is None else PracticeQuestion(planned.key, planned.purpose, again)


def question_screen(
    course: Course,
    planned: PracticeQuestion,
    answered: Kept | None = None,
    values: Mapping[str, list[str]] | None = None,
    errors: Mapping[str, Phrase] | None = None,
    number: int = 1,
    total: int = 1,
) -> QuestionScreen:
    """A question for its page, as the ``number``-th of ``total``."""
    asked, page = planned.asked, page_of(course, course.items[planned.asked.item])
    view = View(seed=planned.seed, values=values or {}, errors=errors or {})
    if answered is not None:
        html = asked.show(page, view, answered.answer.get("is"), number, total)
    else:
        html = asked.ask(page, view, number, total)
    said = page.of(asked.question.kind)
    return QuestionScreen(
        html=html,
        is_answered=answered is not None,
        key=planned.key,
        scripts=[static_url("js/quiz.js"), *_files(course, asked, asked.question.scripts)],
        styles=_files(course, asked, asked.question.styles),
        errors=[(name, said.phrase(phrase)) for name, phrase in (errors or {}).items()],
    )


def _files(course: Course, asked: AskedQuestion, names: tuple[str, ...]) -> list[str]:
    bundle = course.question_bundles.get(asked.question.kind)
    addresses = [bundle.address(name) for name in names] if bundle is not None else []
    return [asset_url(address) for address in addresses if address is not None]


def again_screen(
    again: Again,
    token: str,
    answered: Kept | None = None,
    values: Mapping[str, list[str]] | None = None,
    errors: Mapping[str, Phrase] | None = None,
) -> AgainScreen:
    """The page of a private address; ``answered`` shows that question with its reasons."""
    course, texts, now = again.course, site().library.texts(again.course, page_locale()), utcnow()
    question, next_on = None, next_refresher(again.kept.values(), again.reader.zone, now)
    planned = answered_refresher(course, answered) if answered is not None else again.planned
    if planned is not None:
        question = question_screen(course, planned, answered, values, errors)
    return AgainScreen(
        href=url_for("practice.again", token=token),
        course_href=url_for("learning.course", course_code=course.code),
        course_title=text_shown(texts, "course#title"),
        question=question,
        follow_up=follow_up(course, texts, again.visits, again.kept, token, now),
        next_on=next_on,
        is_on=next_on is not None or again.planned is not None,
        made_of=course.digest,
    )


def answered_refresher(course: Course, answered: Kept) -> PracticeQuestion | None:
    """A question after the course as it was answered; None when the course does not have it any more."""
    asked = asked_again(course, answered.item_id, answered.question_id)
    return PracticeQuestion(answered.key, Purpose.REFRESHER, asked) if asked is not None else None


def follow_up(
    course: Course, texts: Texts, visits: Mapping[str, VisitRow], kept: Mapping[str, Kept], token: str, now: datetime
) -> FollowUpLine | None:
    """The action of the course of which it is asked now what came of it: the last one that was done, of those to ask about.

    One at a time, because a row of them would read like a list of things left undone.
    """
    done = [(visit.done_at, item_id) for item_id, visit in visits.items() if visit.done_at and item_id in course.items]
    for done_at, item_id in sorted(done, reverse=True):
        item = course.items[item_id]
        context = course.kinds[item.kind].follow_up(item)
        key = open_follow_up(item_id, done_at, kept, now) if context is not None else None
        if context is not None and key is not None:
            question, title = page_of(course, item).inline(context), text_shown(texts, f"{item_id}#title")
            href = url_for("practice.again", token=token)
            return FollowUpLine(key, item_id, question, title, item_href(course, item), href)
    return None


def refresher_box(
    course: Course, kept: Mapping[str, Kept], finished_at: datetime | None, learner_id: int, zone: str
) -> RefresherBox | None:
    """The box about being asked later, as it stands; None for a course that asks nothing, and before it is finished."""
    if finished_at is None or not course.refresher:
        return None
    now, mine = utcnow(), [one for one in kept.values() if one.purpose == Purpose.REFRESHER]
    waits, comes = open_refresher(mine, zone, now), next_refresher(mine, zone, now)
    token = make_token(current_app, learner_id, course) if waits is not None else ""
    return RefresherBox(
        code=course.code,
        title=text_shown(site().library.texts(course, page_locale()), "course#title"),
        times=len(course.refresher),
        href=url_for("practice.ask_later", course_code=course.code),
        is_on=waits is not None or comes is not None,
        by_letter=any(one.by_letter and one.answered_at is None for one in mine),
        next_on=comes,
        waits=url_for("practice.again", token=token) if token else None,
    )


def refresher_of(course: Course, learner: WhoLearns | None) -> RefresherBox | None:
    """The same for the learner on the course's last page (two statements; none for a course that asks nothing)."""
    if learner is None or not course.refresher:
        return None
    session = current_session(current_app)
    reader = reader_of(session, learner.id, course.id)
    if reader is None:
        return None
    return refresher_box(course, kept_in(session, learner.id, course.id), reader.finished_at, learner.id, reader.zone)


@dataclass(frozen=True, slots=True)
class Waiting:
    """All that waits for a learner under My learning, and what they may ask for there."""

    boxes: list[RefresherBox]
    follow_ups: list[FollowUpLine]


def waiting_for(
    learner: WhoLearns,
    finished: Mapping[str, datetime | None],
    visits: Mapping[str, Mapping[str, VisitRow]],
) -> Waiting:
    """Everything that waits for the learner, whose courses were ``finished`` then (two statements)."""
    session, courses, now = current_session(current_app), site().library.current().courses, utcnow()
    zone = zone_of(session, learner.user_id) if learner.user_id is not None else ""
    kept = kept_by_course(session, learner.id)
    boxes: list[RefresherBox | None] = []
    asked: list[FollowUpLine | None] = []
    for course in (courses[course_id] for course_id in finished if course_id in courses):
        mine, texts = kept.get(course.id, {}), site().library.texts(course, page_locale())
        boxes.append(refresher_box(course, mine, finished[course.id], learner.id, zone))
        token = make_token(current_app, learner.id, course)
        asked.append(follow_up(course, texts, visits.get(course.id, {}), mine, token, now))
    return Waiting([box for box in boxes if box is not None], [line for line in asked if line is not None])
