"""Looks at what a stranger's kind gives: texts that can be sent and kept, phrases that can be said, notes that can be sorted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeGuard, get_args

from markupsafe import Markup

from coplearn.authoring.problems import Severity
from coplearn.courses.plugin import Ballot, Message, Phrase, Place, Problem, Problems, Slide

_PLAIN: Final = (str, int, float, date)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,89}")
_MOST_OPTIONS: Final = 12
_SEVERITIES: Final = frozenset(get_args(Severity))


def is_text(value: object) -> bool:
    """Whether it is a text that goes onto a page and into a database: no NUL, and no half of a character."""
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)


def is_phrase(value: object) -> bool:
    """Whether it is a phrase whose values the site can write."""
    if not isinstance(value, Phrase) or not is_text(value.text) or not isinstance(value.params, Mapping):
        return False
    if value.plural is not None and not (is_text(value.plural) and isinstance(value.number, int)):
        return False
    return all(is_text(name) and _is_plain(one) for name, one in value.params.items())


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple):
        return all(_is_plain(one) for one in value)
    return is_text(value) if isinstance(value, str) else isinstance(value, _PLAIN)


def is_message(value: object) -> bool:
    """Whether it is a message that translators and pages can have."""
    return (
        isinstance(value, Message)
        and is_text(value.context)
        and is_text(value.text)
        and isinstance(value.place, Place)
        and isinstance(value.notes, tuple)
        and all(map(is_text, value.notes))
        and (value.group is None or is_text(value.group))
        and (value.max_length is None or isinstance(value.max_length, int))
    )


def is_slide(value: object) -> bool:
    """Whether it is a slide that the site can show, with a ballot that it can count."""
    return (
        isinstance(value, Slide)
        and _is_name(value.key)
        and all(isinstance(html, Markup) and is_text(html) for html in (value.html, value.answer, value.notes))
        and isinstance(value.leads, Mapping)
        and all(is_text(text) for pair in value.leads.items() for text in pair)
        and (value.ballot is None or _is_ballot(value.ballot))
    )


def _is_ballot(value: object) -> bool:
    if not isinstance(value, Ballot) or not 2 <= len(value.options) <= _MOST_OPTIONS:
        return False
    names = [name for name, _ in value.options]
    known = all(_is_name(name) for name in names) and len(set(names)) == len(names)
    return known and value.right <= set(names) and all(isinstance(text, Markup) for _, text in value.options)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def good_problems(noted: Problems) -> tuple[list[Problem], bool]:
    """The problems that a kind noted and that can be shown, and whether those are all that it noted."""
    found: object = noted.found
    given = found if isinstance(found, list) else [None]
    good = [one for one in given if _is_problem(one)]
    return good, len(good) == len(given)


def _is_problem(value: object) -> TypeGuard[Problem]:
    return (
        isinstance(value, Problem)
        and isinstance(value.place, Place)
        and is_text(value.place.path)
        and isinstance(value.place.line, int)
        and all(is_text(text) for text in (value.code, value.what, value.mend))
        and value.severity in _SEVERITIES
    )
