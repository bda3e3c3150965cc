"""The way in to the audit log, and the watch on pages with records of people."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

from coplearn.accounts.guards import session_key
from coplearn.administration.audit_log.rules import READS, read_of
from coplearn.audit.service import record_read
from coplearn.storage.database import current_session


def register_reading(app: Flask) -> None:
    """Write down who reads records of people, before the answer leaves; one that cannot be written down is not given."""
    app.after_request(_write_down)


def _write_down(response: Response) -> Response:
    kind = READS.get(request.endpoint or "")
    key = session_key() if kind is not None and response.status_code == 200 and request.method != "HEAD" else None
    if kind is not None and key is not None:
        whom, about = read_of(request.view_args or {})
        record_read(current_session(current_app), kind, whom=whom, about=about, reader=key)
    return response
