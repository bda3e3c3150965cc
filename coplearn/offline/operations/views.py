"""The addresses that a device speaks to: who it is, what was done elsewhere, and what waited on it."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, current_app, jsonify, request

from coplearn.courses.course import Course
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Conflict, Refused
from coplearn.kernel.text import N_
from coplearn.learning.guards import course_at, present_learner, writing_learner
from coplearn.learning.queries import done_by_course
from coplearn.learning.render_cache import log_failure
from coplearn.learning.tasks import is_noted, note_edition
from coplearn.offline.operations.guards import Owner, present_owner, require_own_page
from coplearn.offline.operations.presenters import refusal, words
from coplearn.offline.operations.rules import Malformed, Operation, owner_named, read_operations
from coplearn.offline.operations.service import UNREADABLE, take_operations
from coplearn.site import site
from coplearn.storage.database import current_engine, current_session, reading
from coplearn.web.framework import form_token
from coplearn.web.guest_session import guest_token
from coplearn.web.limits import one_too_many
from coplearn.web.render import page_locale, say_phrase
from coplearn.web.request_checks import json_sent, takes_json

blueprint = Blueprint("operations", __name__, url_prefix="/<lang:lang>")
MOST_SENDINGS = 240
"""An hour, of one person: of fifty answers each."""
MOST_COURSES = 50
"""Of one question."""
_NOT_THEIRS = N_("These answers were given by somebody else on this phone. They wait until that person signs in here.")
_TOO_MANY = N_("Wait a few minutes, then try again. Your account is safe.")


@blueprint.get("/operations.json")
def device() -> Response:
    """The person whom a device sends for, the token it sends with, and what it says about that: a kept page has none of it."""
    owner = present_owner()
    answer = jsonify(
        owner=owner.name if owner is not None else None,
        also=list(owner.also) if owner is not None else [],
        token=form_token(),
        words=words(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/done.json")
def done_steps() -> Response:
    """The steps that whoever is here has done of some courses, for the marks on a device that keeps them; none of a card's holder,
    whose device is lent."""
    learner, lent = present_learner(), guest_token() is not None
    owner = present_owner() if learner is not None and not lent else None
    done = done_by_course(current_session(current_app), learner.id) if owner is not None and learner is not None else {}
    asked = request.args.get("courses", "").split(",")[:MOST_COURSES]
    courses = [one for one in site().library.current().courses.values() if one.code in asked]
    answer = jsonify(
        owner=owner.name if owner is not None else None,
        done={one.code: [item for item in done.get(one.id, ()) if item in one.items] for one in courses},
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/c/<course_code>/operations")
@takes_json
def take(course_code: str) -> Response:
    """Answers that waited on a device, as JSON. What is named in ``taken`` or ``refused`` the device may forget, nothing else."""
    require_own_page()
    shown, body, database = course_at(course_code), json_sent(), current_session(current_app)
    try:
        with reading(database):
            owner = present_owner()
        sent = read_operations(body)
        if owner is None or owner_named(body) not in (owner.name, *owner.also):
            raise Conflict(_NOT_THEIRS)
        wait = one_too_many("operations", MOST_SENDINGS, 3600, owner.name)
        if wait is not None:
            late = refusal(Refused(_TOO_MANY), 429)
            late.headers["Retry-After"] = str(round(wait) + 1)
            return late
        return _kept(shown, owner, sent)
    except Malformed:
        return refusal(Refused(UNREADABLE), 400)
    except AppError as error:
        database.rollback()
        return refusal(error)


def _kept(shown: Course, owner: Owner, sent: list[Operation]) -> Response:
    now, database, locale = utcnow(), current_session(current_app), page_locale().code
    if not is_noted(current_engine(current_app), shown):
        note_edition(database, shown, partial(site().library.titles, shown), now)
    learner = writing_learner(site().settings)
    taken = take_operations(database, shown, learner.id, locale, sent, now)
    database.commit()
    for failed in taken.failed:
        log_failure(failed)
    answer = jsonify(
        owner=owner.name,
        taken=taken.ops,
        refused=[{"op": op, "sentence": say_phrase(phrase)} for op, phrase in taken.refused],
        done=taken.done,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
