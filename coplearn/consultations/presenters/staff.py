"""The pages of statements for staff, ready for their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

from coplearn.consultations.forms import AgreeForm, ConsultationForm, StatementForm, VersionForm
from coplearn.consultations.presenters.remarks import stage
from coplearn.consultations.presenters.texts import (
    ShownStatement,
    is_language,
    language_at,
    language_choices,
    statement_text,
)
from coplearn.consultations.queries import statements
from coplearn.consultations.queries.asking import AskedVersion, ConsultationWork, askings_of, work_in_consultations
from coplearn.consultations.queries.statements import TitledStatement
from coplearn.consultations.rules.blocks import StatementBlock, blocks_of, missing_texts
from coplearn.consultations.rules.drafts import StatementDraft
from coplearn.consultations.rules.words import TITLE, ConsultationStage, ConsultationWay
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.programme.presenters.words import countries_to_choose
from coplearn.programme.queries.organisations import programme_by, programmes
from coplearn.programme.rules.access import ProgrammeAccess, may_edit, may_see
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coplearn.consultations.models import AgreedText, Statement, StatementVersion
    from coplearn.programme.guards import ProgrammeContext


@dataclass(frozen=True, slots=True)
class StatementsHome:
    """The list of statements, and the consultations in which something waits."""

    statements: Sequence[TitledStatement]
    work: Sequence[ConsultationWork]


@dataclass(frozen=True, slots=True)
class LanguageOfStatement:
    """A language of a statement, and how many of its blocks have no text in it."""

    locale: Locale
    missing: int


@dataclass(frozen=True, slots=True)
class StatementScreen:
    """One statement with everything that belongs to it."""

    text: ShownStatement
    newest: StatementVersion
    versions: Sequence[StatementVersion]
    languages: Sequence[LanguageOfStatement]
    choices: Choices
    askings: Sequence[tuple[AskedVersion, ConsultationStage]]
    agreed: Sequence[tuple[AgreedText, Locale]]


@dataclass(frozen=True, slots=True)
class BlockToTranslate:
    """A block in the statement's language, and its text in another as it stands or was typed."""

    name: str
    kind: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class TranslatingScreen:
    """The newest version in another language."""

    locale: Locale
    source: Locale
    blocks: Sequence[BlockToTranslate]
    missing: int


def _database() -> Session:
    return current_session(current_app)


def newest(statement: Statement) -> StatementVersion:
    """The newest version of a statement."""
    found = statements.version_of(_database(), statement.id, statement.newest)
    if found is None:
        raise LookupError(statement.public_id)
    return found


def sees(access: ProgrammeAccess, statement: Statement) -> bool:
    """Whether somebody may read the pages of a statement for staff."""
    return may_see(access, [statement.country] if statement.country else [], statement.programme_id)


def home(who: ProgrammeContext) -> StatementsHome:
    """The statements that somebody may read, and what waits for them (three statements)."""
    session = _database()
    return StatementsHome(
        [one for one in statements.statements(session) if sees(who.access, one.statement)],
        work_of(session, who.access),
    )


def work_of(session: Session, access: ProgrammeAccess) -> list[ConsultationWork]:
    """The consultations in which something waits for somebody."""
    return [one for one in work_in_consultations(session, utcnow()) if sees(access, one.asking.statement)]


def statement_form(who: ProgrammeContext) -> StatementForm:
    """The form of a new statement, with the countries that the person works in."""
    form, countries = StatementForm(), countries_to_choose(who.access)
    known = [(one.public_id, one.name) for one in programmes(_database()) if one.archived_at is None]
    no_country = ("", say(N_("No country in particular")))
    form.offer(language_choices(), [no_country, *countries], known)
    if not form.is_submitted():
        form.locale.data = page_locale().code
        form.country.data = countries[0][0] if len(countries) == 1 else ""
    return form


def draft_of(form: StatementForm, who: ProgrammeContext) -> StatementDraft | None:
    """The statement as typed; None, with a sentence at its field, where the person may not write one."""
    programme = programme_by(_database(), form.value("programme"))
    programme_id, country = programme.id if programme is not None else None, form.value("country")
    if not may_edit(who.access, [country] if country else [], programme_id):
        form.country.errors = [say(N_("Choose a country or a programme that you work in."))]
        return None
    return form.draft(programme_id)


def version_form(statement: Statement) -> VersionForm:
    """The form of the next version, with the newest one in it."""
    form = VersionForm()
    if not form.is_submitted():
        version = newest(statement)
        form.made_of.data, form.title.data, form.body.data = str(version.number), version.title, version.body
    return form


def agree_form(statement: Statement) -> AgreeForm:
    """The form that fixes the newest version."""
    form = AgreeForm()
    if not form.is_submitted():
        form.number.data, form.agreed_on.data = str(statement.newest), utcnow().date()
    return form


def consultation_form(statement: Statement) -> ConsultationForm:
    """The form of a consultation on a statement."""
    form = ConsultationForm()
    versions = statements.versions_of(_database(), statement.id)
    form.offer([(str(one.number), say(N_("Version %(number)s"), number=one.number)) for one in versions])
    if not form.is_submitted():
        form.opens_on.data, form.way.data = utcnow().date(), ConsultationWay.ASKED.value
    return form


def statement_screen(statement: Statement, wanted: str = "") -> StatementScreen:
    """One statement, in six statements and one a language."""
    session = _database()
    version = newest(statement)
    codes = [code for code in statements.languages_of(session, statement.id) if code != statement.locale]
    languages = [
        LanguageOfStatement(language_at(code), missing_texts(version.body, statements.texts_of(session, version, code)))
        for code in codes
    ]
    return StatementScreen(
        text=statement_text(statement, version, wanted or statement.locale),
        newest=version,
        versions=statements.versions_of(session, statement.id),
        languages=languages,
        choices=[pair for pair in language_choices(codes) if pair[0] != statement.locale],
        askings=[(one, stage(one)) for one in askings_of(session, statement.id)],
        agreed=[(one, language_at(one.locale)) for one in statements.agreed_texts(session, statement.id)],
    )


def translating_screen(statement: Statement, code: str, typed: Mapping[str, str]) -> TranslatingScreen:
    """The newest version with its texts in another language, as they stand or as they were typed."""
    version = newest(statement)
    held = statements.texts_of(_database(), version, code)
    title = StatementBlock(TITLE, "h2", version.title)
    blocks = [
        BlockToTranslate(one.id, one.kind, one.source, typed.get(one.id, held.get(one.id, "")))
        for one in (title, *blocks_of(version.body))
    ]
    locale = language_at(code) if is_language(code) else site().locales.source
    return TranslatingScreen(locale, language_at(statement.locale), blocks, missing_texts(version.body, held))
