"""The questions before a course and after it, ready for a template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import current_app, url_for
from markupsafe import Markup

from coplearn.courses.assessment import AFTER, BEFORE, FORM_A, ask_all, form_digest, pairs_of, review_all, sitting_id
from coplearn.courses.course import Course
from coplearn.courses.plugin import View
from coplearn.courses.question import NUMBER
from coplearn.kernel.text import Phrase
from coplearn.learning.presenters import hidden_fields, resume_item, sitting_href, way_in
from coplearn.learning.queries import AttemptRow, InCourse, editions_of, latest_attempt
from coplearn.learning.render_cache import page_of, said_of
from coplearn.learning.rules import edition_of
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.render import page_locale, say_phrase


@dataclass(frozen=True, slots=True)
class SittingScreen:
    """One sitting: what is asked, or what was answered both times with the reasons.

    ``on_href`` is where who leaves it out goes on, ``is_after`` whether it is the one after the course.
    """

    href: str
    course_href: str
    course_title: str
    intro: Markup
    questions: int
    body: Callable[[], Markup]
    hidden: Markup
    on_href: str
    is_after: bool
    errors: Sequence[tuple[str, str]] = ()


def asking_screen(course: Course, sitting: str, form: str, here: InCourse, view: View) -> SittingScreen:
    """The questions of that form, with what was typed and what is wrong with it."""
    first = pairs_of(course)[0].item
    return SittingScreen(
        href=sitting_href(course, sitting),
        course_href=url_for("learning.course", course_code=course.code),
        course_title=site().library.title(course, page_locale()),
        intro=page_of(course, first).blocks("course#assessment.intro"),
        questions=len(pairs_of(course)),
        body=lambda: ask_all(course, form, lambda item: page_of(course, item), view),
        hidden=hidden_fields(view.seed, form_digest(course, form)),
        on_href=on_href(course, sitting, here),
        is_after=sitting == AFTER,
        errors=_sentences(course, form, view.errors),
    )


def on_href(course: Course, sitting: str, here: InCourse) -> str:
    """The way on: to the step that comes next, or after the course to its certificate."""
    if sitting == AFTER:
        return url_for("certificates.course_certificate", course_code=course.code)
    return way_in(course, resume_item(course, here.visits, here.place), here.visits)


def _sentences(course: Course, form: str, errors: Mapping[str, Phrase]) -> list[tuple[str, str]]:
    """The list above the form: each field that is open with the number of its question."""
    pairs, found = pairs_of(course), dict[str, str]()
    places = {pair.form(form).id: (number, pair.item) for number, pair in enumerate(pairs, 1)}
    for field, phrase in errors.items():
        number, item = places.get(field.partition(".")[0], (0, None))
        said = say_phrase(phrase) if item is None else said_of(course, item, field, phrase)
        if item is not None:
            said = f"{say_phrase(Phrase(NUMBER, {'number': number, 'total': len(pairs)}))} · {said}"
        found.setdefault(said, field)
    return [(field, said) for said, field in found.items()]


@dataclass(frozen=True, slots=True)
class ReasonsScreen:
    """Answers that somebody gave after the course, and before it, each with the reasons; no points."""

    course_href: str
    course_title: str
    after: Callable[[], Markup]
    before: Callable[[], Markup]
    certificate_href: str


def reasons_screen(course: Course, learner_id: int) -> ReasonsScreen:
    """The two attempts of that learner (three statements at most)."""
    session = current_session(current_app)
    after, before = (
        latest_attempt(session, learner_id, course.id, sitting_id(course, sitting)) for sitting in (AFTER, BEFORE)
    )
    return ReasonsScreen(
        course_href=url_for("learning.course", course_code=course.code),
        course_title=site().library.title(course, page_locale()),
        after=_reviewed(course, after),
        before=_reviewed(course, before),
        certificate_href=on_href(course, AFTER, InCourse()),
    )


def _reviewed(course: Course, attempt: AttemptRow | None) -> Callable[[], Markup]:
    if attempt is None:
        return lambda: Markup("")
    changed, view = _changed(course, attempt), View(seed=attempt.seed)
    return lambda: review_all(course, attempt.answers, lambda item: page_of(course, item), view, changed)


def _changed(course: Course, attempt: AttemptRow) -> Mapping[str, frozenset[str]]:
    """The questions that ask something else since, by check."""
    if attempt.course_digest == course.digest:
        return {}
    then = editions_of(current_session(current_app), course.id, [attempt.course_digest]).get(attempt.course_digest)
    now = edition_of(course, {})
    checks = {pair.item.id for pair in pairs_of(course)}
    if then is None:
        return {check: frozenset(now.items[check]["parts"]) for check in checks}
    return {check: now.changed_parts(check, then) for check in checks}


def form_before(here: InCourse, course: Course) -> str:
    """The form that was asked before the course, as it was kept."""
    visit = here.visits.get(sitting_id(course, BEFORE))
    return str(((visit.state if visit is not None else None) or {}).get("form", FORM_A))
