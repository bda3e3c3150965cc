"""Badges of others: what a cohort asks for, and the member who brings one."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import MemberContext, StaffContext, enter, enter_as_member, nobody_here, the_session
from coplearn.cohorts.common.rules.words import CohortPermission
from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.outcomes.rules.badges import asked_in
from coplearn.cohorts.outcomes.service import badges as service
from coplearn.credentials.documents import read_credential
from coplearn.credentials.rules import LARGEST_FILE
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, NotFound
from coplearn.kernel.text import N_
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import tell
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import say, say_phrase

_ROOM: Final = 2 * LARGEST_FILE + 16 * 1024
_MOST_TRIES: Final = 20
"""Files that one account brings in an hour: a hostile one takes some seconds to be refused."""


@blueprint.get("/<cohort_id>/badges")
def asked_badges(cohort_id: str) -> str:
    """The badges of others that this cohort asks for, and the form that asks for one more."""
    return _asked_page(enter(cohort_id, CohortPermission.EDIT))


def _asked_page(context: StaffContext) -> str:
    return render_template(
        "cohorts/asked_badges.html",
        context=context,
        asked=asked_in(context.cohort.asked_badges),
        issuer=request.form.get("issuer", ""),
        achievement=request.form.get("achievement", ""),
    )


@blueprint.post("/<cohort_id>/badges")
@takes_up_to(_ROOM, signed_in=True)
def ask_for_badge(cohort_id: str) -> BaseResponse | tuple[str, int]:
    """Ask for one more badge; what was typed stays on the page when it is refused."""
    context, session = enter(cohort_id, CohortPermission.EDIT), the_session()
    issuer, achievement = request.form.get("issuer", ""), request.form.get("achievement", "")
    try:
        service.ask_for_badge(session, context.person, context.cohort, issuer, achievement, _file("keys"), utcnow())
    except AppError as error:
        session.rollback()
        tell(say_phrase(error.phrase), "again")
        return _asked_page(enter(cohort_id, CohortPermission.EDIT)), error.status
    session.commit()
    tell(say(N_("From now on the badge is asked for.")))
    return redirect(url_for("cohorts.asked_badges", cohort_id=cohort_id), 303)


@blueprint.post("/<cohort_id>/badges/<asked_id>/end")
def ask_no_more(cohort_id: str, asked_id: str) -> BaseResponse:
    """Ask for that badge no more."""
    context = enter(cohort_id, CohortPermission.EDIT)
    service.ask_no_more(the_session(), context.person, context.cohort, asked_id, utcnow())
    the_session().commit()
    tell(say(N_("The badge is not asked for any more.")))
    return redirect(url_for("cohorts.asked_badges", cohort_id=cohort_id), 303)


@blueprint.get("/<cohort_id>/mine/bring/<asked_id>")
def badge_to_bring(cohort_id: str, asked_id: str) -> str:
    """The form by which a member brings the badge."""
    return _bring_page(enter_as_member(cohort_id), asked_id)


def _bring_page(seat: MemberContext, asked_id: str) -> str:
    try:
        asked = service.asked_badge(seat.cohort, asked_id)
    except NotFound:
        raise nobody_here() from None
    return render_template("cohorts/bring_badge.html", seat=seat, asked=asked)


@blueprint.post("/<cohort_id>/mine/bring/<asked_id>")
@takes_up_to(_ROOM, signed_in=True)
def bring_badge(cohort_id: str, asked_id: str) -> BaseResponse | tuple[str, int]:
    """Take in the badge that a member brings, or say why it does not count."""
    session = the_session()
    try:
        seat = enter_as_member(cohort_id)
        asked = service.asked_badge(seat.cohort, asked_id)
        session.rollback()  # the file is read while nobody's turn to write is held
        wait = one_too_many("brought-badge", _MOST_TRIES, 3600, str(seat.person.id))
        if wait is not None:
            return too_many_page(wait)
        found = read_credential(_file("badge"), asked.keys, _file("status"), utcnow())
        seat = enter_as_member(cohort_id)
        service.bring_badge(session, seat.cohort, seat.membership.public_id, asked, found, utcnow())
    except NotFound:
        raise nobody_here() from None
    except AppError as error:
        session.rollback()
        tell(say_phrase(error.phrase), "again")
        return _bring_page(enter_as_member(cohort_id), asked_id), error.status
    session.commit()
    tell(say(N_("The badge counts. Its file is not kept.")))
    return redirect(url_for("cohorts.mine", cohort_id=cohort_id), 303)


def _file(name: str) -> bytes:
    """The bytes of a file that was sent, as many as are looked at; none when there is none."""
    file = request.files.get(name)
    if file is None:
        return b""
    try:
        return file.stream.read(LARGEST_FILE + 1)
    finally:
        file.close()
