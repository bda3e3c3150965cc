"""A recommendation: how it stands, told in a minute on a telephone; and who shall do it, by when."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.evidence import MOST_BYTES, keep_evidence, look_at
from coplearn.cohorts.common.guards import the_session
from coplearn.declarations import presenters, queries, service
from coplearn.declarations.forms import AssignForm, ReportForm
from coplearn.declarations.guards import KeeperContext, enter_recommendation
from coplearn.declarations.rules import problems_of_report
from coplearn.files.uploads import UploadPurpose, uploads_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.programme.queries.organisations import organisations
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import tell
from coplearn.web.idempotency import commit_once, once, outside_transaction
from coplearn.web.render import say, say_phrase
from coplearn.web.stored_files import stored_attachment

blueprint = Blueprint(
    "recommendations", __name__, url_prefix="/<lang:lang>/recommendations", template_folder="../templates"
)

Page = str | BaseResponse | tuple[str, int]


@blueprint.get("/<recommendation>")
def page(recommendation: str) -> str:
    """The reports so far, and the form to say how it stands now."""
    context = enter_recommendation(recommendation)
    return _page(context, ReportForm(formdata=None, data={"told_on": utcnow().date()}))


@blueprint.post("/<recommendation>")
@takes_up_to(MOST_BYTES + 100_000, signed_in=True)
@looks_twice("words")
@once
def tell_standing(recommendation: str) -> Page:
    """Write down how it stands; a file that came with it is kept once all else is good."""
    context, form, now = enter_recommendation(recommendation), ReportForm(), utcnow()
    declaration, report, file = context.declaration, form.report(), request.files.get("file")
    assert declaration.adopted_on is not None
    form.offer()
    form.blame(problems_of_report(report, declaration.adopted_on, now.date()))
    if form.summary():
        return _page(context, form), 422
    try:
        stored = look_at(file.filename, file.stream) if file and file.filename else None
        if file is not None and stored is not None:
            outside_transaction(
                partial(keep_evidence, site().settings, UploadPurpose.DECLARATIONS, stored, file.stream)
            )
        service.tell(the_session(), context.recommendation, declaration, report, stored, context.person.id, now)
    except Refused as error:
        form.file.errors = [say_phrase(error.phrase)]
        return _page(context, form), 422
    tell(say(N_("Thank you. It is kept with the recommendation.")))
    return commit_once(url_for("recommendations.page", recommendation=recommendation))


def _page(context: KeeperContext, form: ReportForm) -> str:
    form.offer()
    return render_template("declarations/recommendation.html", context=context, form=form, one=_shown(context))


def _shown(context: KeeperContext) -> presenters.RecommendationShown:
    lines = queries.recommendations_of(the_session(), [context.declaration], utcnow().date())
    return next(one for one in presenters.shown_recommendations(lines) if one.line.row.id == context.recommendation.id)


@blueprint.get("/<recommendation>/who")
def who(recommendation: str) -> str:
    """The form of who shall do it, by when, and who looks after it."""
    context = enter_recommendation(recommendation, edits=True)
    row = context.recommendation
    keeper = queries.address_of(the_session(), row.keeper_id)
    organisation = str(row.organisation_id or "")
    data = {"organisation": organisation, "addressee": row.addressee, "due_on": row.due_on, "keeper": keeper}
    return _who_page(context, AssignForm(formdata=None, data=data))


@blueprint.post("/<recommendation>/who")
@looks_twice("addressee")
def assign(recommendation: str) -> Page:
    """Write down who shall do it, by when, and who looks after it."""
    context, form = enter_recommendation(recommendation, edits=True), AssignForm()
    require_fresh()
    form.offer([(str(one.id), one.name) for one in organisations(the_session())])
    if not form.is_good_day():
        form.due_on.errors = [say(N_("That is no day. Write it as in 2027-03-31."))]
        return _who_page(context, form), 422
    addressee, organisation, due_on = form.addressee_words(), form.organisation_id(), form.due_on.data
    try:
        keeper = form.keeper_address()
        service.assign(the_session(), context.recommendation, addressee, organisation, due_on, keeper, utcnow())
    except Refused as error:
        form.keeper.errors = [say_phrase(error.phrase)]
        return _who_page(context, form), 422
    the_session().commit()
    tell(say(N_("Saved.")))
    return redirect(
        url_for("declarations.one", declaration=context.declaration.public_id, _anchor="recommendations"), 303
    )


def _who_page(context: KeeperContext, form: AssignForm) -> str:
    form.offer([(str(one.id), one.name) for one in organisations(the_session())])
    return render_template("declarations/assign.html", context=context, form=form, one=_shown(context))


@blueprint.get("/<recommendation>/evidence/<int:report>")
def evidence(recommendation: str, report: int) -> Response:
    """A file that came with a report."""
    context = enter_recommendation(recommendation)
    row = queries.report_with_file(the_session(), context.recommendation.id, report)
    store = uploads_of(site().settings, UploadPurpose.DECLARATIONS)
    response = stored_attachment(store, row.file_sha256, row.file_type, row.file_name) if row is not None else None
    if response is None:
        raise NotFound(N_("There is no such file."))
    return response
