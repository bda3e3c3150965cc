"""The page of who needs help: one press to write to them, and what was written."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common import letters as service
from coplearn.cohorts.common.guards import enter, nobody_here, the_session
from coplearn.cohorts.common.queries import is_on_the_way, member_of
from coplearn.cohorts.common.rules.words import CohortPermission, goes_on
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.whole.presenters import needs as presenters
from coplearn.cohorts.whole.rules import Need
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.outbox.presenters import outbox_screen
from coplearn.outbox.service import again as send_again
from coplearn.privacy.guards import looks_twice
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.render import say

PAGE, LONGEST = 40, 1000


@blueprint.get("/<cohort_id>/needs")
def needs(cohort_id: str) -> str:
    """The people who may need help, the most urgent first; ``need`` shows one reason alone."""
    context = enter(cohort_id, CohortPermission.WRITE)
    if context.is_series:
        raise nobody_here()
    people = presenters.in_need(the_session(), context, utcnow())
    chosen, page = request.args.get("need", ""), max(request.args.get("page", 1, type=int), 1)
    shown = [line for line in people if not chosen or line.need == chosen]
    return render_template(
        "cohorts/needs.html",
        context=context,
        tabs=presenters.tabs(people),
        total=len(people),
        goes_on=goes_on(context.cohort.state, context.cohort.archived_at),
        chosen=chosen,
        people=shown[(page - 1) * PAGE : page * PAGE],
        page=page,
        has_more=len(shown) > page * PAGE,
    )


@blueprint.post("/<cohort_id>/needs/<member_id>")
@looks_twice("words")
def write(cohort_id: str, member_id: str) -> Response:
    """Write to one person: kind words about the reason, and what the trainer adds."""
    context = enter(cohort_id, CohortPermission.WRITE)
    member = member_of(the_session(), context.cohort.id, member_id)
    need = request.form.get("need", "")
    if need not in set(Need):
        raise nobody_here()
    if not is_on_the_way(the_session(), context.cohort, member):
        tell(say(N_("This training is over for %(name)s, so nothing was written."), name=member.name), "again")
        return redirect(url_for("cohorts.needs", cohort_id=cohort_id), 303)
    words = request.form.get("words", "").strip()[:LONGEST]
    written = service.offer_help(the_session(), context.cohort, member, need, words, context.person, utcnow())
    if written:
        about = f"cohort:{context.cohort.id}"
        audit.record(the_session(), EventKind.MEMBER_WRITTEN_TO, whom=f"member:{member_id}", about=about)
    the_session().commit()
    if written:
        tell(say(N_("A message to %(name)s is on its way."), name=member.name))
    else:
        tell(say(N_("They have no mail address, or you wrote to them about this today already.")), "again")
    return redirect(url_for("cohorts.needs", cohort_id=cohort_id, need=request.args.get("need") or None), 303)


@blueprint.get("/<cohort_id>/letters")
def letters(cohort_id: str) -> str:
    """The letters to the cohort's people, and whether they went out."""
    context = enter(cohort_id, CohortPermission.WRITE)
    page, state = request.args.get("page", 1, type=int), request.args.get("state", "")
    screen = outbox_screen(the_session(), service.scope_of(context.cohort.id), page, state)

    def again(public_id: str) -> str:
        return url_for("cohorts.letter_again", cohort_id=cohort_id, letter_id=public_id)

    return render_template("cohorts/letters.html", context=context, screen=screen, again=again)


@blueprint.post("/<cohort_id>/letters/<letter_id>/again")
def letter_again(cohort_id: str, letter_id: str) -> Response:
    """Have a letter sent once more."""
    context = enter(cohort_id, CohortPermission.WRITE)
    with flash_refusals():
        send_again(the_session(), letter_id, utcnow(), service.scope_of(context.cohort.id))
        about = f"cohort:{context.cohort.id},letter:{letter_id}"
        audit.record(the_session(), EventKind.LETTER_AGAIN, about=about)
        the_session().commit()
        tell(say(N_("The message is on its way again.")))
    return redirect(url_for("cohorts.letters", cohort_id=cohort_id), 303)
