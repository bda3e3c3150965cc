"""Every page of numbers, brought together on one blueprint."""

from __future__ import annotations

from coplearn.insights.views import cohort, country, edition, report
from coplearn.insights.views.base import blueprint

__all__ = ["blueprint", "cohort", "country", "edition", "report"]
