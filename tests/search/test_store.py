"""The index in both kinds of database: the same pages for the same words, and nothing left of what went."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from coplearn.search.engines import FILE, SqliteStore, open_store
from coplearn.search.finding import TextFinder
from coplearn.search.ranking import Vocabulary, parsed
from coplearn.search.sources import FindableText, indexed
from coplearn.search.store import KnownWord, SearchStore
from coplearn.site import Site

FOX = FindableText("fox", "The quick fox", ("A fox jumps over a lazy dog.", "Children watch it."))
DOG = FindableText("dog", "A lazy dog", ("It sleeps all day.",))


@pytest.fixture
def store(migrated_url: str, tmp_path: Path) -> Iterator[SearchStore]:
    """An index on each kind of database."""
    engine = create_engine(migrated_url or f"sqlite:///{tmp_path / 'site.sqlite3'}")
    made = open_store(engine, tmp_path)
    made.begin_anew()
    yield made
    made.drop()
    engine.dispose()


def found(store: SearchStore, typed: str, locale: str = "en", *, every: bool = True) -> list[str]:
    """The places that the index has for those words."""
    search = parsed(typed, locale, Vocabulary(store.words(locale)), mend=False)
    return [hit.place for hit in store.find(search.groups, search.weights, every=every)]


def put(store: SearchStore, *texts: FindableText, locale: str = "en", gone: tuple[str, ...] = ()) -> None:
    """Index those texts."""
    store.replace("course", locale, gone, [indexed("course", locale, one) for one in texts], "stamp")


def test_pages_are_found_by_all_words_or_some(store: SearchStore) -> None:
    """A word in any form, all words or any of them; a title counts for more."""
    put(store, FOX, DOG)
    assert found(store, "jumping foxes") == ["fox"]
    assert found(store, "dogs") == ["dog", "fox"]
    assert found(store, "fox sleeping") == []
    assert sorted(found(store, "fox sleeping", every=False)) == ["dog", "fox"]
    assert found(store, "fox", locale="fr") == []


def test_search_reads_on_one_connection(store: SearchStore) -> None:
    """Pages with every word come first, then those with some, each once, and the index is opened once for both."""
    put(store, FOX, DOG)
    search, taken = parsed("lazy fox", "en", Vocabulary(store.words("en")), mend=False), list[object]()
    event.listen(store._engine, "checkout", lambda *_: taken.append(None))
    assert [hit.place for hit in store.best(search.groups, search.weights)] == ["fox", "dog"]
    assert len(taken) == 1
    assert store.best((), ()) == [] and len(taken) == 1
    # A word that says next to nothing beside another one brings no page by itself.
    assert [hit.place for hit in store.best(search.groups, (0.01, 1.0))] == ["fox"]


def test_a_page_that_changes_leaves_nothing_behind(store: SearchStore) -> None:
    """Words that a page has lost are not found, nor offered as a word that was meant; stamps and digests follow."""
    put(store, FOX, DOG)
    put(store, FindableText("fox", "The slow cat", ("A cat rests.",)), gone=("dog",))
    assert found(store, "fox") == found(store, "dog") == []
    assert found(store, "cats") == ["fox"]
    assert "fox" not in store.words("en") and store.words("en")["cat"].pages == 1
    assert list(store.digests("course", "en")) == ["fox"]
    store.forget(["course/en"])
    assert store.words("en") == {} and found(store, "cat") == []
    assert set(store.stamps()) == {"shape"}


class _Gated(SqliteStore):
    """An index whose words are handed over when the gate is open, as where there are very many."""

    gate = threading.Event()

    def words(self, locale: str) -> dict[str, KnownWord]:
        assert self.gate.wait(60)
        return super().words(locale)


def _no_site() -> Site:
    raise AssertionError("words are read from the index alone")


def test_searches_go_on_while_words_are_read_again(tmp_path: Path) -> None:
    """After a change the words from before are searched by until the new ones are there, and those are when they have been read."""
    made = _Gated(open_store(create_engine(f"sqlite:///{tmp_path / 'site.sqlite3'}"), tmp_path)._engine)
    finder = TextFinder(_no_site, lambda: made, patience=0.01)
    put(made, FOX)
    made.gate.set()
    assert "fox" in finder.vocabulary("en").words
    made.gate.clear()
    made.replace("other", "en", (), [indexed("other", "en", DOG)], "stamp")
    for _ in range(3):
        finder.look_now()
        assert "sleeps" not in finder.vocabulary("en").words
    assert len(finder._readers) == 1
    made.gate.set()
    finder.settle()
    assert "sleeps" in finder.vocabulary("en").words


def test_a_page_that_changes_reads_no_other_words(tmp_path: Path) -> None:
    """Each statement about words finds them by their key: a language may have half a million, of which a page has hundreds."""
    made = open_store(create_engine(f"sqlite:///{tmp_path / 'site.sqlite3'}"), tmp_path)
    put(made, FOX, DOG)
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, ___: object, is_many: bool) -> None:
        asked.append((statement, parameters[0] if is_many else parameters))

    event.listen(made._engine, "before_cursor_execute", note)
    put(made, FindableText("fox", "The slow cat", ("A cat rests.",)))
    event.remove(made._engine, "before_cursor_execute", note)
    of_words = [one for one in asked if " word " in one[0] and not one[0].startswith("INSERT")]
    assert {statement.split()[0] for statement, _ in of_words} == {"UPDATE", "DELETE"}
    with made._engine.connect() as connection:
        for statement, parameters in of_words:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert all("locale=? AND word=?" in row.detail for row in plan), plan


def test_a_slip_is_mended_by_the_index(store: SearchStore) -> None:
    """An unknown word stands for the one of the index that is nearest; a known one for itself."""
    put(store, FOX, DOG)
    vocabulary = Vocabulary(store.words("en"))
    assert parsed("the chidlren sleep", "en", vocabulary, mend=True).meant == "the children sleep"
    assert parsed("children", "en", vocabulary, mend=True).meant == ""
    assert parsed("qqqqqq", "en", vocabulary, mend=True).groups == ()


def test_a_broken_file_is_made_anew(tmp_path: Path) -> None:
    """An index that is rubble is told, and begun anew it works; a missing one finds nothing rather than break a page."""
    engine = create_engine(f"sqlite:///{tmp_path / 'site.sqlite3'}")
    (tmp_path / FILE).write_bytes(b"rubble" * 1000)
    broken = open_store(engine, tmp_path)
    with pytest.raises(SQLAlchemyError):
        broken.digests("course", "en")
    broken.begin_anew()
    put(broken, FOX)
    assert found(broken, "fox") == ["fox"]
