"""Teach-backs: who teaches what and when, what was seen, the sign-off, and its evidence."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common import evidence as files
from coplearn.cohorts.common.guards import StaffContext, enter, nobody_here, the_session
from coplearn.cohorts.common.queries import member_of
from coplearn.cohorts.common.rules.words import CohortPermission
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.outcomes.presenters import teaching as presenters
from coplearn.cohorts.outcomes.queries import teaching as queries
from coplearn.cohorts.outcomes.service import teaching as service
from coplearn.files.uploads import UploadPurpose, uploads_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, NotFound
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.site import site
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import row_in_query
from coplearn.web.stored_files import stored_attachment

PAGE = 40


@blueprint.context_processor
def words() -> dict[str, object]:
    """The letters about teach-backs."""
    return {"teach_words": presenters}


@blueprint.get("/<cohort_id>/teach-backs")
def teach_backs(cohort_id: str) -> str:
    """The cohort's trainees with their teach-backs."""
    context, after = enter(cohort_id, CohortPermission.OBSERVE), row_in_query("after") or 0
    named = request.args.get("named", "").strip()[:100]
    rows = queries.board(the_session(), context.cohort.id, PAGE + 1, after=after, named=named)
    more = rows[PAGE - 1].membership.id if len(rows) > PAGE else None
    return render_template("cohorts/teach_backs.html", context=context, rows=rows[:PAGE], more=more, named=named)


@blueprint.get("/<cohort_id>/teach-backs/plan/<member_id>")
def plan_teach_back(cohort_id: str, member_id: str) -> str:
    """The form of a plan."""
    return _plan_page(enter(cohort_id, CohortPermission.OBSERVE), member_id)


def _plan_page(context: StaffContext, member_id: str) -> str:
    member = member_of(the_session(), context.cohort.id, member_id)
    return render_template(
        "cohorts/teach_plan.html",
        context=context,
        member=member,
        parts=presenters.modules_of(context.cohort),
        meetings=queries.meetings_for(the_session(), context.cohort.id),
    )


@blueprint.post("/<cohort_id>/teach-backs/plan/<member_id>")
@once
def keep_plan(cohort_id: str, member_id: str) -> BaseResponse:
    """Plan one more teach-back."""
    context = enter(cohort_id, CohortPermission.OBSERVE)
    plan, parts = presenters.plan_of(context.cohort), presenters.modules_of(context.cohort)
    try:
        service.plan_teach_back(the_session(), context.person, context.cohort, member_id, plan, parts, utcnow())
    except NotFound:
        raise nobody_here() from None
    except AppError as error:
        the_session().rollback()
        tell(say_phrase(error.phrase), "again")
        return redirect(url_for("cohorts.plan_teach_back", cohort_id=cohort_id, member_id=member_id), 303)
    tell(say(N_("The teach-back is planned.")))
    return commit_once(url_for("cohorts.teach_backs", cohort_id=cohort_id))


@blueprint.get("/<cohort_id>/teach-backs/<teach_back_id>")
def teach_back(cohort_id: str, teach_back_id: str) -> str:
    """One teach-back: what was seen so far, and the form to write down more."""
    context = enter(cohort_id, CohortPermission.OBSERVE)
    amends = request.args.get("amend", type=int)
    return _page(context, teach_back_id, None, amends)


def _page(context: StaffContext, teach_back_id: str, typed: presenters.Typed | None, amends: int | None = None) -> str:
    entry = queries.teach_back_entry(the_session(), context.cohort.id, teach_back_id)
    if entry is None:
        raise nobody_here()
    evaluations = queries.evaluations_of(the_session(), entry[0].id)
    chosen = next((one for one in evaluations if one.id == amends), None)
    typed = typed or presenters.typed_now(chosen)
    screen = presenters.teach_back_screen(the_session(), context, entry, evaluations, typed, utcnow())
    return render_template("cohorts/teach_back.html", context=context, screen=screen)


@blueprint.post("/<cohort_id>/teach-backs/<teach_back_id>")
@takes_up_to(files.MOST_BYTES + 256 * 1024, signed_in=True)
@looks_twice("note_to_trainee", "note_internal", "reason")
def judge(cohort_id: str, teach_back_id: str) -> BaseResponse | tuple[str, int]:
    """Write down what was seen, or sign it off; what was typed stays on the page when it is refused."""
    context = enter(cohort_id, CohortPermission.OBSERVE)
    typed = presenters.typed_before()
    try:
        decides = _evaluated(context, teach_back_id, typed)
    except NotFound:
        raise nobody_here() from None
    except AppError as error:
        the_session().rollback()
        tell(say_phrase(error.phrase), "again")
        return _page(enter(cohort_id, CohortPermission.OBSERVE), teach_back_id, typed), error.status
    the_session().commit()
    tell(say(N_("Signed off.")) if decides else say(N_("Your notes are kept.")))
    return redirect(url_for("cohorts.teach_back", cohort_id=cohort_id, teach_back_id=teach_back_id), 303)


def _evaluated(context: StaffContext, teach_back_id: str, typed: presenters.Typed) -> bool:
    """Write down what was seen, and tell whether it signs off.

    A file is kept once all is found good, and while no transaction waits for it.
    """
    file, session = request.files.get("evidence"), the_session()
    stored = files.look_at(file.filename, file.stream) if file and file.filename else None
    judgement = _judgement(typed, stored)
    if file is not None and stored is not None:
        service.evaluate(
            session, context.person, context.permissions, context.cohort, teach_back_id, judgement, utcnow()
        )
        session.rollback()
        files.keep_evidence(site().settings, UploadPurpose.EVIDENCE, stored, file.stream)
        context = enter(context.cohort.public_id, CohortPermission.OBSERVE)
    written = service.evaluate(
        session, context.person, context.permissions, context.cohort, teach_back_id, judgement, utcnow()
    )
    return written.decides


def _judgement(typed: presenters.Typed, stored: files.Stored | None) -> service.Judgement:
    return service.Judgement(
        op_id=typed.op_id,
        decides=request.form.get("do") == "sign-off",
        scores=typed.scores,
        note_to_trainee=typed.note_to_trainee,
        note_internal=typed.note_internal,
        evidence=stored,
        amends_id=typed.amends_id,
        reason=typed.reason,
    )


@blueprint.get("/<cohort_id>/teach-backs/<teach_back_id>/evidence/<int(max=2147483647):evaluation_id>")
def evidence(cohort_id: str, teach_back_id: str, evaluation_id: int) -> Response:
    """The file that came with an evaluation, for the cohort's own staff, to be kept and never opened in the page."""
    context = enter(cohort_id, CohortPermission.OBSERVE)
    entry = queries.teach_back_entry(the_session(), context.cohort.id, teach_back_id)
    row = queries.evaluation_in(the_session(), entry[0].id, evaluation_id) if entry is not None else None
    if row is None or not row.evidence_sha256:
        raise nobody_here()
    name = f"evidence-{evaluation_id}.{files.ENDINGS.get(row.evidence_type, 'bin')}"
    store = uploads_of(site().settings, UploadPurpose.EVIDENCE)
    response = stored_attachment(store, row.evidence_sha256, row.evidence_type, name)
    if response is None:
        raise nobody_here()
    return response
