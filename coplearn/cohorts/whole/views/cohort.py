"""Cohorts themselves: the list, one of them, opening, changing, moving on, copying and putting away."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.accounts.guards import session_key
from coplearn.accounts.rules import may_somewhere
from coplearn.audit.kinds import EventKind
from coplearn.audit.service import record_read
from coplearn.cohorts.common import presenters as common_presenters
from coplearn.cohorts.common.guards import StaffContext, enter, nobody_here, present_person, the_session
from coplearn.cohorts.common.presenters import standing_words
from coplearn.cohorts.common.queries import Person, authorisation_of, rights_of, staff_of
from coplearn.cohorts.common.rules.authorisation import countries_of
from coplearn.cohorts.common.rules.words import CohortPermission, Kind, MemberState, State
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.people.queries import offers_for, place_in_queue, staff_offers_for
from coplearn.cohorts.whole import service
from coplearn.cohorts.whole.forms import CohortForm, CopyForm, SeriesForm
from coplearn.cohorts.whole.presenters import cohort as presenters
from coplearn.cohorts.whole.presenters.cohort import cohort_tabs
from coplearn.cohorts.whole.queries import cohort as queries
from coplearn.cohorts.whole.queries.cohort import CohortCounts, CohortWork, Held, work_in
from coplearn.cohorts.whole.rules import Details, problems_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Conflict, NotAllowed
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.privacy.guards import looks_twice
from coplearn.site import site
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import row_in_query

PAGE = 50


@blueprint.app_context_processor
def shell() -> dict[str, object]:
    """The values that the shell of a cohort's page asks for."""
    return {"cohort_tabs": cohort_tabs, "cohort_words": common_presenters}


@blueprint.get("/")
def home() -> str:
    """The cohorts somebody works in or is trained in."""
    person, session = present_person(), the_session()
    countries = countries_of(person.grants, Permission.SEE_COUNTRY)
    archived, after = "archived" in request.args, row_in_query("before")
    own = queries.own_memberships(session, person.id)
    lines = queries.cohorts_for(session, person.id, countries, archived=archived, before=after, limit=PAGE + 1)
    return render_template(
        "cohorts/home.html",
        lines=lines[:PAGE],
        older=lines[PAGE - 1].cohort.id if len(lines) > PAGE else None,
        own=own,
        places={seat.id: place_in_queue(session, seat) for _, seat in own if seat.state == MemberState.QUEUED},
        offers=offers_for(session, person),
        staff_offers=staff_offers_for(session, person, utcnow()),
        archived=archived,
        may_open=_may_open(person),
        may_open_series=may_somewhere(person.grants, Permission.OPEN_COHORTS),
        may_see_numbers=countries is None or bool(countries),
    )


def _may_open(person: Person) -> bool:
    if may_somewhere(person.grants, Permission.OPEN_COHORTS):
        return True
    return site().settings.cohorts_opened_by == "trainers" and bool(rights_of(the_session(), person.id, utcnow()))


@blueprint.get("/new")
def new() -> str:
    """The form of a new cohort, for coordinators and certified trainers."""
    person = present_person()
    if not _may_open(person):
        raise nobody_here()
    return _form_page(_form(person, None), None)


@blueprint.post("/new")
@looks_twice("about")
@once
def open_new() -> Response | tuple[str, int]:
    """Open a draft."""
    person = present_person()
    if not _may_open(person):
        raise nobody_here()
    form = _form(person, None)
    form.blame(problems_of(form.details(), *_known()))
    if form.summary():
        return _form_page(form, None), 422
    try:
        opened = service.open_cohort(the_session(), person, form.details(), utcnow())
    except AppError as error:
        form.country.errors = [say_phrase(error.phrase)]
        return _form_page(form, None), 422
    is_series = opened.kind == Kind.SERIES
    made = N_("The series is made. Nobody sees it before you open it.")
    tell(say(made if is_series else N_("The cohort is made. Nobody can join before you open it.")))
    return commit_once(url_for("cohorts.cohort", cohort_id=opened.public_id))


def _form(person: Person, context: StaffContext | None) -> CohortForm:
    stored = service.details_of(context.cohort) if context is not None else Details()
    is_series = context.is_series if context is not None else request.args.get("kind") == Kind.SERIES
    form = SeriesForm(obj=stored) if is_series else CohortForm(obj=stored)
    rights = [right.country for right in rights_of(the_session(), person.id, utcnow())]
    presenters.offer_choices(form, person.grants, [*rights, *([context.cohort.country] if context is not None else [])])
    return form


def _form_page(form: CohortForm, context: StaffContext | None, rev: int | None = None) -> str:
    is_series = isinstance(form, SeriesForm)
    return render_template("cohorts/form.html", form=form, context=context, rev=rev, is_series=is_series)


def _known() -> tuple[list[str], list[str]]:
    locales = site().locales
    return list(site().library.current().courses), [locale.code for locale in locales]


def _work(context: StaffContext, counts: CohortCounts, now: datetime) -> CohortWork:
    number, held = context.cohort.id, Held(context.cohort, context.roles, context.permissions)
    people: dict[tuple[int, str], int] = {
        (number, MemberState.ACTIVE): counts.active,
        (number, MemberState.WAITING): counts.waiting,
    }
    return work_in(the_session(), [held], site().library.current().courses, now, people)[0]


@blueprint.get("/<cohort_id>/")
def cohort(cohort_id: str) -> str:
    """One cohort at a glance."""
    context, session, now = enter(cohort_id, CohortPermission.SEE), the_session(), utcnow()
    staff = staff_of(session, context.cohort.id)
    counts = queries.counts_of(session, context.cohort.id)
    authorisation = authorisation_of(session, context.cohort, now)
    may_edit = CohortPermission.EDIT in context.permissions
    told = presenters.history(queries.events_of(session, context.cohort.id)) if may_edit else []
    page = render_template(
        "cohorts/cohort.html",
        context=context,
        work=_work(context, counts, now),
        when=presenters.when_next,
        staff=staff,
        counts=counts,
        standing=standing_words(context.cohort, authorisation),
        facts=presenters.facts(context.cohort),
        steps=presenters.steps(context, authorisation),
        left=presenters.left_to_do(context.cohort, staff, counts.meetings) if may_edit else [],
        told=told,
    )
    if told:  # it names whoever joined
        record_read(session, EventKind.PEOPLE_READ, about=f"cohort:{cohort_id}", reader=session_key() or "")
    return page


@blueprint.get("/<cohort_id>/edit")
def edit(cohort_id: str) -> str:
    """The form of a cohort as it stands."""
    context = enter(cohort_id, CohortPermission.EDIT)
    return _form_page(_form(context.person, context), context, context.cohort.rev)


@blueprint.post("/<cohort_id>/edit")
@looks_twice("about")
def change(cohort_id: str) -> Response | tuple[str, int]:
    """Save what was decided; when somebody else saved first, what was typed stays on the page."""
    context, session = enter(cohort_id, CohortPermission.EDIT), the_session()
    form, rev = _form(context.person, context), request.form.get("rev", 0, type=int)
    form.blame(problems_of(form.details(), *_known(), service.active_people(session, context.cohort.id)))
    if form.summary():
        return _form_page(form, context, rev), 422
    try:
        changed = service.change_cohort(session, context.person, context.cohort.id, rev, form.details(), utcnow())
    except AppError as error:
        session.rollback()
        tell(say_phrase(error.phrase), "again")
        context = enter(cohort_id, CohortPermission.EDIT)
        now = context.cohort.rev if isinstance(error, Conflict) else rev
        return _form_page(form, context, now), error.status
    session.commit()
    tell(say(N_("Saved.")) if changed else say(N_("Nothing was changed.")))
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/state")
def move(cohort_id: str) -> Response:
    """Move a cohort one step on or back."""
    context, wanted = enter(cohort_id, CohortPermission.STAFF), request.form.get("state", "")
    with flash_refusals():
        if wanted in set(State):
            service.move_cohort(the_session(), context.person, context.cohort.id, State(wanted), utcnow())
            the_session().commit()
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/archive")
def archive(cohort_id: str) -> Response:
    """Put a cohort out of the lists, or back."""
    context, away = enter(cohort_id, CohortPermission.STAFF), request.form.get("away") == "yes"
    with flash_refusals():
        service.archive_cohort(the_session(), context.person, context.cohort.id, away=away, now=utcnow())
        the_session().commit()
        tell(
            say(N_("Archived. You find it under “Archived cohorts”.")) if away else say(N_("It is in the lists again."))
        )
    return redirect(url_for("cohorts.cohort", cohort_id=cohort_id), 303)


@blueprint.get("/<cohort_id>/copy")
def ask_copy(cohort_id: str) -> str:
    """The form of a copy; for somebody who may not open such a cohort the sentence that says so, before they type."""
    context = enter(cohort_id, CohortPermission.EDIT)
    try:
        service.right_for(the_session(), context.person, service.details_of(context.cohort), utcnow())
    except NotAllowed as refused:
        return _copy_page(context, None, say_phrase(refused.phrase))
    return _copy_page(context, CopyForm(formdata=None, title=context.cohort.title))


def _copy_page(context: StaffContext, form: CopyForm | None, refused: str = "") -> str:
    return render_template("cohorts/copy.html", context=context, form=form, refused=refused)


@blueprint.post("/<cohort_id>/copy")
@once
def copy(cohort_id: str) -> Response | tuple[str, int]:
    """Make a new draft like this cohort."""
    context, form = enter(cohort_id, CohortPermission.EDIT), CopyForm()
    title = (form.title.data or "").strip()
    if not title or len(title) > 200:
        form.title.errors = [say(N_("Give the cohort a name that its people will know."))]
        return _copy_page(context, form), 422
    day = None if form.first_day.process_errors else form.first_day.data
    try:
        copied = service.copy_cohort(the_session(), context.person, context.cohort.id, title, day, utcnow())
    except AppError as error:
        the_session().rollback()
        form.title.errors = [say_phrase(error.phrase)]
        return _copy_page(enter(cohort_id, CohortPermission.EDIT), form), 422
    tell(say(N_("The copy is made. Nobody can join before you open it.")))
    return commit_once(url_for("cohorts.cohort", cohort_id=copied.public_id))
