"""Writing activities: a draft, its confirmation by a second person, corrections with a reason. Nothing is ever changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.rules.words import checked_reason, new_public_id
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.text import N_
from coplearn.programme.models.records import (
    Activity,
    ActivityCountry,
    ActivityReach,
    ActivityVersion,
    Participation,
)
from coplearn.programme.queries.activities import contents_of, is_written
from coplearn.programme.rules.records import ActivityContent, checked, text_key
from coplearn.programme.rules.words import ActivityStatus, RecordState
from coplearn.storage.upserts import insert_new


class WrittenAlready(Refused):
    """A refusal of what another record says already: two records of one thing would count twice."""


def record_activity(
    session: Session,
    content: ActivityContent,
    *,
    key: str,
    by_id: int | None,
    now: datetime,
    programme_id: int | None = None,
    via: str = "form",
) -> Activity:
    """Write a draft, once however often the same ``key`` comes. Raises Refused for content that cannot be.

    A key that is known gives the activity as it is; correct that with :func:`edit_activity`.
    """
    content = checked(content)
    values = {
        "public_id": new_public_id(),
        "key": key,
        "programme_id": programme_id,
        "about": content.about,
        "state": RecordState.DRAFT.value,
        "newest": 0,
        "created_by_id": by_id,
        "created_at": now,
    }
    is_new = insert_new(session, Activity, values)
    activity = session.scalars(select(Activity).where(Activity.key == key)).one()
    if is_new:
        _add_version(session, activity, content, by_id=by_id, now=now, via=via)
        audit.record(session, EventKind.ACTIVITY_WRITTEN, about=f"activity:{activity.id}", now=now)
    return activity


def refuse_twin(session: Session, content: ActivityContent, key: str) -> None:
    """Raise WrittenAlready where the activity is written down already under another key."""
    if is_written(session, content, key):
        raise WrittenAlready(
            N_(
                "This is written down already: an activity of this kind, title, day and country. "
                "Correct that one, or tell this one apart by its title or place."
            )
        )


def edit_activity(
    session: Session,
    activity: Activity,
    content: ActivityContent,
    *,
    base: int,
    by_id: int | None,
    now: datetime,
    why: str = "",
    via: str = "form",
) -> ActivityVersion:
    """Write a newer version, made from version ``base``. What stands goes on counting until somebody else confirms the new one.

    Raises Conflict when somebody wrote one meanwhile, Refused without a reason for what was confirmed before,
    WrittenAlready where it would become the twin of another record.
    """
    _hold(session, activity, base)
    if activity.counted is not None or activity.state == RecordState.TAKEN_BACK:
        why = checked_reason(why)
    content = checked(content)
    if activity.state == RecordState.TAKEN_BACK or not _is_twin_already(session, activity):
        refuse_twin(session, content, activity.key)
    version = _add_version(session, activity, content, by_id=by_id, now=now, via=via, why=why.strip()[:300])
    if activity.state == RecordState.TAKEN_BACK:
        activity.state = RecordState.DRAFT
    audit.record(session, EventKind.ACTIVITY_WRITTEN, about=f"activity:{activity.id}", now=now)
    return version


def mark_status(
    session: Session,
    activity: Activity,
    status: ActivityStatus,
    *,
    base: int,
    by_id: int | None,
    now: datetime,
    why: str = "",
) -> ActivityVersion:
    """Write that the activity itself is planned, under way, held, ended or cancelled, and nothing else anew."""
    version = newest_version(session, activity)
    content = contents_of(session, [version])[version.id]
    return edit_activity(session, activity, replace(content, status=status), base=base, by_id=by_id, now=now, why=why)


def confirm_activity(session: Session, activity: Activity, *, number: int, by_id: int, now: datetime) -> None:
    """Say as a second person that the newest version is so: from here on it is what counts.

    Raises Conflict when somebody wrote a newer one meanwhile, Refused for whoever wrote it.
    """
    _hold(session, activity, number)
    version = newest_version(session, activity)
    if activity.state == RecordState.TAKEN_BACK:
        raise Refused(N_("This record was taken back. Correct it first."))
    if version.confirmed_at is not None:
        return
    if version.by_id == by_id:
        raise Refused(N_("You wrote this yourself. Somebody else has to confirm it."))
    version.confirmed_by_id, version.confirmed_at = by_id, now
    activity.state = RecordState.CONFIRMED if activity.counted is None else RecordState.CORRECTED
    activity.counted = version.number
    audit.record(session, EventKind.ACTIVITY_CONFIRMED, about=f"activity:{activity.id},{number}", now=now)


def take_back(
    session: Session, activity: Activity, *, base: int, why: str, by_id: int | None, now: datetime
) -> ActivityVersion:
    """Say with a reason that it was written by mistake: it counts nowhere from here on, and its history stays."""
    _hold(session, activity, base)
    if activity.state == RecordState.TAKEN_BACK:
        raise Refused(N_("This record was taken back already."))
    version = newest_version(session, activity)
    content = contents_of(session, [version])[version.id]
    taken = _add_version(
        session, activity, content, by_id=by_id, now=now, via="form", why=checked_reason(why), taken_back=True
    )
    activity.state, activity.counted = RecordState.TAKEN_BACK, None
    audit.record(session, EventKind.ACTIVITY_TAKEN_BACK, about=f"activity:{activity.id}", now=now)
    return taken


def newest_version(session: Session, activity: Activity) -> ActivityVersion:
    """The version that was written last."""
    found = select(ActivityVersion).where(
        ActivityVersion.activity_id == activity.id, ActivityVersion.number == activity.newest
    )
    return session.scalars(found).one()


def is_correction(activity: Activity) -> bool:
    """Whether what is written next corrects what was confirmed or taken back, and so needs a reason."""
    return activity.state != RecordState.DRAFT


def _hold(session: Session, activity: Activity, base: int) -> None:
    # A refresh throws away what was not written yet.
    session.flush()
    session.refresh(activity, with_for_update=True)
    if activity.newest != base:
        raise Conflict(
            N_("Somebody else wrote a newer version meanwhile. Look at it first: what you typed is still on this page.")
        )


def _is_twin_already(session: Session, activity: Activity) -> bool:
    """Whether it and another record read like one thing as they are: then a correction of either is not held up by that."""
    version = newest_version(session, activity)
    return is_written(session, contents_of(session, [version])[version.id], activity.key)


def _add_version(
    session: Session,
    activity: Activity,
    content: ActivityContent,
    *,
    by_id: int | None,
    now: datetime,
    via: str,
    why: str = "",
    taken_back: bool = False,
) -> ActivityVersion:
    activity.newest += 1
    activity.about = content.about
    version = ActivityVersion(
        activity_id=activity.id,
        number=activity.newest,
        title=content.title,
        kind=content.kind,
        status=content.status,
        since=content.span.since,
        until=content.span.until,
        precision=content.span.precision,
        place=content.place,
        audiences=list(content.audiences),
        audience_words=content.audience_words,
        languages=list(content.languages),
        traits=list(content.traits),
        course_ids=list(content.course_ids),
        about=content.about,
        summary=content.summary,
        source=content.source,
        why=why,
        taken_back=taken_back,
        via=via,
        by_id=by_id,
        at=now,
    )
    session.add(version)
    session.flush()
    _add_rows(session, version.id, content)
    return version


def _add_rows(session: Session, version_id: int, content: ActivityContent) -> None:
    rows: Sequence[tuple[Any, list[dict[str, Any]]]] = (
        (
            ActivityCountry,
            [{"country": line.country, "as_source_says": line.as_source_says} for line in content.countries],
        ),
        (
            Participation,
            [
                {
                    "text": line.text,
                    "text_key": text_key(line.text),
                    "role": line.role.value,
                    "organisation_id": line.organisation_id,
                }
                for line in content.partners
            ],
        ),
        (
            ActivityReach,
            [
                {
                    "audience": line.group.value,
                    "unit": line.unit.value,
                    "age_band": line.age_band,
                    "basis": line.basis.value,
                    "number": line.number,
                    "qualifier": line.qualifier.value,
                    "words": line.words,
                }
                for line in content.reach
            ],
        ),
    )
    for table, values in rows:
        if values:
            session.execute(insert(table), [{"version_id": version_id, **one} for one in values])
