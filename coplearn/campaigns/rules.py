"""The law of campaigns: the posters, and what may be written down as given out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from coplearn.kernel.text import N_, LabelledEnum, Phrase

LONGEST_TITLE: Final = 200
LARGEST: Final = 100_000_000
CARDS: Final = "cards."
"""Begins what is given out of a course's cards; its id follows."""
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2100


class PosterKind(LabelledEnum):
    """The posters that a campaign can print."""

    CHILDREN = "children", N_("For children and young people")
    PARENTS = "parents", N_("For parents and carers")
    EDUCATORS = "educators", N_("For those who teach")
    EVERYBODY = "everybody", N_("For everybody: where help is")


@dataclass(frozen=True, slots=True)
class PosterWords:
    """A poster's title and its lines, each a msgid."""

    title: str
    lines: tuple[str, ...]


POSTERS: Final[Mapping[PosterKind, PosterWords]] = {
    PosterKind.CHILDREN: PosterWords(
        N_("Something online did not feel right?"),
        (
            N_("It is not your fault."),
            N_("You may stop answering, and you may block."),
            N_("Tell an adult whom you trust. Or talk to somebody here:"),
        ),
    ),
    PosterKind.PARENTS: PosterWords(
        N_("Ask your child what they like online"),
        (
            N_("Listen first. Curiosity opens more doors than rules."),
            N_("Agree together on times, places and apps."),
            N_("If something happens, stay calm, and thank them for telling you. Help for you both:"),
        ),
    ),
    PosterKind.EDUCATORS: PosterWords(
        N_("When a pupil tells you about something online"),
        (
            N_("Listen, believe, and do not blame."),
            N_("Do not promise to keep it secret. Say whom you will ask for help."),
            N_("Do not copy pictures or send them on. Help and reporting:"),
        ),
    ),
    PosterKind.EVERYBODY: PosterWords(
        N_("Worried about a child online?"),
        (
            N_("You need not be sure. Asking is enough."),
            N_("The sooner somebody knows, the easier it is to help."),
            N_("Talk to somebody today:"),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class CampaignDetails:
    """Everything that is said of a campaign."""

    title: str
    country: str
    since: date | None
    until: date | None
    programme_id: int | None = None


def problems_of_campaign(details: CampaignDetails, countries: Collection[str]) -> dict[str, Phrase]:
    """A sentence for each field that cannot stay as it is."""
    found = {}
    if not details.title:
        found["title"] = Phrase(N_("Give it a name."))
    if details.country not in countries:
        found["country"] = Phrase(N_("Choose one from the list."))
    for name, day in (("since", details.since), ("until", details.until)):
        if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            found[name] = Phrase(N_("That is no day. Write it as in 2027-03-31."))
    if not found and details.since is not None and details.until is not None and details.until < details.since:
        found["until"] = Phrase(N_("The end is before the start. Correct one of the two dates."))
    return found


@dataclass(frozen=True, slots=True)
class Handing:
    """Material that was given out: a kind of poster or a course's cards, in a language, so many on a day."""

    what: str
    locale: str
    number: int
    given_on: date | None


def problems_of_handing(
    handing: Handing, materials: Collection[str], locales: Collection[str], today: date
) -> dict[str, Phrase]:
    """A sentence for each field that cannot be kept."""
    found = {}
    if handing.what not in materials:
        found["what"] = Phrase(N_("Choose one from the list."))
    if handing.locale not in locales:
        found["locale"] = Phrase(N_("Choose one from the list."))
    if not 1 <= handing.number <= LARGEST:
        found["number"] = Phrase(N_("Write the number with digits alone, such as 120."))
    if handing.given_on is None or not _FIRST_YEAR <= handing.given_on.year <= _LAST_YEAR:
        found["given_on"] = Phrase(N_("That is no day. Write it as in 2027-03-31."))
    elif handing.given_on > today:
        found["given_on"] = Phrase(N_("That day is still to come."))
    return found
