"""Evidence of an activity: a link or a file, added, opened and taken away."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Response, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common import evidence as files
from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.programme.guards import blueprint, enter_activity
from coplearn.programme.presenters.activities import numbers_shown
from coplearn.programme.queries.evidence import evidence_by
from coplearn.programme.service import evidence as service
from coplearn.site import site
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say

_ROOM: Final = files.MOST_BYTES + 1_000_000


def evidence_folder() -> Path:
    """The folder of the files: no address leads there."""
    return site().settings.instance_path / "programme"


@blueprint.post("/activities/<activity_id>/evidence")
@takes_up_to(_ROOM, signed_in=True)
@once
def add_evidence(activity_id: str) -> ResponseReturnValue:
    """Add a link or a file."""
    context = enter_activity(activity_id)
    if not context.may_edit:
        raise nobody_here()
    session = the_session()
    with flash_refusals():
        stored, size = _brought_file()
        service.add_evidence(
            session,
            context.activity,
            request.form.get("title", ""),
            request.form.get("link", ""),
            stored=stored,
            size=size,
            shows=request.form.get("shows", ""),
            numbers=numbers_shown(session, context.newest.content),
            by_id=context.person.id,
            now=utcnow(),
        )
        tell(say(N_("The evidence is kept.")))
        return commit_once(url_for("programme.activity", activity_id=activity_id))
    return redirect(url_for("programme.activity", activity_id=activity_id), 303)


def _brought_file() -> tuple[files.Stored | None, int]:
    file = request.files.get("file")
    if file is None or not file.filename:
        return None, 0
    stored = files.take(evidence_folder(), file.filename, file.stream)
    return stored, (evidence_folder() / stored.sha256).stat().st_size


@blueprint.get("/activities/<activity_id>/evidence/<int:evidence_id>")
def evidence(activity_id: str, evidence_id: int) -> Response:
    """The file itself, to be kept and not to be opened here."""
    context = enter_activity(activity_id)
    found = evidence_by(the_session(), context.activity.id, evidence_id)
    path = files.path_of(evidence_folder(), found.file_key) if found is not None else None
    if found is None or path is None:
        raise nobody_here()
    name = f"evidence-{evidence_id}.{files.ENDINGS.get(found.media_type, 'bin')}"
    response = send_file(path, mimetype=found.media_type, as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/activities/<activity_id>/evidence/<int:evidence_id>/remove")
def remove_evidence(activity_id: str, evidence_id: int) -> BaseResponse:
    """Take it off the page."""
    context, session = enter_activity(activity_id), the_session()
    found = evidence_by(session, context.activity.id, evidence_id)
    if found is None or not context.may_edit:
        raise nobody_here()
    service.remove_evidence(session, found, by_id=context.person.id, now=utcnow())
    session.commit()
    tell(say(N_("The evidence is taken off this page.")))
    return redirect(url_for("programme.activity", activity_id=activity_id), 303)
