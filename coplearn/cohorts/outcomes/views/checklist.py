"""The trainee's own page, and learning with a card: what is done and missing, the certificate, and a device lent to somebody."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.guards import enter, enter_as_member, nobody_here, the_session
from coplearn.cohorts.common.presenters import courses_held
from coplearn.cohorts.common.queries import member_of
from coplearn.cohorts.common.rules.words import CohortPermission, Kind
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.outcomes.presenters import certification as presenters
from coplearn.cohorts.outcomes.presenters import checklist
from coplearn.cohorts.outcomes.presenters.certification import in_force
from coplearn.cohorts.outcomes.presenters.checklist import taught_lines
from coplearn.cohorts.outcomes.queries import certification as outcomes
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.queries.teaching import evaluations_by, lines_of
from coplearn.cohorts.outcomes.views.certification import badge_of, is_given, pdf_of
from coplearn.cohorts.people.queries import Offer
from coplearn.cohorts.people.service import joining as service
from coplearn.cohorts.people.views.join import Page, offer_of_card
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.guest_session import begin_guest_session, end_guest_session, guest_session_is_over, guest_token
from coplearn.web.render import say


@blueprint.get("/<cohort_id>/mine")
def mine(cohort_id: str) -> str | BaseResponse:
    """Somebody's own checklist, notes on their teach-backs, and outcome; of a series, its page."""
    seat, session, now = enter_as_member(cohort_id), the_session(), utcnow()
    if seat.cohort.kind == Kind.SERIES:
        return redirect(url_for("series.series", series_id=cohort_id))
    member, titles = seat.membership, presenters.titles_for(seat.cohort)
    ways = checklists(session, seat.cohort, [member], courses_held(), now, titles)
    lines = lines_of(session, [member.id]).get(member.id, [])
    decisions = outcomes.decisions_of(session, member.id)
    return render_template(
        "cohorts/mine.html",
        seat=seat,
        checklist=ways[member.id],
        taught=taught_lines(lines, evaluations_by(session, member.id)),
        standing=decisions[0] if decisions else None,
        in_force=presenters.in_force(decisions[0] if decisions else None, now),
    )


@blueprint.post("/card/learn")
def learn_with_card() -> Page:
    """Learn as the holder of the card whose code was sent; it is in no address, so that a shared browser keeps none."""
    offer = offer_of_card()
    if not isinstance(offer, Offer):
        return offer
    session, number, public_id = the_session(), offer.cohort.id, offer.membership.public_id
    with flash_refusals():
        token = service.learn_with_card(session, number, public_id, checklist.card_token, utcnow())
        session.commit()
        begin_guest_session(token)
        return redirect(url_for("cohorts.with_card"), 303)
    return redirect(url_for("cohorts.join"), 303)


@blueprint.get("/card/here")
def with_card() -> BaseResponse | str:
    """The page of whoever learns with a card in this browser: the courses, and the certificate once it is given."""
    try:
        here = checklist.place_here()
    except NotFound:
        return redirect(url_for("cohorts.join"))
    decisions, now = outcomes.decisions_of(the_session(), here.membership.id), utcnow()
    standing = decisions[0] if decisions else None
    return render_template(
        "cohorts/with_card.html",
        member=here.membership,
        cohort=here.cohort,
        checklist=checklist.own_courses(here.cohort, here.membership, now),
        certificate=standing if in_force(standing, now) else None,
    )


@blueprint.post("/card/leave")
def leave_card() -> BaseResponse:
    """Give the browser back."""
    if guest_token() is not None or guest_session_is_over():
        end_guest_session()
    tell(say(N_("You have left. Nothing of you is open on this device any more.")))
    return redirect(url_for("cohorts.join"), 303)


@blueprint.post("/card/pdf/<number>")
def card_certificate(number: str) -> Response:
    """The card holder's own certificate as a PDF in the page's language; its fingerprint is kept, hence a POST."""
    here, checked = checklist.place_here(), outcomes.by_number(the_session(), number)
    if checked is None or not is_given(checked, here.membership.id):
        raise nobody_here()
    return pdf_of(checked)


@blueprint.post("/card/badge/<number>")
def card_badge(number: str) -> Response:
    """The card holder's own certificate as an Open Badge in the page's language."""
    here, checked = checklist.place_here(), outcomes.by_number(the_session(), number)
    if checked is None or not is_given(checked, here.membership.id):
        raise nobody_here()
    return badge_of(checked, "")


@blueprint.post("/<cohort_id>/people/<member_id>/learn")
def lend_device(cohort_id: str, member_id: str) -> BaseResponse:
    """Sign the trainer out of this browser, and let somebody without an account learn in it for a while."""
    context, session = enter(cohort_id, CohortPermission.PEOPLE), the_session()
    number, who = context.cohort.id, context.person
    member_of(session, number, member_id)
    with flash_refusals():
        token = service.learn_with_card(session, number, member_id, checklist.card_token, utcnow(), by=who)
        audit.record(session, EventKind.DEVICE_LENT, whom=f"member:{member_id}", about=f"cohort:{number}")
        session.commit()
        begin_guest_session(token)
        tell(say(N_("You are signed out here, and this device can be handed over. Sign in again when it comes back.")))
        return redirect(url_for("cohorts.with_card"), 303)
    return redirect(url_for("cohorts.person", cohort_id=cohort_id, member_id=member_id), 303)
