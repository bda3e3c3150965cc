"""Reading the hub: the public list, one resource with all that was said of it, what waits for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.findable import FindableRecord
from coplearn.resources.hub.models import HubMember, Resource, ResourceAppraisal, ResourceNotice, ResourceVersion
from coplearn.resources.hub.rules import (
    LINK_EVERY,
    AppraisalStanding,
    Appraised,
    Criterion,
    ResourceState,
    standing_of,
)

PAGE: Final = 20
_PIECE: Final = 500
_PUBLIC: Final = (Resource.state == ResourceState.PUBLISHED, Resource.taken_down_at.is_(None))


@dataclass(frozen=True, slots=True)
class ResourceFilters:
    """The choices of whoever looks through the list; empty ones choose all."""

    language: str = ""
    ages: str = ""
    audience: str = ""
    format: str = ""
    rating: str = ""


def listed(session: Session, filters: ResourceFilters, page: int) -> tuple[list[tuple[Resource, ResourceVersion]], int]:
    """A page of the public list, the newest first, and how many there are in all (two statements)."""
    version = ResourceVersion
    where = [*_PUBLIC]
    for column, chosen in (
        (version.languages, filters.language),
        (version.ages, filters.ages),
        (version.audiences, filters.audience),
    ):
        if chosen:
            where.append(column.contains(f",{chosen},", autoescape=True))
    where += [version.format == filters.format] if filters.format else []
    where += [version.rating == filters.rating] if filters.rating else []
    asked = select(Resource, version).join(version, version.id == Resource.shown_id).where(*where)
    ordered = asked.order_by(Resource.published_at.desc(), Resource.id.desc()).offset((page - 1) * PAGE).limit(PAGE)
    count = session.scalar(
        select(func.count()).select_from(Resource).join(version, version.id == Resource.shown_id).where(*where)
    )
    return [(row[0], row[1]) for row in session.execute(ordered)], count or 0


def resource_of(session: Session, public_id: str) -> Resource | None:
    """The resource of that address."""
    return session.scalar(select(Resource).where(Resource.public_id == public_id))


def versions_of(session: Session, resource_id: int) -> Sequence[ResourceVersion]:
    """Versions of a resource, the newest first."""
    asked = select(ResourceVersion).where(ResourceVersion.resource_id == resource_id)
    return session.scalars(asked.order_by(ResourceVersion.number.desc())).all()


def appraisals_of(session: Session, version_ids: Collection[int]) -> dict[int, list[ResourceAppraisal]]:
    """Everything that was written of those versions, by version, in its order."""
    found: dict[int, list[ResourceAppraisal]] = {number: [] for number in version_ids}
    asked = select(ResourceAppraisal).where(ResourceAppraisal.version_id.in_(version_ids))
    for one in session.scalars(asked.order_by(ResourceAppraisal.id)):
        found[one.version_id].append(one)
    return found


def standing_from(appraisals: Sequence[ResourceAppraisal]) -> AppraisalStanding:
    """The state of a version's appraisal, from what was written of it."""
    given = [
        Appraised(one.member_id, {criterion: int(one.scores[criterion]) for criterion in Criterion})
        for one in appraisals
        if not one.is_recusal
    ]
    return standing_of(given)


def latest_of(appraisals: Sequence[ResourceAppraisal]) -> list[ResourceAppraisal]:
    """The appraisal that holds of each appraiser, without those who have a conflict of interest."""
    return list({one.member_id: one for one in appraisals if not one.is_recusal}.values())


def notices_of(session: Session, resource_id: int) -> Sequence[ResourceNotice]:
    """Notes of when it was taken down and put back, the latest first."""
    asked = select(ResourceNotice).where(ResourceNotice.resource_id == resource_id)
    return session.scalars(asked.order_by(ResourceNotice.id.desc())).all()


def makers_of(versions: Sequence[ResourceVersion]) -> frozenset[str]:
    """The organisations that made or contributed any of those versions."""
    return frozenset(name for one in versions for name in (one.publisher, one.organisation))


def member_of_hub(session: Session, user_id: int) -> HubMember | None:
    """The person's seat in the hub, if they have one now (one statement)."""
    return session.scalar(
        select(HubMember).where(HubMember.user_id == user_id, HubMember.ended_at.is_(None)).order_by(HubMember.id)
    )


def members(session: Session) -> list[tuple[HubMember, str]]:
    """People who appraise or vote now, with their address, in the order of their names."""
    asked = select(HubMember, User.email).join(User, User.id == HubMember.user_id).where(HubMember.ended_at.is_(None))
    return [(row[0], row[1]) for row in session.execute(asked.order_by(HubMember.name, HubMember.id))]


def works_in_hub() -> ColumnElement[bool]:
    """Whether a row of ``user`` appraises or votes now."""
    return exists().where(HubMember.user_id == User.id, HubMember.ended_at.is_(None))


def writable_appraisers(session: Session) -> list[tuple[HubMember, User]]:
    """Every appraiser, with the account that they are written to."""
    found = session.execute(
        select(HubMember, User)
        .join(User, User.id == HubMember.user_id)
        .where(HubMember.appraises, HubMember.ended_at.is_(None), User.active)
        .order_by(HubMember.id)
    )
    return [(row[0], row[1]) for row in found]


@dataclass(frozen=True, slots=True)
class WaitingVersion:
    """A version that waits for appraisal, with how far it is."""

    resource: Resource
    version: ResourceVersion
    standing: AppraisalStanding
    written_by: frozenset[int]
    """Seats of those who wrote of it, or said that they have a conflict."""
    makers: frozenset[str]
    contributors: frozenset[int | None]


def waiting_versions(session: Session, limit: int = 200) -> list[WaitingVersion]:
    """The newest version of each resource that is not decided yet, the oldest first (two statements)."""
    newest = (
        select(func.max(ResourceVersion.id))
        .where(ResourceVersion.resource_id == Resource.id)
        .correlate(Resource)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Resource, ResourceVersion)
        .join(ResourceVersion, ResourceVersion.id == newest)
        .where(ResourceVersion.rating == "", Resource.state != ResourceState.UNCONFIRMED)
        .order_by(ResourceVersion.id)
        .limit(limit)
    ).all()
    written = appraisals_of(session, [row[1].id for row in rows])
    return [
        WaitingVersion(
            resource,
            version,
            standing_from(written[version.id]),
            frozenset(one.member_id for one in written[version.id]),
            frozenset({version.publisher, version.organisation}),
            frozenset({version.by_id, resource.by_id}) - {None},
        )
        for resource, version in rows
    ]


def contributed_by(session: Session, user_id: int) -> list[tuple[Resource, ResourceVersion]]:
    """Everything that somebody contributed, with its newest version."""
    rows = session.execute(
        select(Resource, ResourceVersion)
        .join(ResourceVersion, ResourceVersion.resource_id == Resource.id)
        .where(Resource.by_id == user_id)
        .order_by(Resource.id.desc(), ResourceVersion.number)
    )
    newest = {row[0].id: (row[0], row[1]) for row in rows}
    return list(newest.values())


def file_is_named(session: Session, key: str) -> bool:
    """Whether any version has that file."""
    return session.scalar(select(ResourceVersion.id).where(ResourceVersion.file_key == key).limit(1)) is not None


def files_named(session: Session, names: Collection[str]) -> set[str]:
    """Names among some of files that versions have (one statement)."""
    keys = {name.partition(".")[0] for name in names}
    rows = session.execute(
        select(ResourceVersion.file_key, ResourceVersion.file_type).where(ResourceVersion.file_key.in_(keys))
    )
    return {f"{key}.{kind}" for key, kind in rows}


def unconfirmed_before(session: Session, moment: datetime) -> Sequence[Resource]:
    """Contributions of before then whose address nobody confirmed."""
    return session.scalars(
        select(Resource).where(Resource.state == ResourceState.UNCONFIRMED, Resource.created_at < moment)
    ).all()


def links_to_check(session: Session, now: datetime, most: int) -> list[tuple[int, str]]:
    """Listed resources whose link was not looked at for a week, those that waited longest first: (id, address)."""
    rows = session.execute(
        select(Resource.id, ResourceVersion.url)
        .join(ResourceVersion, ResourceVersion.id == Resource.shown_id)
        .where(
            *_PUBLIC,
            ResourceVersion.url != "",
            or_(Resource.link_checked_at.is_(None), Resource.link_checked_at < now - LINK_EVERY),
        )
        .order_by(Resource.link_checked_at.is_not(None), Resource.link_checked_at, Resource.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in rows]


# ── Found by the search (kernel.findable) ──


def findable_stamps(session: Session) -> dict[str, str]:
    """A stamp for each five hundred resources."""
    piece = Resource.id // _PIECE
    rows = session.execute(select(piece, func.count(), func.max(Resource.touched_at)).where(*_PUBLIC).group_by(piece))
    return {str(number): f"{count}.{touched}" for number, count, touched in rows}


def findable_piece(session: Session, piece: str) -> Iterator[FindableRecord]:
    """Resources of a piece that the public sees."""
    first = int(piece) * _PIECE
    return _findable(session, Resource.id.between(first, first + _PIECE - 1))


def findable_at(session: Session, places: Collection[str]) -> Iterator[FindableRecord]:
    """The resources of those addresses that the public sees."""
    return _findable(session, Resource.public_id.in_(places))


def _findable(session: Session, which: ColumnElement[bool]) -> Iterator[FindableRecord]:
    asked = select(Resource.public_id, ResourceVersion).join(ResourceVersion, ResourceVersion.id == Resource.shown_id)
    for public_id, version in session.execute(asked.where(*_PUBLIC, which)):
        yield FindableRecord(
            place=public_id,
            locale=version.locale,
            title=version.title,
            texts=(version.about, version.publisher, version.evidence),
            endpoint="resources.one",
            values={"resource_id": public_id},
        )


def export_of(session: Session, user_id: int, email: str) -> dict[str, Any]:
    """Everything kept of what somebody contributed and appraised, for their own download."""
    own = or_(Resource.by_id == user_id, Resource.contact == email)
    versions = session.execute(
        select(Resource, ResourceVersion)
        .join(ResourceVersion, ResourceVersion.resource_id == Resource.id)
        .where(or_(own, ResourceVersion.by_id == user_id))
        .order_by(ResourceVersion.id)
    )
    seats = session.scalars(select(HubMember).where(HubMember.user_id == user_id).order_by(HubMember.id))
    written = session.scalars(select(ResourceAppraisal).where(ResourceAppraisal.by_id == user_id))
    notices = session.scalars(select(ResourceNotice).where(ResourceNotice.by_id == user_id))
    return {
        "contributed": [_exported(resource, version) for resource, version in versions],
        "seats": [
            {"name": one.name, "organisation": one.organisation, "appraises": one.appraises, "votes": one.votes}
            | {"from": one.added_at.isoformat(), "until": one.ended_at.isoformat() if one.ended_at else ""}
            for one in seats
        ],
        "appraised": [
            {"at": one.at.isoformat(), "organisation": one.organisation, "conflict": one.is_recusal}
            | {"levels": one.scores, "reasons": one.reasons, "remark": one.remark}
            for one in written
        ],
        "taken_down": [{"at": one.at.isoformat(), "reason": one.reason, "note": one.note} for one in notices],
    }


def _exported(resource: Resource, version: ResourceVersion) -> dict[str, Any]:
    names = ("number", "title", "about", "publisher", "organisation", "licence", "url", "evidence")
    return {name: getattr(version, name) for name in names} | {
        "at": version.at.isoformat(),
        "first_at": resource.created_at.isoformat(),
        "address": resource.contact,
    }
