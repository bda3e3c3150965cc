"""One message with all there is to know while translating it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import ScalarSelect, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from coplearn.accounts.models import User
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_, Phrase
from coplearn.translating import rules, stock
from coplearn.translating.models import (
    Comment,
    Dismissal,
    Draft,
    Edit,
    Holding,
    Message,
    Review,
    Suggestion,
    Translation,
)
from coplearn.translating.rows import (
    CommentRow,
    EditRow,
    HolderRow,
    NearbyRow,
    OneMessage,
    OtherRow,
    SuggestionRow,
    TranslationRow,
)

HISTORY: Final = 50
"""How many of a message's newest edits are shown."""
NEARBY: Final = 3
"""How many neighbours on each side."""


PARTS: Final = frozenset({"nearby", "others", "suggestions", "comments", "history", "holders"})
"""What :func:`one_message` can leave out, at one statement each."""


def one_message(
    session: Session,
    message_id: int,
    locale: str,
    user_id: int | None,
    now: datetime,
    *,
    parts: Collection[str] = PARTS,
) -> OneMessage:
    """A message with all there is to know while translating it; two statements and one for each of ``parts``.

    What is not in ``parts`` is empty. Raises NotFound.
    """
    author, reviewer = aliased(User), aliased(User)
    drafted = and_(Draft.message_id == Message.id, Draft.locale == locale, Draft.user_id == user_id)
    row = session.execute(
        stock.with_translation(
            select(
                Message, Translation, Draft.forms, author.name, Review, reviewer.name, _open_comments(locale)
            ).select_from(Message),
            locale,
        )
        .outerjoin(Draft, drafted)
        .outerjoin(author, author.id == Translation.author_id)
        .outerjoin(reviewer, reviewer.id == Review.reviewer_id)
        .where(Message.id == message_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such message."))
    message, translation = row[0], _translation_row(row[1], row[3], row[4], row[5])
    is_stale = translation.state != "missing" and translation.based_on != message.msgid
    return OneMessage(
        id=message.id,
        locale=locale,
        domain=message.domain,
        context=message.context,
        msgid=message.msgid,
        plural=message.plural,
        seq=message.seq,
        item=message.item,
        kind=message.kind,
        group=message.group,
        critical=message.critical,
        max_length=message.max_length,
        notes=message.notes,
        place=message.place,
        removed_at=message.removed_at,
        translation=translation,
        previous=translation.based_on if is_stale else None,
        draft=tuple(row[2]) if row[2] is not None else None,
        nearby=_nearby(session, message, locale) if "nearby" in parts else (),
        others=_others(session, message, locale) if "others" in parts else (),
        suggestions=_suggestions(session, message_id, locale) if "suggestions" in parts else (),
        open_comments=row[6],
        comments=_comments(session, message_id, locale) if "comments" in parts else (),
        dismissed=dismissed_checks(session, message_id, locale, translation.sha),
        history=_history(session, message_id, locale) if "history" in parts else (),
        holders=_holders(session, message_id, locale, user_id, now) if "holders" in parts else (),
    )


def _translation_row(
    translation: Translation | None, author: str | None, review: Review | None, reviewer: str | None
) -> TranslationRow:
    if translation is None:
        return TranslationRow(0, (), "missing", "", "", False, None, None, None, None, None, None, None, None)
    published = translation.published_forms
    return TranslationRow(
        rev=translation.rev,
        forms=tuple(translation.forms),
        state=rules.as_state(translation.state),
        based_on=translation.based_on,
        sha=translation.sha,
        failing=translation.failing,
        author_id=translation.author_id,
        author=rules.shown_name(translation.author_id, author, "") if translation.author_id is not None else None,
        updated_at=translation.updated_at,
        published_forms=None if published is None else tuple(published),
        published_based_on=translation.published_based_on,
        published_rev=translation.published_rev,
        reviewed_at=review.at if review else None,
        reviewer=_reviewer(review, reviewer) if review is not None else None,
        reader=review.kind if review is not None else "",
    )


def _reviewer(review: Review, name: str | None) -> Phrase | None:
    """Who read it, where it was a person; a record that names nobody is of somebody else."""
    if review.kind == "machine":
        return None
    is_nameless = review.reviewer_id is None and not review.reviewer and review.method
    return None if is_nameless else rules.shown_name(review.reviewer_id, name, review.reviewer)


def _nearby(session: Session, message: Message, locale: str) -> tuple[NearbyRow, ...]:
    """The three before and the three after, in order (one statement)."""
    place = tuple_(Message.seq, Message.id)
    here = (message.seq, message.id)
    live = (Message.domain == message.domain, Message.removed_at.is_(None))
    columns = select(Message.id, Message.seq, Message.msgid).where(*live)
    before = columns.where(place < here).order_by(Message.seq.desc(), Message.id.desc()).limit(NEARBY).subquery()
    after = columns.where(place > here).order_by(Message.seq, Message.id).limit(NEARBY).subquery()
    both = select(before).union_all(select(after)).subquery()
    rows = session.execute(
        select(both.c.id, both.c.seq, both.c.msgid, Translation.forms)
        .outerjoin(Translation, and_(Translation.message_id == both.c.id, Translation.locale == locale))
        .order_by(both.c.seq, both.c.id)
    )
    return tuple(NearbyRow(row[0], row[1], row[2], tuple(row[3] or ())) for row in rows)


def _others(session: Session, message: Message, locale: str) -> tuple[OtherRow, ...]:
    rows = session.execute(
        select(Translation.locale, Translation.forms, Translation.state, Translation.based_on)
        .where(Translation.message_id == message.id, Translation.locale != locale, Translation.state != "missing")
        .order_by(Translation.locale)
    )
    return tuple(OtherRow(row[0], tuple(row[1]), rules.as_state(row[2]), row[3] != message.msgid) for row in rows)


def _suggestions(session: Session, message_id: int, locale: str) -> tuple[SuggestionRow, ...]:
    rows = session.execute(
        select(Suggestion, User.name)
        .outerjoin(User, User.id == Suggestion.author_id)
        .where(Suggestion.message_id == message_id, Suggestion.locale == locale, Suggestion.decided_at.is_(None))
        .order_by(Suggestion.id)
    )
    return tuple(
        SuggestionRow(
            one.id,
            tuple(one.forms),
            one.based_on,
            one.author_id,
            rules.shown_name(one.author_id, name, one.author),
            one.origin,
            one.note,
            one.at,
        )
        for one, name in rows
    )


def _open_comments(locale: str) -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(
            Comment.message_id == Message.id,
            or_(Comment.locale.is_(None), Comment.locale == locale),
            Comment.resolved_at.is_(None),
        )
        .correlate(Message)
        .scalar_subquery()
    )


def _comments(session: Session, message_id: int, locale: str) -> tuple[CommentRow, ...]:
    rows = session.execute(
        select(Comment, User.name)
        .outerjoin(User, User.id == Comment.author_id)
        .where(Comment.message_id == message_id, or_(Comment.locale.is_(None), Comment.locale == locale))
        .order_by(Comment.id)
        .execution_options(populate_existing=True)
    )
    return tuple(
        CommentRow(
            one.id,
            one.locale,
            one.kind,
            one.text,
            one.author_id,
            rules.shown_name(one.author_id, name, one.author),
            one.at,
            one.resolved_at,
        )
        for one, name in rows
    )


def dismissed_checks(session: Session, message_id: int, locale: str, sha: str) -> dict[str, str]:
    """The checks dismissed for exactly that text (``rules.review_sha``), with the reasons (one statement)."""
    rows = session.execute(
        select(Dismissal.check_id, Dismissal.reason)
        .where(Dismissal.message_id == message_id, Dismissal.locale == locale, Dismissal.sha == sha)
        .order_by(Dismissal.id)
    )
    return {check: reason for check, reason in rows}  # noqa: C416 - a row is no pair for the type checker


def _history(session: Session, message_id: int, locale: str) -> tuple[EditRow, ...]:
    rows = session.execute(
        select(Edit, User.name)
        .outerjoin(User, User.id == Edit.actor_id)
        .where(Edit.message_id == message_id, Edit.locale == locale)
        .order_by(Edit.id.desc())
        .limit(HISTORY)
    )
    return tuple(
        EditRow(
            one.id,
            one.rev,
            rules.shown_name(one.actor_id, name, one.actor),
            one.via,
            tuple(one.old_forms),
            tuple(one.new_forms),
            one.old_state,
            one.new_state,
            one.based_on,
            one.note,
            one.at,
        )
        for one, name in rows
    )


def _holders(
    session: Session, message_id: int, locale: str, user_id: int | None, now: datetime
) -> tuple[HolderRow, ...]:
    rows = session.execute(
        select(User.id, User.name, Holding.until)
        .join(Holding, Holding.user_id == User.id)
        .where(
            Holding.message_id == message_id,
            Holding.locale == locale,
            Holding.until > now,
            User.id != (-1 if user_id is None else user_id),
        )
        .order_by(Holding.id)
    )
    return tuple(
        HolderRow(rules.shown_name(number, name, ""), max(1, int((now - until + rules.HOLD).total_seconds() // 60)))
        for number, name, until in rows
    )
