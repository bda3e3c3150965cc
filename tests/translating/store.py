"""A small domain in the translators' store, and people to work on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.i18n import po
from coplearn.i18n.locales import Locale
from coplearn.translating.catalogs import sync
from coplearn.translating.editing import message_detail
from coplearn.translating.editing.message_detail import MessageDetail
from coplearn.translating.store import rules
from coplearn.translating.store.models import StoredMessage
from tests.courses.makecourse import LOCALES

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AR: Locale = LOCALES.get("ar")
FR: Locale = LOCALES.get("fr")
RU: Locale = LOCALES.get("ru")
ANI = rules.Actor(None, "ani")
BEN = rules.Actor(None, "ben")
DOMAIN = "my-course"


def source(context: str, words: str = "Ask your child.", **changes: object) -> rules.SourceMessage:
    """A message of the domain; the item is what stands before ``#``."""
    values: dict[str, object] = {
        "domain": DOMAIN,
        "context": context,
        "text": words,
        "kind": "text",
        "item": context.partition("#")[0],
    }
    return rules.SourceMessage(**(values | changes))  # type: ignore[arg-type] # each test names real fields


def sources(count: int) -> list[rules.SourceMessage]:
    """So many messages, ten to an item."""
    return [source(f"page-{number // 10}#b{number}", f"Sentence {number} of the page.") for number in range(count)]


def stocked(session: Session, *given: rules.SourceMessage) -> list[int]:
    """Sync the messages (one, when none is given) and adopt an empty Arabic catalog; their ids in order."""
    wanted = list(given) or [source("page-1#b1")]
    sync.sync(session, DOMAIN, wanted, NOW)
    sync.adopt(session, DOMAIN, AR, {}, NOW)
    return [number for one in wanted if (number := message_id_of(session, DOMAIN, one.context)) is not None]


def person(session: Session, name: str) -> rules.Actor:
    """Somebody with an account, as one who acts."""
    user = User(
        email=f"{name}@example.org", active=True, fs_uniquifier=name, create_datetime=NOW, locale="en", name=name
    )
    session.add(user)
    session.flush()
    return rules.Actor(user.id, name)


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    found: list[str] = []
    listener: Callable[..., None] = lambda *given: found.append(given[2])  # noqa: E731 - it is taken off by identity
    event.listen(session.get_bind(), "before_cursor_execute", listener)
    try:
        yield found
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", listener)


def texts_kept(session: Session) -> set[str]:
    """Every text in the log or among the suggestions."""
    found: set[str] = set()
    for query in ("SELECT new_forms FROM edit", "SELECT forms FROM suggestion"):
        for (value,) in session.execute(text(query)):
            found.update(json.loads(value) if isinstance(value, str) else value)
    return found


def message_id_of(session: Session, domain: str, context: str) -> int | None:
    """The id of a course's message by its context, or None."""
    key = rules.key_of(domain, context, "")
    return session.scalar(select(StoredMessage.id).where(StoredMessage.domain == domain, StoredMessage.key == key))


def look(session: Session, message_id: int, user_id: int | None = None) -> MessageDetail:
    """The message as somebody in the Arabic editor sees it."""
    return message_detail.one_message(session, message_id, "ar", user_id, NOW)


CATALOG = """
msgid ""
msgstr "Language: ar"

msgctxt "page-1#b1"
msgid "Ask your child."
msgstr "اسألوا طفلكم."

#, fuzzy
#| msgid "Old."
msgctxt "page-1#b2"
msgid "New."
msgstr "قديم"

#, fuzzy
msgctxt "page-1#b3"
msgid "Unsure."
msgstr "ربما"

#~ msgctxt "page-1#b4"
#~ msgid "Gone."
#~ msgstr "ذهب"
"""


def adopted(session: Session) -> None:
    """The catalog above, in the store."""
    wanted = [source("page-1#b1"), source("page-1#b2", "New."), source("page-1#b3", "Unsure.")]
    file = po.parse_po(CATALOG.encode(), by_context=True).file
    assert file is not None
    sync.sync(session, DOMAIN, wanted, NOW)
    assert sync.adopt(session, DOMAIN, AR, rules.entries_of(file, DOMAIN), NOW)
    assert not sync.adopt(session, DOMAIN, AR, rules.entries_of(file, DOMAIN), NOW)
