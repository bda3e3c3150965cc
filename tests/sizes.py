"""What `make test` shows on a sample and `make prove` whole."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import settings

WHOLE: Final = os.environ.get("COPLEARN_PROVE") == "1"
"""Whether everything runs at its full size."""

whole_only: Final = pytest.mark.whole
"""Marks what `make prove` alone runs; a sample of the same stands beside it in the suite."""


def examples(sample: int, whole: int, **more: Any) -> settings:
    """Decorate a property test: ``sample`` examples in the suite, ``whole`` in the proof; ``more`` are other settings."""
    return settings(max_examples=whole if WHOLE else sample, deadline=None, **more)


def some_of(cases: Sequence[Any], sample: int) -> list[Any]:
    """Cases of `parametrize`: so many of them, evenly taken and always the same, run in the suite; all do in the proof."""
    taken = {place * len(cases) // sample for place in range(min(sample, len(cases)))}
    return [
        case if place in taken else pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=whole_only)
        for place, case in enumerate(cases)
    ]


LONG: Final = {
    "tests/moving": "59 minutes by the clock on two busy processors",
    "tests/durability/test_interrupted_migrations.py": "20 minutes of a processor",
    "tests/offline/test_one_state.py": "35 minutes of a processor",
    "tests/journeys/test_every_page.py": "60 minutes of a processor",
}
"""What is known to take long at its full size, as measured or reckoned from a sample; told when a proof begins."""
