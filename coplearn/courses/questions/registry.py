"""The kinds of question a quiz may hold, by the word after ``kind:``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from coplearn.courses.plugin import QuestionKind
from coplearn.courses.questions.choice import Many, One
from coplearn.courses.questions.match import Match
from coplearn.courses.questions.order import Order
from coplearn.courses.questions.reflection import Reflection

QUESTION_KINDS: Final[Mapping[str, type[QuestionKind]]] = MappingProxyType(
    {kind.kind: kind for kind in (One, Many, Order, Match, Reflection)}
)
