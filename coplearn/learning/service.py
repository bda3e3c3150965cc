"""Verbs of learning: begin, enrol, answer, finish, forget."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Connection,
    CursorResult,
    Integer,
    Result,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import owns_session
from coplearn.courses.plugin import Outcome
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.learning.models import Attempt, CourseEdition, Enrolment, Learner, Visit, Vote
from coplearn.learning.queries import AttemptRow, WhoLearns, attempt_by_key, visitor_hash
from coplearn.learning.rules import Edition
from coplearn.storage.base import UtcDateTime
from coplearn.storage.dialects import own_words
from coplearn.storage.upserts import insert_new

KEY_LENGTH: Final = 64
SEEN_EVERY: Final = timedelta(hours=1)
"""So often it is written down that somebody was here: it serves to forget visitors after months."""
ANSWERED: Final = N_(
    "This page was sent before with another answer, and that one is kept. What you chose now is still here: send it again"
    " to have it counted as well."
)
Courses = Mapping[str, Collection[str]]
"""The ids of the items of each course, as it is now."""


@dataclass(frozen=True, slots=True)
class AnsweredItem:
    """The item that is answered, how many tries it allows (0 = without limit), and all ``items`` of its course as it is now."""

    course_id: str
    course_version: str
    course_digest: str
    item_id: str
    tries_allowed: int
    items: Collection[str]
    stepwise: bool = False
    """Whether an answer goes on from the one before, so that a form sent again may come to something else."""
    counts_votes: bool = False
    """Whether answers to it are counted over all learners."""
    is_step: bool = True
    """Whether it is a step of the course: then it is where the learner goes on, and may finish the course."""
    finishes: str = ""
    """Names the course as it is now, where ``course_digest`` is an earlier edition that was answered on a device."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One sending of an item's form: the key its page made, the language and the order it was shown in, what it came to, when."""

    key: str
    locale: str
    seed: int
    outcome: Outcome
    at: datetime
    made_at: datetime | None = None
    """When it was made on a device, as far as that is known. It decides alone which of two states is the later one."""

    @property
    def ordered_at(self) -> datetime:
        return self.made_at or self.at


class AnsweredBefore(Refused):
    """The form's key came with another answer before, which stands."""

    def __init__(self) -> None:
        super().__init__(ANSWERED)


def start_visitor(
    session: Session, now: datetime, forget_before: datetime, token: str | None = None
) -> tuple[WhoLearns, str]:
    """A new learner without an account, and the ``token`` that names them, made when there is none. Visitors unseen since
    ``forget_before`` are forgotten."""
    forget_visitors(session, forget_before)
    token = token or secrets.token_urlsafe(24)
    named = visitor_hash(token)
    try:
        with session.begin_nested():
            learner = Learner(visitor_hash=named, seed=secrets.randbelow(2**31), created_at=now, seen_at=now)
            session.add(learner)
    except IntegrityError:  # the same browser, twice at once
        learner = session.scalars(select(Learner).where(Learner.visitor_hash == named)).one()
    return WhoLearns(learner.id, learner.seed, None), token


def learner_for_user(session: Session, key: str, now: datetime) -> WhoLearns | None:
    """The learner of the signed-in person, made when there is none; None when the session's key names nobody."""
    user_id = session.scalar(select(User.id).where(owns_session(key)))
    if user_id is None:
        return None
    learner = learner_of_account(session, user_id, now)
    return WhoLearns(learner.id, learner.seed, user_id)


def learner_of_account(session: Session, user_id: int, now: datetime) -> Learner:
    existing = session.scalar(select(Learner).where(Learner.user_id == user_id))
    if existing is not None:
        return existing
    try:
        with session.begin_nested():
            learner = Learner(user_id=user_id, seed=secrets.randbelow(2**31), created_at=now, seen_at=now)
            session.add(learner)
        return learner
    except IntegrityError:  # another device signed in at the same moment
        return session.scalars(select(Learner).where(Learner.user_id == user_id)).one()


def forget_visitors(session: Session, before: datetime) -> int:
    """Remove visitors without an account who were not seen since ``before``, and all their records; how many went."""
    gone = session.execute(
        delete(Learner).where(Learner.user_id.is_(None), Learner.kept.is_(False), Learner.seen_at < before)
    )
    return _rows(gone)


def answer_item(
    session: Session,
    learner_id: int,
    target: AnsweredItem,
    key: str,
    locale: str,
    seed: int,
    outcome: Outcome,
    now: datetime,
) -> AttemptRow:
    """Keep one submission and what it came to; the same key and answer again give the first result.

    Raises AnsweredBefore for the same key with another answer, Refused when no try is left, and NotFound when the learner
    was erased or joined an account meanwhile.
    """
    session.flush()
    connection = session.connection()
    take_turn(connection, learner_id, now)
    attempt = keep_answer(connection, learner_id, target, Submission(key, locale, seed, outcome, now))
    session.expire_all()
    return attempt


def answer_as(
    connection: Connection, user_key: str | None, token: str | None, target: AnsweredItem, sent: Submission
) -> tuple[WhoLearns, AttemptRow] | None:
    """The same for the learner of a session's ``user_key``, or else of a visitor's ``token``, whom it finds as it takes their
    turn; None for somebody who has saved nothing yet.

    Raises AnsweredBefore and Refused as :func:`answer_item` does.
    """
    if user_key is not None:
        learner = _take(connection, _TURN_BY_USER, {"key": user_key}, sent.at)
    else:
        learner = _take(connection, _TURN_BY_VISITOR, {"key": visitor_hash(token or "")}, sent.at)
    return (learner, keep_answer(connection, learner.id, target, sent)) if learner is not None else None


def take_turn(connection: Connection, learner_id: int, now: datetime) -> None:
    """One writer a learner at a time: whoever has the turn has it until the commit.

    Raises NotFound when the learner was erased or joined an account meanwhile.
    """
    if _take(connection, _TURN_BY_ID, {"who": learner_id}, now) is None:
        raise NotFound(N_("What was kept about you was erased or joined an account meanwhile. Load the page again."))


def _take(connection: Connection, turn: Any, who: Mapping[str, Any], now: datetime) -> WhoLearns | None:
    row = connection.execute(turn, {**who, "lately": now - SEEN_EVERY}).first()
    if row is None:
        return None
    if row[3]:
        connection.execute(_SEEN, {"who": row[0], "seen_at": now})
    return WhoLearns(*row[:3])


def keep_answer(connection: Connection, learner_id: int, target: AnsweredItem, sent: Submission) -> AttemptRow:
    """Keep the answer of a learner whose turn it is (see :func:`take_turn`), in three statements; raises what
    :func:`answer_item` does."""
    keep, outcome, key = _keeping(own_words(connection.dialect).insert), sent.outcome, sent.key[:KEY_LENGTH]
    where = {"learner_id": learner_id, "course_id": target.course_id, "item_id": target.item_id}
    answers = dict(outcome.answers)
    came = {"score": outcome.score, "passed": outcome.passed, "done": outcome.done, "answers": answers}
    against = {"course_version": target.course_version, "course_digest": target.course_digest, "seed": sent.seed}
    attempt = {**where, **against, **came, "key": key, "at": sent.at, "locale": sent.locale}
    attempt_id = connection.execute(keep.attempt, attempt).scalar()
    if attempt_id is None:
        earlier = attempt_by_key(connection, learner_id, key)
        if earlier is None or _is_another(earlier, outcome, target):
            raise AnsweredBefore
        return earlier
    visit = connection.execute(keep.visit, {**where, **_fresh(target, sent)}).first()
    if visit is None:
        connection.execute(_TAKE_BACK, {"attempt": attempt_id})
        raise Refused(N_("You have used all your tries for this check. Your best result stands."))
    if target.counts_votes:
        _keep_votes(connection, where, sent)
    # Done for the first time: it may be the last item that was open.
    if target.is_step:
        _keep_place(connection, keep, learner_id, target, sent, further=outcome.done and visit.done_at == sent.at)
    return AttemptRow(
        attempt_id,
        target.item_id,
        target.course_id,
        answers,
        outcome.score,
        outcome.passed,
        sent.seed,
        outcome.done,
        target.course_digest,
    )


def _is_another(kept: AttemptRow, outcome: Outcome, target: AnsweredItem) -> bool:
    """Whether it is another answer than the one that is kept, which has been through JSON."""
    if (kept.item_id, kept.course_id) != (target.item_id, target.course_id):
        return True
    return not target.stepwise and bool(json.loads(json.dumps(dict(outcome.answers))) != kept.answers)


# Built once and sent on a plain connection: while they run, everybody else's answers wait.
_UNSEEN = Learner.seen_at < bindparam("lately", type_=UtcDateTime())
# Holds the row on PostgreSQL. On SQLite the transaction holds everything, and a row that is only read costs no write.
_TURN = select(Learner.id, Learner.seed, Learner.user_id, _UNSEEN).with_for_update(of=Learner)
_TURN_BY_ID = _TURN.where(Learner.id == bindparam("who"))
_TURN_BY_USER = _TURN.join(User, User.id == Learner.user_id).where(owns_session())
_TURN_BY_VISITOR = _TURN.where(Learner.visitor_hash == bindparam("key"))
_SEEN = update(Learner).where(Learner.id == bindparam("who")).values(seen_at=bindparam("seen_at", type_=UtcDateTime()))
_TAKE_BACK = delete(Attempt).where(Attempt.id == bindparam("attempt"))
_FINISHED = (
    select(case((func.count(Visit.done_at) == bindparam("wanted"), func.max(Visit.done_at))))
    .where(
        Visit.learner_id == bindparam("who"),
        Visit.course_id == bindparam("course"),
        Visit.item_id.in_(bindparam("items", expanding=True)),
    )
    .scalar_subquery()
)
"""When the last of the items was done, once all of them are."""


class _Keeping(NamedTuple):
    """Statements of an answer: the attempt, its visit, and the learner's place; ``place_further`` may finish the course."""

    attempt: Any
    visit: Any
    place: Any
    place_further: Any


@lru_cache(maxsize=2)
def _keeping(insert: Callable[..., Any]) -> _Keeping:
    """The statements for an engine, whose own ``insert`` is given."""
    attempt, place, course = insert(Attempt.__table__), insert(Enrolment.__table__), ("learner_id", "course_id")
    new = place.excluded
    is_older = new.place_at < Enrolment.place_at
    names = ("place_item_id", "place_at", "locale")
    here = {name: case((is_older, getattr(Enrolment, name)), else_=new[name]) for name in names}
    finished = {
        "finished_at": func.coalesce(Enrolment.finished_at, new.finished_at),
        "finished_digest": case(
            (Enrolment.finished_at.is_(None), new.finished_digest), else_=Enrolment.finished_digest
        ),
    }
    further = place.values(finished_at=_FINISHED)
    return _Keeping(
        attempt.on_conflict_do_nothing(index_elements=("learner_id", "key")).returning(Attempt.id),
        _joining(insert(Visit.__table__)),
        place.on_conflict_do_update(index_elements=course, set_=here),
        further.on_conflict_do_update(index_elements=course, set_={**here, **finished}),
    )


def _joining(visit: Any) -> Any:
    """The insert of a visit, joined to the one that stands there as ``rules.join`` does it, unless all tries are used.

    Gives the visit's ``done_at``; no row when there was no try left. Of two at the same instant the later written state
    stands: they wait for each other.
    """
    new = visit.excluded

    def earlier(held: Any, other: Any) -> Any:
        return case((or_(held.is_(None), other < held), other), else_=held)

    joined = {
        "first_at": earlier(Visit.first_at, new.first_at),
        "done_at": earlier(Visit.done_at, new.done_at),
        "score": case((or_(Visit.score.is_(None), new.score > Visit.score), new.score), else_=Visit.score),
        "passed_at": earlier(Visit.passed_at, new.passed_at),
        "tries": Visit.tries + 1,
    }
    for name in ("state", "state_at", "course_digest"):
        held, other = getattr(Visit, name), new[name]
        joined[name] = case((new.state_at < Visit.state_at, held), else_=other)
    allowed = bindparam("allowed", type_=Integer())
    return visit.on_conflict_do_update(
        index_elements=("learner_id", "course_id", "item_id"),
        set_=joined,
        where=or_(allowed == 0, Visit.tries < allowed),
    ).returning(Visit.done_at)


def _fresh(target: AnsweredItem, sent: Submission) -> Mapping[str, Any]:
    """The visit as it would be by this answer alone."""
    outcome, now = sent.outcome, sent.at
    return {
        "first_at": now,
        "done_at": now if outcome.done else None,
        "score": outcome.score,
        "passed_at": now if outcome.passed else None,
        "tries": 1,
        "state": dict(outcome.state),
        "state_at": sent.ordered_at,
        "course_digest": target.course_digest,
        "allowed": target.tries_allowed,
    }


def _keep_votes(connection: Connection, where: Mapping[str, Any], sent: Submission) -> None:
    """Let the learner's later choice stand for the earlier one: nobody is counted twice."""
    votes, now = sent.outcome.votes, sent.ordered_at
    named = [getattr(Vote, name) == value for name, value in where.items()]
    if sent.made_at is not None:  # it may come after one that was made later
        newer = connection.execute(select(Vote.id).where(*named, Vote.at > now).limit(1)).first()
        if newer is not None:
            return
    connection.execute(delete(Vote).where(*named))
    if votes:
        connection.execute(insert(Vote), [{**where, "key": vote, "at": now} for vote in votes])


def _keep_place(
    connection: Connection, keep: _Keeping, learner_id: int, target: AnsweredItem, sent: Submission, *, further: bool
) -> None:
    """Keep the learner's place, and when the last open item was done, that the course is finished."""
    values = {"learner_id": learner_id, "course_id": target.course_id, "started_at": sent.at}
    values |= {"place_item_id": target.item_id, "place_at": sent.ordered_at, "locale": sent.locale}
    values |= {"course_digest": target.course_digest}
    if further:
        values |= {"who": learner_id, "course": target.course_id, "items": list(target.items)}
        values |= {"wanted": len(target.items)}
        values |= {"finished_digest": target.finishes or target.course_digest}
    connection.execute(keep.place_further if further else keep.place, values)


def keep_edition(session: Session, edition: Edition, now: datetime) -> None:
    """Keep what the course is, once for each digest: records name it after the course has changed."""
    names = ("course_id", "digest", "version", "locale", "titles", "items", "adapted_by")
    values = {name: getattr(edition, name) for name in names}
    insert_new(session, CourseEdition, {**values, "first_at": now})


def erase_learner(session: Session, learner_id: int) -> None:
    """Remove the learner and every record of theirs."""
    session.execute(delete(Learner).where(Learner.id == learner_id))
    session.expire_all()


def _rows(result: Result[Any]) -> int:
    """The number of rows that a DELETE or UPDATE touched."""
    return result.rowcount if isinstance(result, CursorResult) else 0
