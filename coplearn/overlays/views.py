"""The overlays of countries for those who coordinate them, and each country's colours."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import NotFound as NoSuchPage
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import session_key
from coplearn.accounts.queries import user_id_of
from coplearn.courses.course import Course
from coplearn.courses.overlays.contract import Overlay, text_hash
from coplearn.courses.overlays.deciding import Decision
from coplearn.courses.overlays.loading import own_overlays
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.overlays import service
from coplearn.overlays.guards import present_overlay, present_overlays
from coplearn.overlays.presenters import (
    CHOICES,
    LACKS,
    MOST_LACKING,
    STATES,
    brand_of,
    courses_of,
    rows_of,
    screen_of,
    style_sheet,
    style_version,
)
from coplearn.site import site, site_of
from coplearn.storage.database import current_session
from coplearn.web.flashes import tell
from coplearn.web.render import note_refusal, say, say_phrase

blueprint = Blueprint("overlays", __name__, url_prefix="/<lang:lang>", template_folder="templates")
brands = Blueprint("brands", __name__)


@blueprint.record_once
def lend_brands(state: BlueprintSetupState) -> None:
    """Let every page ask how a country's pages look."""
    assert isinstance(state.app, Flask)
    site_of(state.app).brands.append(brand_of)


@brands.get("/brand/<country>.<version>.css")
def style(country: str, version: str) -> Response:
    """The colours of a country, at an address that changes when they do."""
    course = site().library.current().of_country(country)
    adaptation = course.adaptation if course is not None else None
    if adaptation is None or not adaptation.colours[0] or version != style_version(adaptation):
        raise NoSuchPage
    response = Response(style_sheet(adaptation), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/overlays")
def overview() -> str:
    """The overlays of the countries that somebody coordinates."""
    return render_template("overlays/overview.html", rows=rows_of(present_overlays()))


@blueprint.get("/overlays/<overlay_id>")
def one(overlay_id: str) -> str:
    """One overlay: what has to be decided, and what else the course has changed."""
    return _page(present_overlay(overlay_id))


@blueprint.post("/overlays/<overlay_id>/decide")
def decide(overlay_id: str) -> BaseResponse | tuple[str, int]:
    """Take, keep or write anew one text."""
    overlay, form, session = present_overlay(overlay_id), request.form, current_session(current_app)
    if form.get("choice") not in set(Decision):
        raise BadRequest
    course, block, text = _course(overlay), form.get("block", ""), form.get("text", "").replace("\0", "")
    line = service.line_of(overlay, course, block, form.get("do", ""))
    seen, choice, who = form.get("seen", ""), Decision(form["choice"]), _who()
    try:
        service.decide_on(session, overlay, _folder(overlay), line, seen, choice, text, who, utcnow())
    except Refused as refused:
        return _page(overlay, refused, {block: text}), 422
    session.commit()
    tell(say(N_("Decided. Readers see it in a moment.")))
    return redirect(url_for(".one", overlay_id=overlay.id), 303)


@blueprint.post("/overlays/<overlay_id>/undo")
def undo(overlay_id: str) -> BaseResponse | tuple[str, int]:
    """Undo the latest decision about one text: it is as it was before."""
    overlay, session = present_overlay(overlay_id), current_session(current_app)
    try:
        service.undo_on(session, overlay, _folder(overlay), request.form.get("key", ""), _who(), utcnow())
    except Refused as refused:
        return _page(overlay, refused), 422
    session.commit()
    tell(say(N_("Undone: your text is what it was before.")))
    return redirect(url_for(".one", overlay_id=overlay.id), 303)


@blueprint.post("/overlays/<overlay_id>/looked")
def looked(overlay_id: str) -> BaseResponse | tuple[str, int]:
    """Note that the news of the course were looked at: they are not listed again."""
    overlay, session = present_overlay(overlay_id), current_session(current_app)
    try:
        service.note_looked(session, overlay, _folder(overlay), _course(overlay), utcnow())
    except Refused as refused:
        return _page(overlay, refused), 422
    session.commit()
    tell(say(N_("Noted. From now on you see what changes after today.")))
    return redirect(url_for(".one", overlay_id=overlay.id), 303)


def _page(overlay: Overlay, refused: Refused | None = None, typed: dict[str, str] | None = None) -> str:
    screen = screen_of(overlay, _folder(overlay))
    if screen is None:
        raise NotFound(N_("The course of this overlay is not on the site."))
    if refused is not None:
        note_refusal()
    return render_template(
        "overlays/one.html",
        screen=screen,
        states={state: say(words) for state, words in STATES.items()},
        choices={choice: say(words) for choice, words in CHOICES.items()},
        lacks={lack: say(words) for lack, words in LACKS.items()},
        refusal=say_phrase(refused.phrase) if refused is not None else "",
        typed=typed or {},
        seen=lambda line: text_hash(line.theirs),
        most=MOST_LACKING,
    )


def _course(overlay: Overlay) -> Course:
    course, _ = courses_of(overlay)
    if course is None:
        raise NotFound(N_("The course of this overlay is not on the site."))
    return course


def _folder(overlay: Overlay) -> Path:
    return own_overlays(site().settings) / overlay.id


def _who() -> str:
    key = session_key()
    return f"user:{user_id_of(current_session(current_app), key)}" if key is not None else ""
