"""The law of counting, in words: which marks mean that somebody attended, and which outcomes that a training ended well."""

from __future__ import annotations

from typing import Final

from coplearn.cohorts.rules.attendance import WORTH
from coplearn.cohorts.rules.words import Outcome

ATTENDED: Final = tuple(mark for mark, worth in WORTH.items() if worth > 0)
"""Marks of somebody who was there, for the whole meeting or a part of it."""
IN_FULL: Final = tuple(mark for mark, worth in WORTH.items() if worth == 1)
"""Marks of somebody who was there as much as a mandatory meeting asks for."""
ENDED_WELL: Final = (Outcome.CERTIFIED, Outcome.COMPLETED)
"""Outcomes of a training that was completed."""
