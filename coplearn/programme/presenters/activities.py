"""The page of an activity: all that is known of it, and how it came to be known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from coplearn.cohorts.common.presenters import course_titles, courses_held
from coplearn.kernel.text import N_
from coplearn.programme.forms.activities import ActivityForm
from coplearn.programme.forms.rows import PartnerRow, ReachRow
from coplearn.programme.presenters.words import country_words, language_name, reach_words, span_words
from coplearn.programme.queries.activities import RecordedActivity, history_of
from coplearn.programme.queries.evidence import EvidenceLine, evidence_of
from coplearn.programme.queries.organisations import matched, organisations, programmes
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.records import (
    ActivityContent,
    OwnActivity,
    PartnerLine,
    ReachLine,
    number_keys,
    text_key,
)
from coplearn.programme.rules.words import CountBasis, RecordState
from coplearn.site import site
from coplearn.web.forms import Choices
from coplearn.web.render import say


@dataclass(frozen=True, slots=True)
class ReachShown:
    """A number of the page, with the ground it stands on."""

    key: str
    words: str
    basis: str
    is_stated: bool
    quoted: str
    evidence: Sequence[EvidenceLine]
    """What shows this very number."""


@dataclass(frozen=True, slots=True)
class PartnerShown:
    """An organisation of the page; ``href`` leads to its record where a person matched one."""

    text: str
    role: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version in the history, with what differs from the one before."""

    number: int
    said: str
    by: str
    at: datetime
    why: str
    confirmed_by: str
    confirmed_at: datetime | None
    counts: bool
    changed: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Everything the page shows of an activity."""

    facts: Sequence[tuple[str, Sequence[str]]]
    reach: Sequence[ReachShown]
    partners: Sequence[PartnerShown]
    history: Sequence[VersionLine]
    evidence: Sequence[EvidenceLine]
    own: OwnActivity | None
    state: RecordState
    waits: bool
    summary: str
    source: str
    programme: str


def activity_page(session: Session, newest: RecordedActivity) -> ActivityPage:
    """The page of an activity (nine statements at most, and those of the record of the site that it is about)."""
    content = newest.content
    own, evidence = own_about(session, content), evidence_of(session, newest.id)
    named = {one.id: one.name for one in programmes(session)} if newest.programme_id is not None else {}
    return ActivityPage(
        facts=facts_of(content),
        reach=_numbers([*(own.reach if own is not None else ()), *content.reach], evidence),
        partners=_partners(session, content.partners),
        history=_history(session, newest),
        evidence=evidence,
        own=own,
        state=newest.state,
        waits=newest.confirmed_at is None and newest.state is not RecordState.TAKEN_BACK,
        summary=content.summary,
        source=content.source,
        programme=named.get(newest.programme_id or 0, ""),
    )


def numbers_shown(session: Session, content: ActivityContent) -> set[str]:
    """The keys of the numbers that the page of that content shows (the statements of the record of the site that it is about)."""
    own = own_about(session, content)
    shown = _numbers([*(own.reach if own is not None else ()), *content.reach], ())
    return {one.key for one in shown if one.is_stated}


def _numbers(lines: Sequence[ReachLine], evidence: Sequence[EvidenceLine]) -> list[ReachShown]:
    keys = number_keys((one.group, one.unit, one.age_band, one.basis) for one in lines)
    return [
        ReachShown(
            key,
            reach_words(line),
            say(line.basis.label),
            line.basis is not CountBasis.NOT_STATED,
            line.words,
            [one for one in evidence if one.shows == key],
        )
        for key, line in zip(keys, lines, strict=True)
    ]


def facts_of(content: ActivityContent) -> list[tuple[str, list[str]]]:
    """The facts of a version, by heading; what it does not state is not among them."""
    found = [
        (say(N_("Kind")), [say(content.kind.label)]),
        (say(N_("Where it stands")), [say(content.status.label)]),
        (say(N_("When")), [span_words(content.span)]),
        (say(N_("Countries")), [country_words(line.country, line.as_source_says) for line in content.countries]),
        (say(N_("Place")), [content.place]),
        (say(N_("Whom it is for")), [*(say(one.label) for one in content.audiences), content.audience_words]),
        (say(N_("Languages")), [language_name(code) for code in content.languages]),
        (say(N_("What the source says of it")), [say(one.label) for one in content.traits]),
        (say(N_("Courses")), course_titles(content.course_ids)),
    ]
    return [(heading, [one for one in values if one]) for heading, values in found if any(values)]


def own_about(session: Session, content: ActivityContent) -> OwnActivity | None:
    """The record of this site that an activity is about; None where it is about none, or that is not there."""
    if not content.about:
        return None
    own = own_activities(session, (content.countries and [line.country for line in content.countries]) or None)
    return next((one for one in own if one.about == content.about), None)


def own_activities(session: Session, countries: Sequence[str] | None) -> list[OwnActivity]:
    """The activities that this site knows from its own records, the newest first."""
    found = [one for source in site().activity_sources for one in source(session, None, None, countries)]
    return sorted(found, key=lambda one: one.span.since, reverse=True)


def _partners(session: Session, lines: Sequence[PartnerLine]) -> list[PartnerShown]:
    if not lines:
        return []
    known = {one.id: one for one in organisations(session)}
    by_text = matched(session, [text_key(line.text) for line in lines])
    shown = []
    for line in lines:
        found = known.get(line.organisation_id or 0) or by_text.get(text_key(line.text))
        href = url_for("programme.organisation", organisation_id=found.public_id) if found is not None else ""
        shown.append(PartnerShown(line.text, say(line.role.label), found.name if found is not None else "", href))
    return shown


def _history(session: Session, newest: RecordedActivity) -> list[VersionLine]:
    entries, before = history_of(session, newest.id), None
    lines: list[VersionLine] = []
    for one in entries:
        said = N_("Written")
        if one.taken_back:
            said = N_("Taken back")
        elif one.why:
            said = N_("Corrected")
        elif before is not None:
            said = N_("Changed")
        lines.append(
            VersionLine(
                one.number,
                say(said),
                one.by or say(N_("Somebody who is no longer here")),
                one.at,
                one.why,
                one.confirmed_by or (say(N_("Somebody who is no longer here")) if one.confirmed_at else ""),
                one.confirmed_at,
                one.counts,
                _changed(before, one.content) if before is not None else (),
            )
        )
        before = one.content
    return lines[::-1]


_COMPARED: tuple[tuple[str, Callable[[ActivityContent], str]], ...] = (
    (N_("Title"), lambda one: one.title),
    (N_("Kind"), lambda one: say(one.kind.label)),
    (N_("Where it stands"), lambda one: say(one.status.label)),
    (N_("When"), lambda one: span_words(one.span)),
    (N_("Countries"), lambda one: _list([country_words(line.country, line.as_source_says) for line in one.countries])),
    (N_("Place"), lambda one: one.place),
    (N_("Whom it is for"), lambda one: _list([*(say(group.label) for group in one.audiences), one.audience_words])),
    (N_("Partners"), lambda one: _list([line.text for line in one.partners])),
    (N_("Languages"), lambda one: _list([language_name(code) for code in one.languages])),
    (N_("Numbers"), lambda one: _list([f"{reach_words(line)} ({say(line.basis.label)})" for line in one.reach])),
    (N_("What the source says of it"), lambda one: _list([say(trait.label) for trait in one.traits])),
    (N_("Courses"), lambda one: _list(list(one.course_ids))),
    (N_("Summary"), lambda one: one.summary),
    (N_("Source"), lambda one: one.source),
)


def _changed(before: ActivityContent, after: ActivityContent) -> list[tuple[str, str, str]]:
    """Heading, what stood there, what stands there now."""
    return [
        (say(heading), old or "–", new or "–")
        for heading, read in _COMPARED
        if (old := read(before)) != (new := read(after))
    ]


def _list(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)


# ── The form ──


def fill(form: ActivityForm, newest: RecordedActivity) -> None:
    """Put what the newest version says into the fields."""
    content = newest.content
    form.title.data, form.kind.data, form.status.data = content.title, content.kind.value, content.status.value
    form.precision.data, form.since.data, form.until.data = (
        content.span.precision.value,
        content.span.since,
        content.span.until,
    )
    form.countries.data = "\n".join(
        line.as_source_says or country_words(line.country, "") for line in content.countries
    )
    form.place.data, form.audience_words.data = content.place, content.audience_words
    form.audiences.data = [one.value for one in content.audiences]
    form.languages.data = ", ".join(language_name(code) for code in content.languages)
    form.traits.data = [one.value for one in content.traits]
    form.words.data, form.source.data = content.summary, content.source
    form.course_ids.data, form.about.data = list(content.course_ids), content.about
    form.base.data = str(newest.number)


def rows_of(content: ActivityContent) -> tuple[list[PartnerRow], list[ReachRow]]:
    """The rows of the form that say what a version does."""
    partners = [PartnerRow(line.text, line.role.value) for line in content.partners]
    reach = [
        ReachRow(
            line.group.value,
            line.qualifier.value,
            "" if line.number is None else str(line.number),
            line.unit.value,
            line.basis.value,
            line.age_band,
            line.words,
        )
        for line in content.reach
    ]
    return partners, reach


def course_choices() -> Choices:
    """The site's courses by title."""
    ids = list(courses_held())
    return list(zip(ids, course_titles(ids), strict=True))


def own_choices(session: Session, access: ProgrammeAccess) -> Choices:
    """The site's own activities that somebody may name, the newest first."""
    countries = None if access.countries is None else sorted(access.countries)
    own = own_activities(session, countries)[:200] if countries is None or countries else []
    return [
        (one.about, say(N_("%(title)s, %(when)s"), title=one.title, when=span_words(one.span)))
        for one in own
        if not one.part_of
    ]
