"""Actions that are rare and asked twice: seeing the site as somebody, handing over their work, joining two accounts."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from coplearn.accounts.config import as_stored
from coplearn.administration.people.guards import begin_seeing, end_seeing, present_manager
from coplearn.administration.people.queries import account_id_of
from coplearn.administration.people.service.handing import hand_over
from coplearn.administration.people.service.merging import merge
from coplearn.administration.people.service.seeing import see_as
from coplearn.administration.people.views.accounts import blueprint
from coplearn.cohorts.common.guards import the_session
from coplearn.cohorts.common.presenters import items_held
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_, counted
from coplearn.second_factors.guards import require_fresh
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.render import say, say_phrase

_SURE = N_("Tick the box first: this cannot be undone.")


def _to(user_id: int) -> Response:
    return redirect(url_for("people.account", user_id=user_id), 303)


@blueprint.post("/<int:user_id>/see")
def see(user_id: int) -> Response:
    """See the site as that person does, for half an hour, without a word changed."""
    person = present_manager()
    require_fresh()
    with flash_refusals():
        seen = see_as(the_session(), person, user_id, utcnow())
        the_session().commit()
        begin_seeing(seen, utcnow())
        return redirect(url_for("profile.home"), 303)
    return _to(user_id)


@blueprint.post("/seeing/stop")
def stop_seeing() -> Response:
    """Be oneself again."""
    end_seeing()
    return redirect(url_for("people.everybody"), 303)


@blueprint.post("/<int:user_id>/hand-over")
def hand_over_work(user_id: int) -> Response:
    """Give their cohorts and the languages they translate to somebody else."""
    person = present_manager()
    require_fresh()
    with flash_refusals():
        found = hand_over(
            the_session(), person, user_id, as_stored(request.form.get("email", "")[:320]) or "", utcnow()
        )
        the_session().commit()
        tell(_handed(found.moved))
        if found.stayed:
            tell(_stayed(found.stayed), "note")
    return _to(user_id)


def _handed(number: int) -> str:
    return say_phrase(
        counted("%(num)s cohort or language is handed over.", "%(num)s cohorts and languages are handed over.", number)
    )


def _stayed(number: int) -> str:
    return say_phrase(
        counted(
            "%(num)s stayed: the other person cannot take it.",
            "%(num)s stayed: the other person cannot take them.",
            number,
        )
    )


@blueprint.post("/<int:user_id>/join")
def join_accounts(user_id: int) -> Response:
    """Join another account of the same person into this one."""
    person = present_manager()
    require_fresh()
    with flash_refusals():
        if request.form.get("sure") != "yes":
            raise Refused(_SURE)
        other = account_id_of(the_session(), as_stored(request.form.get("email", "")[:320]) or "")
        if other is None:
            raise NotFound(N_("There is no account with that address."))
        merge(the_session(), person, user_id, other, utcnow(), items_held())
        the_session().commit()
        tell(say(N_("The accounts are one now. The other address opens nothing any more.")))
    return _to(user_id)
