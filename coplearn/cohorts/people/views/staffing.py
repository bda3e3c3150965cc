"""Staff of a cohort: asking somebody, their answer, and ending it."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from coplearn.accounts.guards import to_sign_in
from coplearn.cohorts.common.guards import StaffContext, enter, no_such_address, person_or_none, the_session
from coplearn.cohorts.common.presenters import role_choices
from coplearn.cohorts.common.queries import staff_of
from coplearn.cohorts.common.rules.words import CohortPermission, StaffRole
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.people import queries
from coplearn.cohorts.people.forms import StaffForm
from coplearn.cohorts.people.service import staffing as service
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.second_factors.guards import require_fresh
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import say, say_phrase

_MOST_ASKED: Final = 30
"""People whom one person may ask within an hour: enough for any staff, and no letters to the world."""


@blueprint.get("/<cohort_id>/staff")
def staff(cohort_id: str) -> str:
    """The staff of the cohort, those asked, and those who left."""
    return _staff_page(enter(cohort_id, CohortPermission.STAFF), StaffForm(formdata=None))


def _staff_page(context: StaffContext, form: StaffForm) -> str:
    form.offer(role_choices(context.cohort))
    session, number = the_session(), context.cohort.id
    lines, requests = staff_of(session, number, past=True), queries.requests_in(session, number, utcnow())
    return render_template("cohorts/staff.html", context=context, form=form, lines=lines, asked=requests)


@blueprint.post("/<cohort_id>/staff")
def add_staff(cohort_id: str) -> ResponseReturnValue:
    """Ask somebody by their mail address; the answer is the same whether it has an account or not."""
    context = enter(cohort_id, CohortPermission.STAFF)
    require_fresh()
    the_session().rollback()  # who counts tries must hold no lock; the press is taken after that
    wait = one_too_many("staff", _MOST_ASKED, 3600, str(context.person.id))
    return too_many_page(wait) if wait is not None else _ask(cohort_id)


@once
def _ask(cohort_id: str) -> Response | tuple[str, int]:
    context, form = enter(cohort_id, CohortPermission.STAFF), StaffForm()
    email, role = form.address(), request.form.get("role", "")
    until = form.last_day.until()
    if email is None or form.last_day.errors or role not in set(StaffRole):
        return _staff_page(context, form), 422
    try:
        works = service.ask_staff(
            the_session(), context.person, context.cohort.id, email, StaffRole(role), utcnow(), until
        )
    except AppError as error:
        the_session().rollback()
        field = form.last_day if error.phrase.text in (service.LEADS, service.OVER) else form.email
        field.errors = [say_phrase(error.phrase)]
        return _staff_page(enter(cohort_id, CohortPermission.STAFF), form), 422
    sentence = (
        N_("%(name)s works in this cohort now.")
        if works
        else N_("%(name)s is asked, and works here once they say yes.")
    )
    tell(say(sentence, name=email))
    return commit_once(url_for("cohorts.staff", cohort_id=cohort_id))


@blueprint.post("/<cohort_id>/staff/asked/<asked_id>/end")
def take_back_request(cohort_id: str, asked_id: str) -> Response:
    """Ask somebody no longer."""
    context = enter(cohort_id, CohortPermission.STAFF)
    service.take_back_request(the_session(), context.person, context.cohort.id, asked_id, utcnow())
    the_session().commit()
    tell(say(N_("They are not asked any more.")))
    return redirect(url_for("cohorts.staff", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/staff/<int:staff_id>/end")
def end_staff(cohort_id: str, staff_id: int) -> Response:
    """End somebody's work in the cohort."""
    context = enter(cohort_id, CohortPermission.STAFF)
    require_fresh()
    with flash_refusals():
        service.end_staff(the_session(), context.person, context.cohort.id, staff_id, utcnow())
        the_session().commit()
        tell(say(N_("Their work here is ended. What they did stays in the records.")))
    return redirect(url_for("cohorts.staff", cohort_id=cohort_id), 303)


@blueprint.get("/asked/<asked_id>")
def asked(asked_id: str) -> str:
    """The page that the letter's link opens: the question, for whoever has the account of the address that was asked."""
    offer, person = queries.open_request(the_session(), asked_id, utcnow()), person_or_none()
    if offer is None:
        raise no_such_address()
    own = person is not None and queries.request_for(the_session(), person, asked_id, utcnow()) is not None
    return render_template("cohorts/asked.html", offer=offer, person=person, own=own)


@blueprint.post("/asked/<asked_id>")
def answer_asked(asked_id: str) -> Response:
    """Say yes or no."""
    person, session = person_or_none(), the_session()
    if person is None:
        return to_sign_in(url_for("cohorts.asked", asked_id=asked_id))
    with flash_refusals():
        if request.form.get("answer") == "no":
            service.decline_request(session, person, asked_id, utcnow())
            tell(say(N_("You said no. Whoever asked you sees that, and nothing else about you.")))
            session.commit()
            return redirect(url_for("cohorts.home"), 303)
        cohort = service.accept_request(session, person, asked_id, utcnow()).public_id
        session.commit()
        tell(say(N_("Thank you. You work in this cohort now.")))
        return redirect(url_for("cohorts.cohort", cohort_id=cohort), 303)
    return redirect(url_for("cohorts.home"), 303)
