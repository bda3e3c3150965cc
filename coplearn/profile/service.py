"""Erasing a person everywhere, and again in a database that was brought back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from coplearn.accounts.queries import email_of, joined_with
from coplearn.accounts.service import erase_user
from coplearn.cohorts.people.service.forgetting import forget_person, forget_seats
from coplearn.consultations.service.asking import forget_contact
from coplearn.kernel.clock import utcnow
from coplearn.learning.service import erase_learner
from coplearn.privacy.erasures import ErasedRow, Erasure
from coplearn.profile.queries import still_there
from coplearn.resources.experts.service import forget_nominee
from coplearn.resources.hub.service import forget_contributor


@dataclass(frozen=True, slots=True)
class ErasedAgain:
    """The rows of each sort that had come back, and the fingerprints of evidence to delete once it is committed."""

    accounts: int
    learners: int
    seats: int
    files: tuple[str, ...]


def erase_person(session: Session, learner_id: int | None, user_id: int | None) -> list[str]:
    """Forget somebody, with or without an account; gives back the fingerprints of evidence to delete after the commit."""
    files = list[str]()
    if learner_id is not None:
        erase_learner(session, learner_id)
    if user_id is not None:
        for joined in joined_with(session, user_id):
            files += erase_person(session, None, joined)
        files += forget_person(session, user_id)
        email = email_of(session, user_id)
        forget_contributor(session, email)
        forget_nominee(session, email)
        forget_contact(session, email, utcnow())
        erase_user(session, user_id)
    return files


def erase_again(session: Session, erased: Iterable[Erasure]) -> ErasedAgain:
    """Erase whoever stands on the list and is there all the same, because the database is older. Twice is as once."""
    found, files = list(still_there(session, erased)), set[str]()
    ids = {kind: [one.id for one in found if one.kind is kind] for kind in ErasedRow}
    for user_id in ids[ErasedRow.ACCOUNT]:
        files |= set(erase_person(session, None, user_id))
    for learner_id in ids[ErasedRow.LEARNER]:
        erase_learner(session, learner_id)
    # Seats that the person took, or that were kept for their address, also where the account is younger than the backup.
    seats, left = forget_seats(session, ids[ErasedRow.SEAT])
    files |= set(left)
    return ErasedAgain(len(ids[ErasedRow.ACCOUNT]), len(ids[ErasedRow.LEARNER]), seats, tuple(sorted(files)))
