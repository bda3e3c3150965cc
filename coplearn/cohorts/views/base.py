"""What every cohort view begins with: the blueprint, and telling on the next page what came of a press."""

from __future__ import annotations

from flask import Blueprint

from coplearn.web.telling import refusals_told, tell

__all__ = ["blueprint", "refusals_told", "tell"]

blueprint = Blueprint("cohorts", __name__, url_prefix="/<lang:lang>/cohorts", template_folder="../templates")
