"""Organisations: the list, one of them, and a person's word on which name means which."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.cohorts.common.presenters import country_choices, country_name
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.programme.forms.records import OrganisationForm
from coplearn.programme.guards import ProgrammeContext, blueprint, present_access
from coplearn.programme.presenters import organisations as presenters
from coplearn.programme.queries import organisations as queries
from coplearn.programme.queries.texts import activities_of, match_by
from coplearn.programme.rules.words import OrganisationKind
from coplearn.programme.service import organisations as service
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import page_locale, say, say_phrase
from coplearn.web.request_checks import row_in_form

if TYPE_CHECKING:
    from coplearn.programme.models.organisations import Organisation


@blueprint.get("/organisations/")
def organisations() -> str:
    """Every organisation, and the form of a new one."""
    context = _editor()
    return _list_page(context, _form())


def _list_page(context: ProgrammeContext, form: OrganisationForm) -> str:
    lines = [
        (one, say(OrganisationKind(one.kind).label), country_name(one.country) if one.country else "")
        for one in queries.organisations(the_session())
    ]
    return render_template("programme/organisations.html", context=context, lines=lines, form=form)


@blueprint.post("/organisations/")
@once
def add_organisation() -> BaseResponse | tuple[str, int]:
    """Add an organisation; with the text that it is added for, that text means it."""
    context, session, now, form = _editor(), the_session(), utcnow(), _form()
    written = request.form.get("text", "")[:200]
    try:
        # The short form beside a name asks for two things; what else is sent with it was asked by nobody.
        content = replace(_content(form), country="", address="", sourced_id="") if written else _content(form)
        made = service.add_organisation(session, content, by_id=context.person.id, now=now)
        if written:
            service.match_text(session, written, made, by_id=context.person.id, now=now)
    except AppError as error:
        session.rollback()
        form.name.errors = [say_phrase(error.phrase)]
        return _list_page(context, form), 422
    tell(say(N_("The organisation is kept.")))
    page = "programme.match" if written else "programme.organisations"
    return commit_once(url_for(page))


@blueprint.get("/organisations/<organisation_id>")
def organisation(organisation_id: str) -> str:
    """One organisation: what is kept of it, the names that mean it, and what it had a part in."""
    context, found = _editor(), _found(organisation_id)
    form = OrganisationForm(obj=found)
    form.offer(list(country_choices(page_locale())))
    return _page(context, found, form)


@blueprint.post("/organisations/<organisation_id>")
def change_organisation(organisation_id: str) -> BaseResponse | tuple[str, int]:
    """Correct what is kept of it."""
    context, found, form, session = _editor(), _found(organisation_id), _form(), the_session()
    try:
        service.change_organisation(session, found, _content(form), utcnow())
        session.commit()
    except AppError as error:
        session.rollback()
        form.name.errors = [say_phrase(error.phrase)]
        return _page(context, found, form), 422
    tell(say(N_("The organisation is kept.")))
    return redirect(url_for("programme.organisation", organisation_id=organisation_id), 303)


@blueprint.get("/organisations/match")
def match() -> str:
    """Names that nobody has matched yet, each with the organisations that look like it."""
    context, session = _editor(), the_session()
    rows, count = presenters.loose_rows(session, context.access)
    return render_template(
        "programme/match.html",
        rows=rows,
        count=count,
        known=queries.organisations(session),
        kinds=list(OrganisationKind),
    )


@blueprint.post("/organisations/match")
def join() -> BaseResponse:
    """Say which organisation a name means."""
    context, session = _editor(), the_session()
    found = _found(request.form.get("organisation", ""))
    with flash_refusals():
        written = request.form.get("text", "")[:200]
        service.match_text(session, written, found, by_id=context.person.id, now=utcnow())
        session.commit()
        tell(
            say(
                N_("“%(written)s” means %(name)s from now on. You can undo it at the organisation."),
                written=written,
                name=found.name,
            )
        )
    return redirect(url_for("programme.match"), 303)


@blueprint.post("/organisations/<organisation_id>/undo")
def undo(organisation_id: str) -> BaseResponse:
    """Take back that a name means it."""
    context, found, session = _editor(), _found(organisation_id), the_session()
    standing = match_by(session, found.id, row_in_form("match"))
    if standing is None:
        raise nobody_here()
    service.undo_match(session, standing, by_id=context.person.id, now=utcnow())
    session.commit()
    tell(say(N_("The name is not matched any more.")))
    return redirect(url_for("programme.organisation", organisation_id=organisation_id), 303)


def _editor() -> ProgrammeContext:
    context = present_access()
    if not context.access.may_confirm_somewhere:
        raise nobody_here()
    return context


def _found(organisation_id: str) -> Organisation:
    found = queries.organisation_by(the_session(), organisation_id)
    if found is None:
        raise nobody_here()
    return found


def _form() -> OrganisationForm:
    form = OrganisationForm()
    form.offer(list(country_choices(page_locale())))
    return form


def _content(form: OrganisationForm) -> service.OrganisationContent:
    kind = form.kind.data if form.kind.data in set(OrganisationKind) else OrganisationKind.NOT_STATED
    return service.OrganisationContent(
        form.name.data or "",
        OrganisationKind(kind),
        form.country.data or "",
        (form.address.data or "").strip(),
        (form.sourced_id.data or "").strip()[:64],
    )


def _page(context: ProgrammeContext, found: Organisation, form: OrganisationForm) -> str:
    session = the_session()
    return render_template(
        "programme/organisation.html",
        organisation=found,
        form=form,
        texts=queries.texts_of(session, found.id),
        activities=activities_of(session, context.access, found.id),
    )
