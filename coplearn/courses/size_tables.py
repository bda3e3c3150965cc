"""The courses that come with the site as tables for the manual: their words by language, and how long their pages take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from math import fsum
from typing import Any, Final

from coplearn.courses.checks import grade_of, reading_minutes, reading_of
from coplearn.courses.course import Course, Module
from coplearn.courses.library import load_library
from coplearn.courses.plugin import Item
from coplearn.courses.word_counts import signs_in, words_in
from coplearn.i18n.locales import read_locales
from coplearn.settings import HOME

_LANGUAGES: Final = ("ar", "zh_Hans_CN", "fr", "ru", "es")
_BY_SIGNS: Final = "zh_Hans_CN"


def words_table() -> str:
    """Every course with the school grade of its pages and its words in each language; Chinese is counted by its signs."""
    head = [
        "| Course | Modules, steps, minutes | School grade | English | Arabic | Chinese (signs) | French | Russian | Spanish |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    return "\n".join([*head, *map(_words_row, _courses())])


def minutes_table() -> str:
    """Every module with the words of its parts and the minutes that they take, beside those that it says."""
    modules = [(course, module) for course in _courses() for module in course.modules]
    kinds = list(dict.fromkeys(one.kind for course in _courses() for one in course.items.values()))
    head = [
        f"| Module | {' | '.join(kind.capitalize() for kind in kinds)} | To read | Said | Optional |",
        f"| --- | {'---: | ' * len(kinds)}---: | ---: | ---: |",
    ]
    return "\n".join([*head, *(_minutes_row(course, module, kinds) for course, module in modules)])


@cache
def _courses() -> tuple[Course, ...]:
    locales = read_locales(HOME / "translations" / "locales.toml")
    found = load_library((HOME / "courses",), frozenset(), locales, installed=False).courses
    return tuple(found.values())


def _words_row(course: Course) -> str:
    size = f"{len(course.modules)}, {len(course.items)}, {course.minutes}"
    counts = [sum(words_in(message.text) for message in course.messages)]
    for language in _LANGUAGES:
        count = signs_in if language == _BY_SIGNS else words_in
        counts.append(sum(map(count, _translated(course, language))))
    grade = f"{grade_of(course):.1f}"
    return f"| `{course.id}` {course.version} | {size} | {grade} | {' | '.join(f'{one:,}' for one in counts)} |"


def _translated(course: Course, language: str) -> Iterator[str]:
    entries = course.catalogs[language].entries
    return (entries[one.context].text for one in course.messages if one.context in entries)


def _minutes_row(course: Course, module: Module, kinds: Sequence[str]) -> str:
    items = [course.items[item_id] for item_id in module.item_ids]
    cells = [_reading_cell(course, [one for one in items if one.kind == kind and not one.optional]) for kind in kinds]
    cells += [f"{reading_minutes(course, module):.1f}", str(module.minutes)]
    cells.append(_reading_cell(course, [one for one in items if one.optional]))
    return f"| `{course.id}` {module.id} | {' | '.join(cells)} |"


def _reading_cell(course: Course, items: Sequence[Item[Any]]) -> str:
    """The words of those items with the minutes that they take, or nothing."""
    read = [reading_of(course, item) for item in items]
    return f"{sum(words for words, _ in read):,} ({fsum(words / speed for words, speed in read):.1f})" if read else ""
