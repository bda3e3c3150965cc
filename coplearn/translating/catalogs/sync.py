"""Bringing the source and the catalogs' files into the store, without losing what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from coplearn.i18n.gate import Candidate, refusals
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.i18n.rewording import Sentence
from coplearn.i18n.second_readings import SecondReading
from coplearn.storage.base import Base
from coplearn.storage.database import reading, writing
from coplearn.storage.upserts import insert_new
from coplearn.translating.catalogs.reworded import ask_again, keep_reworded
from coplearn.translating.store import catalog_store, rules, second_readings
from coplearn.translating.store.history import edit_row
from coplearn.translating.store.models import CatalogVersion, Edit, StoredMessage, Translation
from coplearn.translating.store.text_checks import subject_here

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The changes of the source since the store last looked, in messages; one that only moved has not changed."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    returned: int = 0


def sync(session: Session, domain: str, sources: Sequence[rules.SourceMessage], now: datetime) -> SyncResult:
    """Bring the domain's messages up to the source; one statement when its digest is what it was.

    A message is known by its key, so that no order of edits matters. A vanished one keeps everything and comes back.
    """
    digest = rules.digest_of(sources)
    if catalog_store.synced_digest(session, domain) == digest:
        return SyncResult()
    # The row is the lock: of two processes that see a new source, one waits here and then finds the work done.
    insert_new(session, CatalogVersion, catalog_store.first_version(domain, "", now))
    row = session.execute(
        select(CatalogVersion.id, CatalogVersion.file_sha)
        .where(CatalogVersion.domain == domain, CatalogVersion.locale == "")
        .with_for_update()
    ).one()
    if row[1] == digest:
        return SyncResult()
    done = _sync_messages(session, domain, rules.by_key(sources), now)
    session.execute(
        update(CatalogVersion)
        .where(CatalogVersion.id == row[0])
        .values(file_sha=digest, version=CatalogVersion.version + 1, published_at=now)
    )
    session.expire_all()
    return done


_FIELDS: Final = (
    "context",
    "msgid",
    "plural",
    "seq",
    "item",
    "kind",
    "group",
    "critical",
    "max_length",
    "notes",
    "place",
)


def _values(source: rules.SourceMessage, seq: int) -> dict[str, Any]:
    return {
        "context": rules.tidy(source.context),
        "msgid": rules.tidy(source.text),
        "plural": rules.tidy(source.plural) or None,
        "seq": seq,
        "item": source.item[:64],
        "kind": source.kind,
        "group": source.group,
        "critical": source.critical,
        "max_length": source.max_length,
        "notes": rules.tidy(source.notes),
        "place": rules.tidy(source.place),
    }


def _sync_messages(
    session: Session, domain: str, sources: Mapping[str, rules.SourceMessage], now: datetime
) -> SyncResult:
    columns = [getattr(StoredMessage, name) for name in _FIELDS]
    known = {
        row[0]: row
        for row in session.execute(
            select(StoredMessage.key, StoredMessage.id, StoredMessage.removed_at, *columns).where(
                StoredMessage.domain == domain
            )
        )
    }
    added = _add(
        session,
        StoredMessage,
        (
            {"domain": domain, "key": key, "words": rules.word_count(source.text), **_values(source, seq)}
            for seq, (key, source) in enumerate(sources.items())
            if key not in known
        ),
    )
    changed: list[dict[str, Any]] = []
    returned, reworded, recounted = 0, [], []
    for seq, (key, source) in enumerate(sources.items()):
        row = known.get(key)
        if row is None:
            continue
        values = _values(source, seq)
        before = dict(zip(_FIELDS, row[3:], strict=True))
        if before == values and row[2] is None:
            continue
        returned += row[2] is not None
        changed.append({"id": row[1], "removed_at": None, "words": rules.word_count(source.text), **values})
        if any(before[name] != values[name] for name in ("msgid", "plural", "max_length", "critical")):
            reworded.append(row[1])
        if before["plural"] and values["plural"] not in (None, before["plural"]) and before["msgid"] == values["msgid"]:
            recounted.append(row[1])
    gone = [row[1] for key, row in known.items() if key not in sources and row[2] is None]
    if changed:
        session.execute(update(StoredMessage), changed)
    for part in _parts(gone):
        session.execute(update(StoredMessage).where(StoredMessage.id.in_(part)).values(removed_at=now))
    ask_again(session, recounted, now)
    if domain == INTERFACE:
        lost = set(gone)
        left = [_sentence(row[1], dict(zip(_FIELDS, row[3:], strict=True))) for row in known.values() if row[1] in lost]
        came = [_sentence(key, _values(source, 0)) for key, source in sources.items() if key not in known]
        keep_reworded(session, domain, left, came, now)
    _recount(session, reworded)
    return SyncResult(added, len(reworded), len(gone), returned)


def _sentence(key: int | str, values: Mapping[str, Any]) -> Sentence:
    paths = frozenset(str(values["place"]).split())
    return Sentence(key, values["context"], values["msgid"], bool(values["plural"]), paths)


def _add(session: Session, model: type[Base], rows: Iterable[dict[str, Any]]) -> int:
    """Insert the rows a few at a time, so that a large catalog is never in the memory twice; how many there were."""
    count, left = 0, iter(rows)
    while part := list(islice(left, _BATCH)):
        session.execute(insert(model), part)
        count += len(part)
    return count


def _recount(session: Session, message_ids: Sequence[int]) -> None:
    """Records of translations that depend on their messages: the hash of both, and whether a check blocks them."""
    for part in _parts(message_ids):
        rows = session.execute(
            select(Translation.id, Translation.locale, Translation.forms, Translation.based_on, StoredMessage)
            .join(StoredMessage, StoredMessage.id == Translation.message_id)
            .where(StoredMessage.id.in_(part))
            .execution_options(populate_existing=True)
        ).all()
        again = [
            {
                "id": number,
                "sha": rules.review_sha(message.msgid, forms),
                "failing": rules.blocked(
                    rules.subject_of(
                        message, locale, forms, based_on, glossary=catalog_store.glossary_of(session, locale)
                    )
                ),
            }
            for number, locale, forms, based_on, message in rows
        ]
        if again:
            session.execute(update(Translation), again)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


_JUDGED: Final = (
    StoredMessage.key,
    StoredMessage.id,
    StoredMessage.domain,
    StoredMessage.context,
    StoredMessage.msgid,
    StoredMessage.plural,
    StoredMessage.critical,
    StoredMessage.max_length,
    StoredMessage.kind,
    StoredMessage.group,
)


def adopt(
    session: Session,
    domain: str,
    locale: Locale,
    entries: Mapping[str, rules.FileEntry],
    now: datetime,
    given: Sequence[SecondReading] = (),
) -> bool:
    """Take over a language's catalog (``rules.entries_of`` its file) when it is first opened; False when it was before.

    Nothing changes for learners: what the file showed them, by the records ``given`` with it, is published as it is.
    Call :func:`sync` before.
    """
    if not insert_new(session, CatalogVersion, catalog_store.first_version(domain, locale.code, now)):
        return False
    _remember_removed(session, domain, entries, now)
    # Columns and not objects, and a few hundred at a time: the first opening of a large catalog is the costliest of all.
    messages = {row.key: row for row in session.execute(select(*_JUDGED).where(StoredMessage.domain == domain))}
    known = [key for key in entries if key in messages]
    texts = {key: _candidate(session, messages[key], locale, entries[key]) for key in known}
    refused = refusals(texts)
    unread = second_readings.unread_in_file(session, domain, locale, messages, entries, given)
    for start in range(0, len(known), _BATCH):
        part = known[start : start + _BATCH]
        rows = [
            _adopted(messages[key], locale, entries[key], now, failing=key in refused, unread=key in unread)
            for key in part
        ]
        session.execute(insert(Translation), rows)
        session.execute(insert(Edit), [edit_row(row, rules.FILE, "file", now) for row in rows])
    newest = session.scalar(select(func.max(Edit.id)).where(Edit.locale == locale.code)) or 0
    session.execute(
        update(CatalogVersion)
        .where(CatalogVersion.domain == domain, CatalogVersion.locale == locale.code)
        .values(edit_id=newest, file_edit_id=newest)
    )
    session.expire_all()
    return True


def _candidate(session: Session, message: Any, locale: Locale, entry: rules.FileEntry) -> Candidate:
    subject = subject_here(
        session, message, locale, rules.tidy(entry.based_on), [rules.tidy(one) for one in entry.forms]
    )
    return Candidate(subject, None if entry.obsolete else message.group)


def _remember_removed(session: Session, domain: str, entries: Mapping[str, rules.FileEntry], now: datetime) -> None:
    """Messages that only the catalog remembers (obsolete entries) are kept too, for the day they come back."""
    known = set(session.scalars(select(StoredMessage.key).where(StoredMessage.domain == domain)))
    rows = (
        {
            **_values(
                rules.SourceMessage(
                    domain=domain, context=entry.context, text=entry.based_on, plural=entry.plural, kind="removed"
                ),
                len(known) + number,
            ),
            "domain": domain,
            "key": key,
            "words": rules.word_count(entry.text),
            "removed_at": now,
        }
        for number, (key, entry) in enumerate(entries.items())
        if key not in known
    )
    _add(session, StoredMessage, rows)


def _adopted(
    message: Any, locale: Locale, entry: rules.FileEntry, now: datetime, *, failing: bool, unread: bool
) -> dict[str, Any]:
    forms = [rules.tidy(form) for form in entry.forms]
    wanted = rules.form_count(locale, message.plural)
    whole = len(forms) == wanted
    # Texts beyond what the language needs are kept here; the next save writes the right number.
    forms += [""] * (wanted - len(forms))
    based_on = rules.tidy(entry.based_on)
    fuzzy = entry.fuzzy and based_on == message.msgid
    state = rules.state_of(forms, needs_work=fuzzy or not whole, failing=failing)
    # The interface never shows what is marked; a course shows it with the mark.
    shown = (
        not entry.obsolete
        and not failing
        and not unread
        and (message.domain != INTERFACE or (state == "translated" and not entry.fuzzy))
    )
    return {
        "message_id": message.id,
        "locale": locale.code,
        "rev": 1,
        "forms": forms,
        "state": state,
        "based_on": based_on,
        "sha": rules.review_sha(message.msgid, forms),
        "failing": failing,
        "author_id": None,
        "updated_at": now,
        "published_forms": forms if shown else None,
        "published_based_on": based_on if shown else None,
        "published_rev": 1 if shown else None,
        "published_fuzzy": shown and fuzzy,
    }


def open_catalog(
    engine: Engine,
    domain: str,
    sources: Sequence[rules.SourceMessage],
    locale: Locale,
    read: Callable[[], Mapping[str, rules.FileEntry]],
    now: datetime,
    given: Sequence[SecondReading] = (),
    lent: dict[str, object] | None = None,
) -> SyncResult:
    """:func:`sync` and, the first time, :func:`adopt`, in a transaction of its own: for a page that only reads.

    ``given`` are the records beside the catalog, ``lent`` what the site lends its sessions.

    ``read`` gives the file's entries and is called only when they are needed. The caller's own session must not hold
    SQLite's write lock. Two statements when there is nothing to do.
    """
    with Session(engine, info=lent) as session, reading(session):
        digest = catalog_store.synced_digest(session, domain)
        adopted = catalog_store.is_adopted(session, domain, locale.code)
        unread = bool(second_readings.new_readings(session, domain, locale, given))
    if adopted and not unread and digest == rules.digest_of(sources):
        return SyncResult()
    with writing(), Session(engine, info=lent) as session, session.begin():
        done = sync(session, domain, sources, now)
        if not adopted:
            adopt(session, domain, locale, read(), now, given)
        second_readings.take_readings(session, domain, locale, given, now)
        return done
