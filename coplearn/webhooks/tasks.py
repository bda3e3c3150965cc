"""Telling webhooks, by the process that does the jobs: a look for what happened, and a job for each webhook that is to be told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from flask import Blueprint, Flask
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.outbox.letters import LetterKind
from coplearn.site import site_of
from coplearn.storage.database import current_session, reading
from coplearn.webhooks import service
from coplearn.webhooks.client import GONE, tell
from coplearn.webhooks.queries import free_webhooks, owner_of, place_of, waiting_events
from coplearn.webhooks.rules import TURN, HookPosition, Signer, secret_of

TELL = "webhook"
blueprint = Blueprint("webhooks", __name__, template_folder="templates")
"""Lends the letter; there is no page."""


def register_webhooks(app: Flask) -> None:
    """Add the letter, the job and the look. Register after the outbox."""
    app.register_blueprint(blueprint)
    subject = N_("A server is no longer told what happens on %(site)s")
    site_of(app).letters.add(LetterKind(service.LETTER, subject, "webhooks/stopped.txt", params=("url",)))
    site_of(app).jobs.task(TELL, retries=1)(tell_webhook)
    site_of(app).jobs.regular("webhooks")(look_for_events)


def look_for_events(app: Flask, now: datetime, stopping: Callable[[], bool]) -> None:
    """Queue a job for each webhook for which something waits."""
    session = current_session(app)
    with reading(session):
        numbers = free_webhooks(session, now)
    for number in numbers:
        if stopping():
            return
        with reading(session):
            hook = service.held_webhook(session, number)
            person = owner_of(session, hook) if hook is not None else None
            waits = (
                hook is not None
                and person is not None
                and waiting_events(session, hook, person, now)[1] != place_of(hook)
            )
        if waits and service.hold_webhook(session, number, now):
            site_of(app).jobs.enqueue(session, TELL, {"number": number})
        session.commit()


def tell_webhook(app: Flask, session: Session, now: datetime, *, number: int) -> None:
    """Tell a webhook what waits for it, one thing after the other, each written down. No transaction is open meanwhile."""
    hook = service.held_webhook(session, number)
    person = owner_of(session, hook) if hook is not None else None
    if hook is None or person is None:
        return
    url, secret = hook.url, secret_of(str(app.config["SECRET_KEY"]), hook.public_id)
    signer = Signer(secret, service.signing_key(site_of(app).keys))
    events, found = waiting_events(session, hook, person, now)
    seen: HookPosition | None = found
    session.rollback()
    begun = monotonic()
    for event in events:
        status = tell(url, signer, event, utcnow(), site_of(app).settings.webhook_hosts)
        if not 200 <= status < 300:
            service.note_failure(session, number, utcnow(), gone=status == GONE)
            return
        goes_on = service.note_told(session, number, event.after, utcnow())
        session.commit()
        if not goes_on:
            return
        if monotonic() - begun >= TURN:
            seen = None
            break
    service.let_go(session, number, seen)
