"""The way in to the pages of accounts, and what holds whoever looks as somebody else to looking."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from flask import Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from coplearn.accounts.guards import NUMBER, SEEING, UNTIL, own_key, remember_work
from coplearn.accounts.queries import user_id_of
from coplearn.administration.people.queries import manages_people
from coplearn.administration.people.service.seeing import MINUTES, SeenPerson
from coplearn.cohorts.common.guards import present_person
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotAllowed, NotYours
from coplearn.kernel.text import N_
from coplearn.storage.database import current_session, read_only
from coplearn.web.errors import refusal
from coplearn.web.languages import WORKS


def present_manager() -> Person:
    """The signed-in person, who manages people somewhere (one statement). Raises NotYours for everybody else."""
    person = present_person()
    if not manages_people(person.grants):
        raise NotYours
    remember_work()
    return person


_MAY_STOP: Final = frozenset({"people.stop_seeing", "static"})


def begin_seeing(seen: SeenPerson, now: datetime) -> None:
    """Let the session be the other person's for some minutes, to look and not to touch."""
    until = now + timedelta(minutes=MINUTES)
    session[SEEING] = {
        "id": session.get("_user_id"),
        "number": session.get(NUMBER),
        "name": seen.name,
        "until": until.isoformat(),
        "proved_at": session.pop("fs_paa", 0),
        "ends": session.get(UNTIL),
    }
    session["_user_id"] = seen.uniquifier
    session.pop(NUMBER, None)
    session.pop(WORKS, None)


def end_seeing() -> None:
    """Let the session be the administrator's own again."""
    own = session.pop(SEEING, None)
    if own is not None:
        session["_user_id"] = own["id"]
        session[NUMBER] = own["number"]
        session["fs_paa"] = own["proved_at"]
        if own["ends"] is not None:
            session[UNTIL] = own["ends"]
        session[WORKS] = True


def register_seeing(app: Flask) -> None:
    """Hold whoever looks at the site as somebody else to looking, on every page. Register before the blueprints."""
    app.before_request(_hold_to_looking)

    @app.context_processor
    def seeing() -> dict[str, str]:
        return {"sees_as": session[SEEING]["name"] if SEEING in session else ""}


def _hold_to_looking() -> ResponseReturnValue | None:
    own = session.get(SEEING)
    if own is None or request.endpoint in _MAY_STOP:
        return None
    if user_id_of(current_session(current_app), own_key(own)) is None:
        session.clear()  # their own session was ended meanwhile, and this one with it
        return redirect(url_for("pages.home"), 303)
    if datetime.fromisoformat(own["until"]) <= utcnow():
        end_seeing()
        return redirect(url_for("people.everybody"), 303)
    if request.method not in ("GET", "HEAD"):
        return refusal(NotAllowed(N_("You look at the site as somebody else does. Nothing can be changed meanwhile.")))
    read_only.set(True)
    return None
