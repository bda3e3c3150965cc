"""The memory offers what was translated before, the likest first, quickly, and fills nothing in."""

from __future__ import annotations

import random
import threading
import time

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from coplearn.storage.database import current_session
from coplearn.translating.catalogs import publishing, sync
from coplearn.translating.editing.memory import Memory, MemoryIndex, facet_of
from coplearn.translating.store import edits, rules
from coplearn.translating.store.rules import TextPair
from tests.translating.store import AR, DOMAIN, NOW, source, stocked

ANI = rules.Actor(None, "ani")


def test_an_equal_text_comes_first_and_the_same_kind_of_place_before_another() -> None:
    """Equal texts in a title and in a paragraph are offered in the order that fits; each translation once."""
    index = MemoryIndex(
        [
            TextPair(1, "a", "page#b1", "text", "Ask your child.", "فقرة"),
            TextPair(2, "a", "page#title", "title", "Ask your child.", "عنوان"),
            TextPair(3, "b", "page#b9", "text", "Ask your child!", "قريب"),
            TextPair(4, "b", "page#b8", "text", "Ask your child.", "فقرة"),
            TextPair(5, "b", "page#b7", "text", "Something else entirely, and long.", "آخر"),
        ]
    )
    titled = index.suggestions("Ask your child.", facet="title")
    assert [(memo.target, memo.score) for memo in titled] == [("عنوان", 100), ("فقرة", 100), ("قريب", 93)]
    assert [memo.target for memo in index.suggestions("Ask  your child.")][:1] == ["فقرة"]
    assert (titled[2].domain, titled[2].context, titled[2].source) == ("b", "page#b9", "Ask your child!")
    assert [memo.target for memo in index.suggestions("Ask your child.", exclude=2)] == ["فقرة", "قريب"]
    assert len(index.suggestions("Ask your child.", limit=1)) == 1
    assert index.suggestions("   ") == []


def test_facets_are_read_from_contexts() -> None:
    """The end of a context says what kind of place it is."""
    found = [
        facet_of(context) for context in ("p#title", "p#b1a2", "p#img3.alt", "q#one.opt.a.reason", "course#summary")
    ]
    assert found == ["title", "", "alt", "reason", "summary"]


def test_the_memory_knows_what_was_published_meanwhile(session: Session) -> None:
    """Finished texts of every course are offered; a new publication makes the index anew; other languages are not mixed."""
    one, two, _ = stocked(
        session, source("p#a"), source("p#b", "Ask your child now."), source("p#c", "Talk at dinner.")
    )
    memory = Memory(patience=None)
    assert memory.look(session, "ar", "Ask your child.").memos == []
    edits.save(session, ANI, one, AR, ["اسألوا طفلكم."], 0, NOW)
    edits.save(session, ANI, two, AR, ["غير منتهٍ"], 0, NOW, needs_work=True)
    publishing.publish_message(session, one, AR, 1, NOW)
    assert [memo.target for memo in memory.look(session, "ar", "Ask your child.").memos] == ["اسألوا طفلكم."]
    assert memory.look(session, "ar", "Ask your child.", exclude=one).memos == []
    assert memory.look(session, "fr", "Ask your child.").memos == []


def test_a_published_text_is_offered_while_a_newer_one_is_unfinished(session: Session) -> None:
    """Work in progress does not take a good text out of the memory."""
    (one,) = stocked(session)
    edits.save(session, ANI, one, AR, ["جيد"], 0, NOW)
    publishing.publish_message(session, one, AR, 1, NOW)
    edits.save(session, ANI, one, AR, ["ربما"], 1, NOW, needs_work=True)
    sync.sync(session, DOMAIN, [source("p#zzz")], NOW)
    assert [memo.target for memo in Memory(patience=None).look(session, "ar", "Ask your child.").memos] == ["جيد"]


def test_twenty_thousand_pairs_are_searched_in_a_tenth_of_a_second() -> None:
    """The bar is 100 ms; the fastest of five looks counts, because others share the machine."""
    chance = random.Random(7)
    words = ["ask", "your child", "about", "the page", "talk", "calmly", "at dinner", "before", "friend", "online"]
    pairs = [
        TextPair(
            number, "a", f"p#{number}", "text", " ".join(chance.choices(words, k=chance.randint(4, 40))), str(number)
        )
        for number in range(20_000)
    ]
    index = MemoryIndex(pairs)
    taken = []
    for number in range(5):
        begun = time.perf_counter()
        found = index.suggestions(pairs[number].source)
        taken.append(time.perf_counter() - begun)
        assert found[0].target == str(number)
    assert min(taken) < 0.1


class Slow(Memory):
    """Reads no sooner than it is told."""

    def __init__(self, patience: float) -> None:
        super().__init__(patience)
        self.gate = threading.Event()

    def _read(self, engine: Engine, locale: str) -> None:
        self.gate.wait(30)
        super()._read(engine, locale)

    def go_on(self) -> None:
        """Let the reading be done."""
        self.gate.set()
        self.settle()


def test_nobody_waits_while_a_memory_is_made(each_app: Flask) -> None:
    """Until the first index is there, texts that begin alike are offered and said to be few; a new one replaces an old one."""
    with each_app.app_context():
        session = current_session(each_app)
        one, two = stocked(session, source("p#a"), source("p#b", "Ask whom you trust, and ask your child."))
        edits.save(session, ANI, one, AR, ["اسألوا طفلكم."], 0, NOW)
        publishing.publish_message(session, one, AR, 1, NOW)
        session.commit()
        memory = Slow(patience=0)
        early = memory.look(session, "ar", "Ask your child.")
        assert ([memo.target for memo in early.memos], early.is_whole) == (["اسألوا طفلكم."], False)
        memory.go_on()
        assert memory.look(session, "ar", "Now ask your child.").is_whole

        memory.gate.clear()
        edits.save(session, ANI, two, AR, ["اسألوا من تثقون به."], 0, NOW)
        publishing.publish_message(session, two, AR, 1, NOW)
        session.commit()
        old = memory.look(session, "ar", "Ask your child.")
        assert (old.is_whole, len(old.memos)) == (True, 1)
        memory.go_on()
        new = memory.look(session, "ar", "Ask whom you trust, and ask your child.")
        assert new.memos[0].target == "اسألوا من تثقون به."
        session.rollback()
