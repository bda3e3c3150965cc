"""The register of a meeting: marking, marks that waited on a device, history, children counted, and paper."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from flask import Response as FlaskResponse
from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.cohorts.common.guards import StaffContext, enter, nobody_here, the_session
from coplearn.cohorts.common.queries import member_of
from coplearn.cohorts.common.rules.words import AgeBand, CohortPermission, Via
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.meetings import queries
from coplearn.cohorts.meetings.documents import typeset_register
from coplearn.cohorts.meetings.forms import read_marks, read_register
from coplearn.cohorts.meetings.presenters import attendance as presenters
from coplearn.cohorts.meetings.queries import register_of
from coplearn.cohorts.meetings.rules.marking import window
from coplearn.cohorts.meetings.rules.meetings import CHILDREN_RULES
from coplearn.cohorts.meetings.service import attendance as service
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.owners import owner_of_user, refuse_foreign
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import json_sent, takes_json

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.meeting import Meeting


PAGE = 40


def open_meeting(cohort_id: str, meeting_id: str) -> tuple[StaffContext, Meeting]:
    """The person who marks, and a meeting of that cohort. Raises NotFound for all others."""
    context = enter(cohort_id, CohortPermission.MARK)
    meeting = queries.meeting_of(the_session(), context.cohort.id, meeting_id)
    if meeting is None:
        raise nobody_here()
    return context, meeting


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/register")
def register(cohort_id: str, meeting_id: str) -> str:
    """One page of the register, forty people, with what collides."""
    context, meeting = open_meeting(cohort_id, meeting_id)
    session, zone = the_session(), context.cohort.time_zone
    page = register_of(session, meeting, request.args.get("after"), PAGE)
    marks = queries.marks_of(session, meeting.id, [row.membership_id for row in page.rows])
    allowed = window(meeting.starts_at, meeting.ends_at, meeting.state, utcnow(), decides=context.decides)
    return render_template(
        "cohorts/register.html",
        context=context,
        meeting=meeting,
        when=presenters.hours_of(meeting, zone),
        lines=presenters.lines(page, marks, zone),
        next_key=page.next_key,
        after=request.args.get("after", ""),
        counts=queries.marked_of(session, meeting),
        refusal=presenters.why_not_marked(meeting, allowed),
        needs_reason=allowed.needs_reason,
        choices=presenters.choices(),
        key=token_hex(16),
        via=Via.PAPER if request.args.get("via") == Via.PAPER else Via.REGISTER,
        owner=owner_of_user(context.person.id),
        rules=[say(rule) for rule in CHILDREN_RULES] if meeting.with_children else [],
    )


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/register")
@looks_twice("reason")
def save_register(cohort_id: str, meeting_id: str) -> Response:
    """Save what was chosen on a page of the register."""
    (context, _), session, now = open_meeting(cohort_id, meeting_id), the_session(), utcnow()
    sent, reason = read_register(request.form, now), request.form.get("reason", "")
    with flash_refusals():
        saved = service.save_marks(
            session, context.person, context.cohort, meeting_id, sent, now, decides=context.decides, reason=reason
        )
        session.commit()
        for sentence, kind in presenters.what_came_of_it(saved):
            tell(sentence, kind)
    after, paper_one = request.form.get("after") or None, request.form.get("via") == Via.PAPER
    via = Via.PAPER if paper_one else None
    return redirect(url_for("cohorts.register", cohort_id=cohort_id, meeting_id=meeting_id, after=after, via=via), 303)


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/marks")
@takes_json
def send_marks(cohort_id: str, meeting_id: str) -> FlaskResponse:
    """Marks that waited on a device, as JSON; after a 2xx the device may forget them."""
    (context, _), session, now = open_meeting(cohort_id, meeting_id), the_session(), utcnow()
    refuse_foreign(json_sent(), context.person.id)
    sent = read_marks(json_sent(), now)
    reason = str(request.args.get("reason", ""))
    try:
        saved = service.save_marks(
            session, context.person, context.cohort, meeting_id, sent, now, decides=context.decides, reason=reason
        )
        session.commit()
    except AppError as error:
        session.rollback()
        answer = jsonify(refused=say_phrase(error.phrase))
        answer.status_code = error.status
        return answer
    return jsonify(
        taken=[one.op_id for one in sent],
        standings=[[one.member, one.status, one.rev] for one in saved.standings.values()],
        stale=[one.op_id for one in saved.stale],
        told=[sentence for sentence, kind in presenters.what_came_of_it(saved) if kind == "again"],
    )


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/history/<member_id>")
def mark_history(cohort_id: str, meeting_id: str, member_id: str) -> str:
    """Every mark that was ever made of somebody at a meeting."""
    context, meeting = open_meeting(cohort_id, meeting_id)
    member = member_of(the_session(), context.cohort.id, member_id)
    entries = presenters.history(queries.marks_of(the_session(), meeting.id, [member.id]))
    zone = context.cohort.time_zone
    return render_template(
        "cohorts/register_history.html", context=context, meeting=meeting, member=member, told=entries, zone=zone,
        time_of=presenters.time_of,
    )  # fmt: skip


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/children")
def children(cohort_id: str, meeting_id: str) -> str:
    """Children at a meeting, counted by age, and the rules that hold with them."""
    context, meeting = open_meeting(cohort_id, meeting_id)
    return _children_page(context, meeting, {})


def _children_page(context: StaffContext, meeting: Meeting, typed: dict[str, str], error: str = "") -> str:
    counts = {band: str(count) for band, count in queries.children_of(the_session(), meeting.id).items()} | typed
    return render_template(
        "cohorts/children.html",
        context=context,
        meeting=meeting,
        bands=[(band.value, say(band.label), counts.get(band, "")) for band in AgeBand],
        rules=[say(rule) for rule in CHILDREN_RULES],
        error=error,
    )


@blueprint.post("/<cohort_id>/meetings/<meeting_id>/children")
def count_children(cohort_id: str, meeting_id: str) -> Response | tuple[str, int]:
    """Write down how many children were there."""
    context, meeting = open_meeting(cohort_id, meeting_id)
    typed = {band.value: request.form.get(f"n-{band}", "").strip() for band in AgeBand}
    numbers = {band: int(text) if text.isdecimal() and len(text) < 6 else -1 for band, text in typed.items() if text}
    session = the_session()
    try:
        service.count_children(session, context.person, context.cohort, meeting_id, numbers, utcnow())
    except AppError as error:
        session.rollback()
        context, meeting = open_meeting(cohort_id, meeting_id)
        return _children_page(context, meeting, typed, say_phrase(error.phrase)), error.status
    session.commit()
    tell(say(N_("Saved. Children are counted here and never named.")))
    return redirect(url_for("cohorts.children", cohort_id=cohort_id, meeting_id=meeting_id), 303)


@blueprint.get("/<cohort_id>/meetings/<meeting_id>/register.pdf")
def register_paper(cohort_id: str, meeting_id: str) -> FlaskResponse:
    """The register on paper; ``part`` counts from 1."""
    context, meeting = open_meeting(cohort_id, meeting_id)
    part = min(max(request.args.get("part", 1, type=int), 1), 1000)
    people = queries.members_for_paper(the_session(), meeting, presenters.ON_PAPER, (part - 1) * presenters.ON_PAPER)
    pdf = typeset_register(presenters.register_text(context.cohort, meeting, people, part))
    response = FlaskResponse(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="register.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
