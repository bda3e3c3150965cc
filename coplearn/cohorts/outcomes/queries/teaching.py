"""Reading teach-backs, what was seen in them, and who may sign them off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import Certification, Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.models.meeting import Mark, Meeting
from coplearn.cohorts.common.queries import at_work
from coplearn.cohorts.common.rules.words import PLANNED, MemberState, Result, StaffRole
from coplearn.cohorts.outcomes.rules.teaching import EvaluationFacts, Tie, standing


@dataclass(frozen=True, slots=True)
class TeachBackLine:
    """One teach-back as a list shows it."""

    teach_back: TeachBack
    result: Result
    notes: int
    """How many evaluations stand, notes of observers among them."""
    meeting: str
    """The title of its meeting; empty for none."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A trainee with their teach-backs, oldest first."""

    membership: Membership
    lines: tuple[TeachBackLine, ...]

    @property
    def passed(self) -> int:
        """The number of passed ones."""
        return sum(line.result is Result.PASSED for line in self.lines)


def board(session: Session, cohort_id: int, limit: int, *, after: int = 0, named: str = "") -> list[BoardRow]:
    """A page of the cohort's trainees with their teach-backs, in three statements; ``after`` is a membership's id."""
    wanted = select(Membership).where(
        Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE, Membership.id > after
    )
    if named:
        wanted = wanted.where(Membership.name.icontains(named, autoescape=True))
    members = list(session.scalars(wanted.order_by(Membership.id).limit(limit)))
    lines = lines_of(session, [member.id for member in members])
    return [BoardRow(member, tuple(lines.get(member.id, ()))) for member in members]


def lines_of(session: Session, membership_ids: Collection[int]) -> dict[int, list[TeachBackLine]]:
    """The people's teach-backs by membership, oldest first, in two statements."""
    if not membership_ids:
        return {}
    taught = session.execute(
        select(TeachBack, Meeting.title)
        .outerjoin(Meeting, Meeting.id == TeachBack.meeting_id)
        .where(TeachBack.membership_id.in_(membership_ids))
        .order_by(TeachBack.membership_id, TeachBack.turn)
    ).all()
    seen = _seen(session, [row[0].id for row in taught])
    lines: dict[int, list[TeachBackLine]] = {}
    for teach_back, title in taught:
        rows = seen.get(teach_back.id, [])
        amended = {row.amends_id for row in rows}
        stand = sum(row.id not in amended for row in rows)
        line = TeachBackLine(teach_back, standing(rows)[0], stand, title or "")
        lines.setdefault(teach_back.membership_id, []).append(line)
    return lines


def _seen(session: Session, teach_back_ids: Sequence[int]) -> dict[int, list[EvaluationFacts]]:
    if not teach_back_ids:
        return {}
    rows = session.execute(
        select(
            Evaluation.teach_back_id, Evaluation.id, Evaluation.amends_id, Evaluation.decides, Evaluation.result
        ).where(Evaluation.teach_back_id.in_(teach_back_ids))
    )
    seen: dict[int, list[EvaluationFacts]] = {}
    for teach_back_id, row_id, amends_id, decides, result in rows:
        seen.setdefault(teach_back_id, []).append(EvaluationFacts(row_id, amends_id, decides, result))
    return seen


def teach_back_entry(session: Session, cohort_id: int, public_id: str) -> tuple[TeachBack, Membership] | None:
    """The teach-back with its member, only when it belongs to the cohort."""
    row = session.execute(
        select(TeachBack, Membership)
        .join(Membership, Membership.id == TeachBack.membership_id)
        .where(TeachBack.public_id == public_id, Membership.cohort_id == cohort_id)
    ).first()
    return (row[0], row[1]) if row is not None else None


def evaluations_of(session: Session, teach_back_id: int) -> list[Evaluation]:
    """Everything ever written down about a teach-back, oldest first."""
    rows = session.scalars(select(Evaluation).where(Evaluation.teach_back_id == teach_back_id).order_by(Evaluation.id))
    return list(rows)


def evaluations_by(session: Session, membership_id: int) -> dict[int, list[Evaluation]]:
    """Everything written down about one person's teach-backs, by teach-back, oldest first (one statement)."""
    rows = session.scalars(
        select(Evaluation)
        .join(TeachBack, TeachBack.id == Evaluation.teach_back_id)
        .where(TeachBack.membership_id == membership_id)
        .order_by(Evaluation.id)
    )
    evaluations: dict[int, list[Evaluation]] = {}
    for row in rows:
        evaluations.setdefault(row.teach_back_id, []).append(row)
    return evaluations


def evaluation_in(session: Session, teach_back_id: int, evaluation_id: int) -> Evaluation | None:
    """The evaluation, only when it is of the teach-back."""
    return session.scalar(
        select(Evaluation).where(Evaluation.id == evaluation_id, Evaluation.teach_back_id == teach_back_id)
    )


def standing_of(evaluations: Iterable[Evaluation]) -> tuple[Result, int | None]:
    """The state of a teach-back with those evaluations, and which of them says so."""
    return standing(EvaluationFacts(one.id, one.amends_id, one.decides, one.result) for one in evaluations)


def meetings_for(session: Session, cohort_id: int) -> list[Meeting]:
    """The meetings a teach-back may be part of, in order of time."""
    rows = session.scalars(
        select(Meeting).where(Meeting.cohort_id == cohort_id, Meeting.state == PLANNED).order_by(Meeting.starts_at)
    )
    return list(rows)


def ties_of(session: Session, user_ids: Collection[int], member: Membership) -> dict[int, frozenset[Tie]]:
    """The ties of each of those accounts to the trainee, in five statements.

    The trainee is the same person in every cohort they take or took part in: by their account, by the address on a list,
    and by the address of an account where a list has it and nobody took the seat yet. Whoever leads or trains there, or
    once did, has trained them.
    """
    accounts, addresses = _same_person(session, member)
    places = session.execute(_places(member, accounts, addresses)).all()
    memberships, cohorts = [row[0] for row in places], {row[1] for row in places}
    ties: dict[int, set[Tie]] = {user_id: set() for user_id in user_ids}
    for user_id in accounts.union(row[2] for row in places):
        if user_id in ties:
            ties[user_id].add(Tie.SELF)
    trains = (StaffRole.LEAD, StaffRole.TRAINER)
    found = (
        (
            Tie.TRAINED,
            select(CohortStaff.user_id).where(CohortStaff.cohort_id.in_(cohorts), CohortStaff.role.in_(trains)),
        ),
        (
            Tie.MARKED,
            select(Mark.by_id).where(Mark.membership_id.in_(memberships), Mark.by_id.in_(user_ids)).distinct(),
        ),
        (
            Tie.LINEAGE,
            select(Certification.user_id)
            .join(Cohort, Cohort.right_id == Certification.id)
            .where(Cohort.id.in_(cohorts)),
        ),
    )
    for tie, statement in found:
        for user_id in session.scalars(statement):
            if user_id in ties:
                ties[user_id].add(tie)
    return {user_id: frozenset(held) for user_id, held in ties.items()}


def _same_person(session: Session, member: Membership) -> tuple[set[int], set[str]]:
    """The accounts and the mail addresses that are the trainee's."""
    rows = session.execute(
        select(User.id, User.email).where(or_(User.id == member.user_id, User.email == member.email))
    ).all()
    accounts, addresses = {row[0] for row in rows}, {row[1] for row in rows}
    return accounts, addresses | ({member.email} if member.email else set())


def _places(member: Membership, accounts: Collection[int], addresses: Collection[str]) -> Select[int, int, int | None]:
    took_part = Membership.state.in_((MemberState.ACTIVE, MemberState.WITHDRAWN))
    theirs = or_(Membership.user_id.in_(accounts), Membership.email.in_(addresses))
    return select(Membership.id, Membership.cohort_id, Membership.user_id).where(
        or_(Membership.id == member.id, and_(theirs, took_part))
    )


def examiners_of(session: Session, cohort_id: int) -> list[tuple[int, str]]:
    """Account and name of who is the cohort's examiner now."""
    rows = session.execute(
        select(User.id, User.name, User.email)
        .join(CohortStaff, CohortStaff.user_id == User.id)
        .where(
            CohortStaff.cohort_id == cohort_id,
            CohortStaff.role == StaffRole.EXAMINER,
            at_work(),
        )
        .order_by(User.name, User.id)
    )
    return [(row[0], row[1] or row[2]) for row in rows]


def independence(session: Session, user_id: int, member: Membership) -> tuple[frozenset[Tie], tuple[str, ...]]:
    """The ties of somebody to a trainee, and the names of the cohort's other examiners whom nothing ties."""
    examiners = dict(examiners_of(session, member.cohort_id))
    ties = ties_of(session, {user_id, *examiners}, member)
    free = tuple(name for other, name in examiners.items() if other != user_id and not ties[other])
    return ties[user_id], free


def evidence_named(session: Session, fingerprints: Collection[str]) -> set[str]:
    """The fingerprints among some that evaluations have as their evidence."""
    wanted = Evaluation.evidence_sha256.in_(fingerprints)
    return set(session.scalars(select(Evaluation.evidence_sha256).where(wanted)))
