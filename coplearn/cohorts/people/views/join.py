"""Coming into a cohort: typing a code, scanning one, opening an invitation, taking a kept seat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.guards import come_back_to, to_sign_in
from coplearn.accounts.service import choose_zone
from coplearn.cohorts.common.guards import enter, nobody_here, person_or_none, present_person, the_session
from coplearn.cohorts.common.presenters import items_held
from coplearn.cohorts.common.queries import Person, authorisation_of
from coplearn.cohorts.common.rules.authorisation import NOBODY_NEW, Authorisation
from coplearn.cohorts.common.rules.words import CohortPermission, Kind, MemberState
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.people import queries
from coplearn.cohorts.people.presenters import members as presenters
from coplearn.cohorts.people.queries import Offer, place_in_queue, queue_length
from coplearn.cohorts.people.rules.joining import CARD_LENGTH, FULL, MOST_TRIES, TRIES_SECONDS, is_full, why_no_code
from coplearn.cohorts.people.service import joining as service
from coplearn.cohorts.people.service.joining import NOT_KEPT
from coplearn.cohorts.people.service.seats import must_wait
from coplearn.i18n.time_zones import ZONES
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, Membership


_KIND: Final = "cohort-code"
Page = str | BaseResponse | tuple[str, int]


def _too_many() -> Response | None:
    wait = over_limit(_KIND, MOST_TRIES)
    return None if wait is None else too_many_page(wait)


def _wrong(told: str) -> tuple[str, int]:
    """No such code: counted, so that guessing slows down."""
    the_session().rollback()
    count_try(_KIND, TRIES_SECONDS)
    return render_template("cohorts/join.html", told=told, offers=[], signed_in_here=person_or_none()), 404


@blueprint.get("/join")
def join() -> str:
    """The form for a code; who was invited by their mail address finds their seat here too."""
    person = person_or_none()
    offers = queries.offers_for(the_session(), person) if person is not None else []
    return render_template("cohorts/join.html", told="", offers=offers, signed_in_here=person)


@blueprint.post("/join")
def type_code() -> Page:
    """Go to what the typed code opens."""
    blocked = _too_many()
    if blocked is not None:
        return blocked
    code = presenters.typed_code(request.form.get("code", ""))
    session_ = the_session()
    offer = queries.seat_by_card(session_, code) if len(code) == CARD_LENGTH else None
    if offer is not None and person_or_none() is None:
        # Shown here and not at an address of its own: a browser that others use too keeps no code.
        return _card_page(offer)
    if offer is not None:
        return redirect(url_for("cohorts.open_card", code=code), 303)
    if code and queries.cohort_by_code(session_, code) is not None:
        return redirect(url_for("cohorts.join_with", code=code), 303)
    return _wrong(say(N_("No cohort has this code. Check it letter by letter, or ask the trainer for a new one.")))


def _door(
    cohort: Cohort, told: str, act: str, *, member: Membership | None = None, own: bool = False, card: str = ""
) -> Page:
    """The page of whose cohort it is, and the one press that joins; visitors are asked to sign in first, and come back here.

    With a ``card``, its code, they may learn with it instead.
    """
    person = person_or_none()
    if person is None:
        come_back_to(act)
    page = render_template(
        "cohorts/join_one.html",
        cohort=cohort,
        told=told,
        act=act,
        member=member,
        own=own,
        person=person,
        card=card,
        **_line(cohort, member),
    )
    return (page, 410) if told else page


def _line(cohort: Cohort, member: Membership | None) -> dict[str, int | None]:
    """The place of who is on the waiting list, and for who would be put on it how many wait already."""
    session = the_session()
    queued = member is not None and member.state == MemberState.QUEUED
    waits = member is None and must_wait(session, cohort)
    return {
        "place": place_in_queue(session, member) if member is not None and queued else None,
        "ahead": queue_length(session, cohort.id) if waits else None,
    }


# ── The cohort's code ──


@blueprint.get("/join/<code>")
def join_with(code: str) -> Page:
    """The address that the poster's picture opens."""
    blocked = _too_many()
    if blocked is not None:
        return blocked
    code, person, now = presenters.typed_code(code), person_or_none(), utcnow()
    cohort = queries.cohort_by_code(the_session(), code)
    if cohort is None:
        return _wrong(say(N_("No cohort has this code. Check it letter by letter, or ask the trainer for a new one.")))
    own = queries.own_seat(the_session(), cohort.id, person) if person is not None else None
    why_not = _why_not(cohort, own or _kept(cohort, person), now)
    return _door(cohort, why_not, url_for("cohorts.join_now", code=code), member=own, own=True)


def _kept(cohort: Cohort, person: Person | None) -> Membership | None:
    """The seat that is kept for the person's address, which no crowd takes away."""
    offers = queries.offers_for(the_session(), person) if person is not None else []
    return next((offer.membership for offer in offers if offer.cohort.id == cohort.id), None)


def _why_not(cohort: Cohort, seat: Membership | None, now: datetime) -> str:
    """The reason why somebody with that seat, or none yet, cannot come in; empty when they can, and for who is in or has left."""
    if seat is None:
        reason = why_no_code(cohort.state, cohort.archived_at, cohort.join_expires_at, now)
        if reason is not None:
            return say_phrase(reason)
    elif seat.state != MemberState.INVITED:
        return ""
    if authorisation_of(the_session(), cohort, now) is not Authorisation.FIRM:
        return say(NOBODY_NEW)
    full = seat is None and is_full(cohort.capacity, queries.seats_taken(the_session(), cohort.id))
    return say(FULL) if full and not cohort.waiting_list else ""


@blueprint.post("/join/<code>")
def join_now(code: str) -> Page:
    """Join."""
    blocked = _too_many()
    if blocked is not None:
        return blocked
    code = presenters.typed_code(code)
    return _enter(lambda person: service.join(the_session(), person, code, utcnow(), items_held()), code)


def _enter(verb: Callable[[Person], Membership], code: str = "") -> BaseResponse:
    person = person_or_none()
    if person is None:
        return to_sign_in(request.path)
    with flash_refusals():
        member = verb(person)
        zone = request.form.get("zone", "")
        if zone in ZONES:
            choose_zone(the_session(), person.id, zone, only_first=True)
        cohort = queries.cohort_of(the_session(), member)
        the_session().commit()
        if cohort.kind == Kind.SERIES and member.state == MemberState.ACTIVE:
            tell(say(N_("Welcome. You can register for the sessions here.")))
            return redirect(url_for("series.series", series_id=cohort.public_id), 303)
        if cohort.kind == Kind.SERIES:
            tell(say(N_("Thank you. Whoever runs the series looks at it, and you get a message when you are in.")))
        elif member.state == MemberState.WAITING:
            tell(say(N_("Thank you. The trainer looks at it, and you get a message when you are in.")))
        elif member.state == MemberState.QUEUED:
            tell(say(N_("You are on the waiting list. You get a message when you have a seat.")))
        else:
            tell(say(N_("Welcome. You take part now.")))
        return redirect(url_for("cohorts.home"), 303)
    return redirect(request.path, 303) if code or request.endpoint != "cohorts.claim" else _home()


def _home() -> BaseResponse:
    return redirect(url_for("cohorts.home"), 303)


# ── Cards, letters, kept seats ──


@blueprint.get("/card/<code>")
def open_card(code: str) -> Page:
    """The page that a card's picture opens: somebody's place, to be taken over once; for a trainer, the press that marks them."""
    offer = _by_card(code)
    if not isinstance(offer, Offer):
        return offer
    if _marks_here(offer.cohort):
        card = offer.membership.card_code
        return redirect(url_for("cohorts.scan_here", cohort_id=offer.cohort.public_id, card_code=card))
    return _card_page(offer)


def _card_page(offer: Offer) -> Page:
    code = offer.membership.card_code or ""
    learns = offer.membership.user_id is None and bool(offer.cohort.course_ids or offer.cohort.optional_course_ids)
    return _seat_page(offer, url_for("cohorts.take_card", code=code), card=code if learns else "")


def offer_of_card() -> Offer | Page:
    """The member whose card has the code that was sent; a wrong one is counted."""
    return _by_card(request.form.get("code", ""))


def _marks_here(cohort: Cohort) -> bool:
    """Whether somebody scans a card to mark its holder, and not to take the place over."""
    try:
        enter(cohort.public_id, CohortPermission.MARK)
    except NotFound:
        return False
    return True


@blueprint.post("/card/<code>")
def take_card(code: str) -> Page:
    """Take the card's place over."""
    offer = _by_card(code)
    return offer if not isinstance(offer, Offer) else _take(offer)


def _by_card(code: str) -> Offer | Page:
    blocked = _too_many()
    if blocked is not None:
        return blocked
    offer = queries.seat_by_card(the_session(), presenters.typed_code(code))
    return offer or _wrong(say(N_("No card has this code. Check it letter by letter, or ask the trainer.")))


@blueprint.get("/invitation/<token>")
def accept(token: str) -> Page:
    """The page that an invitation's link opens."""
    offer = presenters.seat_of_token(token)
    if offer is None:
        return _old_letter()
    return _seat_page(offer, url_for("cohorts.accept_now", token=token))


@blueprint.post("/invitation/<token>")
def accept_now(token: str) -> Page:
    """Take the seat of the invitation."""
    offer = presenters.seat_of_token(token)
    return _take(offer) if offer is not None else _old_letter()


def _old_letter() -> tuple[str, int]:
    sentence = say(N_("This invitation does not work any more. Ask the trainer for a new one."))
    return render_template("cohorts/join.html", told=sentence, offers=[], signed_in_here=person_or_none()), 404


def _seat_page(offer: Offer, act: str, card: str = "") -> Page:
    person, member = person_or_none(), offer.membership
    if member.state == MemberState.WITHDRAWN or offer.cohort.archived_at is not None:
        why_not = say(NOT_KEPT)
    elif member.user_id is not None and (person is None or member.user_id != person.id):
        why_not = say(service.TAKEN)
    else:
        why_not = _why_not(offer.cohort, member, utcnow())
    own = person is not None and member.user_id == person.id
    return _door(offer.cohort, why_not, act, member=member, own=own, card=card)


def _take(offer: Offer) -> BaseResponse:
    number, public_id = offer.cohort.id, offer.membership.public_id
    return _enter(lambda person: service.take_seat_of(the_session(), person, number, public_id, utcnow(), items_held()))


@blueprint.post("/<cohort_id>/claim/<member_id>")
def claim(cohort_id: str, member_id: str) -> BaseResponse:
    """Take the seat that is kept for one's own mail address."""
    person = present_person()
    offer = queries.seat_by_id(the_session(), member_id)
    if offer is None or offer.cohort.public_id != cohort_id or offer.membership.email != person.email:
        raise nobody_here()
    number = offer.cohort.id
    return _enter(lambda who: service.claim(the_session(), who, number, member_id, utcnow(), items_held()))
