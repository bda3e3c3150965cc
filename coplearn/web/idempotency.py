"""A form that makes something makes it once, however often it is sent: a second sending leads to what the first made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from secrets import token_urlsafe
from typing import Final, ParamSpec, TypeVar

from flask import current_app, g, redirect, request, session
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.storage.database import current_session
from coplearn.storage.form_keys import keep_result, result_of, take_form
from coplearn.web.flashes import tell
from coplearn.web.render import say

P = ParamSpec("P")
T = TypeVar("T")
FIELD: Final = "form_key"
"""The hidden field, written by the macro ``ui.once()``."""


def form_key() -> str:
    """A fresh key for one form on one page."""
    return token_urlsafe(16)


def once(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Let a view that makes something do so once for each form a page gave out; it answers with :func:`commit_once`.

    The key is kept in the view's own transaction: what is refused may be sent again. A form that was changed and sent
    again (after the back button) is another one. A form without a key is taken each time.
    """

    @wraps(view)
    def pressed(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key, database = _key(), current_session(current_app)
        try:
            if not key or take_form(database, key, utcnow()):
                g.taken_form = key
                return view(*args, **kwargs)
        except _SentMeanwhile:
            pass
        address = result_of(database, key)
        database.rollback()
        tell(say(N_("This was sent more than once, and done once.")), "note")
        return redirect(address or request.path, 303)

    return pressed


class _SentMeanwhile(Exception):
    """A press whose form made something while this one was at work outside of a transaction."""


def outside_transaction(work: Callable[[], T]) -> T:
    """Do, in a view that is done :func:`once`, what may wait for another server: no transaction is open meanwhile.

    Whatever the view wrote before is undone, so it writes nothing before. What it read has to be read again.
    """
    database = current_session(current_app)
    database.rollback()
    done = work()
    if g.get("taken_form") and not take_form(database, g.taken_form, utcnow()):
        raise _SentMeanwhile
    return done


def commit_once(address: str) -> Response:
    """Commit what was made, and lead to ``address``, now and when the same form comes again."""
    database = current_session(current_app)
    if g.get("taken_form"):
        keep_result(database, g.taken_form, address)
    database.commit()
    return redirect(address, 303)


def _key() -> str:
    """Stands for this form with what was typed, of this person, at this address; empty for a form without a key."""
    if not request.form.get(FIELD):
        return ""
    typed = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    parts = [str(session.get("_user_id", "")), request.path, *(f"{name}={value}" for name, value in typed)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
