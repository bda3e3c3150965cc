"""Typo-only changes of the source: what may be cleared in every language at once, and what may not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.i18n import hazards, po
from coplearn.i18n.glossary import Glossary
from coplearn.i18n.locales import Locale
from coplearn.kernel.text import N_, Phrase
from coplearn.translating.store import catalog_store, rules
from coplearn.translating.store.history import audit_entry, edit_row
from coplearn.translating.store.models import CatalogVersion, Edit, StoredMessage, Translation
from coplearn.translating.store.rules import Actor

_NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
_NEGATION: Final = re.compile(
    r"\b(?:no|not|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|only|unless|except|\w+n['’]t)\b", re.I
)
_LINK: Final = re.compile(r"\]\(([^)]*)\)|https?://\S+")
_MARK: Final = re.compile(r"\*\*|__|`|^#+ |^[-*] ", re.MULTILINE)


def _negations(text: str) -> list[str]:
    return [word.lower() for word in _NEGATION.findall(text)]


def _places(text: str) -> list[str]:
    return list(hazards.placeholders(text).elements())


_RULES: Final[tuple[tuple[Callable[[str], list[str]], str], ...]] = (
    (_NUMBER.findall, N_("A number changed.")),
    (_negations, N_("A word that denies or limits changed.")),
    (_LINK.findall, N_("A link changed.")),
    (_places, N_("A place to fill changed.")),
    (_MARK.findall, N_("The structure changed.")),
)


def why_not_minor(old: str, new: str, glossaries: Iterable[Glossary] = ()) -> Phrase | None:
    """The reason why the change is more than a typo, in the author's words; None when every translation still says the same.

    Numbers, words that deny or limit, links, places to fill, marks and glossary terms must all be as they were.
    """
    for find, told in _RULES:
        if Counter(find(old)) != Counter(find(new)):
            return Phrase(told)
    for glossary in glossaries:
        before = {term.source for term in glossary.in_source(old)}
        after = {term.source for term in glossary.in_source(new)}
        if before != after:
            names = ", ".join(sorted(before ^ after))
            return Phrase(N_("A term of the glossary changed: %(terms)s."), {"terms": names})
    return None


@dataclass(frozen=True, slots=True)
class ClearedText:
    """One translation whose mark was taken off, or (with ``refused``) why it was not."""

    locale: str
    context: str
    refused: Phrase | None = None


def clear_in_store(
    session: Session, actor: Actor, domain: str, contexts: Iterable[str], glossaries: Iterable[Glossary], now: datetime
) -> list[ClearedText]:
    """Take "the source has changed" off every language's translation of those messages; each leaves an edit behind.

    What the change was is judged for each translation by the text it was really made from.
    """
    terms = list(glossaries)
    rows = session.execute(
        select(Translation, StoredMessage)
        .join(StoredMessage, StoredMessage.id == Translation.message_id)
        .where(
            StoredMessage.domain == domain,
            # A sentence of the interface is known by its text.
            (StoredMessage.msgid if domain == po.INTERFACE else StoredMessage.context).in_(list(contexts)),
            StoredMessage.removed_at.is_(None),
            Translation.state != "missing",
            Translation.based_on != StoredMessage.msgid,
        )
        .order_by(StoredMessage.seq, Translation.locale)
        .with_for_update(of=Translation)
    ).all()
    found: list[ClearedText] = []
    for translation, message in rows:
        refused = why_not_minor(translation.based_on, message.msgid, terms)
        found.append(ClearedText(translation.locale, message.context or message.msgid, refused))
        if refused is None:
            _clear(session, actor, translation, message, now)
    cleared = [one for one in found if one.refused is None]
    if cleared:
        locales = list(dict.fromkeys(one.locale for one in cleared))
        session.execute(
            update(CatalogVersion)
            .where(CatalogVersion.domain == domain, CatalogVersion.locale.in_(locales))
            .values(version=CatalogVersion.version + 1)
            .execution_options(synchronize_session=False)
        )
        names = ", ".join(dict.fromkeys(one.context for one in cleared))
        note = f"{names}: {', '.join(locales)}"
        session.add(audit_entry(actor, "minor", now, domain=domain, note=note))
    session.flush()
    return found


def _clear(session: Session, actor: Actor, translation: Translation, message: StoredMessage, now: datetime) -> None:
    was_published = translation.published_rev == translation.rev
    forms = list(translation.forms)
    failing = rules.blocked(
        rules.subject_of(
            message, translation.locale, forms, glossary=catalog_store.glossary_of(session, translation.locale)
        )
    )
    made = {
        "message_id": message.id,
        "locale": translation.locale,
        "rev": translation.rev + 1,
        "forms": forms,
        "state": translation.state,
        "based_on": message.msgid,
    }
    note = f"minor: was made from {translation.based_on}"[: rules.MAX_REMARK]
    session.add(Edit(**edit_row(made, actor, "cli", now, before=(forms, translation.state), note=note)))
    session.execute(
        update(Translation)
        .where(Translation.id == translation.id)
        .values(
            rev=translation.rev + 1,
            based_on=message.msgid,
            sha=rules.review_sha(message.msgid, forms),
            failing=failing,
            updated_at=now,
            published_rev=translation.rev + 1 if was_published else translation.published_rev,
            published_based_on=message.msgid if was_published else translation.published_based_on,
        )
        .execution_options(synchronize_session=False)
    )


def clear_in_file(
    path: Path, locale: Locale, contexts: Iterable[str], glossaries: Iterable[Glossary], *, by_context: bool = True
) -> list[ClearedText] | None:
    """The same for a catalog's file, which must be up to date (``i18n update``); None when it cannot be read."""
    read = po.read_po(path, by_context=by_context)
    if read.file is None:
        return None
    wanted, terms = set(contexts), list(glossaries)
    found: list[ClearedText] = []
    for entry in read.file:
        name = entry.msgctxt if by_context else entry.msgid
        if entry.obsolete or name not in wanted or not entry.fuzzy or not entry.previous_msgid:
            continue
        refused = why_not_minor(entry.previous_msgid, entry.msgid, terms)
        found.append(ClearedText(locale.code, name, refused))
        if refused is None:
            entry.flags.remove("fuzzy")
            entry.previous_msgid = entry.previous_msgid_plural = None
    if any(one.refused is None for one in found):
        po.write_po(read.file, path)
    return found
