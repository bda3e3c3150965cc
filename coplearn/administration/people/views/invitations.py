"""Inviting people, and opening an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import login_user
from werkzeug.wrappers import Response

from coplearn.accounts.guards import home_address
from coplearn.administration.people import presenters, queries
from coplearn.administration.people.forms import AcceptForm, InviteForm
from coplearn.administration.people.guards import present_manager
from coplearn.administration.people.queries import Opened
from coplearn.administration.people.service import invitations as service
from coplearn.administration.people.views.accounts import blueprint
from coplearn.audit.service import note_refused
from coplearn.cohorts.common.guards import the_session
from coplearn.cohorts.common.queries import Person
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_, counted
from coplearn.second_factors.guards import require_fresh
from coplearn.storage.database import begin_writing, reading
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.accounts.models import User

_MOST_SENT: Final = 20
"""Lists that one person may send within an hour."""
_GONE: Final = N_("This invitation does not work any more. Ask whoever sent it for a new one.")

invited = Blueprint("invited", __name__, url_prefix="/<lang:lang>/invited", template_folder="../templates")


@blueprint.get("/invite")
def ask_invite() -> str:
    """Type or paste whom to invite, and to what; and who was invited and has not answered."""
    person = present_manager()
    require_fresh()
    place = presenters.own_place(person) | {"language": page_locale().code}
    return _invite_page(person, InviteForm(formdata=None, data=place))


def _invite_page(person: Person, form: InviteForm) -> str:
    form.offer(presenters.role_choices(person), *presenters.place_choices())
    return render_template(
        "people/invite.html",
        form=form,
        open=presenters.invitation_lines(queries.open_invitations(the_session(), utcnow()), person),
    )


@blueprint.post("/invite")
def invite() -> ResponseReturnValue:
    """Write to everybody on the list; where a line cannot be read, to nobody, and the list is kept."""
    person = present_manager()
    require_fresh()
    the_session().rollback()  # who counts tries must hold no lock; the press is taken after that
    wait = one_too_many("invite", _MOST_SENT, 3600, str(person.id))
    return too_many_page(wait) if wait is not None else _invite()


@once
def _invite() -> ResponseReturnValue:
    person, form = present_manager(), InviteForm()
    form.offer(presenters.role_choices(person), *presenters.place_choices())
    granted, people = form.granted(), form.invited()
    if form.is_above():
        note_refused(the_session(), f"role={form.role.data}")
    if granted is None or people is None:
        return _invite_page(person, form), 422
    try:
        number = service.invite(the_session(), person, people, granted, form.language.data, utcnow())
    except Refused as error:
        the_session().rollback()
        form.role.errors = [say_phrase(error.phrase)]
        return _invite_page(person, form), 422
    tell(say_phrase(counted("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", number)))
    return commit_once(url_for("people.ask_invite"))


@blueprint.post("/invite/<int:invitation_id>/end")
def end_invitation(invitation_id: int) -> Response:
    """Take an invitation back."""
    person = present_manager()
    with flash_refusals():
        service.take_back(the_session(), person, invitation_id)
        the_session().commit()
        tell(say(N_("That invitation opens nothing any more.")))
    return redirect(url_for("people.ask_invite"), 303)


@invited.get("/<token>")
def door(token: str) -> str:
    """The page behind an invitation: the role, and the form to begin."""
    found, form = _opened(token), AcceptForm(formdata=None)
    form.fit(has_account=found.has_account, is_first=not found.email)
    return _door_page(found, form)


def _opened(token: str) -> Opened:
    found = queries.opened(the_session(), service.token_hash(token), utcnow())
    if found is None:
        raise NotFound(_GONE)
    return found


def _door_page(found: Opened, form: AcceptForm) -> str:
    return render_template("people/door.html", invitation=found, form=form, words=presenters)


@invited.post("/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Take the invitation: a new account is signed in at once, one that was there signs in as always."""
    form = AcceptForm()
    with reading(the_session()):
        found = _opened(token)
        form.fit(has_account=found.has_account, is_first=not found.email)
        hashed = form.hashed_password(found.email)
    if form.summary():
        return _door_page(found, form), 422
    begin_writing(the_session())
    try:
        user = service.accept(the_session(), token, form.address(), hashed, utcnow())
    except Refused as error:
        the_session().rollback()
        form.email.errors = [say_phrase(error.phrase)]
        return _door_page(found, form), 422
    the_session().commit()
    # Whose account was made meanwhile signs in as always, with a second step where there is one.
    return _welcome(user) if hashed and user.password == hashed else _back_to_sign_in()


def _welcome(user: User) -> Response:
    login_user(user, authn_via=["confirm"])
    the_session().commit()
    tell(say(N_("Welcome. Your account is ready, and you are signed in.")))
    return redirect(home_address(), 303)


def _back_to_sign_in() -> Response:
    tell(say(N_("The role is yours now. Sign in to use it.")))
    return redirect(url_for("security.login"), 303)
