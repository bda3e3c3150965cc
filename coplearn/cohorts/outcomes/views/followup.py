"""Three questions at a private address, three months later."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import no_such_address, the_session
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.outcomes.queries.certification import by_token
from coplearn.cohorts.outcomes.rules.followup import QUESTIONS, may_change
from coplearn.cohorts.outcomes.service import followup as service
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound, Refused
from coplearn.web.render import say_phrase

_ADDRESS = "/<lang:lang>/f/<token>"


@blueprint.context_processor
def words() -> dict[str, object]:
    """The questions, wherever they are told of."""
    return {"questions": QUESTIONS}


def follow_up(token: str) -> Response:
    """The questions; after answering, a word of thanks, from which the answers can be changed for thirty days."""
    question = by_token(the_session(), token)
    if question is None or question.sent_at is None:
        raise no_such_address()
    is_open = may_change(question.answered_at, utcnow())
    thanks = question.answered_at is not None and not (is_open and "change" in request.args)
    return _page(token, given=question.answers, thanks=thanks, is_open=is_open)


def answer_follow_up(token: str) -> BaseResponse:
    """Keep the answers."""
    given = {question.id: request.form.get(question.id, "") for question in QUESTIONS}
    try:
        service.answer(the_session(), token, given, utcnow())
    except NotFound:
        raise no_such_address() from None
    except Refused as refusal:
        the_session().rollback()
        missing = [f"q-{one.id}" for one in QUESTIONS if given[one.id] not in one.choices]
        errors = [(missing[0] if missing else f"q-{QUESTIONS[0].id}", say_phrase(refusal.phrase))]
        return _page(token, given=given, errors=errors, status=422)
    the_session().commit()
    return redirect(url_for("cohorts.follow_up", token=token), 303)


def _page(
    token: str,
    *,
    given: dict[str, str],
    thanks: bool = False,
    is_open: bool = True,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "cohorts/followup.html",
        token=token,
        given=given,
        thanks=thanks,
        open=is_open,
        errors=errors or [],
        questions=QUESTIONS,
    )
    # The address is the key: its page must not stay in a cache.
    return Response(page, status, {"Cache-Control": "no-store"}, mimetype="text/html")


@blueprint.record_once
def short_address(state: BlueprintSetupState) -> None:
    """Outside ``/cohorts/``: the shorter it is, the less it says to who looks over a shoulder."""
    state.app.add_url_rule(_ADDRESS, "cohorts.follow_up", follow_up, methods=["GET"])
    state.app.add_url_rule(_ADDRESS, "cohorts.answer_follow_up", answer_follow_up, methods=["POST"])
