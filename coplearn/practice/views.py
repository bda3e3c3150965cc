"""Pages that ask beside the steps of a course: before a module, long after the course, and what came of an action."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from coplearn.courses.course import Course
from coplearn.courses.plugin import Incomplete, Phrase
from coplearn.i18n.time_zones import ZONES
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.learning.guards import course_at, present_learner, writing_learner
from coplearn.outbox.letters import stop_code
from coplearn.practice import service
from coplearn.practice.guards import again_at, before_this
from coplearn.practice.presenters import AgainScreen, again_screen, before_screen, first_href
from coplearn.practice.queries import BeforeModule, reader_of
from coplearn.practice.rules import LETTER, Kept, PracticeQuestion, WhatCame
from coplearn.practice.service import Answered, Circumstances, Wish
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.compress import note_own_link
from coplearn.web.render import page_locale, say

_CHANGED: Final = N_(
    "The course was changed while you had this page open. Look at the question once more, and send your answer again."
)
_THANKS: Final = {
    WhatCame.YES: N_("Well done. Thank you for telling us."),
    WhatCame.NOT_YET: N_("That is fine: some things need their moment. You will be asked once more in three weeks."),
    WhatCame.CHANGED: N_("Plans change, and that is part of it. Thank you for telling us."),
}
_ASKED_LATER: Final = {
    "letter": N_("A letter will bring you one question at a time. You can stop it whenever you like."),
    "visit": N_("One question at a time will wait for you under My learning. You can stop it whenever you like."),
    "stop": N_("You will not be asked about this course any more."),
}

blueprint = Blueprint("practice", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.get("/c/<course_code>/before/<int:number>")
def before(course_code: str, number: int) -> BaseResponse | str:
    """The next question before module ``number`` (from 1), or with ``shown`` an answered one and why; else its first step."""
    found, shown = before_this(course_at(course_code), number), request.args.get("shown", "")
    answered = _answered_before(found, shown)
    if answered is not None:
        note_own_link()
        return render_template("practice/before.html", screen=before_screen(found, *answered))
    if not found.still_open:
        return redirect(first_href(found))
    return render_template("practice/before.html", screen=before_screen(found, found.still_open[0]))


def _answered_before(found: BeforeModule, shown: str) -> tuple[PracticeQuestion, Kept] | None:
    for place, planned in enumerate(found.planned, start=1):
        kept = found.kept.get(planned.key)
        if str(place) == shown and kept is not None and kept.answer:
            return planned, kept
    return None


@blueprint.post("/c/<course_code>/before/<int:number>")
def answer_before(course_code: str, number: int) -> BaseResponse | tuple[str, int]:
    """Keep the answer to a question before a module, or that what is open is passed over."""
    found, href = (
        before_this(course_at(course_code), number),
        url_for(".before", course_code=course_code, number=number),
    )
    asked = next((one for one in found.still_open if one.key == request.form.get("asked")), None)
    if "skip" in request.form:
        _pass_over(found)
        return redirect(first_href(found), 303)
    if asked is None:  # answered before, on this page or another
        return redirect(href, 303)
    try:
        answered = _answer(found.course, asked)
    except Incomplete as incomplete:
        screen = before_screen(found, asked, None, request.form.to_dict(flat=False), incomplete.errors)
        return render_template("practice/before.html", screen=screen), 422
    _keep(found.course, writing_learner(site().settings).id, answered)
    return redirect(f"{href}?shown={found.planned.index(asked) + 1}#answer", 303)


def _pass_over(found: BeforeModule) -> None:
    session, learner = current_session(current_app), writing_learner(site().settings)
    asked = [Answered(one.key, one.purpose, one.asked.owner, one.asked.id, {}, None) for one in found.still_open]
    service.skip(session, learner.id, _where(found.course), asked, utcnow())
    session.commit()


def _where(course: Course) -> Circumstances:
    return Circumstances(course.id, course.version, page_locale().code)


def _answer(course: Course, asked: PracticeQuestion) -> Answered:
    """The answer that was sent to the question. Raises Incomplete, also when the course has changed since it was asked."""
    question = asked.asked
    if request.form.get("made-of") != course.digest:
        raise Incomplete({question.id: Phrase(_CHANGED)})
    given = question.read(request.form.to_dict(flat=False))
    return Answered(asked.key, asked.purpose, question.owner, question.id, {"is": given}, question.points(given) == 1)


def _keep(course: Course, learner_id: int, answered: Answered, zone: str = "") -> None:
    session = current_session(current_app)
    service.keep_answer(session, learner_id, _where(course), answered, utcnow(), zone)
    session.commit()


@blueprint.get("/again/<token>")
def again(token: str) -> Response:
    """The page of a letter, whoever is signed in or nobody: the question, then what came of what was planned."""
    found, days = again_at(token), request.args.get("shown", "")
    answered = next((one for one in found.kept.values() if one.key == f"refresher:{days}" and one.answer), None)
    return _again_page(again_screen(found, token, answered))


def _again_page(screen: AgainScreen) -> Response:
    response = make_response(render_template("practice/again.html", screen=screen))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/again/<token>")
def answer_again(token: str) -> BaseResponse | tuple[Response, int]:
    """Keep what was answered there, or ask no more."""
    found = again_at(token)
    screen, href, asked = again_screen(found, token), url_for(".again", token=token), found.planned
    if "stop" in request.form:
        return _stop(found.course, found.reader.id, href)
    if "said" in request.form:
        return _say_what_came(found.course, found.reader.id, screen)
    if asked is None or asked.key != request.form.get("asked"):
        return redirect(href, 303)
    try:
        answered = _answer(found.course, asked)
    except Incomplete as incomplete:
        typed = request.form.to_dict(flat=False)
        return _again_page(again_screen(found, token, None, typed, incomplete.errors)), 422
    _keep(found.course, found.reader.id, answered, found.reader.zone)
    return redirect(f"{href}?shown={asked.key.rpartition(':')[2]}#answer", 303)


def _stop(course: Course, learner_id: int, href: str) -> BaseResponse:
    session = current_session(current_app)
    service.stop_asking(session, learner_id, course.id, utcnow())
    session.commit()
    flash(say(_ASKED_LATER["stop"]), "done")
    return redirect(href, 303)


def _say_what_came(course: Course, learner_id: int, screen: AgainScreen) -> BaseResponse:
    line, given, session = screen.follow_up, request.form.get("said"), current_session(current_app)
    said = next((one for one in WhatCame if one == given), None)
    if said is None:
        raise BadRequest
    if line is not None and line.key == request.form.get("asked"):
        at_hand, where = "at_hand" in request.form, _where(course)
        service.say_what_came(session, learner_id, where, line.key, line.item_id, said, at_hand, utcnow())
        session.commit()
        flash(say(_THANKS[said]), "done")
    return redirect(_back(screen.href), 303)


def _back(other: str) -> str:
    return url_for("profile.home") if request.form.get("back") == "me" else other


@blueprint.post("/c/<course_code>/later")
def ask_later(course_code: str) -> BaseResponse:
    """Ask the learner of this request a question later, by letter or at their next visit, or no more."""
    course, learner, session = course_at(course_code), present_learner(), current_session(current_app)
    wanted, zone = request.form.get("wanted", ""), request.form.get("zone", "")
    back = _back(url_for("certificates.course_certificate", course_code=course.code))
    reader = reader_of(session, learner.id, course.id) if learner is not None else None
    if wanted not in _ASKED_LATER:
        raise BadRequest
    if reader is None:
        return redirect(back, 303)
    if wanted == "stop":
        return _stop(course, reader.id, back)
    wish = Wish(
        wanted == "letter", partial(stop_code, current_app, LETTER), zone if zone in ZONES else "", page_locale().code
    )
    service.ask_later(session, reader, course.id, course.refresher, wish, utcnow())
    session.commit()
    flash(say(_ASKED_LATER[wanted]), "done")
    return redirect(back, 303)
