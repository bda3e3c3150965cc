"""The blueprint of numbers."""

from __future__ import annotations

from flask import Blueprint

from coplearn.web.nul import guard_against_nul

blueprint = Blueprint("insights", __name__, url_prefix="/<lang:lang>", template_folder="../templates")
guard_against_nul(blueprint)
