"""The kinds of item that every course may hold."""

from __future__ import annotations

from typing import Any, Final

from coplearn.courses.kinds.action import ActionKind
from coplearn.courses.kinds.drill import DrillKind
from coplearn.courses.kinds.lesson import LessonKind
from coplearn.courses.kinds.quiz import QuizKind
from coplearn.courses.kinds.scenario import ScenarioKind
from coplearn.courses.plugin import ItemKind

ITEM_KINDS: Final[tuple[type[ItemKind[Any]], ...]] = (LessonKind, QuizKind, ScenarioKind, ActionKind, DrillKind)
STAND_IN: Final = LessonKind
"""What an item that cannot be used is held as, so that the rest of its course is judged all the same."""
