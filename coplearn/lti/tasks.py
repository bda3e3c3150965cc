"""Work of the machine for platforms: it notices scores, sends them, renews keys, and forgets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.lti.queries import all_platforms, moved_scores, outgoing, suspended, unsent
from coplearn.lti.rules import LtiSigningKey, NotSent, Outgoing
from coplearn.lti.sealing import LaunchSeal
from coplearn.lti.service import launches, platforms, scores
from coplearn.site import site_of
from coplearn.storage.database import current_session, reading

if TYPE_CHECKING:
    from coplearn.lti.client.asking import PlatformClient

TASK: Final = "send a score to a learning platform"
_LATER: Final = timedelta(seconds=30)
_DAY: Final = timedelta(days=2)
_MOST_A_DAY: Final = 20_000


class SendAgain(Exception):
    """A score that a platform did not take this time; the queue tries again, with growing pauses."""


def register_lti(
    app: Flask, client_of: Callable[[], PlatformClient], key_of: Callable[[Session], LtiSigningKey]
) -> None:
    """Make the work known to the queue, which asks platforms through the client. Register after the outbox."""
    jobs = site_of(app).jobs

    @jobs.task(TASK)
    def send(_app: Flask, session: Session, now: datetime, *, score_id: int) -> None:
        send_score(_app, session, score_id, client_of(), key_of, now)

    @jobs.regular("scores for learning platforms")
    def look(app: Flask, now: datetime, _stopping: Callable[[], bool]) -> None:
        look_for_scores(app, now)

    @jobs.daily("learning platforms")
    def tidy(app: Flask, session: Session, now: datetime) -> None:
        settings = site_of(app).settings
        launches.forget_launched(session, now - timedelta(days=settings.visitor_days), now)
        if all_platforms(session):
            # Its libraries are loaded where there is a platform.
            from coplearn.lti.client.asking import new_key

            platforms.renew_keys(session, LaunchSeal(settings.key()), new_key, now)
        session.commit()
        look_for_scores(app, now, _DAY)
        for score_id in unsent(session, _MOST_A_DAY):
            jobs.enqueue(session, TASK, {"score_id": score_id})


def look_for_scores(app: Flask, now: datetime, looked_back: timedelta = scores.LOOKED_BACK) -> None:
    """Have every score sent that is new or another than before, and end what is open for people who were switched off.

    Nothing is kept in hand: whatever is not noticed now is at the next look.
    """
    session, parts = current_session(app), site_of(app)
    courses = parts.library.current().courses
    with reading(session):
        # Whoever finds nothing to do is in no writer's way.
        off = suspended(session)
        if not off and not moved_scores(session, now - looked_back, 1):
            return
    for score_id in scores.note_moved(session, courses, now, looked_back):
        parts.jobs.enqueue(session, TASK, {"score_id": score_id})
    launches.shut_out(session, off)
    session.commit()


def send_score(
    app: Flask,
    session: Session,
    score_id: int,
    client: PlatformClient,
    key_of: Callable[[Session], LtiSigningKey],
    now: datetime,
) -> None:
    """Send a score as it stands now, unless the platform has it. Raises SendAgain where it is worth another try.

    No transaction is open while the platform is waited for. Whoever is killed after the platform took it sends it once more
    with the same time, which changes nothing there.
    """
    name = scores.claim(session, score_id, now)
    session.commit()
    one = outgoing(session, score_id)
    if not name:
        if one is not None and score_id in unsent(session, _MOST_A_DAY):
            site_of(app).jobs.enqueue(session, TASK, {"score_id": score_id}, now + _LATER)
        return
    assert one is not None
    key = key_of(session)
    session.commit()
    try:
        client.send_score(one, one.line_item or _column(app, session, one, client, key, now), key)
    except NotSent as failed:
        scores.note_unsent(session, score_id, name, failed.why, for_good=failed.for_good)
        session.commit()
        if not failed.for_good:
            raise SendAgain(failed.why) from failed
    else:
        scores.note_sent(session, score_id, name, one.version, utcnow())
        session.commit()


def _column(
    app: Flask, session: Session, one: Outgoing, client: PlatformClient, key: LtiSigningKey, now: datetime
) -> str:
    """The column for the scores of an activity, found or made at the platform. Raises NotSent."""
    is_mine = scores.take_column(session, one.link_row, now)
    session.commit()
    if not is_mine:
        raise NotSent("column-busy", for_good=False)
    found = ""
    try:
        course = site_of(app).library.current().courses.get(one.target.course_id)
        found = client.find_line_item(one, key, course.title if course is not None else one.target.course_id)
    finally:
        scores.note_column(session, one.link_row, found)
        session.commit()
    return found
