"""One message with all there is to know while translating it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ScalarSelect, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from coplearn.accounts.models import User
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_, Phrase
from coplearn.translating.store import catalog_store, rules
from coplearn.translating.store.edits import dismissed_checks
from coplearn.translating.store.models import (
    Comment,
    Edit,
    EditLock,
    Review,
    StoredMessage,
    Suggestion,
    TextDraft,
    Translation,
)


@dataclass(frozen=True, slots=True)
class TranslationRow:
    """A translation as it stands; ``rev`` 0 and state ``missing`` when nobody has begun."""

    rev: int
    forms: tuple[str, ...]
    state: rules.State
    based_on: str
    sha: str
    failing: bool
    author_id: int | None
    author: Phrase | None
    updated_at: datetime | None
    published_forms: tuple[str, ...] | None
    published_based_on: str | None
    published_rev: int | None
    reviewed_at: datetime | None
    reviewer: Phrase | None
    reader: str = ""
    """``person`` or ``machine``: who read the text as it stands a second time; empty for nobody."""


@dataclass(frozen=True, slots=True)
class NearbyRow:
    """A neighbour in reading order."""

    id: int
    seq: int
    msgid: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OtherRow:
    """The same message in another language."""

    locale: str
    forms: tuple[str, ...]
    state: rules.State
    stale: bool


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """An open suggestion."""

    id: int
    forms: tuple[str, ...]
    based_on: str
    author_id: int | None
    author: Phrase
    origin: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment, or a report that the source is wrong (kind ``source``)."""

    id: int
    locale: str | None
    kind: str
    text: str
    author_id: int | None
    author: Phrase
    at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class EditRow:
    """One entry of the history, the newest first."""

    id: int
    rev: int
    actor: Phrase
    via: str
    old_forms: tuple[str, ...]
    new_forms: tuple[str, ...]
    old_state: str
    new_state: str
    based_on: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Another person who has the message open, and how many minutes ago (at least one) they last did anything there."""

    name: Phrase
    minutes: int


@dataclass(frozen=True, slots=True)
class MessageDetail:
    """A message with everything around it. ``previous`` is the source the translation was made from, when it is stale.

    ``holders`` are the others who have it open now; ``dismissed`` maps check ids to reasons, for the text as it is.
    """

    id: int
    locale: str
    domain: str
    context: str
    msgid: str
    plural: str | None
    seq: int
    item: str
    kind: str
    group: str | None
    critical: bool
    max_length: int | None
    notes: str
    place: str
    removed_at: datetime | None
    translation: TranslationRow
    previous: str | None
    draft: tuple[str, ...] | None
    nearby: tuple[NearbyRow, ...]
    others: tuple[OtherRow, ...]
    suggestions: tuple[SuggestionRow, ...]
    open_comments: int
    comments: tuple[CommentRow, ...]
    dismissed: Mapping[str, str]
    history: tuple[EditRow, ...]
    holders: tuple[HolderRow, ...]


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
) -> MessageDetail:
    """A message with all there is to know while translating it; two statements and one for each of ``parts``.

    What is not in ``parts`` is empty. Raises NotFound.
    """
    author, reviewer = aliased(User), aliased(User)
    drafted = and_(TextDraft.message_id == StoredMessage.id, TextDraft.locale == locale, TextDraft.user_id == user_id)
    row = session.execute(
        catalog_store.with_translation(
            select(
                StoredMessage, Translation, TextDraft.forms, author.name, Review, reviewer.name, _open_comments(locale)
            ).select_from(StoredMessage),
            locale,
        )
        .outerjoin(TextDraft, drafted)
        .outerjoin(author, author.id == Translation.author_id)
        .outerjoin(reviewer, reviewer.id == Review.reviewer_id)
        .where(StoredMessage.id == message_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such message."))
    message, translation = row[0], _translation_row(row[1], row[3], row[4], row[5])
    is_stale = translation.state != "missing" and translation.based_on != message.msgid
    return MessageDetail(
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
    """The person who read it, where it was one; a record that names nobody is of somebody else."""
    if review.kind == "machine":
        return None
    is_nameless = review.reviewer_id is None and not review.reviewer and review.method
    return None if is_nameless else rules.shown_name(review.reviewer_id, name, review.reviewer)


def _nearby(session: Session, message: StoredMessage, locale: str) -> tuple[NearbyRow, ...]:
    """The three before and the three after, in order (one statement)."""
    place = tuple_(StoredMessage.seq, StoredMessage.id)
    here = (message.seq, message.id)
    live = (StoredMessage.domain == message.domain, StoredMessage.removed_at.is_(None))
    columns = select(StoredMessage.id, StoredMessage.seq, StoredMessage.msgid).where(*live)
    before = (
        columns.where(place < here).order_by(StoredMessage.seq.desc(), StoredMessage.id.desc()).limit(NEARBY).subquery()
    )
    after = columns.where(place > here).order_by(StoredMessage.seq, StoredMessage.id).limit(NEARBY).subquery()
    both = select(before).union_all(select(after)).subquery()
    rows = session.execute(
        select(both.c.id, both.c.seq, both.c.msgid, Translation.forms)
        .outerjoin(Translation, and_(Translation.message_id == both.c.id, Translation.locale == locale))
        .order_by(both.c.seq, both.c.id)
    )
    return tuple(NearbyRow(row[0], row[1], row[2], tuple(row[3] or ())) for row in rows)


def _others(session: Session, message: StoredMessage, locale: str) -> tuple[OtherRow, ...]:
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
            Comment.message_id == StoredMessage.id,
            or_(Comment.locale.is_(None), Comment.locale == locale),
            Comment.resolved_at.is_(None),
        )
        .correlate(StoredMessage)
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
        select(User.id, User.name, EditLock.until)
        .join(EditLock, EditLock.user_id == User.id)
        .where(
            EditLock.message_id == message_id,
            EditLock.locale == locale,
            EditLock.until > now,
            User.id != (-1 if user_id is None else user_id),
        )
        .order_by(EditLock.id)
    )
    return tuple(
        HolderRow(rules.shown_name(number, name, ""), max(1, int((now - until + rules.HOLD).total_seconds() // 60)))
        for number, name, until in rows
    )
