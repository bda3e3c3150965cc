"""The contents of a campaign's pages: its posters with whom to call in its country, its cards, and what was given out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import url_for

from coplearn.campaigns.documents import CampaignPoster, HelpOnPoster
from coplearn.campaigns.rules import CARDS, POSTERS, PosterKind
from coplearn.cohorts.common.presenters import course_titles
from coplearn.cohorts.people.presenters.members import locale_of
from coplearn.helplines.directory import Help
from coplearn.helplines.emergency import emergency_numbers
from coplearn.helplines.entries import Helpline
from coplearn.i18n import formats
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.campaigns.models import GivenOut

MOST_HELPS = 2


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A line of what was given out, in the page's language."""

    row: GivenOut
    what: str
    locale: Locale


def campaign_languages() -> list[Locale]:
    """The languages that posters and cards are made in: those that learners may choose."""
    return list(site().locales.live)


def help_there(country: str, today: date) -> Help:
    """The help of a country that may be shown on that day."""
    return site().helplines.help_for(country, today)


def on_poster(kind: PosterKind, help_here: Help) -> list[Helpline]:
    """The services that a kind of poster names: those to talk to, and beside them for adults where to report."""
    first, second = help_here.lines, help_here.support
    if kind is PosterKind.EDUCATORS:
        first, second = help_here.lines[:1], help_here.reports
    elif kind is PosterKind.CHILDREN:
        second = ()
    found = dict.fromkeys(line for line in (*first, *second) if _reach(line))
    return list(found)[:MOST_HELPS]


def _reach(line: Helpline) -> str:
    """The one way that a poster tells: the number, else the number for text messages, else the page."""
    return line.phone or line.sms or (urlsplit(line.url).netloc.removeprefix("www.") if line.url else "")


def _hours(line: Helpline) -> str:
    if line.hours == "all-day":
        return say(N_("Day and night."))
    said = []
    for one in line.hours or ():
        opens, closes = (formats.clock_time(at, page_locale()) for at in (one.opens, one.closes))
        if one.weekdays is None:
            said.append(say(N_("Every day from %(opens)s to %(closes)s."), opens=opens, closes=closes))
        else:
            days = formats.weekdays(one.weekdays, page_locale())
            said.append(say(N_("%(days)s: from %(opens)s to %(closes)s."), days=days, opens=opens, closes=closes))
    return " ".join(said)


def poster(kind: PosterKind, country: str, today: date) -> CampaignPoster:
    """A poster in the page's language, with whom to call in that country."""
    help_here = help_there(country, today)
    lines = on_poster(kind, help_here)
    words, locale, numbers = POSTERS[kind], page_locale(), _emergencies(country, help_here)
    danger = say_phrase(help_here.danger)
    if numbers:
        listed = formats.listing([formats.isolate(one) for one in numbers], locale)
        danger = say(N_("If someone is in danger right now: %(numbers)s"), numbers=listed)
    checked = min((line.check_by for line in lines), default=None)
    told = (
        say(N_("Print it anew after %(day)s: until then these numbers are confirmed."), day=_day(checked))
        if checked
        else ""
    )
    return CampaignPoster(
        title=say(words.title),
        lines=[say(line) for line in words.lines],
        helps=[
            HelpOnPoster(line.name or say_phrase(line.words), _purpose(line), _reach(line), _hours(line))
            for line in lines
        ],
        danger=danger,
        scan=say(N_("Scan to find help where you live.")),
        address=url_for("pages.help_now", _external=True, country=country),
        checked=told,
        issuer=site().settings.organisation or site().settings.site_name,
        code_alt=say(N_("A picture to scan: it opens the page with help.")),
        language=locale.bcp47,
        dir=locale.dir,
        made=today,
    )


def _emergencies(country: str, help_here: Help) -> list[str]:
    confirmed = [line.phone for line in help_here.emergencies if line.phone]
    return (confirmed or list(emergency_numbers(country)))[:3]


def _purpose(line: Helpline) -> str:
    """The people whom the line is for, its matter, its place, and that it is free: each a sentence or a word of its own."""
    said = [say_phrase(line.who_words)]
    said += [say_phrase(line.scope_words)] if line.scope_words else []
    said += [say(N_("Up to the age of %(age)s"), age=formats.number(line.up_to, page_locale()))] if line.up_to else []
    said += [line.place] if line.place else []
    said += [say(N_("The call is free."))] if line.free else []
    return " · ".join(formats.isolate(one) for one in said)


def _day(day: date) -> str:
    return formats.day(day, page_locale())


def materials() -> Choices:
    """Everything that can be written down as given out: each poster, and the cards of each course."""
    courses = list(site().library.current().courses)
    named = zip(courses, course_titles(courses), strict=True)
    posters = [(kind.value, say(N_("Poster: %(poster)s"), poster=say(kind.label))) for kind in PosterKind]
    return [*posters, *((CARDS + key, say(N_("Cards: %(course)s"), course=title)) for key, title in named)]


def given_lines(rows: Iterable[GivenOut]) -> list[GivenLine]:
    """The lines of what was given out, in words; a course that is gone keeps its id."""
    names = dict(materials())
    return [GivenLine(row, names.get(row.what, row.what), locale_of(row.locale)) for row in rows]


def copies_of(rows: Sequence[GivenOut]) -> int:
    """The copies that were given out, without what was taken back."""
    return sum(row.number for row in rows if row.taken_back_at is None)
