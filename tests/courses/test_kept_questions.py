"""Checks that are answered without a network: closed feedback opens for answers alone, and comes to what the site says."""

from __future__ import annotations

import copy
import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.plugin import Incomplete, Item, KeptReview, QuestionKind, Setting, View
from coplearn.courses.questions.choice import Choice, One
from coplearn.courses.questions.match import Match
from coplearn.courses.questions.order import Order
from coplearn.courses.sealing import WORDS_APART
from coplearn.site import site
from coplearn.testing import PageNode, item_of, page_of, tree
from tests.courses.test_quiz_kind import DATA
from tests.sizes import WHOLE, examples

KIND = QuizKind()
ITEM: Item[Any] = item_of(KIND, DATA)
PIECE = 41
CLOSED = re.compile(r'data-sealed="([^"]*)"')


def setting_of(item: Item[Any]) -> Setting:
    """The first question's place on the page."""
    return KIND.settings(item, page_of(KIND, item), View())[0][1]


def page(item: Item[Any] = ITEM) -> PageNode:
    """The same as a tree, which is looked at for being whole and accessible."""
    return tree(Markup(body(item)))


def body(item: Item[Any] = ITEM) -> str:
    """What stands in the form of a kept page."""
    html = KIND.offline_body(item, page_of(KIND, item))
    assert html is not None
    return str(html)


def sealed(root: PageNode, question: str) -> list[bytes]:
    """Salt, pieces and feedback of a question, as the page has them."""
    text = root.all("fieldset", id=f"question-{question}")[0].attributes["data-sealed"]
    return [b64decode(part) for part in text.split(".")]


def opened(root: PageNode, question: str, said: Sequence[str]) -> tuple[int, dict[str, Any]] | None:
    """The points and the feedback for what was said; None where that is no answer."""
    salt, pieces, closed = sealed(root, question)
    held = {pieces[at : at + 8]: pieces[at + 8 : at + PIECE] for at in range(0, len(pieces), PIECE)}
    key, points = bytes(16), 0
    for one in said:
        made = HKDF(SHA256(), 24, salt, b"").derive(one.encode())
        if made[:8] not in held:
            return None
        piece = AESGCM(made[8:]).decrypt(bytes(12), held[made[:8]], None)
        points += int.from_bytes(piece[:1], "big", signed=True)
        key = bytes(first ^ second for first, second in zip(key, piece[1:], strict=True))
    return max(0, points), json.loads(AESGCM(key).decrypt(bytes(12), closed, None))


def all_answers(root: PageNode, question: QuestionKind) -> Iterator[tuple[list[str], dict[str, list[str]]]]:
    """Everything that can be said in a question's controls, with the form that it makes."""
    asked = root.all("fieldset", id=f"question-{question.id}")[0]
    parts: list[list[tuple[str, str, str | None]]] = []
    radios = asked.all("input", type="radio")
    if radios:
        parts.append(
            [(question.id, f"{question.id}={one.attributes['value']}", one.attributes["value"]) for one in radios]
        )
    for box in asked.all("input", type="checkbox"):
        value = box.attributes["value"]
        parts.append([(question.id, f"{question.id}={value}", value), (question.id, f"{question.id}!{value}", None)])
    for select in asked.all("select"):
        name = select.attributes["name"]
        offered = [one.attributes["value"] for one in select.all("option") if one.attributes["value"]]
        parts.append([(name, f"{name}={value}", value) for value in offered])
    for chosen in product(*parts):
        form: dict[str, list[str]] = {}
        for field, _, given_value in chosen:
            form.setdefault(field, []).extend([given_value] if given_value is not None else [])
        yield [said for _, said, _ in chosen], form


SCORED = [one for one in ITEM.content.questions if one.scored]


@pytest.mark.parametrize("question", SCORED, ids=lambda one: one.kind)
def test_every_answer_comes_to_what_the_site_says(question: QuestionKind) -> None:
    root, tried = page(), 0
    for said, form in all_answers(root, question):
        try:
            points = question.points(question.read(form))
        except Incomplete:
            continue
        told = opened(root, question.id, said)
        assert told is not None
        assert Fraction(told[0], told[1]["of"]) == points, said
        tried += 1
    assert tried > 2
    assert opened(root, question.id, [f"{question.id}=another"]) is None


def test_nothing_in_clear_says_which_answer_is_right() -> None:
    """Another key: the same page but for what is closed, in which everything is as long as it was."""
    html, other = body(), copy.deepcopy(DATA)
    options = other["questions"][0]["options"]
    options[0].pop("correct")
    options[1]["correct"] = True
    texts = [reason["reason"] for reason in options]
    options[0]["reason"], options[1]["reason"] = texts[1][:22], texts[0].ljust(22, "!")
    changed = body(item_of(KIND, other))
    assert CLOSED.sub("", html) == CLOSED.sub("", changed)
    assert "SECRET" not in html
    for one, two in zip(CLOSED.finditer(html), CLOSED.finditer(changed), strict=True):
        assert [len(part) for part in one[1].split(".")] == [len(part) for part in two[1].split(".")]


def other_key(question: QuestionKind) -> QuestionKind:
    """The same question with another answer."""
    match question:
        case Choice():
            flags = [option.correct for option in question.options]
            moved = zip(question.options, flags[1:] + flags[:1], strict=True)
            return replace(question, options=tuple(replace(option, correct=flag) for option, flag in moved))
        case Match():
            rights = [pair.right for pair in question.pairs]
            turned = zip(question.pairs, rights[1:] + rights[:1], strict=True)
            return replace(question, pairs=tuple(replace(pair, right=right) for pair, right in turned))
        case Order():
            return replace(question, steps=question.steps[::-1])
    return question


def test_kept_checks_of_the_courses_hold_no_key(shared_app: Flask) -> None:
    """Of each course one check, in the proof all: with other answers right the page is the same but for what is closed, and no
    reason stands in it."""
    tried = 0
    with shared_app.app_context():
        courses = site().library.current().courses
    for course in courses.values():
        checks = [course.items[one] for one in course.checks]
        for item in checks if WHOLE else checks[:1]:
            kind = course.kinds[item.kind].kind
            turned = replace(item.content, questions=tuple(map(other_key, item.content.questions)))
            html, other = (
                str(kind.offline_body(one, page_of(kind, one))) for one in (item, replace(item, content=turned))
            )
            assert CLOSED.sub("", html) == CLOSED.sub("", other), item.id
            assert html != other
            shown = page_of(kind, item)
            asked = "".join(str(question.ask(setting)) for question, setting in kind.settings(item, shown, View()))
            texts = [one for one in kind.messages(item) if one.context.endswith((".reason", "#reason"))]
            reasons = [str(shown.inline(one.context)) for one in texts]
            assert len(reasons) > 20
            assert [one for one in reasons if one in html and one not in asked] == []
            tried += 1
    assert tried >= 5


def test_pieces_stand_in_an_order_that_says_nothing_and_are_of_one_length() -> None:
    root = page()
    for question in SCORED:
        _, pieces, closed = sealed(root, question.id)
        labels = [pieces[at : at + 8] for at in range(0, len(pieces), PIECE)]
        assert len(pieces) % PIECE == 0
        assert labels == sorted(labels)
        assert (len(closed) - 16) % 512 == 0


def test_same_check_is_the_same_bytes() -> None:
    """A kept page is known by its hash, whichever process made it."""
    assert body() == body(item_of(KIND, copy.deepcopy(DATA)))


@examples(8, 100)
@given(st.lists(st.sampled_from(["plain", "<b>&", "\ue000\ue001 private", '"quoted" =x>']), min_size=3, max_size=3))
def test_words_of_a_page_come_back_whole(reasons: list[str]) -> None:
    """Whatever stands in a reason, what is opened is what was closed, but for signs of private use."""
    data = copy.deepcopy(DATA)
    for option, reason in zip(data["questions"][0]["options"], reasons, strict=True):
        option["reason"] = reason
    item = item_of(KIND, data)
    root = page(item)
    told = opened(root, "first-thing", ["first-thing=listen"])
    assert told is not None
    words = root.all("template", id="kept-words")[0].inside
    held = "".join(one for one in words if isinstance(one, str)).split(WORDS_APART)
    html = re.sub("[\ue000-\uf8ff]", lambda sign: held[ord(sign[0]) - 0xE000], told[1]["html"])
    setting = setting_of(item)
    review = item.content.questions[0].kept_review(setting)
    assert html == re.sub("[\ue000-\uf8ff]", "", str(review.html))


def test_question_of_a_stranger_is_closed_form_by_form() -> None:
    """Who names every form has the whole feedback on each, and who does not is told about when there is a network."""

    class Named(One):
        kind: ClassVar[str] = "named"

        def forms(self) -> list[Mapping[str, list[str]]]:
            return [{self.id: [option.id]} for option in self.options]

        def kept_review(self, setting: Setting) -> KeptReview | None:  # type: ignore[override] # as a stranger's has it
            return QuestionKind.kept_review(self, setting)

    first = ITEM.content.questions[0]
    question, setting = Named(first.id, first.stem, first.options), setting_of(ITEM)
    review = question.kept_review(setting)
    assert review is not None
    assert review.answers == [{"first-thing=listen": 1, "first-thing=shout": 0, "first-thing=leave": 0}]
    assert str(question.review(setting, "shout")) in str(review.html)
    assert QuestionKind.kept_review(first, setting) is None
