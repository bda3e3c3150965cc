"""Pages of experts: the public list, nominating, the nominee's answer, and the votes of the panel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.resources.experts import guards, presenters, service
from coplearn.resources.experts.forms import NominationForm
from coplearn.resources.experts.mail import nominee_token
from coplearn.resources.experts.rules import NominationState
from coplearn.resources.experts.service import NomineeAddress, Token
from coplearn.resources.hub.guards import keeps_hub, present_keeper
from coplearn.resources.hub.rules import LONGEST_TEXT
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase

if TYPE_CHECKING:
    from coplearn.resources.experts.models import ExpertNomination

blueprint = Blueprint("experts", __name__, url_prefix="/<lang:lang>/resources/experts", template_folder="templates")


def _token() -> Token:
    return partial(nominee_token, current_app)


@blueprint.get("/")
def listing() -> str:
    """The experts whom a panel elected, with the result of each vote."""
    return render_template("experts/list.html", lines=presenters.expert_lines(the_session()))


@blueprint.get("/desk")
def votes() -> str:
    """Nominations and votes, for members of the hub and coordinators."""
    return _votes_page(presenters.offer(NominationForm(formdata=None)))


def _votes_page(form: NominationForm) -> str:
    person, member = guards.present_nominator()
    lines = presenters.nomination_lines(the_session(), member, keeps=keeps_hub(person))
    return render_template("experts/votes.html", lines=lines, form=form, choices=presenters.vote_choices())


@blueprint.post("/desk")
@looks_twice("reason")
@once
def nominate() -> ResponseReturnValue:
    """Ask somebody whether they agree."""
    person, _ = guards.present_nominator()
    form = presenters.offer(NominationForm())
    form.judge()
    if form.summary():
        return _votes_page(form), 422
    to = NomineeAddress(form.address(), form.locale.data)
    service.nominate(the_session(), form.details(), to, person.id, _token(), utcnow())
    tell(say(N_("A letter asks them now. Nothing is public before they agree.")))
    return commit_once(url_for(".votes"))


@blueprint.post("/<nomination_id>/open")
def open_vote(nomination_id: str) -> BaseResponse:
    """Open the vote on a nominee who agreed."""
    present_keeper()
    nomination = guards.nomination_at(nomination_id)
    with flash_refusals():
        service.open_vote(the_session(), nomination, utcnow())
        the_session().commit()
        tell(say(N_("The vote is open for two weeks. Its members get a letter.")))
    return redirect(url_for(".votes"), 303)


@blueprint.post("/<nomination_id>/vote")
def vote(nomination_id: str) -> BaseResponse:
    """Keep a vote."""
    member, nomination = guards.present_voter(), guards.nomination_at(nomination_id)
    with flash_refusals():
        choice = request.form.get("choice", "")
        service.vote(the_session(), nomination, member, choice, _token(), utcnow())
        the_session().commit()
        tell(say(N_("Your vote is kept. The result is told when all have voted, or the time is over.")))
    return redirect(url_for(".votes"), 303)


@blueprint.get("/answer/<token>")
def answer(token: str) -> BaseResponse:
    """The nominee's page: what they are asked, and what became public."""
    return _answer(guards.own_nomination(token), "", "")


def _answer(nomination: ExpertNomination, interests: str, wrong: str) -> BaseResponse:
    asked = nomination.state == NominationState.ASKED
    over = nomination.state not in (
        NominationState.ASKED,
        NominationState.AGREED,
        NominationState.VOTING,
        NominationState.ELECTED,
    )
    state = say(NominationState(nomination.state).label)
    page = render_template(
        "experts/answer.html",
        nomination=nomination,
        asked=asked,
        over=over,
        state=state,
        interests=interests,
        wrong=wrong,
        longest=LONGEST_TEXT,
    )
    response = make_response(page, 422 if wrong else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/answer/<token>")
@looks_twice("interests")
def send_answer(token: str) -> BaseResponse:
    """Agree, decline, or step back later."""
    nomination, interests = guards.own_nomination(token), request.form.get("interests", "")[:LONGEST_TEXT]
    if request.form.get("do") == "agree":
        try:
            service.agree(the_session(), nomination, interests, utcnow())
        except Refused as refused:
            return _answer(nomination, interests, say_phrase(refused.phrase))
    else:
        service.withdraw(the_session(), nomination, utcnow())
    the_session().commit()
    return redirect(url_for(".answer", token=token), 303)
