"""Meetings as calendar entries, in a reader's language and without a word about the topic."""

from __future__ import annotations

from gettext import NullTranslations
from typing import TYPE_CHECKING

from coplearn.cohorts.calendars import Entry
from coplearn.cohorts.rules.meetings import CANCELLED
from coplearn.kernel.text import N_

if TYPE_CHECKING:
    from coplearn.cohorts.models.meeting import Meeting

_MEETING = N_("Meeting")
_CANCELLED = N_("Cancelled: meeting")
_NEEDED = N_("Everybody has to be there.")
_MORE = N_("More about it: %(address)s")
NAME = N_("My meetings")


def entry_of(meeting: Meeting, words: NullTranslations, address: str) -> Entry:
    """A meeting for a calendar. What people typed as its title stays out: it may say what the training is about.

    ``address`` is the page where a person who is signed in finds the rest.
    """
    cancelled = meeting.state == CANCELLED
    lines = [words.gettext(_NEEDED)] if meeting.mandatory and not cancelled else []
    more = words.gettext(_MORE)
    lines.append(more % {"address": address} if "%(address)s" in more else address)
    return Entry(
        uid=f"meeting-{meeting.public_id}",
        summary=words.gettext(_CANCELLED if cancelled else _MEETING),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        changed_at=meeting.changed_at,
        sequence=meeting.sequence,
        cancelled=cancelled,
        place=meeting.room,
        link=meeting.link,
        description="\n".join(lines),
    )
