"""Telling another LRS of learning here: looked at each minute, done by a job, a batch at a time, resumed wherever it ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox.service import enqueue
from coplearn.site import site_of
from coplearn.storage.database import current_session, reading
from coplearn.xapi.client import Delivery, OtherLrs, deliver
from coplearn.xapi.documents import telling_of
from coplearn.xapi.queries.records import the_target
from coplearn.xapi.rules.records import statement_of
from coplearn.xapi.sealing import LrsSeal
from coplearn.xapi.service.telling import Batch, claim, let_go, next_batch, settle

TASK: Final = "tell another LRS"
_BATCHES: Final = 40
"""Of one job; the next minute's job goes on."""


def register_xapi(app: Flask) -> None:
    """Add the telling to the regular work and to the jobs. Register after the outbox."""
    jobs = site_of(app).jobs
    jobs.regular("tell another LRS")(look)
    jobs.task(TASK, retries=0)(tell_records)


def look(app: Flask, now: datetime, stopping: Callable[[], bool]) -> None:
    """Have a job tell what is to be told, if that is due and no job has it in hand."""
    session = current_session(app)
    with reading(session):
        target = the_target(session)
        is_due = target is not None and target.is_on and target.next_at <= now
    if is_due and not stopping() and claim(session, now):
        enqueue(session, TASK, {})
    session.commit()


def tell_records(app: Flask, session: Session, now: datetime) -> None:
    """The job: tell the next records until there are none, the other side has a fault, or the process is to stop."""
    to = _other_lrs(app, session)
    for _ in range(_BATCHES):
        batch = None
        if to is not None and not site_of(app).jobs.stopping():
            batch = next_batch(session, utcnow())
        # Nothing is open while the other server is waited for.
        session.commit()
        if to is None or batch is None:
            break
        delivery = _deliver(app, to, batch)
        settle(session, batch, delivery, utcnow())
        session.commit()
        if delivery.fault:
            break
    let_go(session, utcnow())
    session.commit()


def _deliver(app: Flask, to: OtherLrs, batch: Batch) -> Delivery:
    telling = telling_of(site_of(app), {(one.course_id, one.item_id) for one in batch.records})
    return deliver(to, [statement_of(telling, one) for one in batch.records])


def _other_lrs(app: Flask, session: Session) -> OtherLrs | None:
    settings, target = site_of(app).settings, the_target(session)
    if target is None or not target.is_on:
        return None
    typed = LrsSeal(settings.key()).opened(target.sealed_secret)
    secret = settings.lrs_secret or (typed.decode() if typed is not None else "")
    if not secret:
        target.fault = "secret"
        return None
    return OtherLrs(target.endpoint, target.key, secret, settings.webhook_hosts)
