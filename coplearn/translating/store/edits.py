"""Saving, suggesting and deciding: each verb keeps every text that was ever given to it, and none locks anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from coplearn.i18n.checks.base import Finding
from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.storage.upserts import insert_new
from coplearn.translating.store import rules
from coplearn.translating.store.history import edit_row
from coplearn.translating.store.models import Dismissal, Edit, StoredMessage, Suggestion, TextDraft, Translation
from coplearn.translating.store.rules import Actor
from coplearn.translating.store.text_checks import judge_group_again, text_findings


@dataclass(frozen=True, slots=True)
class CurrentText:
    """The server's text instead of the one that came too late."""

    forms: tuple[str, ...]
    state: rules.State
    author_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The result of a save. Commit in every case: a text that lost the race is kept as a suggestion.

    ``won`` is False when somebody else saved first: then ``theirs`` is what stands there and ``suggestion_id`` what was
    kept (None when there was nothing to keep). ``changed`` is False when the same text stood there already. ``rev`` is
    the server's now, for the next save. ``findings`` are those of the text that was given; one of severity ``E`` makes
    the state ``needs-work``.
    """

    won: bool
    changed: bool
    rev: int
    state: rules.State
    findings: tuple[Finding, ...] = ()
    theirs: CurrentText | None = None
    suggestion_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Text:
    """A text on its way in."""

    forms: list[str]
    based_on: str
    needs_work: bool
    author_id: int | None
    via: rules.Via
    note: str
    origin: rules.Origin


def save(
    session: Session,
    actor: Actor,
    message_id: int,
    locale: Locale,
    forms: Sequence[str],
    rev: int,
    now: datetime,
    *,
    based_on: str | None = None,
    needs_work: bool = False,
    via: rules.Via = "web",
    note: str = "",
) -> SaveResult:
    """Save a translation that was made from revision ``rev`` (0: from none). See :class:`SaveResult`: nothing is ever lost.

    ``forms`` is one text, or one for each plural form; ``based_on`` the source text the person saw (None: the present
    one). Raises NotFound for an unknown message, Refused for a wrong number of forms or an endless text.
    """
    message = message_of(session, message_id)
    text = _Text(
        tidied_forms(message, locale, forms),
        message.msgid if based_on is None else rules.tidy(based_on),
        needs_work,
        actor.user_id,
        via,
        rules.tidy(note)[: rules.MAX_REMARK],
        "upload" if via == "upload" else "conflict",
    )
    return _save(session, actor, message, locale, text, rev, now)


def _save(
    session: Session, actor: Actor, message: StoredMessage, locale: Locale, text: _Text, rev: int, now: datetime
) -> SaveResult:
    before = standing_here(session, message, locale, now)
    sha = rules.review_sha(message.msgid, text.forms)
    dismissed = dismissed_checks(session, message.id, locale.code, sha)
    findings = tuple(text_findings(session, message, locale, text.based_on, text.forms, dismissed))
    failing = any(finding.severity == "E" for finding in findings)
    state = rules.state_of(text.forms, needs_work=text.needs_work, failing=failing)
    if before.forms == text.forms and (before.rev != rev or (before.state, before.based_on) == (state, text.based_on)):
        return SaveResult(True, False, before.rev, rules.as_state(before.state), findings)
    values = {
        "forms": text.forms,
        "state": state,
        "based_on": text.based_on,
        "sha": sha,
        "failing": failing,
        # Whoever only marks a text has not written it.
        "author_id": before.author_id if before.forms == text.forms else text.author_id,
        "updated_at": now,
        "rev": rev + 1,
    }
    if before.rev != rev or not _swap(session, message.id, locale, rev, values):
        return _lost(session, actor, message, locale, text, findings, now)
    made = values | {"message_id": message.id, "locale": locale.code}
    was = (before.forms, before.state)
    session.add(Edit(**edit_row(made, actor, text.via, now, before=was, note=text.note)))
    if actor.user_id is not None:
        drop_draft(session, actor.user_id, message.id, locale)
    session.flush()
    judge_group_again(session, message, locale)
    return SaveResult(True, True, rev + 1, state, findings)


def _swap(session: Session, message_id: int, locale: Locale, rev: int, values: dict[str, Any]) -> bool:
    """The compare-and-swap: of two who began at one revision, the row takes the first and tells the second."""
    done = session.execute(
        update(Translation)
        .where(Translation.message_id == message_id, Translation.locale == locale.code, Translation.rev == rev)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], done).rowcount == 1


def _lost(
    session: Session,
    actor: Actor,
    message: StoredMessage,
    locale: Locale,
    text: _Text,
    findings: tuple[Finding, ...],
    now: datetime,
) -> SaveResult:
    theirs = standing_here(session, message, locale, now)
    kept = None
    if rules.has_text(text.forms) and theirs.forms != text.forms:
        kept = _offer(session, actor, message, locale, text, now)
    state = rules.as_state(theirs.state)
    stands = CurrentText(tuple(theirs.forms), state, theirs.author_id, theirs.updated_at)
    return SaveResult(False, False, theirs.rev, state, findings, stands, kept)


def standing_here(session: Session, message: StoredMessage, locale: Locale, now: datetime) -> Translation:
    """The translation as the database has it now; an empty one is made where there is none."""
    query = (
        select(Translation)
        .where(Translation.message_id == message.id, Translation.locale == locale.code)
        .execution_options(populate_existing=True)
    )
    found = session.scalar(query)
    if found is not None:
        return found
    forms = [""] * rules.form_count(locale, message.plural)
    insert_new(
        session,
        Translation,
        {
            "message_id": message.id,
            "locale": locale.code,
            "rev": 0,
            "forms": forms,
            "state": "missing",
            "based_on": message.msgid,
            "sha": rules.review_sha(message.msgid, forms),
            "failing": False,
            "updated_at": now,
            "published_fuzzy": False,
        },
    )
    return session.scalars(query).one()


def revert(
    session: Session, actor: Actor, edit_id: int, locale: Locale, rev: int, now: datetime, *, via: rules.Via = "web"
) -> SaveResult:
    """Bring back the text that an edit made, as a new edit from revision ``rev``. Raises NotFound."""
    edit = session.get(Edit, edit_id)
    if edit is None or edit.locale != locale.code:
        raise NotFound(N_("There is no such change."))
    message = message_of(session, edit.message_id)
    forms = list(edit.new_forms)[: rules.form_count(locale, message.plural)]
    forms += [""] * (rules.form_count(locale, message.plural) - len(forms))
    writer = _writer_of(session, message.id, locale, edit)
    text = _Text(forms, edit.based_on, edit.new_state == "needs-work", writer, via, "", "conflict")
    return _save(session, actor, message, locale, text, rev, now)


def _writer_of(session: Session, message_id: int, locale: Locale, edit: Edit) -> int | None:
    """The author of the text that an edit made: whose suggestion it was, else whoever saved it first."""
    of = (Suggestion.message_id == message_id, Suggestion.locale == locale.code, Suggestion.decision == "accepted")
    for author_id, forms in session.execute(select(Suggestion.author_id, Suggestion.forms).where(*of)):
        if forms == edit.new_forms:
            return author_id
    made = (Edit.message_id == message_id, Edit.locale == locale.code, Edit.id <= edit.id)
    for actor_id, forms in session.execute(select(Edit.actor_id, Edit.new_forms).where(*made).order_by(Edit.id)):
        if forms == edit.new_forms:
            return actor_id
    return edit.actor_id


def suggest(
    session: Session,
    actor: Actor,
    message_id: int,
    locale: Locale,
    forms: Sequence[str],
    now: datetime,
    *,
    note: str = "",
    origin: rules.Origin = "person",
    based_on: str | None = None,
) -> int:
    """Offer a text for others to decide on; gives its id. The same open text is not added twice. Raises as save."""
    message = message_of(session, message_id)
    tidied = tidied_forms(message, locale, forms)
    if not rules.has_text(tidied):
        raise Refused(N_("Write the text that you suggest."))
    source = message.msgid if based_on is None else rules.tidy(based_on)
    text = _Text(tidied, source, False, actor.user_id, "web", rules.tidy(note)[: rules.MAX_REMARK], origin)
    return _offer(session, actor, message, locale, text, now)


def _offer(session: Session, actor: Actor, message: StoredMessage, locale: Locale, text: _Text, now: datetime) -> int:
    standing = session.scalars(
        select(Suggestion).where(
            Suggestion.message_id == message.id,
            Suggestion.locale == locale.code,
            Suggestion.decided_at.is_(None),
        )
    )
    for one in standing:
        if one.forms == text.forms:
            return one.id
    offered = Suggestion(
        message_id=message.id,
        locale=locale.code,
        forms=text.forms,
        based_on=text.based_on,
        author_id=actor.user_id,
        author=actor.stored_name,
        origin=text.origin,
        note=text.note,
        at=now,
        reason="",
    )
    session.add(offered)
    session.flush()
    return offered.id


def decide(
    session: Session,
    actor: Actor,
    suggestion_id: int,
    decision: rules.Decision,
    locale: Locale,
    rev: int,
    now: datetime,
    *,
    forms: Sequence[str] | None = None,
    reason: str = "",
) -> SaveResult | None:
    """Accept a suggestion, accept it as edited (``forms``), or reject it with a reason (gives None).

    An accepted text is saved from revision ``rev`` with its own author; when that save is too late the suggestion stays
    open (and an edited text is kept as another one). Raises Conflict when somebody decided before, Refused without a reason.
    """
    suggestion = session.scalar(
        select(Suggestion)
        .where(Suggestion.id == suggestion_id, Suggestion.locale == locale.code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if suggestion is None:
        raise NotFound(N_("There is no such suggestion."))
    is_decided = suggestion.decided_at is not None
    if is_decided and decision != "edited":
        raise Conflict(N_("Somebody has decided about this suggestion already."))
    saved = None
    if decision == "rejected":
        if not reason.strip():
            raise Refused(N_("Say why, so that the person can learn from it."))
    else:
        message = message_of(session, suggestion.message_id)
        is_own = decision == "edited"
        given = suggestion.forms if forms is None or not is_own else forms
        author = actor.user_id if is_own or suggestion.author_id is None else suggestion.author_id
        source = message.msgid if is_own else suggestion.based_on
        text = _Text(tidied_forms(message, locale, given), source, False, author, "web", "", "conflict")
        saved = _save(session, actor, message, locale, text, rev, now)
        if not saved.won:
            return saved
    if not is_decided:
        suggestion.decided_at, suggestion.decided_by = now, actor.user_id
        suggestion.decision, suggestion.reason = decision, rules.tidy(reason)[: rules.MAX_REMARK]
    session.flush()
    return saved


def message_of(session: Session, message_id: int) -> StoredMessage:
    """The message as the database has it now; raises NotFound."""
    message = session.scalar(
        select(StoredMessage).where(StoredMessage.id == message_id).execution_options(populate_existing=True)
    )
    if message is None:
        raise NotFound(N_("There is no such message."))
    return message


def tidied_forms(message: StoredMessage, locale: Locale, forms: Sequence[str]) -> list[str]:
    """The forms as they are stored. Raises Refused for a wrong number of them or an endless text."""
    if len(forms) != rules.form_count(locale, message.plural):
        raise Refused(N_("There is one box for each plural form of the language. Fill in those."))
    if any(len(form) > rules.MAX_FORM for form in forms):
        raise Refused(N_("The text is far too long to be kept."))
    tidied = [rules.kept_form(form, message.domain, locale.code) for form in forms]
    return tidied if rules.has_text(tidied) else [""] * len(tidied)


def drop_draft(session: Session, user_id: int, message_id: int, locale: Locale) -> None:
    """Forget a draft; harmless when there is none."""
    session.execute(
        delete(TextDraft).where(
            TextDraft.user_id == user_id, TextDraft.message_id == message_id, TextDraft.locale == locale.code
        )
    )


def dismissed_checks(session: Session, message_id: int, locale: str, sha: str) -> dict[str, str]:
    """The checks dismissed for exactly that text (``rules.review_sha``), with the reasons (one statement)."""
    rows = session.execute(
        select(Dismissal.check_id, Dismissal.reason)
        .where(Dismissal.message_id == message_id, Dismissal.locale == locale, Dismissal.sha == sha)
        .order_by(Dismissal.id)
    )
    return {check: reason for check, reason in rows}  # noqa: C416 - a row is no pair for the type checker
