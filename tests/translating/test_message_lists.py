"""Lists of messages: pages, filters, counts, in few statements whatever their size."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from coplearn.kernel.errors import NotFound
from coplearn.translating.catalogs import publishing, sync
from coplearn.translating.catalogs import queries as catalog_queries
from coplearn.translating.editing import comments, queries, reviews
from coplearn.translating.editing.presenters import FILTERS
from coplearn.translating.store import edits
from coplearn.translating.store.progress import Progress
from tests.translating.store import ANI, AR, BEN, DOMAIN, NOW, RU, look, person, source, sources, statements, stocked


def test_the_list_is_paged_by_key_in_both_directions(session: Session) -> None:
    """Every message once, in reading order, and the same pages on the way back."""
    ids = stocked(session, *sources(60))
    pages = [queries.message_list(session, DOMAIN, "ar")]
    while pages[-1].next is not None:
        pages.append(queries.message_list(session, DOMAIN, "ar", after=pages[-1].next))
    assert [row.id for page in pages for row in page.rows] == ids
    assert [len(page.rows) for page in pages] == [25, 25, 10]
    assert pages[2].previous is not None
    back = queries.message_list(session, DOMAIN, "ar", before=pages[2].previous)
    assert (back.rows, back.next, back.previous) == (pages[1].rows, pages[1].next, pages[1].previous)


def test_each_filter_finds_its_own(session: Session) -> None:
    """What a translator can narrow the list to, and the numbers beside the filters."""
    ids = stocked(session, *sources(9), source("page-9#b9", "Link [a](help:)"))
    eve = person(session, "eve")
    for number in ids[1:7]:
        edits.save(session, eve, number, AR, [f"نص {number}"], 0, NOW)
    edits.save(session, ANI, ids[9], AR, ["بلا رابط"], 0, NOW)
    reviews.review(session, ANI, ids[1], AR, 1, NOW)
    edits.suggest(session, ANI, ids[0], AR, ["اقتراح"], NOW)
    comments.comment(session, ANI, ids[8], None, "?", NOW)
    changed = [source("page-0#b2", "Another."), *[one for one in sources(9) if one.context != "page-0#b2"]]
    sync.sync(session, DOMAIN, [*changed, source("page-9#b9", "Link [a](help:)")], NOW)
    found = {
        name: {row.id for row in queries.message_list(session, DOMAIN, "ar", name, user_id=eve.user_id).rows}
        for name in (*FILTERS, "item:page-9")
    }
    assert found == {
        "all": set(ids),
        "missing": {ids[0], ids[7], ids[8]},
        "stale": {ids[2]},
        "failing": {ids[9]},
        "waiting": set(),
        "unread": set(),
        "unreviewed": {ids[3], ids[4], ids[5], ids[6], ids[9]},
        "commented": {ids[8]},
        "suggested": {ids[0]},
        "mine": set(ids[1:7]),
        "item:page-9": {ids[9]},
    }
    counts = queries.message_list(session, DOMAIN, "ar", "missing", user_id=eve.user_id).counts
    assert counts == {name: len(found[name]) for name in FILTERS}
    assert [row.id for row in queries.message_list(session, DOMAIN, "ar", search="anoth").rows] == [ids[2]]
    with pytest.raises(NotFound):
        queries.message_list(session, DOMAIN, "ar", "everything")


@pytest.mark.parametrize("typed", ["ребёнок", "Ребёнок", "РЕБЁНОК"])
def test_search_finds_translations_however_they_are_written(session: Session, typed: str) -> None:
    """In any script, at the beginning of a sentence and within one."""
    ids = stocked(session, *sources(3))
    edits.save(session, ANI, ids[0], RU, ["Ребёнок спит."], 0, NOW)
    edits.save(session, ANI, ids[1], RU, ["Где ребёнок?"], 0, NOW)
    edits.save(session, ANI, ids[2], RU, ["Дети спят."], 0, NOW)
    assert [row.id for row in queries.message_list(session, DOMAIN, "ru", search=typed).rows] == ids[:2]


def test_the_overview_counts_messages_words_and_lessons(session: Session) -> None:
    """Amounts numbers that add up, and a lesson is ready when all of it is."""
    ids = stocked(session, *sources(20), source("course#title", "Title", item=""))
    for number in ids[:11]:
        edits.save(session, ANI, number, AR, ["نص"], 0, NOW)
    for number in ids[:4]:
        reviews.review(session, BEN, number, AR, 1, NOW)
    arabic, french = catalog_queries.overview(session, ["ar", "fr"], DOMAIN)
    assert arabic.messages == Progress(missing=10, stale=0, draft=7, reviewed=4)
    assert arabic.words == Progress(missing=46, stale=0, draft=35, reviewed=20)
    assert (arabic.ready, arabic.unpublished, arabic.items, arabic.items_ready) == (11, 11, 2, 1)
    assert publishing.publish_ready(session, DOMAIN, AR, NOW) == 11
    assert catalog_queries.overview(session, ["ar"], DOMAIN)[0].unpublished == 0
    assert (french.messages.missing, french.adopted, arabic.adopted) == (21, False, True)


def test_the_store_answers_in_few_statements_whatever_its_size(session: Session) -> None:
    """A list in at most three, a message in eight, an overview in three, with 2,000 messages and a long history."""
    ids = stocked(session, *sources(2000))
    for number in range(12):
        edits.save(session, ANI, ids[1000], AR, [f"نص {number}"], number, NOW)
        edits.suggest(session, ANI, ids[1000], AR, [f"اقتراح {number}"], NOW)
        comments.comment(session, ANI, ids[1000], AR, "?", NOW)
    session.commit()
    with statements(session) as listed:
        queries.message_list(session, DOMAIN, "ar", "missing")
    with statements(session) as one:
        found = look(session, ids[1000])
    with statements(session) as whole:
        catalog_queries.overview(session, ["ar", "fr", "es"])
    with statements(session) as again:
        sync.sync(session, DOMAIN, sources(2000), NOW)
    assert (len(found.nearby), len(found.history), len(found.suggestions)) == (6, 12, 12)
    counted = [len([line for line in each if "SELECT" in line]) for each in (listed, one, whole, again)]
    assert counted == [2, 8, 3, 1]
