"""Keeping what learners answer beside the steps of a course, asking them later, and letting go of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import choose_zone
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.models import Learner, Practice
from coplearn.learning.service import take_turn
from coplearn.outbox.service import cancel_letters, queue_letter, resume_letters
from coplearn.practice.queries import Booking, Reader, bookings
from coplearn.practice.rules import LETTER, Purpose, WhatCame, letter_at, refresher_days, refresher_key, today_there
from coplearn.privacy.rules import ConsentTo
from coplearn.privacy.service import give_consent, withdraw_consent
from coplearn.storage.upserts import insert_all_new, insert_new

_BY_LETTER: Final = ConsentTo.QUESTIONS_BY_LETTER
AHEAD: Final = timedelta(hours=36)
"""So far ahead letters are handed to the outbox: the day's work is done once a day, and a morning may begin just before it."""
MakeToken = Callable[[int, str], str | None]
"""The private part of the address where a learner is asked about a course; None for a course that is gone."""
AT_ONCE: Final = 200
"""So many letters a transaction: on SQLite nobody else writes meanwhile."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to a question: what was asked, what was said, and whether that is right (None: nothing is right or wrong)."""

    key: str
    purpose: str
    item_id: str
    question_id: str
    answer: Mapping[str, Any]
    is_right: bool | None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The circumstances of an answer: the course in its version, and the language it was given in."""

    course_id: str
    course_version: str
    locale: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish to be asked later: by letter, or at the next visit; and the zone of the device, if it is known.

    ``stop_code`` gives the code under which the reader of an address may have stopped such letters: who asks for them anew
    gets them again.
    """

    by_letter: bool
    stop_code: Callable[[str], str]
    zone: str = ""
    locale: str = ""
    """The language in which it was asked."""


def keep_answer(
    session: Session, learner_id: int, where: Circumstances, answered: Answered, now: datetime, zone: str = ""
) -> bool:
    """Keep an answer; whether it was the first to that question, which alone is kept. A letter that was to ask goes out no more.

    Raises NotFound when the learner was erased or joined an account meanwhile.
    """
    _turn(session, learner_id, now)
    key = {"learner_id": learner_id, "course_id": where.course_id, "key": answered.key}
    given = {
        "answered_at": now,
        "item_id": answered.item_id,
        "question_id": answered.question_id,
        "answer": dict(answered.answer),
        "is_right": answered.is_right,
        "locale": where.locale,
        "course_version": where.course_version,
    }
    row = {**key, "purpose": answered.purpose, "due_on": today_there(now, zone), "by_letter": False, **given}
    if insert_new(session, Practice, row):
        return True
    waits = [getattr(Practice, name) == value for name, value in key.items()]
    booked = session.execute(
        update(Practice).where(*waits, Practice.answered_at.is_(None)).values(given).returning(Practice.id)
    ).first()
    if booked is not None:
        cancel_letters(session, prefix=_letters_of(learner_id, where.course_id, answered.key), kinds=[LETTER])
    session.expire_all()
    return booked is not None


def skip(session: Session, learner_id: int, where: Circumstances, asked: Collection[Answered], now: datetime) -> None:
    """Keep that those questions were passed over, so that they are never asked again. What was answered stays."""
    _turn(session, learner_id, now)
    rows: list[dict[str, Any]] = [
        {
            "learner_id": learner_id,
            "course_id": where.course_id,
            "key": one.key,
            "purpose": one.purpose,
            "due_on": now.date(),
            "by_letter": False,
            "answered_at": now,
            "item_id": one.item_id,
            "question_id": one.question_id,
            "answer": {},
            "is_right": None,
            "locale": where.locale,
            "course_version": where.course_version,
        }
        for one in asked
    ]
    insert_all_new(session, Practice, rows)
    session.expire_all()


def say_what_came(
    session: Session,
    learner_id: int,
    where: Circumstances,
    key: str,
    item_id: str,
    said: WhatCame,
    has_it: bool,
    now: datetime,
) -> bool:
    """Keep what came of an action, and whether what was made then is still at hand; whether it was the first answer."""
    given = {"said": str(said), "at_hand": has_it}
    return keep_answer(session, learner_id, where, Answered(key, Purpose.FOLLOW_UP, item_id, "", given, None), now)


def ask_later(session: Session, reader: Reader, course_id: str, days: Sequence[int], wish: Wish, now: datetime) -> None:
    """Ask the learner a question on each of those days after the course. Twice is as once; by letter or not may be changed.

    Raises Refused for somebody who has not finished the course, and
    for a letter to an account whose address is not confirmed.
    """
    if reader.finished_at is None:
        raise Refused(N_("Questions come after the course. Finish it first, and ask for them then."))
    _turn(session, reader.id, now)
    user = session.get(User, reader.user_id) if reader.user_id is not None else None
    if wish.by_letter and (user is None or user.confirmed_at is None):
        raise Refused(
            N_("A letter needs an account with a confirmed address. Without one, the question waits under My learning.")
        )
    if wish.by_letter and user is not None:
        code = wish.stop_code(user.email)
        resume_letters(session, code)
        give_consent(session, user.id, _BY_LETTER, course_id, now, locale=wish.locale, code=code)
        choose_zone(session, user.id, wish.zone or user.time_zone, only_first=True)
    elif user is not None:
        withdraw_consent(session, user.id, _BY_LETTER, course_id, now)
    there = reader.zone or wish.zone
    due = refresher_days(days, today_there(reader.finished_at, there), today_there(now, there))
    rows: list[dict[str, Any]] = [
        {
            "learner_id": reader.id,
            "course_id": course_id,
            "key": refresher_key(after),
            "purpose": Purpose.REFRESHER,
            "due_on": due_on,
            "by_letter": wish.by_letter,
            "answer": {},
        }
        for after, due_on in due.items()
    ]
    insert_all_new(session, Practice, rows)
    _letters_or_not(session, reader.id, course_id, by_letter=wish.by_letter)


def _letters_or_not(session: Session, learner_id: int, course_id: str, *, by_letter: bool) -> None:
    mine = _open(learner_id, course_id)
    session.execute(update(Practice).where(*mine).values(by_letter=by_letter))
    if not by_letter:
        session.execute(update(Practice).where(*mine).values(letter_at=None))
        cancel_letters(session, prefix=_letters_of(learner_id, course_id), kinds=[LETTER])
    session.expire_all()


def stop_asking(session: Session, learner_id: int, course_id: str, now: datetime) -> None:
    """Ask the learner no more about the course, by letter or here. What they answered stays."""
    _turn(session, learner_id, now)
    session.execute(delete(Practice).where(*_open(learner_id, course_id)))
    user_id = session.scalar(select(Learner.user_id).where(Learner.id == learner_id))
    if user_id is not None:
        withdraw_consent(session, user_id, _BY_LETTER, course_id, now)
    cancel_letters(session, prefix=_letters_of(learner_id, course_id), kinds=[LETTER])
    session.expire_all()


def book_letters(session: Session, now: datetime, behind: int, make_token: MakeToken) -> int | None:
    """Hand the next letters to the outbox, and note that: the id to go on behind; None when there are no more.

    The caller commits after each. Done twice, or anew after a crash, it writes nothing twice: a letter has its key, and the
    note is of the same transaction.
    """
    found = bookings(session, (now + AHEAD).date() + timedelta(days=1), behind, AT_ONCE)
    for one in found:
        _book(session, one, now, make_token)
    session.flush()
    return found[-1].id if found else None


def _book(session: Session, one: Booking, now: datetime, make_token: MakeToken) -> None:
    goes_at, token = letter_at(one.due_on, one.zone, now), make_token(one.learner_id, one.course_id)
    if goes_at is not None and goes_at > now + AHEAD:
        return
    noted = {"letter_at": now} if goes_at is not None and token is not None else {"by_letter": False}
    session.execute(update(Practice).where(Practice.id == one.id).values(noted))
    if goes_at is None or token is None:
        return  # too late for a letter, or the course is gone: what is asked waits for the next visit
    queue_letter(
        session,
        key=f"{_letters_of(one.learner_id, one.course_id, one.key)}{one.due_on.isoformat()}",
        to=one.email,
        locale=one.locale,
        time_zone=one.zone or "UTC",
        kind=LETTER,
        params={"token": token},
        now=now,
        not_before=goes_at,
    )


def _letters_of(learner_id: int, course_id: str, key: str = "") -> str:
    """The beginning of the keys of the learner's letters about the course, or about one question of it."""
    return f"{LETTER}:{learner_id}:{course_id}:{f'{key}:' if key else ''}"


def _open(learner_id: int, course_id: str) -> list[Any]:
    return [
        Practice.learner_id == learner_id,
        Practice.course_id == course_id,
        Practice.purpose == Purpose.REFRESHER,
        Practice.answered_at.is_(None),
    ]


def _turn(session: Session, learner_id: int, now: datetime) -> None:
    session.flush()
    take_turn(session.connection(), learner_id, now)
