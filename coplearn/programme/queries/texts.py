"""Reading the names of organisations that nobody has matched yet, from partners that were typed and from lists of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.programme.models.organisations import OrganisationText
from coplearn.programme.models.records import Activity, ActivityVersion, Participation
from coplearn.programme.queries.activities import is_newest
from coplearn.programme.queries.lists import readable
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.records import text_key

_MOST: Final = 20_000


@dataclass(slots=True)
class LooseText:
    """A name of an organisation that nobody has matched, in all the ways in which it is written."""

    key: str
    written: list[str] = field(default_factory=list)
    activities: int = 0
    people: int = 0
    """People of cohorts whose list gives it; no more than that is told of them."""


def loose_texts(session: Session, access: ProgrammeAccess) -> list[LooseText]:
    """Every such name that somebody may see, those that stand most often first (three statements)."""
    known = set(session.scalars(select(OrganisationText.text_key).where(OrganisationText.undone_at.is_(None))))
    found: dict[str, LooseText] = {}
    typed = session.execute(
        select(Participation.text, func.count())
        .join(ActivityVersion, ActivityVersion.id == Participation.version_id)
        .join(Activity, is_newest())
        .where(Participation.organisation_id.is_(None), readable(access))
        .group_by(Participation.text)
        .limit(_MOST)
    )
    for written, count in typed:
        _add(found, known, written, activities=count)
    if access.countries is None or access.countries:
        listed = (
            select(Membership.organisation, func.count())
            .join(Cohort, Cohort.id == Membership.cohort_id)
            .where(Membership.organisation != "")
            .group_by(Membership.organisation)
            .limit(_MOST)
        )
        if access.countries is not None:
            listed = listed.where(Cohort.country.in_(sorted(access.countries)))
        for written, count in session.execute(listed):
            _add(found, known, written, people=count)
    return sorted(found.values(), key=lambda one: (-(one.activities + one.people), one.key))


def _add(found: dict[str, LooseText], known: set[str], written: str, *, activities: int = 0, people: int = 0) -> None:
    key = text_key(written)
    if not key or key in known:
        return
    loose = found.setdefault(key, LooseText(key))
    if written not in loose.written:
        loose.written.append(written)
    loose.activities += activities
    loose.people += people


def match_by(session: Session, organisation_id: int, match_id: int) -> OrganisationText | None:
    """A text that was matched with that organisation and not undone."""
    return session.scalar(
        select(OrganisationText).where(
            OrganisationText.id == match_id,
            OrganisationText.organisation_id == organisation_id,
            OrganisationText.undone_at.is_(None),
        )
    )


def activities_of(session: Session, access: ProgrammeAccess, organisation_id: int) -> list[tuple[str, str]]:
    """The address and title of activities in which an organisation had a part, the newest first (one statement)."""
    meant = select(OrganisationText.text_key).where(
        OrganisationText.organisation_id == organisation_id, OrganisationText.undone_at.is_(None)
    )
    rows = session.execute(
        select(Activity.public_id, ActivityVersion.title, ActivityVersion.since)
        .join(ActivityVersion, is_newest())
        .join(Participation, Participation.version_id == ActivityVersion.id)
        .where(
            (Participation.organisation_id == organisation_id)
            | (Participation.organisation_id.is_(None) & Participation.text_key.in_(meant)),
            readable(access),
        )
        .distinct()
        .order_by(ActivityVersion.since.desc())
        .limit(100)
    )
    return [(row[0], row[1]) for row in rows]
