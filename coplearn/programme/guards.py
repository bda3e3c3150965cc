"""The signed-in person at a programme's records, and the record that they may see: the one way in to every page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g

from coplearn.accounts.guards import remember_work, session_key
from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.cohorts.common.queries import Person
from coplearn.programme.models.records import Activity
from coplearn.programme.queries.activities import RecordedActivity, activity_by, recorded
from coplearn.programme.queries.people import person_with_seats
from coplearn.programme.rules.access import ProgrammeAccess, access_of, may_confirm, may_edit, may_see
from coplearn.programme.rules.words import RecordState
from coplearn.programme.service.activities import newest_version

blueprint = Blueprint("programme", __name__, url_prefix="/<lang:lang>/programme", template_folder="templates")


@dataclass(frozen=True, slots=True)
class ProgrammeContext:
    """A person at work on a programme's records, and where."""

    person: Person
    access: ProgrammeAccess


@dataclass(frozen=True, slots=True)
class ActivityContext:
    """The same at one activity, with its newest version."""

    person: Person
    access: ProgrammeAccess
    activity: Activity
    newest: RecordedActivity

    @property
    def countries(self) -> list[str]:
        """The countries that its newest version names."""
        return [line.country for line in self.newest.content.countries]

    @property
    def may_edit(self) -> bool:
        """Whether they may write a newer version: an editor there, or the writer of what is still a draft."""
        own_draft = self.activity.state == RecordState.DRAFT and self.activity.created_by_id == self.person.id
        return own_draft or may_edit(self.access, self.countries, self.activity.programme_id)

    @property
    def may_confirm(self) -> bool:
        """Whether they may say that it is so."""
        waits = self.newest.confirmed_at is None and self.activity.state != RecordState.TAKEN_BACK
        return waits and may_confirm(self.access, self.countries, self.activity.programme_id, self.newest.by_id)


def present_access() -> ProgrammeContext:
    """Let in whoever has anything to do with a programme's records (one statement). Raises NotYours for everybody else."""
    key = session_key()
    found = person_with_seats(the_session(), key) if key is not None else None
    access = access_of(found[0].id, found[0].grants, found[1]) if found is not None else None
    if found is None or access is None or access.is_empty:
        raise nobody_here()
    person = found[0]
    remember_work()
    g.programme_access = access
    return ProgrammeContext(person, access)


def enter_activity(public_id: str) -> ActivityContext:
    """Let somebody in who may read that activity: it is in their reach, or they wrote it first. Raises NotYours otherwise."""
    context = present_access()
    activity = activity_by(the_session(), public_id)
    if activity is None:
        raise nobody_here()
    newest = recorded(the_session(), [(activity, newest_version(the_session(), activity))])[0]
    countries = [line.country for line in newest.content.countries]
    if activity.created_by_id != context.person.id and not may_see(context.access, countries, activity.programme_id):
        raise nobody_here()
    return ActivityContext(context.person, context.access, activity, newest)
