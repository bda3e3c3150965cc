"""Programmes, and who works in them. Whoever coordinates everywhere makes them."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.cohorts.common.presenters import country_choices, country_name
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.programme.forms.records import ProgrammeForm, SeatForm
from coplearn.programme.guards import ProgrammeContext, blueprint, present_access
from coplearn.programme.queries import organisations as queries
from coplearn.programme.rules.words import ProgrammeRole
from coplearn.programme.service import programmes as service
from coplearn.second_factors.guards import require_fresh
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import page_locale, say, say_phrase


@blueprint.get("/programmes/")
def programmes() -> str:
    """Every programme, and the form of a new one."""
    _head()
    return _list_page(ProgrammeForm())


def _list_page(form: ProgrammeForm) -> str:
    return render_template("programme/programmes.html", programmes=queries.programmes(the_session()), form=form)


@blueprint.post("/programmes/")
@once
def add_programme() -> BaseResponse | tuple[str, int]:
    """Add a programme."""
    _head()
    session, form = the_session(), ProgrammeForm()
    try:
        made = service.write_programme(session, None, form.name.data or "", form.words.data or "", utcnow())
    except AppError as error:
        session.rollback()
        form.name.errors = [say_phrase(error.phrase)]
        return _list_page(form), 422
    return commit_once(url_for("programme.programme", programme_id=made.public_id))


@blueprint.get("/programmes/<programme_id>")
def programme(programme_id: str) -> str:
    """One programme, and who has a role in it."""
    _head()
    return _page(programme_id, SeatForm())


@blueprint.post("/programmes/<programme_id>")
def seat(programme_id: str) -> BaseResponse | tuple[str, int]:
    """Give somebody with an account a role in it."""
    _head()
    require_fresh()
    session, form = the_session(), SeatForm()
    found = queries.programme_by(session, programme_id)
    if found is None:
        raise nobody_here()
    role = form.role.data if form.role.data in set(ProgrammeRole) else ProgrammeRole.READER
    try:
        service.seat_in_programme(
            session, found, form.email.data or "", ProgrammeRole(role), form.country.data or "", utcnow()
        )
        session.commit()
    except AppError as error:
        session.rollback()
        form.email.errors = [say_phrase(error.phrase)]
        return _page(programme_id, form), 422
    tell(say(N_("The role is given.")))
    return redirect(url_for("programme.programme", programme_id=programme_id), 303)


@blueprint.post("/programmes/<programme_id>/end")
def end(programme_id: str) -> BaseResponse:
    """End somebody's role in it."""
    _head()
    require_fresh()
    session, number = the_session(), request.form.get("member", 0, type=int)
    found = queries.programme_by(session, programme_id)
    lines = queries.members_of(session, found.id) if found is not None else []
    line = next((one for one in lines if one.member.id == number), None)
    if line is None:
        raise nobody_here()
    with flash_refusals():
        service.end_seat(session, line.member, utcnow())
        session.commit()
        tell(say(N_("The role is ended.")))
    return redirect(url_for("programme.programme", programme_id=programme_id), 303)


def _head() -> ProgrammeContext:
    context = present_access()
    if not context.access.sees_all:
        raise nobody_here()
    return context


def _page(programme_id: str, form: SeatForm) -> str:
    session = the_session()
    found = queries.programme_by(session, programme_id)
    if found is None:
        raise nobody_here()
    form.offer(list(country_choices(page_locale())))
    lines = [
        (
            line,
            say(ProgrammeRole(line.member.role).label),
            country_name(line.member.country) if line.member.country else "",
        )
        for line in queries.members_of(session, found.id)
    ]
    return render_template("programme/programme.html", programme=found, form=form, lines=lines)
