"""Evidence of an activity: a link or a file, added, opened and taken away."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common import evidence as files
from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.files.uploads import UploadPurpose, uploads_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.programme.guards import ActivityContext, blueprint, enter_activity
from coplearn.programme.presenters.activities import numbers_shown
from coplearn.programme.queries.evidence import evidence_by
from coplearn.programme.service import evidence as service
from coplearn.site import site
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once, outside_transaction
from coplearn.web.render import say
from coplearn.web.stored_files import stored_attachment

_ROOM: Final = files.MOST_BYTES + 1_000_000


@blueprint.post("/activities/<activity_id>/evidence")
@takes_up_to(_ROOM, signed_in=True)
@once
def add_evidence(activity_id: str) -> ResponseReturnValue:
    """Add a link or a file."""
    context = enter_activity(activity_id)
    if not context.may_edit:
        raise nobody_here()
    file = request.files.get("file")
    with flash_refusals():
        stored = files.look_at(file.filename, file.stream) if file is not None and file.filename else None
        _add(context, stored)
        if file is not None and stored is not None:
            # Nothing of what was tried stays: the file is kept first, and no transaction waits for it.
            keep = partial(files.keep_evidence, site().settings, UploadPurpose.PROGRAMME, stored, file.stream)
            outside_transaction(keep)
            _add(enter_activity(activity_id), stored)
        tell(say(N_("The evidence is kept.")))
        return commit_once(url_for("programme.activity", activity_id=activity_id))
    return redirect(url_for("programme.activity", activity_id=activity_id), 303)


def _add(context: ActivityContext, stored: files.Stored | None) -> None:
    session = the_session()
    service.add_evidence(
        session,
        context.activity,
        request.form.get("title", ""),
        request.form.get("link", ""),
        stored=stored,
        size=stored.bytes if stored is not None else 0,
        shows=request.form.get("shows", ""),
        numbers=numbers_shown(session, context.newest.content),
        by_id=context.person.id,
        now=utcnow(),
    )


@blueprint.get("/activities/<activity_id>/evidence/<int:evidence_id>")
def evidence(activity_id: str, evidence_id: int) -> Response:
    """The file itself, to be kept and not to be opened here."""
    context = enter_activity(activity_id)
    found = evidence_by(the_session(), context.activity.id, evidence_id)
    if found is None or not found.file_key:
        raise nobody_here()
    name = f"evidence-{evidence_id}.{files.ENDINGS.get(found.media_type, 'bin')}"
    store = uploads_of(site().settings, UploadPurpose.PROGRAMME)
    response = stored_attachment(store, found.file_key, found.media_type, name)
    if response is None:
        raise nobody_here()
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
