"""The watch on pages with records of people, and on what is refused to people."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from coplearn.accounts.guards import session_key
from coplearn.administration.audit_log.rules import READS, SHOWS_AGAIN, read_of
from coplearn.audit.service import is_anything_refused, record_read, write_refused
from coplearn.storage.database import current_session


def register_reading(app: Flask) -> None:
    """Write down who reads records of people, and who was refused what, before the answer leaves; one that cannot be written
    down is not given."""
    app.after_request(_write_down)
    app.after_request(_write_refused)


def _write_refused(response: Response) -> Response:
    # A session costs something to open, and an answer of a learner has none.
    if is_anything_refused() and request.method not in ("GET", "HEAD"):
        write_refused(current_session(current_app))
    return response


def _write_down(response: Response) -> Response:
    kind = READS.get(request.endpoint or "")
    again = request.method == "POST" and response.status_code in SHOWS_AGAIN
    shown = again or (response.status_code == 200 and request.method != "HEAD")
    key = session_key() if kind is not None and shown else None
    if kind is not None and key is not None:
        whom, about = read_of(request.view_args or {})
        session = current_session(current_app)
        if again:
            # Writing it down commits, and nothing of what was refused may be kept by that.
            session.rollback()
        record_read(session, kind, whom=whom, about=about, reader=key)
    return response
