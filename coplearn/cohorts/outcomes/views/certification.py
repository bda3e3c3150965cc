"""Outcomes: deciding, renewing, revoking, and the certificate as a file."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from coplearn.certificates.documents import typeset_certificate
from coplearn.cohorts.common.guards import StaffContext, enter, enter_as_member, nobody_here, the_session
from coplearn.cohorts.common.presenters import courses_held
from coplearn.cohorts.common.queries import member_of, teaches, works_now
from coplearn.cohorts.common.rules.words import CohortPermission, TrainingOutcome
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.outcomes.presenters import certification as presenters
from coplearn.cohorts.outcomes.queries import certification as queries
from coplearn.cohorts.outcomes.queries.certification import Checked, results_in, waiting_in
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.service import certification as service
from coplearn.credentials.presenters import asked_form, badge_file, with_wished_mail
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, NotAllowed, NotFound
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site_of
from coplearn.web.flashes import tell
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import row_in_query

PAGE = 40


@blueprint.record_once
def lend_certificates(state: BlueprintSetupState) -> None:
    """Let the public check know trainers' certificates, entry rules who teaches, and second factors who works in a cohort."""
    site_of(state.app).certificate_finders.append(presenters.CohortFinder())
    site_of(state.app).teaches.append(teaches)
    site_of(state.app).staff.append(works_now())


@blueprint.context_processor
def words() -> dict[str, object]:
    """The letters about outcomes."""
    return {"outcome_words": presenters}


@blueprint.get("/<cohort_id>/outcomes")
def outcomes(cohort_id: str) -> str:
    """Everybody's checklist, and what was decided."""
    context, session = enter(cohort_id, CohortPermission.CERTIFY), the_session()
    named = request.args.get("named", "").strip()[:100]
    after = row_in_query("after") or 0
    members = queries.members_page(session, context.cohort.id, PAGE + 1, after=after, named=named)
    shown = members[:PAGE]
    lists = checklists(session, context.cohort, shown, courses_held(), utcnow(), presenters.titles_for(context.cohort))
    standing = queries.standing_outcomes(session, [member.id for member in shown])
    return render_template(
        "cohorts/outcomes.html",
        context=context,
        rows=[presenters.OutcomeRow(member, lists[member.id], standing.get(member.id)) for member in shown],
        more=members[PAGE - 1].id if len(members) > PAGE else None,
        named=named,
        counts=queries.counts_of(session, context.cohort.id),
    )


@blueprint.get("/<cohort_id>/outcomes/<member_id>")
def outcome(cohort_id: str, member_id: str) -> str:
    """One person: the checklist, what was decided, and the form to decide."""
    return _page(enter(cohort_id, CohortPermission.CERTIFY), member_id)


def _page(context: StaffContext, member_id: str) -> str:
    session, now = the_session(), utcnow()
    member = member_of(session, context.cohort.id, member_id)
    ways = checklists(session, context.cohort, [member], courses_held(), now, presenters.titles_for(context.cohort))
    decisions = queries.decisions_of(session, member.id)
    return render_template(
        "cohorts/outcome.html",
        context=context,
        member=member,
        checklist=ways[member.id],
        decisions=decisions,
        standing=decisions[0] if decisions else None,
        choices=[(outcome.value, say(outcome.label)) for outcome in TrainingOutcome],
        chosen=request.form.get("outcome", ""),
        note=request.form.get("note", ""),
    )


def _commit_and_go_back(context: StaffContext, member_id: str, said: str) -> BaseResponse:
    the_session().commit()
    tell(said)
    return redirect(url_for("cohorts.outcome", cohort_id=context.cohort.public_id, member_id=member_id), 303)


def _refused(cohort_id: str, member_id: str, error: AppError) -> tuple[str, int]:
    """The page again with the reason and all that was typed; what somebody may not do is no page to them."""
    the_session().rollback()
    if isinstance(error, NotFound | NotAllowed):
        raise nobody_here() from None
    tell(say_phrase(error.phrase), "again")
    return _page(enter(cohort_id, CohortPermission.CERTIFY), member_id), error.status


@blueprint.post("/<cohort_id>/outcomes/<member_id>")
@looks_twice("note")
def decide(cohort_id: str, member_id: str) -> BaseResponse | tuple[str, int]:
    """Decide what came of somebody's training."""
    context, wanted = enter(cohort_id, CohortPermission.CERTIFY), request.form.get("outcome", "")
    words, turn = request.form.get("note", ""), request.form.get("turn", 0, type=int)
    if wanted not in set(TrainingOutcome):
        tell(say(N_("Choose one of the outcomes first.")), "again")
        return _page(context, member_id), 422
    chosen, courses = TrainingOutcome(wanted), courses_held()
    try:
        here = (the_session(), context.person, context.cohort, member_id)
        service.decide(*here, chosen, words, turn, courses, presenters.titles_today, utcnow())
    except AppError as error:
        return _refused(cohort_id, member_id, error)
    return _commit_and_go_back(context, member_id, say(N_("Decided. The trainee finds it on their page.")))


@blueprint.post("/<cohort_id>/outcomes/<member_id>/renew")
def renew(cohort_id: str, member_id: str) -> BaseResponse | tuple[str, int]:
    """Renew a right after a refresher."""
    context = enter(cohort_id, CohortPermission.CERTIFY)
    try:
        service.renew(the_session(), context.person, context.cohort, member_id, presenters.titles_today, utcnow())
    except AppError as error:
        return _refused(cohort_id, member_id, error)
    return _commit_and_go_back(context, member_id, say(N_("Renewed, under a new number.")))


@blueprint.post("/<cohort_id>/outcomes/<member_id>/revoke")
@looks_twice("reason")
def revoke(cohort_id: str, member_id: str) -> BaseResponse | tuple[str, int]:
    """Take a certificate back; coordinators only."""
    context = enter(cohort_id, CohortPermission.CERTIFY)
    require_fresh()
    try:
        reason = request.form.get("reason", "")
        service.revoke(the_session(), context.person, context.cohort, member_id, reason, utcnow())
    except AppError as error:
        return _refused(cohort_id, member_id, error)
    return _commit_and_go_back(context, member_id, say(N_("Revoked. What their learners earned stays valid.")))


@blueprint.post("/<cohort_id>/outcomes/<member_id>/next-step")
def pass_on(cohort_id: str, member_id: str) -> BaseResponse | tuple[str, int]:
    """Let a trainer train trainers one step further, or no longer; coordinators only."""
    context, allowed = enter(cohort_id, CohortPermission.CERTIFY), request.form.get("allowed") == "yes"
    require_fresh()
    try:
        service.allow_passing_on(
            the_session(), context.person, context.cohort, member_id, allowed=allowed, now=utcnow()
        )
    except AppError as error:
        return _refused(cohort_id, member_id, error)
    return _commit_and_go_back(context, member_id, say(N_("Allowed.")) if allowed else say(N_("No longer allowed.")))


@blueprint.post("/<cohort_id>/outcomes/<member_id>/name")
def correct_name(cohort_id: str, member_id: str) -> BaseResponse | tuple[str, int]:
    """Put the member's present name on the certificate."""
    context = enter(cohort_id, CohortPermission.CERTIFY)
    try:
        service.correct_name(the_session(), context.person, context.cohort, member_id, utcnow())
    except AppError as error:
        return _refused(cohort_id, member_id, error)
    return _commit_and_go_back(
        context, member_id, say(N_("The name is corrected. Download the certificate again to have it on paper."))
    )


@blueprint.post("/<cohort_id>/outcomes/<member_id>/pdf/<number>")
def certificate(cohort_id: str, member_id: str, number: str) -> Response:
    """Somebody's certificate as a PDF for the cohort's lead, to print for people without a printer."""
    context = enter(cohort_id, CohortPermission.CERTIFY)
    member = member_of(the_session(), context.cohort.id, member_id)
    checked = queries.by_number(the_session(), number)
    if checked is None or not is_given(checked, member.id):
        raise nobody_here()
    return pdf_of(checked)


@blueprint.post("/<cohort_id>/mine/pdf/<number>")
def own_certificate(cohort_id: str, number: str) -> Response:
    """The trainee's own certificate as a PDF in the page's language; its fingerprint is kept, hence a POST."""
    seat, checked = enter_as_member(cohort_id), queries.by_number(the_session(), number)
    if checked is None or not is_given(checked, seat.membership.id):
        raise nobody_here()
    return pdf_of(checked)


@blueprint.post("/<cohort_id>/mine/badge/<number>")
def own_badge(cohort_id: str, number: str) -> Response:
    """The trainee's own certificate as an Open Badge in the page's language."""
    seat, checked = enter_as_member(cohort_id), queries.by_number(the_session(), number)
    if checked is None or not is_given(checked, seat.membership.id):
        raise nobody_here()
    return badge_of(checked, seat.membership.email or "")


def is_given(found: Checked, membership_id: int) -> bool:
    """Whether that member gets a file of that certificate: of one that was taken back nobody gets a new one."""
    return found.certification.membership_id == membership_id and found.certification.revoked_at is None


def pdf_of(found: Checked) -> Response:
    """The certificate as a file in the page's language, known again from then on."""
    one = found.certification
    address = url_for("certificates.check_number", number=one.number, _external=True)
    pdf = typeset_certificate(presenters.certification_text(found, address))
    service.keep_fingerprint(the_session(), one, pdf, utcnow())
    the_session().commit()
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="certificate-{one.number}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def badge_of(found: Checked, mail: str) -> Response:
    """The certificate as a badge, in the form that was pressed; with a hash of ``mail`` where that was asked for."""
    form = asked_form()
    return badge_file(with_wished_mail(presenters.award_of(found.certification), mail), form)


@blueprint.get("/<cohort_id>/later")
def later(cohort_id: str) -> str:
    """The answers of people three months later, with how many were asked."""
    context, session = enter(cohort_id, CohortPermission.REPORT), the_session()
    waiting, first = waiting_in(session, context.cohort.id)
    results = results_in(session, context.cohort.id)
    return render_template(
        "cohorts/followup_results.html", context=context, results=results, waiting=waiting, first=first
    )
