"""Reviewing a text as it stands, and setting a finding aside with a reason."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.storage.upserts import insert_new, put
from coplearn.translating.store import rules
from coplearn.translating.store.edits import dismissed_checks, message_of, standing_here
from coplearn.translating.store.models import Dismissal, Review, StoredMessage, Translation
from coplearn.translating.store.rules import Actor
from coplearn.translating.store.text_checks import text_findings


def dismiss(
    session: Session, actor: Actor, message_id: int, locale: Locale, check_id: str, reason: str, now: datetime
) -> None:
    """Say that a check is wrong about the text as it stands; it speaks up again when source or text change.

    Raises NotFound when the check has nothing to say, Refused without a reason or for a check that is never wrong.
    """
    message = message_of(session, message_id)
    standing = standing_here(session, message, locale, now)
    found = [
        finding
        for finding in text_findings(session, message, locale, standing.based_on, standing.forms)
        if finding.check == check_id
    ]
    if not found:
        raise NotFound(N_("There is no such finding."))
    if not rules.may_dismiss(found[0]):
        raise Refused(
            N_("An error cannot be set aside. Please mend the text, or tell the author that the source is wrong.")
        )
    if not reason.strip():
        raise Refused(N_("Say why the text is right as it is."))
    values = {
        "message_id": message.id,
        "locale": locale.code,
        "check_id": check_id,
        "sha": standing.sha,
        "reason": rules.tidy(reason).strip()[: rules.MAX_REMARK],
        "actor_id": actor.user_id,
        "at": now,
    }
    changes = {name: values[name] for name in ("reason", "actor_id", "at")}
    put(session, Dismissal, ("message_id", "locale", "check_id", "sha"), values, changes)
    _judge_again(session, message, locale, standing)


def undismiss(session: Session, message_id: int, locale: Locale, check_id: str, now: datetime) -> None:
    """Let the check speak up again; harmless when it was not dismissed."""
    message = message_of(session, message_id)
    standing = standing_here(session, message, locale, now)
    session.execute(
        delete(Dismissal).where(
            Dismissal.message_id == message_id,
            Dismissal.locale == locale.code,
            Dismissal.check_id == check_id,
            Dismissal.sha == standing.sha,
        )
    )
    _judge_again(session, message, locale, standing)


def _judge_again(session: Session, message: StoredMessage, locale: Locale, standing: Translation) -> None:
    dismissed = dismissed_checks(session, message.id, standing.locale, standing.sha)
    found = text_findings(session, message, locale, standing.based_on, standing.forms, dismissed)
    failing = any(finding.severity == "E" for finding in found)
    if failing != standing.failing:
        # The text is as it was, so the revision is too: nobody's save comes too late for this.
        standing.state = rules.state_of(standing.forms, needs_work=False, failing=failing)
    standing.failing = failing
    session.flush()


def review(session: Session, actor: Actor, message_id: int, locale: Locale, rev: int, now: datetime) -> None:
    """Vouch for the text at revision ``rev``; twice is as once.

    Raises Conflict when it has changed since, Refused when it is not finished or, for critical texts and quizzes, when
    the person wrote it.
    """
    message = message_of(session, message_id)
    standing = standing_here(session, message, locale, now)
    if standing.rev != rev:
        raise Conflict(N_("Somebody changed the text since you opened it. Please read it again."))
    if standing.state != "translated" or standing.failing:
        raise Refused(N_("Only a finished text that passes its checks can be reviewed."))
    if standing.based_on != message.msgid:
        raise Refused(N_("The source has changed. Bring the translation up to it first."))
    is_own = actor.user_id is not None and standing.author_id == actor.user_id
    if is_own and rules.needs_second_reader(message.kind, critical=message.critical):
        raise Refused(N_("Somebody else has to review this text, because you wrote it."))
    reading = {
        "kind": "person",
        "reviewer_id": actor.user_id,
        "reviewer": actor.stored_name,
        "method": "",
        "at": now,
    }
    if insert_new(session, Review, {"message_id": message.id, "locale": locale.code, "sha": standing.sha, **reading}):
        return
    # A person's reading takes the place of a machine's; of two persons' the first stays.
    session.execute(
        update(Review)
        .where(
            Review.message_id == message.id,
            Review.locale == locale.code,
            Review.sha == standing.sha,
            Review.kind == "machine",
        )
        .values(**reading)
    )
