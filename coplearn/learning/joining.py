"""Join what was done apart: by a visitor before they had an account, in an earlier edition of a course, or by a learner without
an account whom somebody else answers for."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from coplearn.learning.models import Attempt, Enrolment, Learner, Practice, Visit, Vote
from coplearn.learning.queries import done_by_course, edition_times, editions_of, visitor_hash
from coplearn.learning.rules import Edition, Practised, Visited, Walked, finished_together, join, join_practised
from coplearn.learning.service import Courses, learner_of_account, take_turn
from coplearn.site import site


def join_visitor(session: Session, token: str, user_id: int, now: datetime, courses: Courses) -> None:
    """Give the visitor's records to the account, whichever came first, without loss or doubling; the visitor is no more."""
    visitor = session.scalar(
        select(Learner).where(
            Learner.visitor_hash == visitor_hash(token), Learner.user_id.is_(None), Learner.kept.is_(False)
        )
    )
    _join(session, visitor.id if visitor is not None else None, user_id, now, courses)


def join_kept(session: Session, learner_id: int, user_id: int, now: datetime, courses: Courses) -> None:
    """The same for a learner whom somebody answered for (see :func:`keep_learner`)."""
    _join(session, learner_id, user_id, now, courses)


def keep_learner(session: Session, learner_id: int | None, token: str, now: datetime) -> int:
    """The id of a learner without an account whom the token names from now on, made when there is none yet.

    They are not forgotten as visitors are, so whoever calls this answers for them. An earlier token names nobody.
    """
    named = visitor_hash(token)
    if learner_id is not None:
        session.execute(update(Learner).where(Learner.id == learner_id).values(visitor_hash=named, seen_at=now))
        return learner_id
    learner = Learner(visitor_hash=named, seed=secrets.randbelow(2**31), kept=True, created_at=now, seen_at=now)
    session.add(learner)
    session.flush()
    return learner.id


def _join(session: Session, source: int | None, user_id: int, now: datetime, courses: Courses) -> None:
    learner = learner_of_account(session, user_id, now)
    connection = session.connection()
    take_turn(connection, learner.id, now)
    if source is None:
        return
    take_turn(connection, source, now)
    done = [done_by_course(session, one) for one in (source, learner.id)]
    doubled = _join_attempts(session, source, learner.id)
    _join_visits(session, source, learner.id, doubled)
    _join_votes(session, source, learner.id)
    _join_practice(session, source, learner.id)
    for join_more in site().learner_joins:
        join_more(session, source, learner.id)
    touched = _join_enrolments(session, source, learner.id, done, courses, now)
    session.flush()
    _finish_editions(session, learner.id, touched, now)
    session.execute(delete(Learner).where(Learner.id == source))
    session.expire_all()


def _join_attempts(session: Session, source: int, target: int) -> Counter[tuple[str, str]]:
    """Move them; those that both had (a device sent them twice, as either) are told by course and item."""
    target_keys = select(Attempt.key).where(Attempt.learner_id == target)
    both = delete(Attempt).where(Attempt.learner_id == source, Attempt.key.in_(target_keys))
    gone = session.execute(both.returning(Attempt.course_id, Attempt.item_id)).all()
    session.execute(update(Attempt).where(Attempt.learner_id == source).values(learner_id=target))
    return Counter((row.course_id, row.item_id) for row in gone)


def _join_visits(session: Session, source: int, target: int, doubled: Mapping[tuple[str, str], int]) -> None:
    target_visits = {
        (visit.course_id, visit.item_id): visit
        for visit in session.scalars(select(Visit).where(Visit.learner_id == target))
    }
    for visit in session.scalars(select(Visit).where(Visit.learner_id == source)).all():
        same = target_visits.get((visit.course_id, visit.item_id))
        if same is None:
            visit.learner_id = target
        else:
            _write(same, join(_visited(same), _visited(visit)))
            same.tries += visit.tries - doubled.get((visit.course_id, visit.item_id), 0)
            session.delete(visit)
    session.flush()


def _join_votes(session: Session, source: int, target: int) -> None:
    """Count the later answer of two to one poll."""
    votes_of = {one: _votes(session, one) for one in (source, target)}
    for item, votes in votes_of[source].items():
        other = votes_of[target].get(item, [])
        later = not other or max(vote.at for vote in votes) > max(vote.at for vote in other)
        for gone in other if later else votes:
            session.delete(gone)
        session.flush()
        for vote in votes if later else ():
            vote.learner_id = target
    session.flush()


def _votes(session: Session, learner_id: int) -> dict[tuple[str, str], list[Vote]]:
    votes: dict[tuple[str, str], list[Vote]] = {}
    for vote in session.scalars(select(Vote).where(Vote.learner_id == learner_id)):
        votes.setdefault((vote.course_id, vote.item_id), []).append(vote)
    return votes


def _join_practice(session: Session, source: int, target: int) -> None:
    mine = {
        (row.course_id, row.key): row for row in session.scalars(select(Practice).where(Practice.learner_id == target))
    }
    for row in session.scalars(select(Practice).where(Practice.learner_id == source)).all():
        same = mine.get((row.course_id, row.key))
        if same is None:
            row.learner_id = target
            continue
        joined = join_practised(_practised(same), _practised(row))
        for name in _BOOKED:
            setattr(same, name, getattr(joined, name))
        for name, value in joined.given.items():
            setattr(same, name, value)
        session.delete(row)
    session.flush()


_BOOKED: Final = ("due_on", "by_letter", "letter_at", "answered_at")
_GIVEN: Final = ("item_id", "question_id", "answer", "is_right", "locale", "course_version")


def _practised(row: Practice) -> Practised:
    given = {name: getattr(row, name) for name in _GIVEN}
    return Practised(row.due_on, row.by_letter, row.letter_at, row.answered_at, given)


def _join_enrolments(
    session: Session,
    source: int,
    target: int,
    done: Sequence[Mapping[str, Mapping[str, datetime]]],
    courses: Courses,
    now: datetime,
) -> Collection[str]:
    """Join them, and tell which courses both had."""
    theirs, mine = done
    target_enrolments, given = _enrolments(session, target), _enrolments(session, source)
    for course_id, row in given.items():
        same = target_enrolments.get(course_id)
        finished_at = finished_together(
            Walked(theirs.get(course_id, {}), row.finished_at),
            Walked(mine.get(course_id, {}), same.finished_at if same is not None else None),
            courses.get(course_id, ()),
        )
        finished_digest = _finished_digest(row, same)
        noted_at = _noted_at(row, same, now) if finished_at is not None else None
        if same is None:
            row.learner_id, row.finished_at, row.finished_digest = target, finished_at, finished_digest
            row.finish_noted_at = noted_at
            continue
        same.finish_noted_at = noted_at
        same.finished_at, same.finished_digest = finished_at, finished_digest
        _, same.course_digest = min((one.started_at, one.course_digest) for one in (row, same))
        same.started_at = min(same.started_at, row.started_at)
        if row.place_at > same.place_at:
            same.place_item_id, same.place_at, same.locale = row.place_item_id, row.place_at, row.locale
        session.delete(row)
    return given.keys() & target_enrolments.keys()


def _finished_digest(*rows: Enrolment | None) -> str:
    """The edition that was finished first; unknown when it took both records to finish the course."""
    finished = [
        (row.finished_at, row.finished_digest) for row in rows if row is not None and row.finished_at is not None
    ]
    return min(finished)[1] if finished else ""


def _noted_at(given: Enrolment, same: Enrolment | None, now: datetime) -> datetime:
    """The time at which the account is known to have finished: now, unless it had alone, which may become sooner by the join."""
    alone = same is not None and same.finished_at is not None and given.finished_at is None
    return (same.finish_noted_at or same.finished_at or now) if same is not None and alone else now


def _enrolments(session: Session, learner_id: int) -> dict[str, Enrolment]:
    """By course, and held until the commit: the day's work, which finds courses finished, waits for nobody and skips them."""
    rows = session.scalars(select(Enrolment).where(Enrolment.learner_id == learner_id).with_for_update())
    return {row.course_id: row for row in rows}


_VISITED: Final = ("first_at", "done_at", "score", "passed_at", "state", "state_at", "course_digest")


def _visited(visit: Visit) -> Visited:
    return Visited(*(getattr(visit, name) for name in _VISITED))


def _write(visit: Visit, joined: Visited) -> None:
    for name in _VISITED:
        setattr(visit, name, getattr(joined, name))


def _finish_editions(session: Session, learner_id: int, courses: Collection[str], now: datetime) -> None:
    """Look whether both records together finish those courses as they were in one of the editions that were answered."""
    named = select(Attempt.course_id, Attempt.course_digest).where(Attempt.learner_id == learner_id)
    answered = defaultdict[str, set[str]](set)
    for course_id, digest in session.execute(named.where(Attempt.course_id.in_(sorted(courses))).distinct()):
        answered[course_id].add(digest)
    for course_id, digests in answered.items():
        times = list(edition_times(session, course_id))
        editions = editions_of(session, course_id, digests)
        for at in reversed(range(len(times))):
            if times[at] in editions:
                finish_edition(session.connection(), learner_id, editions[times[at]], times[:at], times[at + 1 :], now)


def finish_edition(
    connection: Connection,
    learner_id: int,
    edition: Edition,
    earlier: Collection[str],
    later: Collection[str],
    now: datetime,
) -> None:
    """Note that answers of that edition came late: who began with it, and finished it as it was then, has done so.

    ``earlier`` and ``later`` are the digests of the course's other editions. What was answered in a later one does not count
    for it, so that answers come to the same in any order.
    """
    here = (Enrolment.learner_id == learner_id, Enrolment.course_id == edition.course_id)
    done = select(func.count(Attempt.item_id.distinct())).where(
        Attempt.learner_id == learner_id,
        Attempt.course_id == edition.course_id,
        Attempt.item_id.in_(sorted(edition.required)),
        Attempt.course_digest.in_(sorted({edition.digest, *earlier})),
        Attempt.done.is_(True),
    )
    began = update(Enrolment).where(*here, Enrolment.course_digest.in_(sorted(later)))
    unfinished = or_(Enrolment.finished_at.is_(None), Enrolment.finished_digest.in_(sorted({*later, ""})))
    finished = update(Enrolment).where(*here, unfinished, done.scalar_subquery() == len(edition.required))
    noted = {"finished_at": func.coalesce(Enrolment.finished_at, now), "finished_digest": edition.digest}
    connection.execute(began.values(course_digest=edition.digest))
    connection.execute(finished.values(noted))


def finish_courses(
    session: Session, course_id: str, digest: str, items: Collection[str], enrolment_ids: Collection[int], now: datetime
) -> None:
    """Note of those enrolments when the last of the course's ``items`` was done, where it is not known and all are done.

    ``digest`` names the edition of the course that has those items.

    One statement. A learner who answers at this moment notes it themselves: nobody waits for the other.
    """
    mine = (
        select(case((func.count() == len(items), func.max(Visit.done_at))))
        .where(
            Visit.learner_id == Enrolment.learner_id,
            Visit.course_id == course_id,
            Visit.item_id.in_(sorted(items)),
            Visit.done_at.is_not(None),
        )
        .scalar_subquery()
    )
    still_open = and_(Enrolment.id.in_(sorted(enrolment_ids)), Enrolment.finished_at.is_(None))
    free = select(Enrolment.id).where(still_open).with_for_update(skip_locked=True)
    session.execute(
        update(Enrolment)
        .where(Enrolment.id.in_(free), Enrolment.finished_at.is_(None), mine.is_not(None))
        .values(finished_at=mine, finished_digest=digest, finish_noted_at=now)
        .execution_options(synchronize_session=False)
    )
