"""The blueprint of every cohort page."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from coplearn.web.idempotency import form_key

blueprint = Blueprint("cohorts", __name__, url_prefix="/<lang:lang>/cohorts", template_folder="../templates")


@blueprint.record_once
def prepare_forms(state: BlueprintSetupState) -> None:
    """Give the forms that make something their keys."""
    state.app.jinja_env.globals["form_key"] = form_key
