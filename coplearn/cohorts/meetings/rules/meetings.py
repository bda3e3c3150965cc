"""Rules of a meeting: hours on the cohort's clock, a way in, and the rules that hold when children are there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase

LONGEST_MEETING: Final = timedelta(hours=16)
MOST_DAYS: Final = 30
"""How many meetings one press plans at most."""
FURTHEST: Final = timedelta(days=365 * 5)


CHILDREN_RULES: Final = (
    N_("Everybody has read the code of conduct."),
    N_("Two vetted adults are in the room. Nobody is ever alone with a child."),
    N_("Everybody knows the safeguarding lead by name, and how to reach them."),
    N_("A carer has agreed, and so has the child. Both may change their mind at any time."),
    N_("No photos and no private contact."),
    N_("A child may pass on any question."),
    N_("When a child tells something, the safeguarding lead hears of it the same day. Nothing of it is written here."),
    N_("The adults sit together afterwards and say how it was."),
)
"""What the page reminds of before a meeting with children."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingDetails:
    """The fields of a meeting; hours are those of the cohort's clock."""

    title: str
    day: date | None
    begins: time | None
    ends: time | None
    mandatory: bool = False
    makes_up: str = ""
    """Public id of the meeting it makes up for; empty for none."""
    room: str = ""
    link: str = ""
    topics: tuple[tuple[str, str], ...] = ()
    with_children: bool = False
    safeguarding_lead: str = ""
    vetted_adults: str = ""
    begins_reading: int | None = None
    """Which one is meant when the clock shows the hour twice: 0 for the earlier, 1 for the later."""
    ends_reading: int | None = None


def readings(local: datetime, zone: str) -> tuple[datetime, ...]:
    """The instants at which the zone's clock shows that time: none when it is skipped, two when it comes twice."""
    place = ZoneInfo(zone)
    instants = []
    for fold in (0, 1):
        instant = local.replace(tzinfo=place, fold=fold).astimezone(UTC)
        if instant.astimezone(place).replace(tzinfo=None) == local and instant not in instants:
            instants.append(instant)
    return tuple(instants)


def after_gap(local: datetime, zone: str) -> datetime:
    """The hours of a time that is skipped: what the clock shows as soon as the skipped hour is over."""
    place = ZoneInfo(zone)
    before = local.replace(tzinfo=place, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=place, fold=0).astimezone(UTC)
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        if middle.astimezone(place).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after.astimezone(place).replace(tzinfo=None, second=0, microsecond=0)


def kept_on_clock(instant: datetime, old_zone: str, new_zone: str) -> datetime:
    """The instant at which the new zone's clock shows what the old one's showed; a skipped hour moves to its end."""
    local = instant.astimezone(ZoneInfo(old_zone)).replace(tzinfo=None)
    instants = readings(local, new_zone)
    return instants[0] if instants else readings(after_gap(local, new_zone), new_zone)[0]


def interval_of(details: MeetingDetails, zone: str) -> tuple[datetime, datetime]:
    """The beginning and end. ``problems_of`` found nothing wrong. Raises Refused for an hour without one meaning."""
    assert details.day is not None and details.begins is not None and details.ends is not None
    start = _instant(datetime.combine(details.day, details.begins), zone, details.begins_reading)
    end = _instant(datetime.combine(_last_day(details), details.ends), zone, details.ends_reading)
    if not timedelta(0) < end - start <= LONGEST_MEETING:
        raise Refused(N_("A meeting ends after it begins, within %(hours)s hours."), hours=16)
    return start, end


def _last_day(details: MeetingDetails) -> date:
    """An evening that ends after midnight ends on the next day."""
    assert details.day is not None and details.begins is not None and details.ends is not None
    over_midnight = details.ends < details.begins and details.ends <= time(6) and details.begins >= time(14)
    return details.day + timedelta(days=1 if over_midnight else 0)


def _instant(local: datetime, zone: str, reading: int | None) -> datetime:
    instants = readings(local, zone)
    if not instants:
        raise Refused(
            N_(
                "On that day the clock goes forward: %(time)s does not exist there. The next hour that does is %(next)s."
            ),
            time=f"{local:%H:%M}",
            next=f"{after_gap(local, zone):%H:%M}",
        )
    if len(instants) == 1:
        return instants[0]
    if reading not in (0, 1):
        raise Refused(
            N_("On that day the clock goes back: %(time)s comes twice. Say below which one you mean."),
            time=f"{local:%H:%M}",
        )
    return instants[reading]


def twice(details: MeetingDetails, zone: str) -> dict[str, tuple[datetime, datetime]]:
    """The fields (``begins``, ``ends``) whose hour comes twice on that day, with both instants."""
    return {name: (found[0], found[1]) for name, found in _read_hours(details, zone).items() if len(found) == 2}


def clock_is_changed(details: MeetingDetails, zone: str) -> bool:
    """Whether one of its hours is skipped or comes twice on that day."""
    return any(len(found) != 1 for found in _read_hours(details, zone).values())


def _read_hours(details: MeetingDetails, zone: str) -> dict[str, tuple[datetime, ...]]:
    if details.day is None or details.begins is None or details.ends is None:
        return {}
    asked = {
        "begins": datetime.combine(details.day, details.begins),
        "ends": datetime.combine(_last_day(details), details.ends),
    }
    return {name: readings(local, zone) for name, local in asked.items()}


def problems_of(details: MeetingDetails, now: datetime, known_topics: Iterable[tuple[str, str]]) -> dict[str, Phrase]:
    """The faults by field; empty when all is well."""
    problems: dict[str, Phrase] = {}
    if not tidy(details.title):
        problems["title"] = Phrase(N_("Give the meeting a name, such as “Day one”."))
    for name, longest in (("title", 200), ("room", 200), ("safeguarding_lead", 200), ("vetted_adults", 400)):
        if len(getattr(details, name)) > longest:
            problems[name] = Phrase(N_("Use at most %(count)s characters."), {"count": longest})
    if details.day is None or abs(datetime.combine(details.day, time(12), UTC) - now) > FURTHEST:
        problems["day"] = Phrase(N_("Choose the day."))
    for name in ("begins", "ends"):
        if getattr(details, name) is None:
            problems[name] = Phrase(N_("Type an hour, such as 09:00."))
    if details.link and not is_safe_link(details.link):
        problems["link"] = Phrase(
            N_("A link begins with https:// and has at most %(count)s characters."), {"count": 500}
        )
    if not set(details.topics) <= set(known_topics):
        problems["topics"] = Phrase(N_("One of those modules is not in the cohort's courses any more. Choose again."))
    return problems


def tidy(text: str) -> str:
    """The text on one line, without control characters."""
    return " ".join("".join(char if char.isprintable() or char in "\u200c\u200d" else " " for char in text).split())


def is_safe_link(link: str) -> bool:
    """Whether a link may be shown: https, a host, nothing that hides where it leads."""
    try:
        parts = urlsplit(link)
        return (
            parts.scheme == "https"
            and bool(parts.hostname)
            and "@" not in parts.netloc
            and len(link) <= 500
            and link.isprintable()
            and " " not in link
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def adults_of(text: str) -> list[str]:
    """The names in a list that is parted by lines, commas or semicolons of any script; each once."""
    for mark in "\n;,،؛、，；":
        text = text.replace(mark, "\n")
    names = [tidy(line) for line in text.split("\n")]
    return list({name.casefold(): name for name in names if name}.values())


def wanting_for_children(with_children: bool, lead: str, adults: str) -> Phrase | None:
    """The thing still wanting before a meeting with children may be marked; None when nothing is."""
    if not with_children:
        return None
    if not tidy(lead):
        return Phrase(N_("Children take part: name the safeguarding lead first."))
    if len(adults_of(adults)) < 2:
        return Phrase(N_("Children take part: name at least two vetted adults first."))
    return None


def overlapping(starts_at: datetime, ends_at: datetime, others: Sequence[tuple[datetime, datetime]]) -> bool:
    """Whether one of the other meetings is on at the same time."""
    return any(start < ends_at and starts_at < end for start, end in others)


def days_from(first: date, count: int, weekdays: Iterable[int]) -> list[date]:
    """``count`` days from ``first`` on that fall on those weekdays (0 is Monday; none given: every day)."""
    chosen = set(weekdays) or set(range(7))
    days: list[date] = []
    day = first
    while len(days) < min(count, MOST_DAYS):
        if day.weekday() in chosen:
            days.append(day)
        day += timedelta(days=1)
    return days
