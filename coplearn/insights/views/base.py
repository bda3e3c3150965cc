"""The blueprint of numbers."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("insights", __name__, url_prefix="/<lang:lang>", template_folder="../templates")
