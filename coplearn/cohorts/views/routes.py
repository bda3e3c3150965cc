"""Every page of cohorts, brought together on one blueprint."""

from __future__ import annotations

from coplearn.cohorts.views import cohort, letters
from coplearn.cohorts.views.base import blueprint

__all__ = ["blueprint", "cohort", "letters"]
