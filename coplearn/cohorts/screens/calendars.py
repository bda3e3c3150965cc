"""Meetings as calendar entries, in a reader's language and without a word about the topic."""

from __future__ import annotations

from gettext import NullTranslations
from typing import TYPE_CHECKING

from coplearn.cohorts.calendars import CANCELLED_NAME, MEETING_NAME, Entry
from coplearn.cohorts.rules.meetings import CANCELLED
from coplearn.kernel.text import N_

if TYPE_CHECKING:
    from coplearn.cohorts.models.meeting import Meeting

_NEEDED = N_("Everybody has to be there.")
_MORE = N_("More about it: %(address)s")
NAME = N_("My meetings")


def entry_of(meeting: Meeting, cohort: str, words: NullTranslations, address: str) -> Entry:
    """A meeting for a calendar, by its cohort's name, which tells several cohorts apart.

    What people typed as the meeting's own title stays out: it may say too much to who looks over a shoulder.

    ``address`` is the page where a person who is signed in finds the rest.
    """
    cancelled = meeting.state == CANCELLED
    lines = [words.gettext(_NEEDED)] if meeting.mandatory and not cancelled else []
    lines.append(_filled(words.gettext(_MORE), address=address))
    return Entry(
        uid=f"meeting-{meeting.public_id}",
        summary=_filled(words.gettext(CANCELLED_NAME if cancelled else MEETING_NAME), cohort=cohort),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        changed_at=meeting.changed_at,
        sequence=meeting.sequence,
        cancelled=cancelled,
        place=meeting.room,
        link=meeting.link,
        description="\n".join(lines),
    )


def _filled(text: str, **values: str) -> str:
    # A translation that lost its place must lose neither the name nor the address.
    for name, value in values.items():
        text = text.replace(f"%({name})s", value) if f"%({name})s" in text else f"{text} {value}"
    return text
