"""Learning with a card: opening it, one's own page, the certificate, leaving, and a trainer's device lent to somebody."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.guards import enter, nobody_here, the_session
from coplearn.cohorts.queries import certification as outcomes
from coplearn.cohorts.queries.joining import Offer, member_of
from coplearn.cohorts.rules.words import Deed
from coplearn.cohorts.screens import cards as screens
from coplearn.cohorts.screens.certification import in_force
from coplearn.cohorts.service import cards as service
from coplearn.cohorts.views.base import blueprint, refusals_told, tell
from coplearn.cohorts.views.certification import is_given, pdf_of
from coplearn.cohorts.views.entering import Page, offer_of_card
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.web.lending import give_back, lend, lent_token, lent_too_long
from coplearn.web.render import say


@blueprint.post("/card/learn")
def learn_with_card() -> Page:
    """Learn as the holder of the card whose code was sent; it is in no address, so that a shared browser keeps none."""
    offer = offer_of_card()
    if not isinstance(offer, Offer):
        return offer
    session, number, public_id = the_session(), offer.cohort.id, offer.membership.public_id
    with refusals_told():
        token = service.learn_with_card(session, number, public_id, screens.card_token, utcnow())
        session.commit()
        lend(token)
        return redirect(url_for("cohorts.with_card"), 303)
    return redirect(url_for("cohorts.join"), 303)


@blueprint.get("/card/here")
def with_card() -> BaseResponse | str:
    """The page of whoever learns with a card in this browser: the courses, and the certificate once it is given."""
    try:
        here = screens.place_here()
    except NotFound:
        return redirect(url_for("cohorts.join"))
    decisions, now = outcomes.decisions_of(the_session(), here.membership.id), utcnow()
    standing = decisions[0] if decisions else None
    return render_template(
        "cohorts/with_card.html",
        member=here.membership,
        cohort=here.cohort,
        checklist=screens.own_courses(here.cohort, here.membership, now),
        certificate=standing if in_force(standing, now) else None,
    )


@blueprint.post("/card/leave")
def leave_card() -> BaseResponse:
    """Give the browser back."""
    if lent_token() is not None or lent_too_long():
        give_back()
    tell(say(N_("You have left. Nothing of you is open on this device any more.")))
    return redirect(url_for("cohorts.join"), 303)


@blueprint.post("/card/pdf/<number>")
def card_certificate(number: str) -> Response:
    """The card holder's own certificate as a PDF in the page's language; its fingerprint is kept, hence a POST."""
    here, found = screens.place_here(), outcomes.by_number(the_session(), number)
    if found is None or not is_given(found, here.membership.id):
        raise nobody_here()
    return pdf_of(found)


@blueprint.post("/<cohort_id>/people/<member_id>/learn")
def lend_device(cohort_id: str, member_id: str) -> BaseResponse:
    """Sign the trainer out of this browser, and let somebody without an account learn in it for a while."""
    desk, session = enter(cohort_id, Deed.PEOPLE), the_session()
    number, who = desk.cohort.id, desk.person
    member_of(session, number, member_id)
    with refusals_told():
        token = service.learn_with_card(session, number, member_id, screens.card_token, utcnow(), by=who)
        session.commit()
        lend(token)
        tell(say(N_("You are signed out here, and this device can be handed over. Sign in again when it comes back.")))
        return redirect(url_for("cohorts.with_card"), 303)
    return redirect(url_for("cohorts.person", cohort_id=cohort_id, member_id=member_id), 303)
