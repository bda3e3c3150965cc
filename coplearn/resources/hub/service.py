"""Contribute, confirm, appraise, take down: verbs that write rows and letters, and never commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import user_by_email
from coplearn.accounts.rules import UNCONFIRMED
from coplearn.accounts.service import end_sessions
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.outbox.service import queue_letter
from coplearn.resources.hub import queries
from coplearn.resources.hub.models import HubMember, Resource, ResourceAppraisal, ResourceNotice, ResourceVersion
from coplearn.resources.hub.rules import (
    APPRAISE,
    CONFIRM_WITHIN,
    DECIDED,
    OUTCOME,
    RUBRIC_VERSION,
    AppraisalStanding,
    Criterion,
    RemovalReason,
    ResourceDetails,
    ResourceRating,
    ResourceState,
    conflict_of,
    joined,
    same_organisation,
)


@dataclass(frozen=True, slots=True)
class Contributor:
    """The contributor: an account, or an address that is confirmed by a letter; and the language to write to them in."""

    user_id: int | None
    contact: str
    locale: str
    writes_in: str | None = None
    """The language of the contribution's own words, empty for one that the site does not have; None for ``locale``."""


@dataclass(frozen=True, slots=True)
class ResourceFile:
    """A file that is in the store already."""

    key: str = ""
    extension: str = ""
    bytes: int = 0


def contribute(
    session: Session, details: ResourceDetails, by: Contributor, file: ResourceFile, now: datetime
) -> Resource:
    """Take a contribution. From an account it waits for appraisal at once, from an address once that is confirmed."""
    resource = Resource(
        public_id=token_hex(8),
        by_id=by.user_id,
        contact=by.contact if by.user_id is None else "",
        locale=by.locale,
        state=ResourceState.WAITING if by.user_id is not None else ResourceState.UNCONFIRMED,
        shown_id=None,
        created_at=now,
        published_at=None,
        touched_at=now,
        taken_down_at=None,
        link_checked_at=None,
        link_failed_since=None,
    )
    session.add(resource)
    session.flush()
    add_version(session, resource, details, by, file, now)
    return resource


def add_version(
    session: Session, resource: Resource, details: ResourceDetails, by: Contributor, file: ResourceFile, now: datetime
) -> ResourceVersion:
    """Add a version, which is appraised anew; until then the public sees the one before. Without a file it keeps the last one's."""
    before = next(iter(queries.versions_of(session, resource.id)), None)
    if not file.key and before is not None and not details.url:
        file = ResourceFile(before.file_key, before.file_type, before.file_bytes)
    version = ResourceVersion(
        resource_id=resource.id,
        number=before.number + 1 if before is not None else 1,
        at=now,
        by_id=by.user_id,
        locale=by.locale if by.writes_in is None else by.writes_in,
        title=details.title.strip(),
        about=details.about.strip(),
        publisher=details.publisher.strip(),
        organisation=details.organisation.strip(),
        languages=joined(details.languages),
        ages=joined(details.ages),
        audiences=joined(details.audiences),
        format=details.format,
        licence=details.licence,
        url=details.url,
        evidence=details.evidence.strip(),
        file_key=file.key,
        file_type=file.extension,
        file_bytes=file.bytes,
        rating="",
    )
    session.add(version)
    if resource.state == ResourceState.DECLINED:
        resource.state = ResourceState.WAITING
    session.flush()
    if resource.state != ResourceState.UNCONFIRMED:
        ask_appraisers(session, resource, version, now)
    return version


def confirm(session: Session, resource: Resource, now: datetime) -> None:
    """Take the contribution of a confirmed address on; pressed twice it is done once."""
    if resource.state == ResourceState.UNCONFIRMED:
        resource.state = ResourceState.WAITING
        ask_appraisers(session, resource, queries.versions_of(session, resource.id)[0], now)
        session.flush()


def ask_appraisers(session: Session, resource: Resource, version: ResourceVersion, now: datetime) -> None:
    """Write to every appraiser who may appraise the version."""
    makers = (version.publisher, version.organisation)
    for member, user in queries.writable_appraisers(session):
        if user.id in (resource.by_id, version.by_id) or same_organisation(member.organisation, makers):
            continue
        queue_letter(
            session,
            key=f"{APPRAISE}:{version.id}:{user.id}",
            to=user.email,
            locale=user.locale,
            time_zone=user.time_zone or "UTC",
            kind=APPRAISE,
            params={"name": member.name, "resource_id": resource.public_id},
            now=now,
        )


def barred(session: Session, resource: Resource, version: ResourceVersion, member: HubMember) -> str | None:
    """The reason why a member may not appraise a version, as a msgid; None where they may."""
    written = queries.appraisals_of(session, [version.id])[version.id]
    if version.rating or not member.appraises:
        return DECIDED
    versions = queries.versions_of(session, resource.id)
    recused = any(one.is_recusal and one.member_id == member.id for one in written)
    contributors = {resource.by_id, *(one.by_id for one in versions)}
    return conflict_of(member.user_id, member.organisation, contributors, queries.makers_of(versions), recused)


def appraise(
    session: Session,
    resource: Resource,
    version: ResourceVersion,
    member: HubMember,
    scores: Mapping[Criterion, int],
    reasons: Mapping[Criterion, str],
    remark: str,
    now: datetime,
) -> AppraisalStanding:
    """Write one appraisal; the one that decides it publishes or declines the version. Raises Refused for whoever may not."""
    # One writer a resource at a time: two appraisals that come together are both counted.
    session.execute(select(Resource.id).where(Resource.id == resource.id).with_for_update())
    session.refresh(version)
    reason = barred(session, resource, version, member)
    if reason is not None:
        raise Refused(reason)
    session.add(_appraisal(version, member, scores, reasons, remark, now))
    session.flush()
    audit.record(session, EventKind.RESOURCE_APPRAISED, about=f"resource:{resource.id},{version.number}", now=now)
    standing = queries.standing_from(queries.appraisals_of(session, [version.id])[version.id])
    if standing.rating is not None:
        _decide(session, resource, version, standing.rating, now)
    return standing


def _appraisal(
    version: ResourceVersion,
    member: HubMember,
    scores: Mapping[Criterion, int],
    reasons: Mapping[Criterion, str],
    remark: str,
    now: datetime,
) -> ResourceAppraisal:
    return ResourceAppraisal(
        version_id=version.id,
        by_id=member.user_id,
        member_id=member.id,
        name=member.name,
        organisation=member.organisation,
        is_recusal=not scores,
        scores={one.value: level for one, level in scores.items()},
        reasons={one.value: text.strip() for one, text in reasons.items()},
        remark=remark.strip(),
        rubric=RUBRIC_VERSION,
        at=now,
    )


def recuse(session: Session, resource: Resource, version: ResourceVersion, member: HubMember, now: datetime) -> None:
    """Keep that an appraiser has a conflict of interest here. Raises Refused where they wrote of the version before."""
    written = queries.appraisals_of(session, [version.id])[version.id]
    if any(one.member_id == member.id for one in written):
        raise Refused(N_("You wrote about this version already."))
    session.add(_appraisal(version, member, {}, {}, "", now))
    session.flush()
    audit.record(session, EventKind.RESOURCE_RECUSED, about=f"resource:{resource.id},{version.number}", now=now)


def _decide(
    session: Session, resource: Resource, version: ResourceVersion, rating: ResourceRating, now: datetime
) -> None:
    version.rating = rating
    if rating is not ResourceRating.NOT_RECOMMENDED:
        resource.state, resource.shown_id = ResourceState.PUBLISHED, version.id
        resource.published_at = resource.published_at or now
        resource.link_checked_at = resource.link_failed_since = None
    elif resource.shown_id is None:
        resource.state = ResourceState.DECLINED
    resource.touched_at = now
    session.flush()
    _tell_contributor(session, resource, version, now)


def _tell_contributor(session: Session, resource: Resource, version: ResourceVersion, now: datetime) -> None:
    """Write what came of it; an address that was given for this alone is forgotten."""
    user = session.get(User, resource.by_id) if resource.by_id is not None else None
    to = user.email if user is not None else resource.contact
    if not to:
        return
    queue_letter(
        session,
        key=f"{OUTCOME}:{version.id}",
        to=to,
        locale=user.locale if user is not None else resource.locale,
        time_zone=(user.time_zone if user is not None else "") or "UTC",
        kind=OUTCOME,
        params={"rating": version.rating, "resource_id": resource.public_id, "reasons": _reasons(session, version)},
        now=now,
    )
    resource.contact = ""
    session.flush()


def _reasons(session: Session, version: ResourceVersion) -> list[str]:
    """Remarks of the appraisers; a version that is not listed is explained in the letter alone."""
    written = queries.latest_of(queries.appraisals_of(session, [version.id])[version.id])
    return [one.remark for one in written if one.remark]


def take_down(session: Session, resource: Resource, reason: str, note: str, user_id: int, now: datetime) -> None:
    """Take a resource out of the list. Its page says that, and why. Raises Refused without a ground or a note."""
    if reason not in set(RemovalReason) or not note.strip():
        raise Refused(N_("Choose why, and write a note that everybody can read."))
    _notice(session, resource, reason, note, user_id, now, taken_down=True)
    audit.record(session, EventKind.RESOURCE_TAKEN_DOWN, about=f"resource:{resource.id},{reason}", now=now)


def put_back(session: Session, resource: Resource, note: str, user_id: int, now: datetime) -> None:
    """Put a resource back into the list. Raises Refused without a note."""
    if not note.strip():
        raise Refused(N_("Write a note that everybody can read."))
    _notice(session, resource, "", note, user_id, now, taken_down=False)
    audit.record(session, EventKind.RESOURCE_PUT_BACK, about=f"resource:{resource.id}", now=now)


def _notice(
    session: Session, resource: Resource, reason: str, note: str, user_id: int, now: datetime, *, taken_down: bool
) -> None:
    if resource.shown_id is None or (resource.taken_down_at is not None) == taken_down:
        raise Refused(N_("Somebody did that already."))
    resource.taken_down_at = now if taken_down else None
    resource.touched_at = now
    session.add(
        ResourceNotice(
            resource_id=resource.id, taken_down=taken_down, reason=reason, note=note.strip(), by_id=user_id, at=now
        )
    )
    session.flush()


def add_member(
    session: Session, email: str, organisation: str, *, appraises: bool, votes: bool, now: datetime
) -> HubMember:
    """Give a person with an account a seat in the hub, in place of the one they had, with which every session of theirs ends.

    Raises Refused for an address without an account or that nobody confirmed, and for no task at all.
    """
    user = user_by_email(session, email.strip().lower())
    if user is None or not user.active:
        raise Refused(N_("Nobody with that address has an account here. They make one first."))
    if user.confirmed_at is None:
        raise Refused(UNCONFIRMED)
    if not (appraises or votes) or not organisation.strip():
        raise Refused(N_("Say whom they work for, and whether they appraise, vote, or both."))
    had_one = _end_seats(session, user.id, now)
    member = HubMember(
        user_id=user.id,
        name=(user.name or user.email)[:200],
        organisation=organisation.strip()[:200],
        appraises=appraises,
        votes=votes,
        added_at=now,
        ended_at=None,
    )
    session.add(member)
    session.flush()
    audit.record(session, EventKind.HUB_MEMBER_ADDED, whom=f"user:{user.id}", now=now)
    if had_one:
        end_sessions(session, user.id)
    return member


def end_member(session: Session, member_id: int, now: datetime) -> None:
    """End a seat, and every session of whoever had it; what they wrote stays. Raises NotFound for one that there is not now."""
    member = session.get(HubMember, member_id)
    if member is None or member.ended_at is not None:
        raise NotFound(N_("There is no page at this address."))
    _end_seats(session, member.user_id, now)
    audit.record(session, EventKind.HUB_MEMBER_ENDED, whom=f"user:{member.user_id}", now=now)
    end_sessions(session, member.user_id)


def _end_seats(session: Session, user_id: int, now: datetime) -> bool:
    """End every seat of a person; whether they had one."""
    mine = (HubMember.user_id == user_id, HubMember.ended_at.is_(None))
    ended = update(HubMember).where(*mine).values(ended_at=now)
    return session.execute(ended.returning(HubMember.id)).first() is not None


def note_link(session: Session, resource_id: int, *, reached: bool, now: datetime) -> None:
    """Keep whether a link was reached; one that is not is marked since the first time, and never taken out."""
    resource = session.get(Resource, resource_id)
    if resource is not None:
        resource.link_checked_at = now
        resource.link_failed_since = None if reached else resource.link_failed_since or now
        session.flush()


def forget_unconfirmed(session: Session, now: datetime) -> list[str]:
    """Forget contributions that nobody confirmed; gives the files of theirs that nothing names any more."""
    files = []
    for resource in queries.unconfirmed_before(session, now - CONFIRM_WITHIN):
        files += [
            f"{one.file_key}.{one.file_type}" for one in queries.versions_of(session, resource.id) if one.file_key
        ]
        session.execute(delete(ResourceVersion).where(ResourceVersion.resource_id == resource.id))
        session.delete(resource)
    session.flush()
    return [name for name in files if not queries.file_is_named(session, name.partition(".")[0])]


def forget_contributor(session: Session, email: str) -> None:
    """Forget the address of somebody who contributed without an account; what they contributed stays, of nobody in particular."""
    session.execute(update(Resource).where(Resource.contact == email).values(contact=""))
