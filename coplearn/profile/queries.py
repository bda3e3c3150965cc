"""The rows that are somebody, as the list of erasures knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import joined_with
from coplearn.cohorts.common.models.cohort import CardLearner, Membership
from coplearn.cohorts.people.queries import seats_of
from coplearn.learning.models import Learner
from coplearn.privacy.erasures import ErasedRow, Erasure, erasure_of

_AT_ONCE: Final = 500
_TABLES: Final[dict[ErasedRow, tuple[Any, Any]]] = {
    ErasedRow.ACCOUNT: (User.id, User.create_datetime),
    ErasedRow.LEARNER: (Learner.id, Learner.created_at),
    ErasedRow.SEAT: (Membership.id, Membership.created_at),
}


def rows_of_person(session: Session, learner_id: int | None, user_id: int | None) -> list[Erasure]:
    """Every row that is the person: their account, their learners, their seats in cohorts."""
    rows = _read(session, ErasedRow.LEARNER, Learner.id == learner_id)
    if user_id is not None:
        seats = select(Membership.id).where(seats_of(user_id))
        cards = select(CardLearner.learner_id).where(CardLearner.membership_id.in_(seats))
        rows += _read(session, ErasedRow.ACCOUNT, User.id == user_id)
        rows += _read(session, ErasedRow.LEARNER, Learner.id.in_(cards) | (Learner.user_id == user_id))
        rows += _read(session, ErasedRow.SEAT, Membership.id.in_(seats))
        for joined in joined_with(session, user_id):
            rows += rows_of_person(session, None, joined)
    return list(dict.fromkeys(rows))


def still_there(session: Session, erased: Iterable[Erasure]) -> Iterator[Erasure]:
    """The rows of them that the database has: the same ones, and not later ones of the same number."""
    by_kind: dict[ErasedRow, dict[int, set[str]]] = {}
    for one in erased:
        by_kind.setdefault(one.kind, {}).setdefault(one.id, set()).add(one.digest)
    for kind, digests in by_kind.items():
        numbers, column = sorted(digests), _TABLES[kind][0]
        for start in range(0, len(numbers), _AT_ONCE):
            found = _read(session, kind, column.in_(numbers[start : start + _AT_ONCE]))
            yield from (one for one in found if one.digest in digests[one.id])


def _read(session: Session, kind: ErasedRow, where: Any) -> list[Erasure]:
    return [erasure_of(kind, number, made) for number, made in session.execute(select(*_TABLES[kind]).where(where))]
