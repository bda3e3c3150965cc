"""The store as a whole: adopting catalogs, erasing an account, and many people at a time."""

from __future__ import annotations

import threading

from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.accounts.service import erase_user
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import queries as catalog_queries
from coplearn.translating.catalogs import sync
from coplearn.translating.editing import comments, drafts, queries, reviews
from coplearn.translating.store import catalog_store, edits, rules
from coplearn.translating.store.progress import Progress
from tests.sizes import examples
from tests.translating.store import (
    ANI,
    AR,
    BEN,
    DOMAIN,
    NOW,
    adopted,
    look,
    person,
    source,
    sources,
    stocked,
    texts_kept,
)

HYPOTHESIS = examples(8, 25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def test_adopting_a_catalog_changes_nothing_for_learners(session: Session) -> None:
    """What the file showed is published as it was: finished, stale with its old source, unsure with its mark."""
    adopted(session)
    rows = {row.context: row for row in catalog_store.published_rows(session.connection(), DOMAIN, "ar")}
    assert {context: (row.forms[0], row.based_on, row.fuzzy) for context, row in rows.items()} == {
        "page-1#b1": ("اسألوا طفلكم.", "Ask your child.", False),
        "page-1#b2": ("قديم", "Old.", False),
        "page-1#b3": ("ربما", "Unsure.", True),
    }
    standing = catalog_queries.overview(session, ["ar"], DOMAIN)[0]
    assert (standing.messages, standing.ready) == (Progress(0, 1, 2, 0), 1)
    assert catalog_store.last_edit_id(session, DOMAIN, "ar") >= 3
    assert catalog_store.texts_at(session, DOMAIN, "ar", 0) == {}


def test_adopting_keeps_what_only_the_catalog_remembers(session: Session) -> None:
    """A text whose block was taken out long ago comes back when the block does."""
    adopted(session)
    sync.sync(session, DOMAIN, [source("page-1#b4", "Gone.")], NOW)
    (row,) = queries.message_list(session, DOMAIN, "ar").rows
    assert (row.forms, row.state, row.stale) == (("ذهب",), "translated", False)


def test_opening_a_catalog_from_a_reading_page_is_whole(each_app: Flask) -> None:
    """A page that only reads opens a language in a transaction of its own, once."""
    engine = engine_of(each_app)
    read: list[int] = []

    def entries() -> dict[str, rules.FileEntry]:
        read.append(1)
        return {}

    for _ in range(2):
        sync.open_catalog(engine, DOMAIN, sources(3), AR, entries, NOW)
    with each_app.app_context():
        assert queries.message_list(current_session(each_app), DOMAIN, "ar").counts["all"] == 3
    assert read == [1]


def test_erasing_an_account_leaves_the_work_and_no_name(each_app: Flask) -> None:
    """A marker in the account is nowhere in the store afterwards; the log says "a former translator"."""
    with each_app.app_context():
        session = current_session(each_app)
        (one,) = stocked(session, source("page-1#b1"))
        eve = person(session, "xyzzy-marker")
        assert eve.user_id is not None
        edits.suggest(session, eve, one, AR, ["اقتراح"], NOW)
        saved = edits.save(session, eve, one, AR, ["نص"], 0, NOW)
        reviews.review(session, eve, one, AR, saved.rev, NOW)
        comments.comment(session, eve, one, AR, "?", NOW)
        drafts.keep_draft(session, eve.user_id, one, AR, ["xyzzy-marker"], NOW)
        drafts.take_lock(session, eve.user_id, one, AR, NOW)
        session.commit()
        assert look(session, one).history[0].actor.params == {"name": "xyzzy-marker"}
        assert len(queries.export_of(session, eve.user_id)["translations"]) == 1
        erase_user(session, eve.user_id)
        session.commit()
        found = look(session, one)
        former = "a former translator"
        assert found.translation.reviewer is not None
        names = [found.history[0].actor, found.suggestions[0].author, found.comments[0].author]
        assert [name.text for name in [*names, found.translation.reviewer]] == [former] * 4
        assert catalog_queries.recent_edits(session, "ar")[0].actor.text == former
        tables = ("translation", "edit", "suggestion", "comment", "review", "draft", "holding", "dismissal")
        rows = {name: session.execute(text(f'SELECT * FROM "{name}"')).all() for name in tables}
        assert [name for name, each in rows.items() if "xyzzy" in repr(each)] == []
        assert (rows["draft"], rows["holding"]) == ([], [])


SAVES = st.lists(st.tuples(st.booleans(), st.text(max_size=8), st.integers(0, 6), st.booleans()), max_size=10)


@given(saves=SAVES)
@HYPOTHESIS
def test_no_text_is_ever_lost(each_app: Flask, saves: list[tuple[bool, str, int, bool]]) -> None:
    """After any saves by two people from any revision, every text is in the log or among the suggestions."""
    with each_app.app_context():
        session = current_session(each_app)
        context = f"page-1#{len(saves)}"
        (one,) = stocked(session, source(context))
        for by_ani, words, rev, unsure in saves:
            edits.save(session, ANI if by_ani else BEN, one, AR, [words], rev, NOW, needs_work=unsure)
        kept = texts_kept(session)
        lost = [words for _, words, _, _ in saves if words.strip() and rules.tidy(words) not in kept]
        session.rollback()
    assert lost == []


EDITS = st.lists(st.lists(st.tuples(st.integers(0, 4), st.sampled_from("xyz")), max_size=5), max_size=5)


@given(versions=EDITS)
@HYPOTHESIS
def test_syncing_is_by_key_and_twice_is_as_once(each_app: Flask, versions: list[list[tuple[int, str]]]) -> None:
    """Whatever order the source's blocks come, go and change in: one row a key, its translation kept, the last text told."""
    with each_app.app_context():
        session = current_session(each_app)
        work: dict[str, str] = {}
        for version in versions:
            now = [source(f"page#{block}", words) for block, words in dict(version).items()]
            sync.sync(session, DOMAIN, now, NOW)
            assert sync.sync(session, DOMAIN, now, NOW) == sync.SyncResult()
            listed = queries.message_list(session, DOMAIN, "ar").rows
            assert [(row.context, row.msgid) for row in listed] == [(one.context, one.text) for one in now]
            for row in listed:
                assert row.forms == ((work[row.context],) if row.context in work else ())
                if row.context not in work:
                    work[row.context] = f"نص {row.context}"
                    edits.save(session, ANI, row.id, AR, [work[row.context]], 0, NOW)
        session.rollback()


def test_of_simultaneous_saves_exactly_one_wins(each_app: Flask) -> None:
    """Eight people save from one revision at the same moment, three times over: one winner each time, every text found."""
    with each_app.app_context():
        session = current_session(each_app)
        (one,) = stocked(session, source("page-1#b1"))
        session.commit()
    for rev in range(3):
        won: list[edits.SaveResult] = []
        barrier = threading.Barrier(8)

        def work(
            number: int, rev: int = rev, won: list[edits.SaveResult] = won, gate: threading.Barrier = barrier
        ) -> None:
            with each_app.app_context():
                session = current_session(each_app)
                gate.wait()
                won.append(edits.save(session, ANI, one, AR, [f"{rev}-{number}"], rev, NOW))
                session.commit()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(saved.won for saved in won) == [False] * 7 + [True]
        assert {saved.rev for saved in won} == {rev + 1}
    with each_app.app_context():
        kept = texts_kept(current_session(each_app))
    assert kept >= {f"{rev}-{number}" for rev in range(3) for number in range(8)}


def test_a_language_is_adopted_once_by_two_at_a_time(each_app: Flask) -> None:
    """Two processes open the same new language at the same moment: one set of rows, no error."""
    engine = engine_of(each_app)
    entry = rules.FileEntry("page-0#b1", "Sentence 1 of the page.", "", ("نص",), "Sentence 1 of the page.", False)
    entries = {rules.key_of(DOMAIN, entry.context, ""): entry}
    failed: list[BaseException] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        try:
            sync.open_catalog(engine, DOMAIN, sources(5), AR, lambda: entries, NOW)
        except Exception as error:  # told to the test
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with each_app.app_context():
        session = current_session(each_app)
        assert queries.message_list(session, DOMAIN, "ar").counts["all"] == 5
        assert session.execute(text("SELECT count(*) FROM edit")).scalar() == 1
