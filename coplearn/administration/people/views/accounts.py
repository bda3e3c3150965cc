"""The list of accounts, one account, its roles, and switching it off and on."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from coplearn.accounts.queries import account_actions
from coplearn.administration.people import presenters, queries
from coplearn.administration.people.forms import RoleForm
from coplearn.administration.people.guards import present_manager
from coplearn.administration.people.queries import AccountState, Wanted
from coplearn.administration.people.service import roles as service
from coplearn.administration.people.service.seeing import may_see_as
from coplearn.audit.service import note_refused
from coplearn.cohorts.common.guards import the_session
from coplearn.cohorts.common.queries import Person
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role
from coplearn.second_factors.guards import require_fresh
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import row_in_query

blueprint = Blueprint("people", __name__, url_prefix="/<lang:lang>/people", template_folder="../templates")


@blueprint.get("/")
def everybody() -> str:
    """Forty accounts, the newest first, that go with what is asked for."""
    person, wanted = present_manager(), _wanted()
    lines = queries.people_page(the_session(), person.grants, wanted, presenters.PAGE + 1)
    locales, _, countries = presenters.place_choices()
    return render_template(
        "people/everybody.html",
        lines=lines[: presenters.PAGE],
        wanted=wanted,
        before=presenters.next_before(lines),
        asked=presenters.asked_for(wanted),
        locales=locales,
        countries=countries,
        words=presenters,
        person=person,
    )


def _wanted() -> Wanted:
    args, role, state = request.args, request.args.get("role", ""), request.args.get("state", "")
    country, search = args.get("country", ""), args.get("search", "").strip()[:100]
    return Wanted(
        search=search.replace("\x00", ""),
        role=role if role in {"any", *Role} else "",
        locale=args.get("locale", "")[:16].replace("\x00", ""),
        country=country if country in COUNTRIES else "",
        state=state if state in set(AccountState) else "",
        before=row_in_query("before"),
    )


@blueprint.get("/<int:user_id>")
def account(user_id: int) -> str:
    """One account: who it is, what they are trusted with, and what was done with it."""
    person = present_manager()
    require_fresh()
    return _account_page(person, user_id, RoleForm(formdata=None, data=presenters.own_place(person)))


def _account_page(person: Person, user_id: int, form: RoleForm) -> str:
    line = service.seen_account(the_session(), person, user_id)
    form.offer(presenters.role_choices(person), *presenters.place_choices())
    return render_template(
        "people/account.html",
        account=line,
        roles=presenters.role_lines(line.roles, person),
        work=presenters.work_lines(the_session(), user_id, person),
        actions=account_actions(the_session(), user_id),
        is_admin=may_see_as(person) and line.id != person.id,
        may_switch=line.id != person.id and service.may_switch(person, line) and line.merged_into_id is None,
        form=form,
        words=presenters,
    )


@blueprint.post("/<int:user_id>/roles")
@once
def give_role(user_id: int) -> ResponseReturnValue:
    """Trust somebody with a role."""
    person, form = present_manager(), RoleForm()
    require_fresh()
    form.offer(presenters.role_choices(person), *presenters.place_choices())
    granted = form.granted()
    if granted is None:
        page = _account_page(person, user_id, form)
        if form.is_above():
            note_refused(the_session(), f"role={form.role.data}", whom=f"user:{user_id}")
        return page, 422
    try:
        service.give_role(the_session(), person, user_id, granted, utcnow())
    except Refused as error:
        the_session().rollback()
        form.role.errors = [say_phrase(error.phrase)]
        return _account_page(person, user_id, form), 422
    tell(say(N_("The role is given. It holds from the person's next page on.")))
    return commit_once(url_for("people.account", user_id=user_id))


@blueprint.post("/<int:user_id>/roles/<int:role_id>/end")
def take_role(user_id: int, role_id: int) -> Response:
    """Take a role away."""
    person = present_manager()
    require_fresh()
    with flash_refusals():
        service.take_role(the_session(), person, user_id, role_id, utcnow())
        the_session().commit()
        tell(say(N_("The role is taken away. It is gone on the person's next page.")))
    return _to_account(person, user_id)


@blueprint.post("/<int:user_id>/switch")
def switch(user_id: int) -> Response:
    """Switch the account off, or on again."""
    person, on = present_manager(), request.form.get("to") == "on"
    require_fresh()
    with flash_refusals():
        service.switch(the_session(), person, user_id, on=on, now=utcnow())
        the_session().commit()
        tell(say(N_("The account is on again.") if on else N_("The account is off, and signed out everywhere.")))
    return _to_account(person, user_id)


def _to_account(person: Person, user_id: int) -> Response:
    # Whoever loses sight of somebody by what they did is not led to a page that is not there for them.
    seen = queries.account_of(the_session(), queries.seen_by(person.grants), user_id)
    return redirect(url_for("people.account", user_id=user_id) if seen else url_for("people.everybody"), 303)
