"""Lists of messages, read in a known number of statements, and a translator's own data."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.settings import Reader
from coplearn.translating.editing.message_detail import MessageDetail
from coplearn.translating.store import catalog_store, rules
from coplearn.translating.store.catalog_store import count_if
from coplearn.translating.store.models import (
    AuditEntry,
    Comment,
    Dismissal,
    Edit,
    EditLock,
    Review,
    StoredMessage,
    Suggestion,
    TextDraft,
    Translation,
)

Cursor = tuple[int, int]
"""``(seq, id)`` of a message: where a page of the list begins or ends."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A message in the list."""

    id: int
    seq: int
    context: str
    msgid: str
    plural: str | None
    item: str
    kind: str
    critical: bool
    forms: tuple[str, ...]
    state: rules.State
    stale: bool
    failing: bool
    reader: str
    published: bool
    comments: int
    suggestions: int

    @property
    def cursor(self) -> Cursor:
        """The place where it stands."""
        return self.seq, self.id


@dataclass(frozen=True, slots=True)
class MessagePage:
    """25 messages or fewer. ``next`` and ``previous`` are cursors for ``after`` and ``before``, None at an end.

    ``counts`` says how many messages each filter finds (of the whole domain, without the search).
    """

    rows: tuple[ListRow, ...]
    next: Cursor | None
    previous: Cursor | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MessageRef:
    """The part of a message that saving it needs."""

    id: int
    seq: int
    plural: str | None

    @property
    def cursor(self) -> Cursor:
        """The place where it stands."""
        return self.seq, self.id


def _open_comment(locale: str) -> ColumnElement[bool]:
    return and_(
        Comment.message_id == StoredMessage.id,
        or_(Comment.locale.is_(None), Comment.locale == locale),
        Comment.resolved_at.is_(None),
    )


def _open_suggestion(locale: str) -> ColumnElement[bool]:
    return and_(Suggestion.message_id == StoredMessage.id, Suggestion.locale == locale, Suggestion.decided_at.is_(None))


def _conditions(locale: str, user_id: int | None, readers: Collection[Reader]) -> dict[str, ColumnElement[bool]]:
    mine = exists().where(
        Edit.message_id == StoredMessage.id,
        Edit.locale == locale,
        Edit.actor_id == (-1 if user_id is None else user_id),
    )
    return {
        "all": StoredMessage.id.is_not(None),
        "missing": catalog_store.MISSING,
        "stale": catalog_store.STALE,
        "failing": and_(catalog_store.PRESENT, Translation.failing.is_(True)),
        "waiting": catalog_store.waiting(readers),
        "unread": catalog_store.live_unread(readers),
        "unreviewed": catalog_store.DRAFT,
        "commented": exists().where(_open_comment(locale)),
        "suggested": exists().where(_open_suggestion(locale)),
        "mine": mine,
    }


def _condition(session: Session, name: str, locale: str, user_id: int | None) -> ColumnElement[bool]:
    item = rules.item_of_filter(name)
    if item is not None:
        return StoredMessage.item == item
    conditions = _conditions(locale, user_id, catalog_store.readers_of(session))
    if name not in conditions:
        raise NotFound(N_("There is no such list of messages."))
    return conditions[name]


def _spellings(search: str) -> set[str]:
    """The search as it was typed, in small letters, and as a sentence begins.

    A database knows that A and a are one letter, but SQLite of no letter beyond ASCII, and neither of one that is escaped.
    """
    small = search.lower()
    return {search, small, small[:1].upper() + small[1:]}


def _holding(search: str) -> Iterator[ColumnElement[bool]]:
    yield StoredMessage.msgid.icontains(search, autoescape=True)
    yield StoredMessage.context.icontains(search, autoescape=True)
    # The forms are JSON with every letter beyond ASCII escaped, so that is what is looked for.
    yield cast(Translation.forms, Text).icontains(json.dumps(search)[1:-1], autoescape=True)


def message_list(
    session: Session,
    domain: str,
    locale: str,
    filter: str = "all",  # noqa: A002 - the word everybody knows it by
    *,
    user_id: int | None = None,
    after: Cursor | None = None,
    before: Cursor | None = None,
    search: str = "",
) -> MessagePage:
    """A page of the domain's messages in reading order; two statements.

    ``filter`` is a name of ``_conditions`` or ``item:<item id>`` (NotFound for any other), ``mine`` are the messages that
    ``user_id`` has edited, ``search`` narrows to source texts, contexts or translations that hold it.
    """
    kept = [
        StoredMessage.domain == domain,
        StoredMessage.removed_at.is_(None),
        _condition(session, filter, locale, user_id),
    ]
    if search:
        kept.append(or_(*(holds for spelling in _spellings(search) for holds in _holding(spelling))))
    place = tuple_(StoredMessage.seq, StoredMessage.id)
    if after is not None:
        kept.append(place > after)
    elif before is not None:
        kept.append(place < before)
    backwards = before is not None and after is None
    order = (StoredMessage.seq.desc(), StoredMessage.id.desc()) if backwards else (StoredMessage.seq, StoredMessage.id)
    found = session.execute(
        catalog_store.with_translation(_list_columns(locale), locale)
        .where(*kept)
        .order_by(*order)
        .limit(rules.PAGE + 1)
    ).all()
    more = len(found) > rules.PAGE
    rows = [_list_row(row) for row in found[: rules.PAGE]]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, after is not None)
    return MessagePage(
        tuple(rows),
        rows[-1].cursor if rows and has_next else None,
        rows[0].cursor if rows and has_previous else None,
        _filter_counts(session, domain, locale, user_id),
    )


def _list_columns(locale: str) -> Select[*tuple[Any, ...]]:
    comments = select(func.count()).select_from(Comment).where(_open_comment(locale)).correlate(StoredMessage)
    suggestions = select(func.count()).select_from(Suggestion).where(_open_suggestion(locale)).correlate(StoredMessage)
    return select(
        StoredMessage.id,
        StoredMessage.seq,
        StoredMessage.context,
        StoredMessage.msgid,
        StoredMessage.plural,
        StoredMessage.item,
        StoredMessage.kind,
        StoredMessage.critical,
        Translation.forms,
        Translation.state,
        case((catalog_store.STALE, 1), else_=0),
        Translation.failing,
        catalog_store.READER,
        case((catalog_store.LIVE, 1), else_=0),
        comments.scalar_subquery(),
        suggestions.scalar_subquery(),
    ).select_from(StoredMessage)


def _list_row(row: Any) -> ListRow:
    reader = row[12] or ""
    standing = (rules.as_state(row[9]), bool(row[10]), bool(row[11]), reader, bool(row[13]))
    found: tuple[Any, ...] = (*row[:8], tuple(row[8] or ()), *standing, row[14], row[15])
    return ListRow(*found)


def _filter_counts(session: Session, domain: str, locale: str, user_id: int | None) -> dict[str, int]:
    conditions = _conditions(locale, user_id, catalog_store.readers_of(session))
    row = session.execute(
        catalog_store.with_translation(
            select(*(count_if(condition) for condition in conditions.values())).select_from(StoredMessage), locale
        ).where(StoredMessage.domain == domain, StoredMessage.removed_at.is_(None))
    ).one()
    return {name: int(number) for name, number in zip(conditions, row, strict=True)}


def next_message(
    session: Session,
    domain: str,
    locale: str,
    filter: str,  # noqa: A002 - the word everybody knows it by
    place: Cursor,
    now: datetime,
    *,
    user_id: int | None = None,
    backwards: bool = False,
) -> int | None:
    """The id of the next message of the list (or the one before), leaving out those that somebody else has open."""
    position = tuple_(StoredMessage.seq, StoredMessage.id)
    held = exists().where(
        EditLock.message_id == StoredMessage.id,
        EditLock.locale == locale,
        EditLock.until > now,
        EditLock.user_id != (-1 if user_id is None else user_id),
    )
    order = (StoredMessage.seq.desc(), StoredMessage.id.desc()) if backwards else (StoredMessage.seq, StoredMessage.id)
    found: int | None = session.scalar(
        catalog_store.with_translation(select(StoredMessage.id), locale)
        .where(
            StoredMessage.domain == domain,
            StoredMessage.removed_at.is_(None),
            _condition(session, filter, locale, user_id),
            position < place if backwards else position > place,
            ~held,
        )
        .order_by(*order)
        .limit(1)
    )
    return found


def place_in(session: Session, one: MessageDetail, filter: str, user_id: int | None) -> tuple[int, int]:  # noqa: A002
    """The number of the message in the list, from 1 (0: it is not in it any more), and how many there are (one statement)."""
    position, here = tuple_(StoredMessage.seq, StoredMessage.id), (one.seq, one.id)
    row = session.execute(
        catalog_store.with_translation(
            select(count_if(position <= here), func.count(), count_if(StoredMessage.id == one.id)).select_from(
                StoredMessage
            ),
            one.locale,
        ).where(
            StoredMessage.domain == one.domain,
            StoredMessage.removed_at.is_(None),
            _condition(session, filter, one.locale, user_id),
        )
    ).one()
    return (int(row[0]) if row[2] else 0), int(row[1])


def message_ref(session: Session, message_id: int, domain: str) -> MessageRef:
    """The domain's message of that id (one statement). Raises NotFound."""
    row = session.execute(
        select(StoredMessage.id, StoredMessage.seq, StoredMessage.plural).where(
            StoredMessage.id == message_id, StoredMessage.domain == domain
        )
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such message."))
    return MessageRef(*row)


def is_about(
    session: Session, kind: Literal["suggestion", "comment", "edit"], row_id: int, number: int, locale: str
) -> bool:
    """Whether the suggestion, comment or edit is about that message in that language, or in all (one statement)."""
    table = Suggestion if kind == "suggestion" else Comment if kind == "comment" else Edit
    found = session.execute(select(table.message_id, table.locale).where(table.id == row_id)).one_or_none()
    return found is not None and found[0] == number and found[1] in (None, locale)


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """The actions of a translator, for their own download."""
    edits = session.execute(
        select(StoredMessage.domain, StoredMessage.context, Edit.locale, Edit.new_forms, Edit.note, Edit.at)
        .join(StoredMessage, StoredMessage.id == Edit.message_id)
        .where(Edit.actor_id == user_id)
        .order_by(Edit.id)
    )
    texts = session.execute(select(Comment.text, Comment.at).where(Comment.author_id == user_id).order_by(Comment.id))
    offers = session.execute(
        select(Suggestion.forms, Suggestion.note, Suggestion.at)
        .where(Suggestion.author_id == user_id)
        .order_by(Suggestion.id)
    )
    drafts = session.execute(
        select(TextDraft.forms, TextDraft.at).where(TextDraft.user_id == user_id).order_by(TextDraft.id)
    )
    return {
        "translations": [
            {
                "domain": row[0],
                "context": row[1],
                "language": row[2],
                "text": row[3],
                "note": row[4],
                "at": row[5].isoformat(),
            }
            for row in edits
        ],
        "comments": [{"text": row[0], "at": row[1].isoformat()} for row in texts],
        "suggestions": [{"text": row[0], "note": row[1], "at": row[2].isoformat()} for row in offers],
        "drafts": [{"text": row[0], "at": row[1].isoformat()} for row in drafts],
        **_judged(session, user_id),
    }


def _judged(session: Session, user_id: int) -> dict[str, Any]:
    """Records of what they read and found good, found right against a check, and did to many texts at once."""
    read = select(Review.locale, Review.at).where(Review.reviewer_id == user_id).order_by(Review.id)
    dismissed = select(Dismissal.reason, Dismissal.at).where(Dismissal.actor_id == user_id).order_by(Dismissal.id)
    entries = select(AuditEntry).where(AuditEntry.actor_id == user_id).order_by(AuditEntry.id)
    return {
        "texts_read": [{"language": row[0], "at": row[1].isoformat()} for row in session.execute(read)],
        "findings_dismissed": [{"reason": row[0], "at": row[1].isoformat()} for row in session.execute(dismissed)],
        "deeds": [
            {"kind": one.kind, "language": one.locale, "domain": one.domain, "note": one.note, "at": one.at.isoformat()}
            for one in session.scalars(entries)
        ],
    }
