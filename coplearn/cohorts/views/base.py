"""What every cohort view begins with: the blueprint, and telling on the next page what came of a press."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session

from coplearn.cohorts.service.queue import fill_all_seats
from coplearn.cohorts.service.staffing import forget_requests
from coplearn.storage.presses import forget_presses
from coplearn.web.once import form_key, made, once
from coplearn.web.telling import refusals_told, tell

__all__ = ["blueprint", "made", "once", "refusals_told", "tell"]

blueprint = Blueprint("cohorts", __name__, url_prefix="/<lang:lang>/cohorts", template_folder="../templates")


@blueprint.record_once
def prepare_forms(state: BlueprintSetupState) -> None:
    """Give the forms that make something their keys; the day's work forgets old ones, and gives away free seats."""
    state.app.jinja_env.globals["form_key"] = form_key

    @state.app.extensions["jobs"].daily("give free seats")  # type: ignore[untyped-decorator] # registered by name
    def fill(_app: Flask, session: Session, now: datetime) -> None:
        fill_all_seats(session, now)

    @state.app.extensions["jobs"].daily("forget who was asked")  # type: ignore[untyped-decorator] # registered by name
    def forget_asked(_app: Flask, session: Session, now: datetime) -> None:
        forget_requests(session, now)

    @state.app.extensions["jobs"].daily("forget presses")  # type: ignore[untyped-decorator] # registered by name
    def forget(_app: Flask, session: Session, now: datetime) -> None:
        forget_presses(session, now)
