"""The signed-in person and their permissions, asked for at the edge before anything is loaded."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from flask import Flask, abort, current_app, flash, g, has_request_context, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_security import login_user, verify_password
from flask_security.signals import user_confirmed
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from coplearn.accounts.forms import ASKED_FOR
from coplearn.accounts.models import User
from coplearn.accounts.passwords import LONGEST
from coplearn.accounts.queries import grants_of, user_id_of, user_of
from coplearn.accounts.rules import is_behind_sign_in, is_local_path, may, may_somewhere
from coplearn.audit.rules import SITE, VISITOR, AuditActor, session_hash
from coplearn.kernel.errors import NotYours
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.storage.database import current_session, reading
from coplearn.web.errors import http_error, refusal
from coplearn.web.languages import WORKS
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import say

HOME: Final = "profile.home"
NUMBER: Final = "number"
"""In the session of somebody signed in: what tells it from their others."""
WITH: Final = "signed_in_with"
"""In the session of somebody who came from a provider (see ``providers``): which."""
LINKS: Final = "links_after_sign_in"
"""In a visitor's session: whom a provider sent whose address has an account here, until its owner signs in to it."""
UNTIL: Final = "signed_in_until"
"""In a session that ends before its cookie would: when, in seconds since 1970."""
SECOND: Final = "second"
"""In the session of somebody signed in: True once they proved a second factor in it; else until when nobody asks for one."""
SEEING: Final = "seeing"
"""In the session of whoever looks at the site as somebody else: their own key, whom they look as, and until when."""
JOINED: Final = "joined"
"""In the session of somebody signed in: the name on this device of the visitor whose learning became theirs (``web.owners``)."""
AFTER_SIGN_IN: Final = "after_sign_in"
"""In a visitor's session: where they were on their way to."""


def session_key() -> str | None:
    """The key of the signed-in person's session (see ``queries.owns_session``), or None for a visitor."""
    value, number = session.get("_user_id"), session.get(NUMBER)
    if not isinstance(value, str):
        return None
    if time.time() > session.get(UNTIL, math.inf):
        for name in ("_user_id", NUMBER, UNTIL, WORKS):
            session.pop(name, None)
        return None
    return f"{value}.{number}" if number else value


def own_key(own: Mapping[str, Any]) -> str:
    """The key of their own session, of whoever looks at the site as somebody else (:data:`SEEING`)."""
    return f"{own['id']}.{own['number']}" if own["number"] else str(own["id"])


def present_actor(database: Session) -> AuditActor:
    """The person whose request this is, as the audit log names them; the site itself where there is none."""
    if not has_request_context():
        return AuditActor(SITE)
    own = session.get(SEEING)
    key = own_key(own) if own else session_key()
    if key is None:
        return AuditActor(VISITOR)
    known: tuple[str, AuditActor] | None = g.get("actor")
    if known is None or known[0] != key:
        number = user_id_of(database, key)
        known = g.actor = (
            key,
            AuditActor(f"user:{number}", session_hash(key)) if number is not None else AuditActor(VISITOR),
        )
    return known[1]


def require(permission: Permission, locale: str = "", course: str = "", *, anywhere: bool = False) -> None:
    """Let only those go on who hold the permission there, or ``anywhere``; for everybody else there is no such page (NotYours)."""
    key = session_key()
    grants = grants_of(current_session(current_app), key) if key is not None else []
    if not (may_somewhere(grants, permission) if anywhere else may(grants, permission, locale, course)):
        raise NotYours
    remember_work()


def remember_work(*, yes: bool = True) -> None:
    """Keep in the session that somebody has work here, or that they have none (any more)."""
    if yes and WORKS not in session:
        session[WORKS] = True
        if session.get(SECOND) is not True:
            session.pop(SECOND, None)
    elif not yes:
        session.pop(WORKS, None)


def asks_password() -> bool:
    """Whether the present person has a password to be asked for before something grave."""
    key = session_key()
    user = user_of(current_session(current_app), key) if key is not None else None
    return user is not None and bool(user.password)


def proved(typed: str) -> bool:
    """Whether the present person, where :func:`asks_password` says so, typed the password they have; wrong ones are slowed."""
    key, database = session_key(), current_session(current_app)
    with reading(database):
        user = user_of(database, key) if key is not None else None
        if user is None or not user.password:
            return True
        wait = over_limit("password", 10)
        if wait is not None:
            abort(too_many_page(wait))
        right = bool(verify_password(typed[: LONGEST + 1], user.password))
    if not right:
        count_try("password", 600)
    return right


def come_back_to(address: str) -> None:
    """Bring a visitor to ``address`` (a path of this site) when they next sign in on this device, though they make an
    account and confirm it by mail first."""
    session[AFTER_SIGN_IN] = address


def to_sign_in(next_address: str) -> Response:
    """Send a visitor to sign in, and bring them back to ``next_address`` (a path of this site)."""
    g.pop("signed_in", None)
    return redirect(url_for("security.login", next=next_address))


def home_address() -> str:
    """The page after signing in: My work for whoever works here, else My learning."""
    return url_for("pages.work" if WORKS in session else HOME)


def register_confirming(app: Flask) -> None:
    """Sign in who confirms an address in the browser that asked for it, and bring them to where they were going, or home.

    In any other browser the link alone must not sign anybody in: a stranger could send the link of an account of their own,
    and what its reader has learned on that device would join the stranger's account.
    """
    user_confirmed.connect(_keep_confirmed, app)
    confirm = app.view_functions["security.confirm_email"]

    def confirm_email(token: str) -> ResponseReturnValue:
        asked, wanted = session.get(ASKED_FOR), session.get(AFTER_SIGN_IN, "")
        answer: ResponseReturnValue = app.ensure_sync(confirm)(token)
        user: User | None = g.get("confirmed_user")
        if user is None or asked != user.email or not login_user(user, authn_via=["confirm"]):
            return answer
        flash(say(N_("Thank you. Your address is confirmed, and you are signed in.")), "done")
        return redirect(wanted if is_local_path(wanted) else home_address())

    app.view_functions["security.confirm_email"] = confirm_email


# A signal outlives every application it is sent by, so what is connected to it holds none.
def _keep_confirmed(_app: Flask, user: User, **_: object) -> None:
    g.confirmed_user = user


def register_doors(app: Flask) -> None:
    """Ask whoever is not signed in to sign in where a page may be theirs: a link in a letter, a calendar, a bookmark.

    The answer is the same for a page that is not there, so that nothing is told of what is.
    """

    def not_yours(error: NotYours) -> Response:
        return _ask_who() or refusal(error)

    def not_found(error: HTTPException) -> Response:
        return (_ask_who() if is_behind_sign_in(request.path) else None) or http_error(error)

    @app.context_processor
    def has_work() -> dict[str, bool]:
        return {"works": WORKS in session}

    app.register_error_handler(NotYours, not_yours)
    app.register_error_handler(404, not_found)


def _ask_who() -> Response | None:
    """The way to sign in, for a visitor who reads; a form that was sent cannot come back, so it keeps its answer."""
    if request.method not in ("GET", "HEAD") or g.get("bad_host") or is_signed_in():
        return None
    query = request.query_string.decode("ascii", "replace")
    address = quote(request.root_path + request.path) + (f"?{query}" if query else "")
    response = to_sign_in(address if is_local_path(address) else quote(request.root_path + request.path)[:2000])
    response.headers["Cache-Control"] = "no-store"
    return response


def is_signed_in() -> bool:
    """Whether the session is somebody's who is still known: a new password and an erased account end it elsewhere."""
    key = session_key()
    return key is not None and user_id_of(current_session(current_app), key) is not None
