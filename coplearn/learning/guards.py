"""The learner of a request: somebody signed in, a visitor with a token, or nobody yet."""

from __future__ import annotations

import re
import secrets
from typing import Final

from flask import Flask, Response, abort, after_this_request, current_app, g, request, session
from flask_security.signals import user_authenticated
from sqlalchemy.orm import Session

from coplearn.accounts.guards import JOINED, session_key
from coplearn.accounts.models import User
from coplearn.courses.course import Course
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.learning.joining import join_visitor
from coplearn.learning.queries import (
    AttemptRow,
    InCourse,
    Latest,
    VisitRow,
    WhoLearns,
    latest_of_user,
    latest_of_visitor,
    learner_of_user,
    learner_of_visitor,
    touched_by_user,
    touched_by_visitor,
    user_in_course,
    visitor_in_course,
)
from coplearn.learning.rules import forget_date
from coplearn.learning.service import (
    AnsweredItem,
    Submission,
    answer_as,
    answer_item,
    learner_for_user,
    start_visitor,
)
from coplearn.settings import Settings
from coplearn.site import site, site_of
from coplearn.storage.database import current_engine, current_session
from coplearn.web.guest_session import (
    end_guest_session,
    guest_session_is_over,
    guest_token,
    launched_from,
    renew_guest_session,
)
from coplearn.web.languages import country_here
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.owners import owner_of_visitor

VISITOR_COOKIE = "visitor"
MOST_VISITORS: Final = 600
"""New ones an hour from one network address: several full halls, and no end of rows for somebody's script."""
_OUR_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")
OVER = N_(
    "The time with this card is over, so this was not kept. Type the card's code again, go back to this step, and send it"
    " once more: everything before it is safe."
)

LAUNCH_OVER = N_(
    "The time for this course is over in this browser, so this was not kept. Open the course again from your learning"
    " platform, go back to this step, and send it once more: everything before it is safe."
)


def present_learner() -> WhoLearns | None:
    """The learner of this request, read in at most one statement; None for somebody who has saved nothing yet."""
    if "learner" not in g:
        g.learner = _found(current_session(current_app))
    learner: WhoLearns | None = g.learner
    return learner


def _found(session: Session) -> WhoLearns | None:
    key = session_key()
    if key is not None:
        return learner_of_user(session, key)
    token = _token()
    return learner_of_visitor(session, token) if token else None


def _token() -> str | None:
    """The token of somebody without an account: that of the guest session, else the visitor's own cookie."""
    return guest_token() or request.cookies.get(VISITOR_COOKIE)


def learner_in(course_id: str, item_id: str | None = None, *, alone: bool = False) -> InCourse | None:
    """The learner of this request and all they did in one course, read in at most one statement.

    Of the states that items keep, that of ``item_id`` is read; with ``alone`` nothing of the other items.
    It is read beside the request's session: most pages need nothing else of the database, and no session is made for them.
    """
    key, token = session_key(), _token()
    learner = None
    if key is not None or token:
        with current_engine(current_app).connect() as connection:
            if key is not None:
                learner = user_in_course(connection, key, course_id, item_id, alone=alone)
            else:
                learner = visitor_in_course(connection, token or "", course_id, item_id, alone=alone)
    g.learner = learner.learner if learner is not None else None
    return learner


def latest_course() -> Latest | None:
    """The course that the learner of this request worked in last, read in at most one statement, beside the session too."""
    key, token = session_key(), _token()
    if key is None and not token:
        return None
    with current_engine(current_app).connect() as connection:
        return latest_of_user(connection, key) if key is not None else latest_of_visitor(connection, token or "")


def touched_courses() -> dict[str, dict[str, VisitRow]]:
    """Every item of every course that the learner of this request touched, read as :func:`latest_course` is."""
    key, token = session_key(), _token()
    if key is None and not token:
        return {}
    with current_engine(current_app).connect() as connection:
        return touched_by_user(connection, key) if key is not None else touched_by_visitor(connection, token or "")


def answer_present(target: AnsweredItem, sent: Submission, settings: Settings) -> AttemptRow:
    """Keep an answer of this request's learner, and commit. They are made when there is none yet.

    Raises AnsweredBefore and Refused as :func:`coplearn.learning.service.answer_item` does, and Refused in a browser whose
    time with a card is over.
    """
    key, token = session_key(), _token()
    if (key is not None or token) and not guest_session_is_over():
        with current_engine(current_app).begin() as connection:
            attempt = answer_as(connection, key, token, target, sent)
        if attempt is not None:
            _go_on_as(attempt[0], settings)
            return attempt[1]
    session, learner = current_session(current_app), writing_learner(settings)
    row = answer_item(session, learner.id, target, sent.key, sent.locale, sent.seed, sent.outcome, sent.at)
    session.commit()
    return row


def _go_on_as(found: WhoLearns, settings: Settings) -> None:
    """Keep in this browser whom it learns as: the time with a card begins anew, and a visitor's cookie is given again."""
    if guest_token() is not None:
        renew_guest_session()
    elif found.user_id is None:
        _keep_token(request.cookies[VISITOR_COOKIE], settings)


def writing_learner(settings: Settings) -> WhoLearns:
    """The learner of this request, made when there is none yet; a visitor's cookie is given or renewed with the answer.

    Raises Refused in a browser whose time with a card is over: what is sent there is nobody else's.
    """
    session = current_session(current_app)
    key = session_key()
    learner = present_learner()
    if guest_token() is not None and learner is not None:
        renew_guest_session()
        return learner
    if guest_token() is not None or guest_session_is_over():
        said = LAUNCH_OVER if launched_from() else OVER
        end_guest_session()
        raise Refused(said)
    if learner is None and key is not None:
        learner = learner_for_user(session, key, utcnow())
    token = request.cookies.get(VISITOR_COOKIE) if learner is not None and learner.user_id is None else None
    if learner is None:
        now = utcnow()
        session.rollback()  # who was looked for in vain holds the lock, and the tries are counted beside it
        wait = over_limit("visitors", MOST_VISITORS)
        if wait is not None:
            abort(too_many_page(wait))
        count_try("visitors", 3600)
        learner, token = start_visitor(session, now, forget_date(now, settings.visitor_days), _announced())
    if token is not None:
        _keep_token(token, settings)
    g.learner = learner
    return learner


def announce_visitor(settings: Settings) -> str:
    """The token of this browser's visitor. Whoever has none is given one: they are made under it when they save something, so
    that what is sent twice from a device is kept once."""
    token = g.announced = _announced() or secrets.token_urlsafe(24)
    _keep_token(token, settings)
    return token


def _announced() -> str | None:
    token: str = g.get("announced") or request.cookies.get(VISITOR_COOKIE, "")
    return token if _OUR_TOKEN.fullmatch(token) else None


def _keep_token(token: str, settings: Settings) -> None:
    @after_this_request
    def keep(response: Response) -> Response:
        age = settings.visitor_days * 86_400
        response.set_cookie(VISITOR_COOKIE, token, max_age=age, secure=settings.https, httponly=True, samesite="Lax")
        return response


def join_on_sign_in(app: Flask) -> None:
    """Join what somebody did as a visitor on this device to their account when they sign in, in the same transaction."""
    user_authenticated.connect(_join, app)


# A signal outlives every application it is sent by, so what is connected to it holds none.
def _join(app: Flask, user: User, **_: object) -> None:
    token = request.cookies.get(VISITOR_COOKIE)
    courses = {key: course.required for key, course in site_of(app).library.current().courses.items()}
    join_visitor(current_session(app), token or "", user.id, utcnow(), courses)
    # Said anew at every signing in: what waits on the device under the visitor's name is theirs from now on.
    session[JOINED] = owner_of_visitor(token) if token else ""
    if token:
        after_this_request(_forget_token)


def course_at(code: str) -> Course:
    """The course at that address, as the reader's country has it. Raises NotFound where there is none."""
    library = site().library.current()
    course = library.by_code(code)
    if course is None:
        raise NotFound(N_("There is no page at this address."))
    return library.shown_in(course, country_here())


def courses_here() -> dict[str, Course]:
    """Every course by id, as the reader's country has it."""
    return site().library.current().all_in(country_here())


def _forget_token(response: Response) -> Response:
    response.delete_cookie(VISITOR_COOKIE)
    return response
