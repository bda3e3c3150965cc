"""What `make test` shows on a sample and `make prove` whole."""

from __future__ import annotations

import os
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
