"""The law of the hub: what a contribution must say, the rubric, and what two or three appraisals come to."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low
from typing import Final
from urllib.parse import urlsplit

from coplearn.kernel.text import N_, LabelledEnum, Phrase

CONFIRM, APPRAISE, OUTCOME = "resource-confirm", "resource-appraise", "resource-outcome"
"""Kinds of letters."""
LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 4_000
LONGEST_LINK: Final = 500
LANGUAGES: Final = (
    "ar", "bg", "bn", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "ha", "he", "hi", "hr", "hu", "hy", "id", "it",
    "ja", "ka", "kk", "km", "ko", "ky", "lt", "lv", "ms", "my", "ne", "nl", "no", "pl", "ps", "pt", "ro", "ru", "si", "sk", "sl",
    "sq", "sr", "sv", "sw", "ta", "tg", "th", "tr", "uk", "ur", "uz", "vi", "zh",
)  # fmt: skip
"""Languages that a resource may be in."""
CONFIRM_WITHIN: Final = timedelta(days=14)
"""A contribution whose address nobody confirmed in that time is forgotten."""
LINK_EVERY: Final = timedelta(days=7)
LICENCES: Final = ("CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC0-1.0")
"""Offered while a licence is typed."""


def script_of(text: str) -> str:
    """The script that most of a text's letters are of, by the first word of their Unicode names; empty where it has none."""
    scripts = Counter(unicodedata.name(char, "").partition(" ")[0] for char in text if char.isalpha())
    return max(scripts, key=lambda one: scripts[one], default="")


class ResourceState(LabelledEnum):
    """The way of a resource from being contributed to being listed."""

    UNCONFIRMED = "unconfirmed", N_("The address is not confirmed yet")
    WAITING = "waiting", N_("Waits for appraisal")
    PUBLISHED = "published", N_("In the list")
    DECLINED = "declined", N_("Not recommended, and so not in the list")


class ResourceRating(LabelledEnum):
    """The overall rating of a version, the most cautious first."""

    NOT_RECOMMENDED = "not-recommended", N_("Not recommended")
    WITH_CARE = "with-care", N_("Useful with care")
    RECOMMENDED = "recommended", N_("Recommended")


_ORDER: Final = tuple(ResourceRating)


class ResourceFormat(LabelledEnum):
    """The sort of thing that a resource is."""

    GUIDE = "guide", N_("Guide or booklet")
    LESSON = "lesson", N_("Lesson or exercise")
    COURSE = "course", N_("Course")
    VIDEO = "video", N_("Film")
    AUDIO = "audio", N_("Something to listen to")
    POSTER = "poster", N_("Poster or card")
    GAME = "game", N_("Game")
    TOOL = "tool", N_("Tool or template")
    RESEARCH = "research", N_("Research or figures")
    POLICY = "policy", N_("Law or policy")


class ResourceReader(LabelledEnum):
    """The people whom a resource is made for."""

    CHILDREN = "children", N_("Children and young people")
    PARENTS = "parents", N_("Parents and carers")
    EDUCATORS = "educators", N_("Educators")
    PROFESSIONALS = "professionals", N_("Health and social workers")
    POLICE = "police", N_("Police and courts")
    INDUSTRY = "industry", N_("Industry")
    POLICYMAKERS = "policymakers", N_("Policymakers")


class ResourceAges(LabelledEnum):
    """The ages of the children that a resource is about or for."""

    UNDER_6 = "0-5", N_("Up to 5 years")
    UNDER_10 = "6-9", N_("6 to 9 years")
    UNDER_13 = "10-12", N_("10 to 12 years")
    UNDER_16 = "13-15", N_("13 to 15 years")
    UNDER_18 = "16-17", N_("16 and 17 years")


class RemovalReason(LabelledEnum):
    """The ground on which a resource is taken down."""

    RIGHTS = "rights", N_("Somebody else holds the rights")
    HARM = "harm", N_("It may do harm")
    OUTDATED = "outdated", N_("It is out of date")
    ASKED = "asked", N_("Its maker asked for it")
    OTHER = "other", N_("Another reason")


RUBRIC_VERSION: Final = "1"


class Criterion(LabelledEnum):
    """The five things that an appraiser looks at."""

    EVIDENCE = "evidence", N_("Evidence")
    SAFETY = "safety", N_("Safety")
    RIGHTS = "rights", N_("Children’s rights")
    ACCESSIBILITY = "accessibility", N_("Accessibility")
    CULTURE = "culture", N_("Cultural fit")


LEVELS: Final[Mapping[Criterion, tuple[str, str, str, str]]] = {
    Criterion.EVIDENCE: (
        N_("It says things that are known to be wrong, or names no ground for what it says."),
        N_("It rests on the experience of those who made it."),
        N_("It names sources that can be looked up, or was tried with its readers."),
        N_("Its effect was studied, and the study can be read."),
    ),
    Criterion.SAFETY: (
        N_("It may put a child at risk: it frightens, blames, shows harm or tells how harm is done."),
        N_("It may be misread: it needs somebody who explains it."),
        N_("It is calm and gives no blame, and it says where help is."),
        N_("The same, and it says what to do when a child tells of harm."),
    ),
    Criterion.RIGHTS: (
        N_("It goes against children’s rights, such as privacy, being heard or being treated alike."),
        N_("It protects, and says little of what children may and can do."),
        N_("It balances protection with taking part and with privacy."),
        N_("The same, and children or young people had a say in making it."),
    ),
    Criterion.ACCESSIBILITY: (
        N_("Many of its readers cannot use it: scanned text, no captions, hard words."),
        N_("It can be used with effort or with a helper."),
        N_("Plain language, readable on a telephone, captions or a text for what is heard and seen."),
        N_("The same, and it was tried with people with disabilities or low literacy."),
    ),
    Criterion.CULTURE: (
        N_("It insults or leaves out people whom it is for."),
        N_("It was made for another place and shows it."),
        N_("It fits several places, or says what to change for one’s own."),
        N_("It was made or adapted with people of the places that it is for."),
    ),
}
"""The published rubric: what each level from 0 to 3 means. Reword one, and the version goes up."""
HIGHEST: Final = 3
_GATES: Final = (Criterion.SAFETY, Criterion.RIGHTS)
"""Where either is 0 nothing else makes up for it."""
_ENOUGH: Final = 10
"""Points of fifteen that a recommended resource has."""


def rating_of(scores: Mapping[Criterion, int]) -> ResourceRating:
    """The rating that one appraiser's levels come to; every criterion has one."""
    if any(scores[one] == 0 for one in _GATES) or sum(level == 0 for level in scores.values()) > 1:
        return ResourceRating.NOT_RECOMMENDED
    is_sound = all(scores[one] > 1 for one in _GATES) and min(scores.values()) > 0
    return ResourceRating.RECOMMENDED if is_sound and sum(scores.values()) >= _ENOUGH else ResourceRating.WITH_CARE


@dataclass(frozen=True, slots=True)
class Appraised:
    """The levels that one appraiser gave a version."""

    by: int
    scores: Mapping[Criterion, int]

    @property
    def rating(self) -> ResourceRating:
        """The rating they come to."""
        return rating_of(self.scores)


@dataclass(frozen=True, slots=True)
class AppraisalStanding:
    """The state of the appraisal of a version. ``rating`` is None until it is decided."""

    rating: ResourceRating | None
    missing: int
    """Appraisals still needed: two, one, or the one that decides."""
    differs: bool = False
    """Whether two appraisers do not agree: they settle it, or a third decides."""


def standing_of(appraisals: Sequence[Appraised]) -> AppraisalStanding:
    """The state of a version's appraisal. Of each appraiser the last one counts, whatever order they come in.

    Two agree when their ratings are the same and their levels of safety and rights are one apart at most. With a third the
    middle rating holds.
    """
    latest = {one.by: one for one in appraisals}
    ratings = [one.rating for one in latest.values()]
    if len(latest) < 2:
        return AppraisalStanding(None, 2 - len(latest))
    if len(latest) == 2:
        first, second = latest.values()
        apart = max(abs(first.scores[one] - second.scores[one]) for one in _GATES)
        if first.rating != second.rating or apart > 1:
            return AppraisalStanding(None, 1, differs=True)
        return AppraisalStanding(ratings[0], 0)
    return AppraisalStanding(_ORDER[median_low(_ORDER.index(one) for one in ratings)], 0)


def plain_name(organisation: str) -> str:
    """The name of an organisation as it is compared: letters and digits alone, in one case."""
    folded = unicodedata.normalize("NFKD", organisation).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def same_organisation(one: str, others: Collection[str]) -> bool:
    """Whether an organisation is among others; one without a name is no other's."""
    return bool(plain_name(one)) and plain_name(one) in {plain_name(other) for other in others}


OWN: Final = N_("You contributed this resource, so others appraise it.")
OWN_ORGANISATION: Final = N_("Your own organisation made or contributed this resource, so others appraise it.")
RECUSED: Final = N_("You said that you have a conflict of interest here, so others appraise it.")
DECIDED: Final = N_("This version is appraised. A new version is appraised anew.")


def conflict_of(
    appraiser: int, organisation: str, contributors: Collection[int | None], makers: Collection[str], recused: bool
) -> str | None:
    """The reason why somebody may not appraise a version, as a msgid; None where there is none that is known."""
    if appraiser in contributors:
        return OWN
    if same_organisation(organisation, makers):
        return OWN_ORGANISATION
    return RECUSED if recused else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDetails:
    """Everything that a contributor says of a resource, as one version has it."""

    title: str
    about: str
    publisher: str
    """Who made it."""
    organisation: str
    """Whom the contributor works for; may be empty."""
    languages: tuple[str, ...]
    ages: tuple[str, ...]
    audiences: tuple[str, ...]
    format: str
    licence: str
    url: str
    evidence: str


def problems_of(details: ResourceDetails, *, has_file: bool) -> dict[str, Phrase]:
    """A sentence for each field that is not as it must be. The licence is checked where it is read."""
    problems = {}
    for name, longest in (("title", LONGEST_TITLE), ("publisher", LONGEST_TITLE), ("about", LONGEST_TEXT)):
        text = getattr(details, name)
        if not text.strip():
            problems[name] = Phrase(N_("Please fill this in."))
        elif len(text) > longest:
            problems[name] = too_long(longest)
    if len(details.evidence) > LONGEST_TEXT:
        problems["evidence"] = too_long(LONGEST_TEXT)
    for name, known in (("languages", LANGUAGES), ("audiences", tuple(ResourceReader)), ("ages", tuple(ResourceAges))):
        chosen = getattr(details, name)
        if not set(chosen) <= set(known) or (not chosen and name != "ages"):
            problems[name] = Phrase(N_("Choose from the list."))
    if details.format not in set(ResourceFormat):
        problems["format"] = Phrase(N_("Choose from the list."))
    if details.url and not is_link(details.url):
        problems["url"] = Phrase(N_("This is no address of a page. It begins with https:// and has no spaces."))
    elif not details.url and not has_file:
        problems["url"] = Phrase(N_("Give a link or a file, so that people can get it."))
    return problems


def too_long(most: int) -> Phrase:
    """The sentence at a text that is longer than may be kept."""
    return Phrase(N_("This is too long. There is room for %(number)s letters."), {"number": most})


def is_link(address: str) -> bool:
    """Whether an address may be linked to: of a page on the public web, over https."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises ValueError for what is no number
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and "." in host
        and not parts.username
        and len(address) <= LONGEST_LINK
        and all("!" <= letter <= "~" for letter in address)
    )


def joined(values: Sequence[str]) -> str:
    """Several words of a list as one column has them: each between commas, so that one is found without its neighbours."""
    return "".join(f",{value}" for value in values) + "," if values else ""


def parted(column: str) -> tuple[str, ...]:
    """The words that a column has, as :func:`joined` wrote them."""
    return tuple(value for value in column.split(",") if value)
