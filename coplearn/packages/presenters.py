"""The contents of the pages of packages: the list, one package, the player, the page of whoever brings them, and a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, request, url_for
from sqlalchemy.orm import Session

from coplearn.i18n import formats
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import Phrase
from coplearn.learning.guards import present_learner
from coplearn.learning.queries import WhoLearns
from coplearn.learning.results import OtherCourse
from coplearn.packages import queries
from coplearn.packages.guards import PackageStage, stage_of, the_session
from coplearn.packages.launching import LaunchPlace
from coplearn.packages.queries import LivePackage, items_of, standard_of
from coplearn.packages.reading import FRAMES, phrase_from_json
from coplearn.packages.rules import SUSPEND, PackageItem, PackageStandard, VersionState, time_told
from coplearn.packages.sealing import Launch, launch_token
from coplearn.packages.service import launch_number, speaks_another
from coplearn.recordings.presenters import said_size
from coplearn.site import site, site_of
from coplearn.web.forms import Choices
from coplearn.web.guest_session import launched_from
from coplearn.web.render import page_locale, say_phrase

if TYPE_CHECKING:
    from coplearn.packages.models import PackageRecord, PackageState, PackageVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLine(OtherCourse):
    """A package in a list."""

    score: int | None
    certificate_href: str
    """The page of its certificate; empty where it earns none."""
    is_earned: bool
    """Whether the reader has earned that."""
    is_hidden: bool
    public_id: str


@dataclass(frozen=True, slots=True)
class PackageScreen:
    """The page of one package, for one learner."""

    line: PackageLine
    size: str
    chosen: str
    choices: Choices
    """The languages that it is in."""
    items: Sequence[tuple[int, str, bool]]
    """Number, title, and whether it is done; empty for a package of one item."""
    has_begun: bool
    has_place: bool
    is_other_version: bool
    """Whether what the learner has was kept by another version, or in another language."""


@dataclass(frozen=True, slots=True)
class PlayerScreen:
    """The page in which an item plays: the frame's address, name and rights, and where to go from it."""

    line: PackageLine
    item: PackageItem
    src: str
    name: str
    """The word of the launch, for the runtime of SCORM; empty for a package that takes it by its address."""
    origin: str
    """The origin that messages of the frame come from."""
    stage: PackageStage
    previous: tuple[str, str] | None
    next: tuple[str, str] | None


def _language(code: str) -> tuple[str, str, str]:
    """The name of a language on this page, and its marks for HTML."""
    locale = site().locales.get(code) if code in site().locales else None
    return (locale.name, locale.bcp47, locale.dir) if locale is not None else (code, code, "auto")


def package_line(found: LivePackage, record: PackageRecord | None = None) -> PackageLine:
    """A package as a list has it, with how far the learner of ``record`` is."""
    shown = shown_version(found)
    _, lang, direction = _language(shown.locale)
    codes = [code for version in found.versions.values() for code in (version.locale, *spoken_in(version))]
    names = dict.fromkeys(_language(code)[0] for code in codes if code in site().locales)
    return PackageLine(
        title=shown.title,
        lang=lang,
        dir=direction,
        href=url_for("packages.one", public_id=found.package.public_id),
        languages=formats.listing(list(names), page_locale()),
        state="" if record is None else "done" if record.done_at else "begun",
        score=record.score if record is not None else None,
        certificate_href=url_for("package_certificates.one", public_id=found.package.public_id)
        if found.package.earns_certificate
        else "",
        is_earned=bool(queries.earned_certificates(found.package, record)),
        is_hidden=found.package.hidden_at is not None,
        public_id=found.package.public_id,
    )


def shown_version(found: LivePackage, chosen: str = "") -> PackageVersion:
    """The version for whoever reads this page, or in the language that they chose."""
    locale = page_locale()
    return found.shown_in(chosen, locale.code, locale.fallback or "", site().locales.source.code)


def list_packages(app: Flask) -> None:
    """Let packages stand in the list of courses, below our own."""
    site_of(app).other_courses.append(_other_courses)


def _other_courses() -> list[PackageLine]:
    """Every package that can be begun, with how far the reader is (one statement, and two more where there is any).

    Whom a learning platform sent for a course is shown none: they would play outside of its frame.
    """
    session = the_session()
    found = queries.live_packages(session) if not launched_from() else []
    learner = present_learner() if found else None
    records = queries.records_of(session, learner.id) if learner is not None else {}
    return [package_line(one, records.get(one.package.id)) for one in found]


def begun_packages(session: Session, learner: WhoLearns) -> list[PackageLine]:
    """The packages that the learner has begun and that can be gone on in (one statement, and one more where there are any)."""
    records = queries.records_of(session, learner.id)
    found = queries.live_packages(session) if records else []
    return [package_line(one, records[one.package.id]) for one in found if one.package.id in records]


def all_packages(session: Session) -> list[PackageLine]:
    """Every package there is, for whoever looks after them."""
    return [package_line(one) for one in queries.live_packages(session, hidden=True)]


def package_screen(session: Session, found: LivePackage, learner: WhoLearns | None, chosen: str) -> PackageScreen:
    """The page of a package."""
    record = queries.record_of(session, learner.id, found.package.id) if learner is not None else None
    states = queries.states_of(session, record.id) if record is not None else {}
    kept = next((one for one in found.versions.values() if record is not None and one.id == record.version_id), None)
    version = shown_version(found, chosen or (kept.locale if kept is not None else ""))
    items = items_of(version)
    rows = [
        (at, one.title, one.id in states and states[one.id].done) for at, one in enumerate(items, 1) if one.by_choice
    ]
    return PackageScreen(
        line=package_line(found, record),
        size=said_size(version.bytes),
        chosen=version.locale,
        choices=[(code, _language(code)[0]) for code in found.versions],
        items=rows if len(items) > 1 else (),
        has_begun=record is not None,
        has_place=any(one.said or one.suspended for one in states.values()),
        is_other_version=speaks_another(states, version),
    )


def player_screen(
    session: Session, found: LivePackage, version: PackageVersion, record: PackageRecord, number: int
) -> PlayerScreen | None:
    """The page in which the item of that number (from 1) plays; None where there is no such item, or it may not be chosen."""
    items = items_of(version)
    if not 1 <= number <= len(items):
        return None
    item, stage = items[number - 1], stage_of(version.key)
    state = queries.states_of(session, record.id).get(item.id)
    page, is_told = request.host_url.rstrip("/"), standard_of(version).is_by_statements
    language = page_locale().bcp47 if is_told else ""
    launch = Launch(record.id, version.id, item.id, launch_number(state, utcnow()), page, language)
    token, start = launch_token(current_app, launch), f"files/{version.key}/{item.href}"
    if is_told:
        token, start = "", f"open/{token}"
    elif stage.is_own:
        start = "runtime/shell.html"
    return PlayerScreen(
        line=package_line(found, record),
        item=item,
        src=stage.base + start,
        name=token,
        origin=stage.origin if stage.is_own else "null",
        stage=stage,
        previous=_way(found, items, number - 1),
        next=_way(found, items, number + 1),
    )


def _way(found: LivePackage, items: Sequence[PackageItem], number: int) -> tuple[str, str] | None:
    if not 1 <= number <= len(items):
        return None
    return url_for("packages.play", public_id=found.package.public_id, number=number), items[number - 1].title


def launch_place(launch: Launch, key: str, item: PackageItem) -> LaunchPlace:
    """The addresses of a launch, from the page that holds the frame."""
    base = stage_of(key).base
    return LaunchPlace(
        home=site().settings.address,
        endpoint=f"{launch.page}{request.root_path}/xapi/",
        start=f"{base}files/{key}/{item.href}",
        back=f"{base}runtime/left.html",
    )


def told_to_runtime(
    launch: Launch, key: str, item: PackageItem, standard: PackageStandard, state: PackageState
) -> dict[str, Any]:
    """Everything that the runtime has to know before the first line of a package runs."""
    values: dict[str, str] = dict(state.said)
    if state.suspended:
        values[SUSPEND] = state.suspended
    return {
        "standard": standard.value,
        "launch": launch.number,
        "page": launch.page,
        "href": f"{stage_of(key).base}files/{key}/{item.href}",
        "tracks": item.tracks,
        "number": state.number if state.launch == launch.number else 0,
        "values": values,
        "facts": _facts(launch, item, standard, state),
    }


def _facts(launch: Launch, item: PackageItem, standard: PackageStandard, state: PackageState) -> dict[str, str]:
    """Elements that a package may only read. Nobody's name is among them: a package learns a number of its own alone."""
    total = time_told(standard, state.seconds_before + (state.seconds if state.launch < launch.number else 0))
    entry = "resume" if state.said or state.suspended else "ab-initio"
    mastery, learner = item.mastery, f"learner-{launch.record_id}"
    if standard is PackageStandard.SCORM_12:
        return {
            "cmi.core.student_id": learner,
            "cmi.core.student_name": "",
            "cmi.core.credit": "credit",
            "cmi.core.entry": entry,
            "cmi.core.total_time": total,
            "cmi.core.lesson_mode": "normal",
            "cmi.launch_data": item.launch_data,
            "cmi.student_data.mastery_score": "" if mastery is None else f"{mastery:g}",
            "cmi.student_data.max_time_allowed": item.max_time,
            "cmi.student_data.time_limit_action": item.time_limit,
        }
    facts = {
        "cmi._version": "1.0",
        "cmi.learner_id": learner,
        "cmi.learner_name": "",
        "cmi.credit": "credit",
        "cmi.entry": entry,
        "cmi.mode": "normal",
        "cmi.total_time": total,
        "cmi.launch_data": item.launch_data,
        "cmi.max_time_allowed": item.max_time,
        "cmi.time_limit_action": item.time_limit,
    }
    if mastery is not None:
        facts["cmi.scaled_passing_score"] = f"{mastery / 100:g}"
    if item.threshold is not None:
        facts["cmi.completion_threshold"] = f"{item.threshold:g}"
    return facts


# ── Bringing in ──


@dataclass(frozen=True, slots=True)
class UploadLine:
    """An upload that nobody decided about yet."""

    name: str
    state: str
    href: str


@dataclass(frozen=True, slots=True)
class ReportScreen:
    """Everything that is known of an upload."""

    key: str
    name: str
    state: str
    refused: str
    title: str
    standard: str
    made_by: str
    language: str
    size: str
    files: int
    items: Sequence[str]
    notes: Sequence[str]
    """What will not work."""


def upload_lines(session: Session) -> list[UploadLine]:
    """The uploads that wait, the newest first."""
    return [
        UploadLine(one.file_name, one.state, url_for("packages.upload", key=one.key))
        for one in queries.undecided(session)
    ]


def report_screen(version: PackageVersion) -> ReportScreen:
    """The report of an upload, in the page's language."""
    report: Mapping[str, Any] = version.report
    is_read = version.state == VersionState.READ
    notes = [phrase_from_json(one) for one in report.get("notes", [])]
    if site().operators.packages_url:
        notes = [one for one in notes if one.text != FRAMES]
    refused = phrase_from_json(report["refused"]) if "refused" in report else Phrase("")
    return ReportScreen(
        key=version.key,
        name=version.file_name,
        state=version.state,
        refused=say_phrase(refused) if refused.text else "",
        title=version.title,
        standard=standard_of(version).label if is_read else "",
        made_by=str(report.get("made_by", "")),
        language=formats.listing([_language(one)[0] for one in spoken_in(version)], page_locale()),
        size=said_size(version.bytes),
        files=version.files,
        items=[one.title for one in items_of(version)] if is_read else (),
        notes=[say_phrase(one) for one in notes],
    )


def language_choices() -> Choices:
    """The languages that a package may be in."""
    return [(one.code, one.name) for one in site().locales if one.is_reachable and not one.is_pseudo]


def guessed_language(version: PackageVersion) -> str:
    """The language that a package says it is in, as we call it; that of the page where it says nothing that we know."""
    return next((code for code in spoken_in(version) if code in site().locales), page_locale().code)


def spoken_in(version: PackageVersion) -> list[str]:
    """The languages that a package names itself: as we call them where we know them, else as they stand there."""
    named = filter(None, (one.strip() for one in str(version.report.get("language", "")).split(",")))
    known = {locale.bcp47.lower(): locale.code for locale in site().locales}
    plain = [(one, one.replace("_", "-").lower()) for one in named]
    found = [known.get(one) or known.get(one.partition("-")[0]) or told for told, one in plain]
    return list(dict.fromkeys(found))


def package_choices(session: Session) -> Choices:
    """The packages that an upload may be a version or another language of."""
    return [(one.package.public_id, shown_version(one).title) for one in queries.live_packages(session, hidden=True)]
