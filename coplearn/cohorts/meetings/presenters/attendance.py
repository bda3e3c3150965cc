"""The contents of a register: people and how they are marked, by whom, and where two marks collide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from flask import url_for

from coplearn.cohorts.common.rules.words import Presence, Via
from coplearn.cohorts.meetings.documents import RegisterPerson, RegisterText
from coplearn.cohorts.meetings.queries import RegisterPage, RegisterRow
from coplearn.cohorts.meetings.rules.marking import Window, door_is_open
from coplearn.cohorts.meetings.rules.meetings import wanting_for_children
from coplearn.cohorts.meetings.service.attendance import Saved
from coplearn.i18n import formats
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_, counted
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, Membership
    from coplearn.cohorts.common.models.meeting import Mark, Meeting


KEYS: Final = {
    Presence.PRESENT: "p",
    Presence.LATE: "l",
    Presence.LEFT_EARLY: "e",
    Presence.EXCUSED: "x",
    Presence.ABSENT: "a",
}
"""One key of the keyboard for each status, wherever that letter's key is."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two marks that disagree: what stands, and what somebody said without knowing of it."""

    said: str
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A person in the register."""

    row: RegisterRow
    by: str
    """By whom and when; empty while nobody has."""
    op_id: str
    """The mark that stands."""
    clash: Clash | None


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One mark in somebody's history."""

    at: datetime
    words: str
    reason: str
    stands: bool


def lines(page: RegisterPage, marks: Iterable[Mark], zone: str) -> list[RegisterLine]:
    """The rows of a register with who marked them; a mark that did not stand is shown until somebody marks again."""
    last: dict[int, Mark] = {}
    standing: dict[int, Mark] = {}
    for mark in marks:
        last[mark.membership_id] = mark
        if mark.stands:
            standing[mark.membership_id] = mark
    rows_shown = []
    for row in page.rows:
        stands, newest = standing.get(row.membership_id), last.get(row.membership_id)
        clash = _clash(newest, stands, zone) if newest is not None and not newest.stands else None
        by = _by(stands, zone) if stands is not None else ""
        rows_shown.append(RegisterLine(row, by, stands.op_id if stands is not None else "", clash))
    return rows_shown


def _by(mark: Mark, zone: str) -> str:
    return say(N_("%(name)s, %(time)s"), name=mark.by_name or say(N_("Somebody")), time=time_of(mark.at, zone))


def time_of(at: datetime, zone: str) -> str:
    """An instant on the cohort's clock: the hour, and the day when it is not today."""
    local, locale = at.astimezone(ZoneInfo(zone)), page_locale()
    hour = formats.clock_time(local.time(), locale)
    if local.date() == utcnow().astimezone(ZoneInfo(zone)).date():
        return hour
    return say(N_("%(day)s, %(time)s"), day=formats.day(local, locale), time=hour)


def hours_of(meeting: Meeting, zone: str) -> str:
    """The day and the hours of a meeting on the cohort's clock, in a sentence."""
    starts, ends, locale = (
        meeting.starts_at.astimezone(ZoneInfo(zone)),
        meeting.ends_at.astimezone(ZoneInfo(zone)),
        page_locale(),
    )
    return say(
        N_("%(day)s, from %(begins)s to %(ends)s"),
        day=formats.weekday(starts, locale),
        begins=formats.clock_time(starts.time(), locale),
        ends=formats.clock_time(ends.time(), locale),
    )


def _clash(newest: Mark, stands: Mark | None, zone: str) -> Clash | None:
    if stands is None or newest.status == stands.status:
        return None
    said = say(
        N_("%(name)s marked “%(status)s” (%(time)s), and %(other)s had marked “%(before)s” (%(earlier)s)."),
        name=newest.by_name,
        status=presence(newest.status),
        time=time_of(newest.at, zone),
        other=stands.by_name,
        before=presence(stands.status),
        earlier=time_of(stands.at, zone),
    )
    return Clash(said, stands.status, newest.status)


def presence(status: str) -> str:
    """A status in the page's language."""
    return say(Presence(status).label)


def choices() -> list[tuple[str, str, str]]:
    """(value, words, key) of every status, in the order of the page."""
    return [(status.value, say(status.label), KEYS[status]) for status in Presence]


def history(marks: Iterable[Mark]) -> list[MarkLine]:
    """Every mark of one person at a meeting in words, newest first."""
    entries = [
        MarkLine(
            mark.at,
            say(
                N_("%(name)s marked “%(status)s”, %(way)s."),
                name=mark.by_name or say(N_("Somebody")),
                status=presence(mark.status),
                way=say(Via(mark.via).label),
            ),
            mark.reason,
            mark.stands,
        )
        for mark in marks
    ]
    return entries[::-1]


def why_not_marked(meeting: Meeting, allowed: Window) -> str:
    """The reason why nobody can be marked at the meeting now, in the page's language; empty when they can."""
    wanting = wanting_for_children(meeting.with_children, meeting.safeguarding_lead, meeting.vetted_adults)
    refusal = allowed.refusal or wanting
    return say_phrase(refusal) if refusal is not None else ""


def what_came_of_it(saved: Saved) -> list[tuple[str, str]]:
    """(sentence, kind) about a sending, for the next page."""
    sentences = []
    clean = saved.taken - len(saved.stale)
    if clean:
        sentences.append((say_phrase(counted("%(num)s mark saved.", "%(num)s marks saved.", clean)), "done"))
    if saved.stale:
        phrase = counted(
            "%(num)s mark does not agree with one that came in meanwhile. Both are kept: choose below.",
            "%(num)s marks do not agree with ones that came in meanwhile. All are kept: choose below.",
            len(saved.stale),
        )
        sentences.append((say_phrase(phrase), "again"))
    for member, name in saved.strangers:
        sentences.append(
            (say(N_("%(name)s does not take part in this cohort and was not marked."), name=name or member), "again")
        )
    return sentences or [(say(N_("Nothing was changed.")), "note")]


def is_open(meeting: Meeting, now: datetime) -> bool:
    """Whether people may check themselves in now."""
    return door_is_open(meeting.starts_at, meeting.ends_at, meeting.state, now)


ON_PAPER: Final = 200
"""People in one file; a larger cohort is printed in parts."""


def register_text(cohort: Cohort, meeting: Meeting, people: Sequence[Membership], part: int) -> RegisterText:
    """Every sentence of a paper register in the page's language, names in the order of their script."""
    locale, zone = page_locale(), ZoneInfo(cohort.time_zone)
    return RegisterText(
        title=meeting.title,
        cohort=cohort.title,
        when=hours_of(meeting, cohort.time_zone),
        how=say(
            N_(
                "Tick one box a person. Later open the register on the site and choose “Enter a paper register”, or scan a line."
            )
        ),
        code_alt=say(N_("Square code that opens this person's page.")),
        name_heading=say(N_("Name")),
        statuses=[say(status.label) for status in Presence],
        signed=say(
            N_("Name and signature of the organiser")
            if meeting.by_registration
            else N_("Name and signature of the trainer")
        ),
        people=[
            RegisterPerson(
                one.name,
                one.organisation,
                url_for(
                    "cohorts.scan",
                    cohort_id=cohort.public_id,
                    meeting_id=meeting.public_id,
                    card_code=one.card_code or one.public_id,
                    _external=True,
                ),
            )
            for one in sorted(people, key=lambda one: (script_order(one.name), one.id))
        ],
        first=(part - 1) * ON_PAPER + 1,
        language=locale.bcp47,
        dir=locale.dir,
        made=utcnow().astimezone(zone).date(),
    )


def script_order(name: str) -> tuple[str, str]:
    """A key that puts names of one script together, and accents beside their letter, as a person looks for them."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)).casefold()
    first = next((unicodedata.name(char, "").partition(" ")[0] for char in plain if char.isalpha()), "")
    return first, plain
