"""The law of translating: keys, kinds, states, and what blocks a text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.courses.catalogs import templates
from coplearn.i18n import po
from coplearn.i18n.checks.base import Subject
from coplearn.translating.store import rules
from tests.courses.makecourse import LOCALES, make_course
from tests.translating.store import AR, FR, source


def test_a_course_message_keeps_its_key_when_its_text_changes() -> None:
    """Identity is the context in a course; in the interface the sentence itself is part of it."""
    assert rules.key_of("my-course", "a#b", "One.") == rules.key_of("my-course", "a#b", "Two.")
    assert rules.key_of("interface", "", "One.") != rules.key_of("interface", "", "Two.")
    assert rules.key_of("interface", "a", "One.") != rules.key_of("interface", "", "One.")


def test_a_course_gives_its_messages_with_kinds_and_items(tmp_path: Path) -> None:
    """Titles, alternative texts, stories and quizzes are told apart, because other rules hold for them."""
    course = make_course(tmp_path).course()
    found = rules.sources_of_course(course)
    assert [one.context for one in found] == [message.context for message in course.messages]
    assert {one.kind for one in found} >= {"title", "text", "alt", "story", "quiz"}
    assert {one.item for one in found} - {""} == set(course.items)
    assert all(one.kind == "quiz" for one in found if one.group is not None)
    assert len(rules.by_key(found)) == len(found)


def test_a_catalog_is_read_by_key_with_its_real_sources(tmp_path: Path) -> None:
    """A fuzzy entry tells what it really translates; of two with one key neither is believed."""
    course = make_course(tmp_path).course()
    file = po.merge(None, templates(course.messages), AR, course.id, by_context=True)
    first, second, third = file[0], file[1], file[2]
    first.msgstr, first.previous_msgid = "أ", "Old."
    first.flags.append("fuzzy")
    second.msgstr = third.msgstr = "ب"
    third.msgctxt = second.msgctxt
    found = rules.entries_of(file, course.id)
    assert [(entry.context, entry.forms, entry.based_on) for entry in found.values()] == [
        (first.msgctxt, ("أ",), "Old.")
    ]


@pytest.mark.parametrize(
    ("forms", "needs_work", "failing", "state"),
    [
        (["", " "], False, False, "missing"),
        (["a"], False, False, "translated"),
        (["a"], True, False, "needs-work"),
        (["a"], False, True, "needs-work"),
        (["a", ""], False, False, "needs-work"),
    ],
)
def test_the_state_of_a_text(forms: list[str], needs_work: bool, failing: bool, state: str) -> None:
    """Only a whole text that passes its checks and that nobody doubts is finished."""
    assert rules.state_of(forms, needs_work=needs_work, failing=failing) == state


def test_words_are_counted_in_every_script() -> None:
    """A Han character is a word; an apostrophe or a hyphen does not split one."""
    assert rules.word_count("Don't re-open 3 links.") == 4
    assert rules.word_count("不要打开") == 4
    assert rules.word_count("") == 0


@given(texts=st.lists(st.text(max_size=5), min_size=2, max_size=3))
def test_a_review_vouches_for_one_text(texts: list[str]) -> None:
    """Any difference in source or forms is another text."""
    whole = rules.review_sha(texts[0], texts[1:])
    assert whole != rules.review_sha(texts[0] + "x", texts[1:])
    assert whole != rules.review_sha(texts[0], [*texts[1:], ""])


def test_a_plural_form_may_leave_its_number_out_but_not_invent_one() -> None:
    """ "One book" needs no figure; a value that is not given would break the page."""
    subject = Subject(
        source="%(num)s book", plural="%(num)s books", forms=("كتاب واحد", "%(num)s كتب"), locale="ar", kind="interface"
    )
    assert not rules.blocked(subject)
    assert rules.blocked(replace(subject, forms=("%(count)s كتاب",)))
    assert rules.blocked(replace(subject, plural="", forms=("كتاب",)))
    assert not rules.blocked(replace(subject, forms=("", "")))


def test_names_in_logs_are_looked_up_and_never_kept() -> None:
    """An account shows its name or a number, no account shows nobody, and a command shows itself."""
    assert rules.Actor(7, "Ani").stored_name == ""
    assert rules.shown_name(7, "Ani", "").params == {"name": "Ani"}
    assert rules.shown_name(7, None, "").params == {"number": "7"}
    assert rules.shown_name(None, None, "").text == "a former translator"
    assert rules.shown_name(None, None, "command line").params == {"name": "command line"}


def test_the_digest_changes_with_order_and_words() -> None:
    """A moved block is news too: it has another place in the list."""
    one, two = source("p#a"), source("p#b")
    assert len({rules.digest_of([one, two]), rules.digest_of([two, one]), rules.digest_of([one])}) == 3
    assert rules.form_count(FR, "x") == LOCALES.get("fr").nplurals
    assert rules.form_count(FR, None) == 1
