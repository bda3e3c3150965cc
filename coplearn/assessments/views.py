"""The questions before a course and after it: offered, never marked, and told with their reasons after the second time."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Final

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from coplearn.assessments.presenters import asking_screen, form_before, on_href, reasons_screen
from coplearn.courses.assessment import AFTER, BEFORE, FORMS, first_form, form_digest, other_form, read_all, sitting_id
from coplearn.courses.course import Course
from coplearn.courses.plugin import Form, Incomplete, Outcome, View
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_, Phrase
from coplearn.learning import service
from coplearn.learning.guards import answer_present, course_at, learner_in
from coplearn.learning.presenters import open_sitting
from coplearn.learning.queries import InCourse
from coplearn.learning.tasks import is_noted, note_edition
from coplearn.site import site
from coplearn.storage.database import current_engine, current_session, reading_only
from coplearn.web.render import page_locale, say

FORM_FIELD: Final = "asked_form"
_CHANGED: Final = N_(
    "These questions were changed while you had them open. What you gave is filled in below where it still fits: look"
    " through it and send it once more."
)
_THANKS: Final = N_(
    "Thank you. After the course there are other questions about the same things, and then the reasons."
)
blueprint = Blueprint("assessments", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.get("/c/<course_code>/questions/<any(before, after):sitting>")
def sitting(course_code: str, sitting: str) -> BaseResponse | str:
    """The questions, while there is a reason to ask them; after both times what was answered, with the reasons."""
    course = _assessed(course_code)
    here = _here(course)
    if here.learner is not None and sitting == AFTER and sitting_id(course, AFTER) in here.visits:
        return render_template("assessments/reasons.html", screen=reasons_screen(course, here.learner.id))
    if open_sitting(course, here.visits) != sitting:
        return redirect(url_for("learning.course", course_code=course.code))
    seed = here.learner.seed if here.learner is not None else 0
    return _page(course, sitting, _form_to_ask(course, sitting, here), here, View(seed=seed))


@blueprint.post("/c/<course_code>/questions/<any(before, after):sitting>")
def answer(course_code: str, sitting: str) -> BaseResponse | tuple[str, int]:
    """Keep what was answered, once; incomplete, the form again with what was chosen."""
    course, sent = _assessed(course_code), request.form.to_dict(flat=False)
    with reading_only():
        here = _here(course)
    if open_sitting(course, here.visits) != sitting:
        return redirect(url_for(".sitting", course_code=course.code, sitting=sitting), 303)
    form = _form_sent(course, sitting, here, sent)
    try:
        _keep(course, sitting, form, sent)
    except Incomplete as incomplete:
        view = View(seed=_seed(sent), values=sent, errors=incomplete.errors)
        return _page(course, sitting, form, here, view), 422
    if sitting == AFTER:
        return redirect(url_for(".sitting", course_code=course.code, sitting=AFTER), 303)
    flash(say(_THANKS), "note")
    return redirect(on_href(course, BEFORE, here), 303)


def _assessed(course_code: str) -> Course:
    course = course_at(course_code)
    if course.assessment is None:
        raise NotFound
    return course


def _here(course: Course) -> InCourse:
    """The learner in the course, with what was kept of the questions before it (one statement)."""
    return learner_in(course.id, sitting_id(course, BEFORE)) or InCourse()


def _page(course: Course, sitting: str, form: str, here: InCourse, view: View) -> str:
    screen = asking_screen(course, sitting, form, here, view)
    return render_template("assessments/sitting.html", screen=screen, form_field=(FORM_FIELD, form))


def _form_to_ask(course: Course, sitting: str, here: InCourse) -> str:
    """Half of all people are asked each form first, and afterwards the other one.

    Who has saved nothing yet has no number to go by, so chance decides, and the page says what it asked.
    """
    if sitting == AFTER:
        return other_form(form_before(here, course))
    return first_form(course, here.learner.id) if here.learner is not None else secrets.choice(FORMS)


def _form_sent(course: Course, sitting: str, here: InCourse, sent: Form) -> str:
    named = next(iter(sent.get(FORM_FIELD, ())), "")
    return named if sitting == BEFORE and named in FORMS else _form_to_ask(course, sitting, here)


def _keep(course: Course, sitting: str, form: str, sent: Form) -> None:
    """Keep the answers. Raises Incomplete where some lack, or the questions were changed meanwhile."""
    answers, score = read_all(course, form, sent)
    if list(sent.get("made-of") or ()) != [form_digest(course, form)]:
        raise Incomplete({"answers": Phrase(_CHANGED)})
    if not is_noted(current_engine(current_app), course):
        note_edition(current_session(current_app), course, partial(site().library.titles, course), utcnow())
    name = sitting_id(course, sitting)
    target = service.AnsweredItem(course.id, course.version, course.digest, name, 1, (), is_step=False)
    outcome = Outcome(done=True, answers=answers, score=score, state={"form": form})
    key = (sent.get("key") or [""])[0].replace("\0", "") or secrets.token_urlsafe(18)
    try:
        answer_present(
            target, service.Submission(key, page_locale().code, _seed(sent), outcome, utcnow()), site().settings
        )
    except service.AnsweredBefore as before:
        raise Incomplete({"answers": before.phrase}) from None


def _seed(sent: Form) -> int:
    text = (sent.get("seed") or [""])[0]
    return int(text) % 2**31 if text.isdecimal() and len(text) <= 10 else 0
