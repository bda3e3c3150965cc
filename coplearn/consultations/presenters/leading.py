"""The pages of one consultation for staff, ready for their templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, url_for
from sqlalchemy.orm import Session

from coplearn.consultations.forms import AnswerForm, AskForm, EndForm, HeardForm, SummaryForm
from coplearn.consultations.presenters.remarks import HeardLine, RemarkLine, heard_lines, remark_lines, stage
from coplearn.consultations.presenters.texts import ShownBlock, compared, language_at, one_block
from coplearn.consultations.queries import said
from coplearn.consultations.queries.asking import (
    AskedLine,
    AskedVersion,
    asked_organisations,
    organisations_to_ask,
)
from coplearn.consultations.queries.said import ConsultationTally
from coplearn.consultations.queries.statements import version_of
from coplearn.consultations.rules.blocks import block_of
from coplearn.consultations.rules.words import ConsultationStage, ConsultationWay
from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.programme.queries.organisations import matched, organisations
from coplearn.programme.rules.records import text_key
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.translating.editing.marks import Change
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.consultations.models import HeardGroup, StatementRemark

WHICH = {
    "waiting": N_("To be read"),
    "unanswered": N_("Without an answer"),
    "answered": N_("Answered"),
    "hidden": N_("Not shown"),
    "": N_("All"),
}


@dataclass(frozen=True, slots=True)
class ConsultationScreen:
    """One consultation with everything that belongs to it."""

    stage: ConsultationStage
    way: ConsultationWay
    source: Locale
    tally: ConsultationTally
    asked: Sequence[AskedLine]
    to_ask: Sequence[tuple[int, str]]
    heard: Sequence[HeardLine]


@dataclass(frozen=True, slots=True)
class RemarksScreen:
    """A page of remarks."""

    which: str
    lines: Sequence[RemarkLine]
    words: dict[str, str]
    """The block's words, by its id."""
    source: Locale
    tabs: Sequence[tuple[str, str, bool]]
    before: str | None
    after: str | None
    """Addresses of the pages before and after."""


@dataclass(frozen=True, slots=True)
class RemarkScreen:
    """One remark, the block it is on, and how that block stands in the newest version."""

    line: RemarkLine
    block: ShownBlock | None
    """None for a remark on the whole text."""
    is_gone: bool
    changes: Sequence[Change]
    """Between the version that was asked about and the newest one; empty where the words are the same."""
    newest: int
    source: Locale
    themes: Sequence[str]


def _database() -> Session:
    return current_session(current_app)


def consultation_screen(asking: AskedVersion) -> ConsultationScreen:
    """One consultation, in six statements."""
    session, one = _database(), asking.consultation
    return ConsultationScreen(
        stage=stage(asking),
        way=ConsultationWay(one.way),
        source=language_at(asking.statement.locale),
        tally=said.tally_of(session, one.id),
        asked=asked_organisations(session, one.id),
        to_ask=organisations_to_ask(session, one.id),
        heard=heard_lines(said.heard_groups(session, one.id)),
    )


def ask_form() -> AskForm:
    """The form that asks organisations."""
    form = AskForm()
    form.locale.choices = [(locale.code, locale.name) for locale in site().locales.live]
    if not form.is_submitted():
        form.locale.data = page_locale().code
    return form


def organisations_named(pairs: Sequence[tuple[str, str]]) -> list[tuple[int, str]]:
    """The organisation and the mail address of each line. Raises Refused that names those which nobody knows here."""
    session = _database()
    known = {one.name_key: one.id for one in organisations(session)}
    keys = {text_key(name) for _, name in pairs}
    known |= {key: one.id for key, one in matched(session, keys - known.keys()).items()}
    unknown = tuple(name for _, name in pairs if text_key(name) not in known)
    if unknown:
        told = N_("No organisation is called so here: %(names)s. Add it under Organisations first. Nobody was asked.")
        raise _refusal(Phrase(told, {"names": unknown[:10]}))
    return [(known[text_key(name)], email) for email, name in pairs]


def _refusal(phrase: Phrase) -> Refused:
    return Refused(phrase.text, **phrase.params)


def summary_form(asking: AskedVersion) -> SummaryForm:
    """The form of the summary."""
    form = SummaryForm()
    if form.summary.data is None:
        form.summary.data = asking.consultation.summary
    return form


def end_form(asking: AskedVersion) -> EndForm:
    """The form of another last day."""
    form = EndForm(formdata=None)
    form.closes_on.data = asking.consultation.closes_on
    return form


def heard_group(asking: AskedVersion, number: int | None) -> HeardGroup | None:
    """The group of that consultation that is corrected; None for none."""
    return next((one for one in said.heard_groups(_database(), asking.consultation.id) if one.id == number), None)


def heard_form(corrects: HeardGroup | None) -> HeardForm:
    """The form of a group that was heard, with the one that is corrected in it."""
    form = HeardForm()
    form.offer()
    form.why.flags.required = corrects is not None
    if not form.is_submitted() and corrects is not None:
        for name in ("audience", "age_band", "place", "heard_on", "qualifier", "number", "basis", "source", "said"):
            form[name].data = getattr(corrects, name)
        form.countries.data, form.countries_qualifier.data = corrects.countries, corrects.countries_qualifier
    return form


def remarks_screen(asking: AskedVersion, which: str, page: int) -> RemarksScreen:
    """A page of remarks."""
    which, page = which if which in WHICH else "", min(max(page, 1), 100_000)
    condition = said.to_answer(asking.consultation.id, which)
    start = (page - 1) * said.REMARKS_A_PAGE
    found = said.said_lines(_database(), condition, limit=said.REMARKS_A_PAGE + 1, offset=start)
    lines = remark_lines(found[: said.REMARKS_A_PAGE])
    blocks = {line.block: block_of(asking.version.body, line.block) for line in lines}
    words = {key: block.source for key, block in blocks.items() if block is not None}

    def address(sort: str, number: int) -> str:
        one = asking.consultation.public_id
        later = number if number > 1 else None
        return url_for("consulting.remarks", asking_id=one, which=sort or None, page=later)

    return RemarksScreen(
        which,
        lines,
        words,
        source=language_at(asking.statement.locale),
        tabs=[(say(label), address(sort, 1), sort == which) for sort, label in WHICH.items()],
        before=address(which, page - 1) if page > 1 else None,
        after=address(which, page + 1) if len(found) > said.REMARKS_A_PAGE else None,
    )


def remark_screen(asking: AskedVersion, remark: StatementRemark) -> RemarkScreen:
    """One remark with its block."""
    session = _database()
    line = remark_lines(said.said_lines(session, said.is_remark(remark.id)))[0]
    statement, version = asking.statement, asking.version
    block = block_of(version.body, remark.block) if remark.block else None
    later = version_of(session, statement.id, statement.newest) if statement.newest != version.number else None
    pairs = {one.id: one for one in compared(version, later)} if later is not None else {}
    pair = pairs.get(remark.block)
    return RemarkScreen(
        line=line,
        block=one_block(statement, version, block, statement.locale) if block is not None else None,
        is_gone=pair is not None and pair.fate == "gone",
        changes=pair.changes if pair is not None and pair.fate == "changed" else (),
        newest=statement.newest,
        source=language_at(statement.locale),
        themes=[theme for theme, _ in said.tally_of(session, asking.consultation.id).themes],
    )


def answer_form(line: RemarkLine) -> AnswerForm:
    """The form of an answer, with the one that holds in it."""
    form = AnswerForm(formdata=None)
    form.offer()
    form.reason.data, form.theme.data, form.outcome.data = line.reason, line.theme, line.outcome_value
    return form


def next_address(asking: AskedVersion, which: str, after: str) -> str:
    """The page of the next remark of that sort; the list where there is none."""
    one = asking.consultation
    found = said.said_lines(_database(), said.to_answer(one.id, which), limit=2)
    there = next((line.remark.public_id for line in found if line.remark.public_id != after), None)
    if there is None:
        return url_for("consulting.consultation", asking_id=one.public_id)
    return url_for("consulting.remark", asking_id=one.public_id, remark_id=there)
