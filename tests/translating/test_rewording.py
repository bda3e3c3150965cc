"""A reworded sentence of the interface in the store: its translations wait as old, and nobody sees them before a person did."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.i18n import po
from coplearn.i18n.po import INTERFACE
from coplearn.translating.catalogs import sync, typo_fixes
from coplearn.translating.editing import message_detail
from coplearn.translating.store import edits, rules
from coplearn.translating.store.models import StoredMessage, Translation
from tests.translating.store import AR, DOMAIN, NOW, message_id_of, source


def sentence(text: str, **changes: object) -> rules.SourceMessage:
    """A sentence of one template."""
    return source("", text, domain=INTERFACE, place="coplearn/a.html", **changes)


def test_reworded_sentence_is_shown_with_the_text_it_was_made_from(session: Session) -> None:
    """Stale in the editor, with the old words to compare, and not published."""
    sync.sync(session, INTERFACE, [sentence("Who did what lately")], NOW)
    sync.adopt(session, INTERFACE, AR, {}, NOW)
    (number,) = queries_of(session, "Who did what lately")
    edits.save(session, rules.SYSTEM, number, AR, ["من فعل ماذا"], 0, NOW)
    sync.sync(session, INTERFACE, [sentence("Who did what recently")], NOW)
    (number,) = queries_of(session, "Who did what recently")
    now = message_detail.one_message(session, number, "ar", None, NOW).translation
    assert (now.forms, now.based_on) == (("من فعل ماذا",), "Who did what lately")
    published = select(Translation.published_forms).where(Translation.message_id == number)
    assert session.scalars(published).all() == [None]


def queries_of(session: Session, text: str) -> list[int]:
    """The message with that text."""
    return list(
        session.scalars(select(StoredMessage.id).where(StoredMessage.msgid == text, StoredMessage.removed_at.is_(None)))
    )


def test_changed_plural_asks_for_another_look(session: Session) -> None:
    """What was finished is work again when what is counted changed."""
    counted = source("p#a", "One day", plural="%(num)s days")
    sync.sync(session, DOMAIN, [counted], NOW)
    sync.adopt(session, DOMAIN, AR, {}, NOW)
    number = message_id_of(session, DOMAIN, "p#a")
    assert number is not None
    edits.save(session, rules.SYSTEM, number, AR, [f"%(num)s ي{form}" for form in range(6)], 0, NOW)
    assert message_detail.one_message(session, number, "ar", None, NOW).translation.state == "translated"
    sync.sync(session, DOMAIN, [source("p#a", "One day", plural="%(num)s full days")], NOW)
    now = message_detail.one_message(session, number, "ar", None, NOW).translation
    assert (now.state, now.rev, len(now.forms)) == ("needs-work", 2, 6)


def test_minor_takes_the_mark_off_a_sentence_of_the_interface(session: Session, tmp_path: Path) -> None:
    """In the store and in the file, where nothing is left of the mark; a lost "not" is refused there as well."""
    old, new = "Do not tel it", "Do not tell it"
    templates = [po.Template(None, old, paths=("a.html",)), po.Template(None, "Never ask them", paths=("b.html",))]
    file = po.merge(None, templates, AR, "c", by_context=False)
    for entry in file:
        entry.msgstr = "لا"
    templates = [po.Template(None, new, paths=("a.html",)), po.Template(None, "Ask them", paths=("b.html",))]
    path = tmp_path / "messages.po"
    po.write_po(po.merge(file, templates, AR, "c", by_context=False), path)
    found = typo_fixes.clear_in_file(path, AR, [new, "Ask them"], [], by_context=False)
    assert [one.context for one in found or () if one.refused is None] == [new]
    assert '#| msgid ""' not in path.read_text(encoding="utf-8")
    sync.sync(session, INTERFACE, [sentence(old)], NOW)
    sync.adopt(session, INTERFACE, AR, {}, NOW)
    edits.save(session, rules.SYSTEM, queries_of(session, old)[0], AR, ["لا"], 0, NOW)
    sync.sync(session, INTERFACE, [sentence(new)], NOW)
    (cleared,) = typo_fixes.clear_in_store(session, rules.SYSTEM, INTERFACE, [new], [], NOW)
    assert (cleared.context, cleared.refused) == (new, None)
    assert message_detail.one_message(session, queries_of(session, new)[0], "ar", None, NOW).translation.based_on == new
