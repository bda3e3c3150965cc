"""The pages of the hub, ready for their templates: lines of the list, one resource, what waits for an appraiser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from flask import request, url_for
from sqlalchemy.orm import Session

from coplearn.courses.licences import Licence, licence_shown
from coplearn.i18n.collation import sort_key
from coplearn.i18n.formats import language_names
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.recordings.rules import size_told
from coplearn.resources.hub import queries
from coplearn.resources.hub.forms import choices_of, details_of
from coplearn.resources.hub.queries import ResourceFilters
from coplearn.resources.hub.rules import (
    LANGUAGES,
    LEVELS,
    AppraisalStanding,
    Criterion,
    RemovalReason,
    ResourceAges,
    ResourceDetails,
    ResourceFormat,
    ResourceRating,
    ResourceReader,
    ResourceState,
    conflict_of,
    parted,
    script_of,
)
from coplearn.site import site
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.resources.hub.models import HubMember, Resource, ResourceAppraisal, ResourceNotice, ResourceVersion

_LAST_PAGE: Final = 10_000
BADGES: Final = {
    ResourceRating.RECOMMENDED: "done",
    ResourceRating.WITH_CARE: "again",
    ResourceRating.NOT_RECOMMENDED: "wrong",
}


def label(words: type[LabelledEnum], value: str) -> str:
    """A stored word as it is shown; one that this version does not know stands as it is."""
    return say(words(value).label) if value in set(words) else value


def labels(words: type[LabelledEnum], column: str) -> list[str]:
    """Several stored words as they are shown."""
    return [label(words, value) for value in parted(column)]


def language_choices(codes: Sequence[str] = LANGUAGES) -> Choices:
    """Languages by their names, those of this site first."""
    locale = page_locale()
    here = {one.code.split("_")[0] for one in site().locales.live}
    named = [(code, language_names([code], locale)) for code in codes]
    return sorted(named, key=lambda pair: (pair[0] not in here, sort_key(pair[1], locale.babel)))


def language_written(details: ResourceDetails) -> str:
    """The language that a contribution's own words are in: the page's where the script fits, else one of the resource's own.

    Somebody who reads the site in English may contribute a guide with its Arabic title; empty where no language of the site fits.
    """
    page, script = page_locale(), script_of(details.title + details.about)
    if script_of(page.name) == script:
        return page.code
    fitting = [one.code for one in site().locales if script_of(one.name) == script]
    return next((code for code in fitting if code.split("_")[0] in details.languages), next(iter(fitting), ""))


@dataclass(frozen=True, slots=True)
class ResourceLine:
    """A resource as the list shows it, and as its own page begins."""

    public_id: str
    version: ResourceVersion
    lang: str
    direction: str
    rating: str
    badge: str
    format: str
    languages: str
    audiences: Sequence[str]
    ages: Sequence[str]
    licence: Licence
    file: tuple[float, str] | None
    """Its size as people are told it."""
    is_unreached: bool


def line_of(resource: Resource, version: ResourceVersion) -> ResourceLine:
    """The line of a version."""
    known = {one.code: one for one in site().locales}
    locale = known.get(version.locale)
    rating = ResourceRating(version.rating) if version.rating else None
    return ResourceLine(
        resource.public_id,
        version,
        locale.bcp47 if locale is not None else "",
        locale.dir if locale is not None else "auto",
        say(rating.label) if rating is not None else "",
        BADGES[rating] if rating is not None else "note",
        label(ResourceFormat, version.format),
        language_names(parted(version.languages), page_locale()),
        labels(ResourceReader, version.audiences),
        labels(ResourceAges, version.ages),
        licence_shown(version.licence),
        size_told(version.file_bytes) if version.file_key else None,
        resource.link_failed_since is not None,
    )


@dataclass(frozen=True, slots=True)
class ResourceList:
    """A page of the public list, with the choices above it."""

    lines: Sequence[ResourceLine]
    count: int
    filters: ResourceFilters
    choices: Mapping[str, Choices]
    earlier: str | None
    later: str | None


def resource_list(session: Session) -> ResourceList:
    """The list that the address asks for; what it asks for wrongly counts as not asked."""
    choices: dict[str, Choices] = {
        "language": language_choices(),
        "audience": choices_of(ResourceReader),
        "ages": choices_of(ResourceAges),
        "format": choices_of(ResourceFormat),
        "rating": [one for one in choices_of(ResourceRating) if one[0] != ResourceRating.NOT_RECOMMENDED],
    }
    asked = {name: request.args.get(name, "") for name in choices}
    chosen: dict[str, Any] = {name: value for name, value in asked.items() if value in dict(choices[name])}
    filters, page = ResourceFilters(**chosen), min(max(request.args.get("page", 1, type=int), 1), _LAST_PAGE)
    rows, count = queries.listed(session, filters, page)
    return ResourceList(
        [line_of(*row) for row in rows],
        count,
        filters,
        choices,
        url_for("resources.listing", **chosen, page=page - 1) if page > 1 else None,
        url_for("resources.listing", **chosen, page=page + 1) if count > page * queries.PAGE else None,
    )


@dataclass(frozen=True, slots=True)
class AppraisalRow:
    """One criterion of an appraisal: its name, the level, what that means, and the reason."""

    name: str
    level: int
    meaning: str
    reason: str


def appraisal_rows(one: ResourceAppraisal) -> list[AppraisalRow]:
    """The rows of an appraisal, in the order of the rubric."""
    return [
        AppraisalRow(
            say(criterion.label),
            int(one.scores[criterion]),
            say(LEVELS[criterion][int(one.scores[criterion])]),
            str(one.reasons.get(criterion, "")),
        )
        for criterion in Criterion
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceScreen:
    """The page of one resource: the version that is shown, what was said of it, and its history."""

    resource: Resource
    line: ResourceLine
    appraisals: Sequence[tuple[ResourceAppraisal, Sequence[AppraisalRow]]]
    versions: Sequence[tuple[ResourceVersion, str]]
    notices: Sequence[tuple[ResourceNotice, str]]
    state: str
    is_listed: bool
    waits: bool
    """Whether a newer version waits for appraisal."""


def resource_screen(session: Session, resource: Resource) -> ResourceScreen:
    """The page of a resource: its shown version, or the newest where none is shown yet (three statements)."""
    versions = queries.versions_of(session, resource.id)
    shown = next((one for one in versions if one.id == resource.shown_id), versions[0])
    appraisals = queries.latest_of(queries.appraisals_of(session, [shown.id])[shown.id]) if shown.rating else []
    notices = queries.notices_of(session, resource.id)
    return ResourceScreen(
        resource=resource,
        line=line_of(resource, shown),
        appraisals=[(one, appraisal_rows(one)) for one in appraisals],
        versions=[(one, label(ResourceRating, one.rating)) for one in versions],
        notices=[(one, label(RemovalReason, one.reason)) for one in notices],
        state=say(ResourceState(resource.state).label),
        is_listed=resource.state == ResourceState.PUBLISHED and resource.taken_down_at is None,
        waits=not versions[0].rating and resource.shown_id is not None,
    )


@dataclass(frozen=True, slots=True)
class AppraisalLine:
    """A version that waits: where it is, how far, and whether it waits for this reader."""

    public_id: str
    title: str
    standing: AppraisalStanding
    is_mine: bool
    """Whether this reader may appraise it and has not."""


def appraisal_lines(session: Session, member: HubMember | None) -> list[AppraisalLine]:
    """Everything that waits for appraisal; what waits for this reader comes first."""
    lines = [
        AppraisalLine(one.resource.public_id, one.version.title, one.standing, _is_for(one, member))
        for one in queries.waiting_versions(session)
    ]
    return sorted(lines, key=lambda line: not line.is_mine)


def _is_for(waiting: queries.WaitingVersion, member: HubMember | None) -> bool:
    if member is None or not member.appraises:
        return False
    if member.id in waiting.written_by and not waiting.standing.differs:
        return False
    why = conflict_of(member.user_id, member.organisation, waiting.contributors, waiting.makers, recused=False)
    return why is None


def rubric_rows() -> list[tuple[str, str, list[tuple[int, str]]]]:
    """The rubric: each criterion by its name and label, and its levels from the highest."""
    return [
        (one.value, say(one.label), [(level, say(LEVELS[one][level])) for level in (3, 2, 1, 0)]) for one in Criterion
    ]


def missing_lines(missing: Sequence[Criterion]) -> list[tuple[str, str]]:
    """A line for each criterion that lacks a level or a reason, as a form's summary has them."""
    return [
        (f"level-{one.value}", say(N_("%(name)s: choose a level and say why."), name=say(one.label))) for one in missing
    ]


def details_now(version: ResourceVersion) -> ResourceDetails:
    """The details of a version, for the form of the next one."""
    return details_of({one.name: getattr(version, one.name) for one in fields(ResourceDetails)})
