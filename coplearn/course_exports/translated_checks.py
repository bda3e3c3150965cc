"""The checks of an ordered course in one language, as questions that every format can say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from coplearn.course_exports.rules import PackageOrder
from coplearn.courses.plugin import Item
from coplearn.courses.texts import Texts
from coplearn.question_formats.questions import Part, SharedQuestion, Unreadable
from coplearn.question_formats.quiz_file import checks_in

_FACETS: Final = {"one": "opt", "many": "opt", "order": "step", "match": "pair"}
"""The beginning of the contexts of a question's parts."""


@dataclass(frozen=True, slots=True)
class TranslatedCheck:
    """A check in one language: its questions of form A, and those that take their places at a second try."""

    item: Item[Any]
    first: list[SharedQuestion]
    second: list[SharedQuestion]


def translated_checks(order: PackageOrder, texts: Texts) -> Iterator[TranslatedCheck]:
    """The checks of the modules, as their files have them, in the language of ``texts``."""
    course = order.course
    for item in (course.items[item_id] for module in order.modules for item_id in module.item_ids):
        if item.id not in course.checks:
            continue
        try:
            found = checks_in(course.folder / item.path)
        except (Unreadable, OSError):
            continue
        said = [_translated(one, item.id, texts) for _, _, held in found for one in held]
        if said:
            yield TranslatedCheck(
                item, [one for one in said if not one.form_b_of], [one for one in said if one.form_b_of]
            )


def _translated(one: SharedQuestion, item_id: str, texts: Texts) -> SharedQuestion:
    def text(facet: str, written: str) -> str:
        context = f"{item_id}#{one.id}.{facet}"
        return " ".join(texts.get(context).text.split("\n")) if written and context in texts else written

    facet = _FACETS.get(one.kind, "")

    def part(part: Part) -> Part:
        own = f"{facet}.{part.id}"
        left = f"{own}.left" if one.kind == "match" else own
        return replace(
            part,
            text=text(left, part.text),
            reason=text(f"{own}.reason", part.reason),
            other=text(f"{own}.right", part.other),
        )

    return replace(
        one,
        stem=text("stem", one.stem),
        reason=text("reason", one.reason),
        hint=text("hint", one.hint),
        parts=tuple(part(row) for row in one.parts),
    )
