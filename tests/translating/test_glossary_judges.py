"""The glossary judges what translators save: a forbidden term is kept, told and not published."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.catalogs import sync
from coplearn.translating.store import edits, rules
from tests.translating.store import message_id_of

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_forbidden_term_keeps_a_text_from_being_published(app: Flask) -> None:
    """The glossary's AVOID words, which blame or belittle children, never reach a learner; the text itself is kept."""
    locales = site_of(app).locales
    french = locales.get("fr")
    source = rules.SourceMessage(domain="course-a", context="i#b", text="Child sexual abuse material", kind="text")
    with app.app_context():
        session = current_session(app)
        sync.sync(session, "course-a", [source], NOW)
        number = message_id_of(session, "course-a", "i#b")
        assert number is not None
        bad = edits.save(session, rules.COMMAND_LINE, number, french, ["De la pédopornographie"], 0, NOW)
        session.commit()
        good = edits.save(
            session, rules.COMMAND_LINE, number, french, ["Matériel d’abus sexuel d’enfants"], bad.rev, NOW
        )
    assert bad.won
    assert bad.state == "needs-work"
    assert "forbidden-term" in {finding.check for finding in bad.findings}
    assert good.state == "translated"
