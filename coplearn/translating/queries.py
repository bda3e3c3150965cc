"""Reading the translators' store in a known number of statements, whatever its size."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import owns_session
from coplearn.accounts.rules import Granted
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.settings import Reader
from coplearn.translating import rules, stock
from coplearn.translating.models import Comment, Draft, Edit, Holding, Message, Review, Suggestion, Translation
from coplearn.translating.rows import Amounts, Cursor, Did, ListRow, OneMessage, Page, Spot, Standing

FILTERS: Final = (
    "all",
    "missing",
    "stale",
    "failing",
    "waiting",
    "unread",
    "unreviewed",
    "commented",
    "suggested",
    "mine",
)
"""What :func:`message_list` may be narrowed to, besides ``item:<item id>``."""


def _open_comment(locale: str) -> ColumnElement[bool]:
    return and_(
        Comment.message_id == Message.id,
        or_(Comment.locale.is_(None), Comment.locale == locale),
        Comment.resolved_at.is_(None),
    )


def _open_suggestion(locale: str) -> ColumnElement[bool]:
    return and_(Suggestion.message_id == Message.id, Suggestion.locale == locale, Suggestion.decided_at.is_(None))


def _conditions(locale: str, user_id: int | None, readers: Collection[Reader]) -> dict[str, ColumnElement[bool]]:
    mine = exists().where(
        Edit.message_id == Message.id, Edit.locale == locale, Edit.actor_id == (-1 if user_id is None else user_id)
    )
    return {
        "all": Message.id.is_not(None),
        "missing": stock.MISSING,
        "stale": stock.STALE,
        "failing": and_(stock.PRESENT, Translation.failing.is_(True)),
        "waiting": stock.waiting(readers),
        "unread": stock.live_unread(readers),
        "unreviewed": stock.DRAFT,
        "commented": exists().where(_open_comment(locale)),
        "suggested": exists().where(_open_suggestion(locale)),
        "mine": mine,
    }


def _condition(session: Session, name: str, locale: str, user_id: int | None) -> ColumnElement[bool]:
    item = rules.item_of_filter(name)
    if item is not None:
        return Message.item == item
    conditions = _conditions(locale, user_id, stock.readers_of(session))
    if name not in conditions:
        raise NotFound(N_("There is no such list of messages."))
    return conditions[name]


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _words(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, Message.words), else_=0)), 0)


def overview(session: Session, locales: Sequence[str], domain: str | None = None) -> list[Standing]:
    """How far every domain is in each of those languages, by domain and then as ``locales`` stand; three statements."""
    only = [Message.removed_at.is_(None), *([Message.domain == domain] if domain is not None else [])]
    totals = session.execute(
        select(Message.domain, Message.item, func.count(), func.sum(Message.words))
        .where(*only)
        .group_by(Message.domain, Message.item)
    ).all()
    states = (stock.STALE, stock.DRAFT, stock.BY_PERSON, stock.BY_MACHINE)
    numbers = [count(state) for count in (_count, _words) for state in states]
    readers = stock.readers_of(session)
    done = session.execute(
        select(
            Message.domain,
            Translation.locale,
            Message.item,
            *numbers,
            _count(stock.READY),
            _count(stock.unpublished(readers)),
            _count(stock.waiting(readers)),
            _count(stock.live_unread(readers)),
        )
        .join(Translation, Translation.message_id == Message.id)
        .outerjoin(
            Review,
            and_(
                Review.message_id == Message.id,
                Review.locale == Translation.locale,
                Review.sha == Translation.sha,
            ),
        )
        .where(*only, Translation.locale.in_(locales))
        .group_by(Message.domain, Translation.locale, Message.item)
    ).all()
    versions = stock.versions(session.connection())
    return [
        _standing(name, locale, [row for row in totals if row[0] == name], done, versions)
        for name in sorted({row[0] for row in totals})
        for locale in locales
    ]


def _standing(
    domain: str, locale: str, totals: Sequence[Any], done: Sequence[Any], versions: Mapping[tuple[str, str], int]
) -> Standing:
    rows = [row for row in done if row[0] == domain and row[1] == locale]
    sums = [sum(int(row[column]) for row in rows) for column in range(3, 15)]
    ready = {row[2]: int(row[11]) for row in rows}
    items = {row[1]: int(row[2]) for row in totals if row[1]}
    messages = sum(int(row[2]) for row in totals)
    words = sum(int(row[3]) for row in totals)
    return Standing(
        domain,
        locale,
        Amounts(messages - sum(sums[:4]), *sums[:4]),
        Amounts(words - sum(sums[4:8]), *sums[4:8]),
        ready=sums[8],
        unpublished=sums[9],
        waiting=sums[10],
        unread=sums[11],
        items=len(items),
        items_ready=sum(ready.get(item, 0) == count for item, count in items.items()),
        version=versions.get((domain, locale), 0),
        adopted=(domain, locale) in versions,
    )


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
) -> Page:
    """A page of the domain's messages in reading order; two statements.

    ``filter`` is one of :data:`FILTERS` or ``item:<item id>`` (NotFound for any other), ``mine`` are the messages that
    ``user_id`` has edited, ``search`` narrows to source texts, contexts or translations that hold it.
    """
    kept = [Message.domain == domain, Message.removed_at.is_(None), _condition(session, filter, locale, user_id)]
    if search:
        # The forms are JSON with every letter beyond ASCII escaped, so that is what is looked for.
        written = json.dumps(search)[1:-1]
        kept.append(
            or_(
                Message.msgid.icontains(search, autoescape=True),
                Message.context.icontains(search, autoescape=True),
                cast(Translation.forms, Text).icontains(written, autoescape=True),
            )
        )
    place = tuple_(Message.seq, Message.id)
    if after is not None:
        kept.append(place > after)
    elif before is not None:
        kept.append(place < before)
    backwards = before is not None and after is None
    order = (Message.seq.desc(), Message.id.desc()) if backwards else (Message.seq, Message.id)
    found = session.execute(
        stock.with_translation(_list_columns(locale), locale).where(*kept).order_by(*order).limit(rules.PAGE + 1)
    ).all()
    more = len(found) > rules.PAGE
    rows = [_list_row(row) for row in found[: rules.PAGE]]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, after is not None)
    return Page(
        tuple(rows),
        rows[-1].cursor if rows and has_next else None,
        rows[0].cursor if rows and has_previous else None,
        _filter_counts(session, domain, locale, user_id),
    )


def _list_columns(locale: str) -> Select[*tuple[Any, ...]]:
    comments = select(func.count()).select_from(Comment).where(_open_comment(locale)).correlate(Message)
    suggestions = select(func.count()).select_from(Suggestion).where(_open_suggestion(locale)).correlate(Message)
    return select(
        Message.id,
        Message.seq,
        Message.context,
        Message.msgid,
        Message.plural,
        Message.item,
        Message.kind,
        Message.critical,
        Translation.forms,
        Translation.state,
        case((stock.STALE, 1), else_=0),
        Translation.failing,
        stock.READER,
        case((stock.LIVE, 1), else_=0),
        comments.scalar_subquery(),
        suggestions.scalar_subquery(),
    ).select_from(Message)


def _list_row(row: Any) -> ListRow:
    reader = row[12] or ""
    standing = (rules.as_state(row[9]), bool(row[10]), bool(row[11]), reader, bool(row[13]))
    found: tuple[Any, ...] = (*row[:8], tuple(row[8] or ()), *standing, row[14], row[15])
    return ListRow(*found)


def _filter_counts(session: Session, domain: str, locale: str, user_id: int | None) -> dict[str, int]:
    conditions = _conditions(locale, user_id, stock.readers_of(session))
    row = session.execute(
        stock.with_translation(
            select(*(_count(condition) for condition in conditions.values())).select_from(Message), locale
        ).where(Message.domain == domain, Message.removed_at.is_(None))
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
    position = tuple_(Message.seq, Message.id)
    held = exists().where(
        Holding.message_id == Message.id,
        Holding.locale == locale,
        Holding.until > now,
        Holding.user_id != (-1 if user_id is None else user_id),
    )
    order = (Message.seq.desc(), Message.id.desc()) if backwards else (Message.seq, Message.id)
    found: int | None = session.scalar(
        stock.with_translation(select(Message.id), locale)
        .where(
            Message.domain == domain,
            Message.removed_at.is_(None),
            _condition(session, filter, locale, user_id),
            position < place if backwards else position > place,
            ~held,
        )
        .order_by(*order)
        .limit(1)
    )
    return found


def place_in(session: Session, one: OneMessage, filter: str, user_id: int | None) -> tuple[int, int]:  # noqa: A002
    """Which message of the list it is, from 1 (0: it is not in it any more), and how many there are (one statement)."""
    position, here = tuple_(Message.seq, Message.id), (one.seq, one.id)
    row = session.execute(
        stock.with_translation(
            select(_count(position <= here), func.count(), _count(Message.id == one.id)).select_from(Message),
            one.locale,
        ).where(
            Message.domain == one.domain,
            Message.removed_at.is_(None),
            _condition(session, filter, one.locale, user_id),
        )
    ).one()
    return (int(row[0]) if row[2] else 0), int(row[1])


def last_actors(session: Session, locale: str, limit: int = 10) -> list[Did]:
    """What people did last in a language, the newest first; what files and commands did is left out (one statement)."""
    rows = session.execute(
        select(Edit, Message.domain, Message.context, User.name)
        .join(Message, Message.id == Edit.message_id)
        .outerjoin(User, User.id == Edit.actor_id)
        .where(Edit.locale == locale, Edit.actor == "")
        .order_by(Edit.id.desc())
        .limit(limit)
    )
    return [
        Did(
            edit.id,
            edit.message_id,
            domain,
            locale,
            context,
            rules.shown_name(edit.actor_id, name, edit.actor),
            edit.via,
            edit.new_state,
            edit.at,
        )
        for edit, domain, context, name in rows
    ]


def spot_of(session: Session, message_id: int, domain: str) -> Spot:
    """The domain's message of that id (one statement). Raises NotFound."""
    row = session.execute(
        select(Message.id, Message.seq, Message.plural).where(Message.id == message_id, Message.domain == domain)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such message."))
    return Spot(*row)


def is_about(
    session: Session, kind: Literal["suggestion", "comment", "edit"], row_id: int, number: int, locale: str
) -> bool:
    """Whether the suggestion, comment or edit is about that message in that language, or in all (one statement)."""
    table = Suggestion if kind == "suggestion" else Comment if kind == "comment" else Edit
    found = session.execute(select(table.message_id, table.locale).where(table.id == row_id)).one_or_none()
    return found is not None and found[0] == number and found[1] in (None, locale)


def message_id_of(session: Session, domain: str, context: str) -> int | None:
    """The id of a course's message by its context, or None (one statement)."""
    key = rules.key_of(domain, context, "")
    found: int | None = session.scalar(select(Message.id).where(Message.domain == domain, Message.key == key))
    return found


def worker_of(session: Session, uniquifier: str) -> tuple[rules.Actor, tuple[Granted, ...]] | None:
    """The signed-in person and everything they are trusted with, or None (one statement)."""
    rows = session.execute(
        select(User.id, User.name, Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id)
        .outerjoin(Grant, Grant.user_id == User.id)
        .where(owns_session(uniquifier))
    ).all()
    if not rows:
        return None
    granted = tuple(Granted(*row[2:]) for row in rows if row[2] is not None)
    return rules.Actor(rows[0][0], rows[0][1] or ""), granted


def actor_of(session: Session, uniquifier: str) -> rules.Actor | None:
    """The signed-in person as somebody who acts, or None (one statement)."""
    row = session.execute(select(User.id, User.name).where(owns_session(uniquifier))).one_or_none()
    return None if row is None else rules.Actor(row[0], row[1] or "")


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """What a person did as a translator, for their own download."""
    edits = session.execute(
        select(Message.domain, Message.context, Edit.locale, Edit.new_forms, Edit.note, Edit.at)
        .join(Message, Message.id == Edit.message_id)
        .where(Edit.actor_id == user_id)
        .order_by(Edit.id)
    )
    texts = session.execute(select(Comment.text, Comment.at).where(Comment.author_id == user_id).order_by(Comment.id))
    offers = session.execute(
        select(Suggestion.forms, Suggestion.note, Suggestion.at)
        .where(Suggestion.author_id == user_id)
        .order_by(Suggestion.id)
    )
    drafts = session.execute(select(Draft.forms, Draft.at).where(Draft.user_id == user_id).order_by(Draft.id))
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
    }
